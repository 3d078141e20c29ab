"""Static files in production: few hashed stylesheets and scripts, made from the small files at collectstatic."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: The site's come with every page; the discussion's only when a reader comes near the comments, and only with a script.
_STYLESHEETS: Final = ("site.css", "live.css", "discussion.css")
_SCRIPTS: Final = ("site.js", "discussion.js")

#: The editor finds its 1,200 files by their own names, so a hash would help nobody and cost twice their size.
_BY_OWN_NAME = re.compile(r"^ckeditor/ckeditor/(?!ckeditor\.js$)|^ckeditor/galleriffic/|^ckeditor/file-icons/")

_CSS_IMPORT = re.compile(r'@import url\("(?P<name>[^"]+)"\)(?: layer\((?P<layer>[\w-]+)\))?(?P<media>[^;]*);')
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_URL = re.compile(r'url\("(?!data:|/|#)([^"]+)"\)')
#: Whole lines of comment; our scripts have no text of several lines that one could stand in.
_JS_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_JS_IMPORT = re.compile(r'^import "\./(?P<name>[^"]+)";$', re.MULTILINE)
_JS_LINKED = re.compile(r"^\s*(?:import\s*[\w{*\"']|export\s)", re.MULTILINE)

Paths = dict[str, tuple[Storage, str]]


class FoundWhenAsked(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Looks for a file when it is first asked for (`WHITENOISE_AUTOREFRESH`) and then knows it: an index of all 3,700, most of
    them the editor's, would take 4 MiB.
    """

    def find_file(self, url: str) -> StaticFile | None:
        file = self.files.get(url)
        if file is None and (file := super().find_file(url)) and not settings.DEBUG:
            self.files[url] = file
        return file


class BundlingStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hashed names for ever, gzip and brotli beside every file; each stylesheet and script in one piece."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if dry_run:
            return
        by_own_name = [name for name in paths if _BY_OWN_NAME.match(name)]
        hashed = {name: where for name, where in paths.items() if not _BY_OWN_NAME.match(name)}
        bundles = InMemoryStorage()
        whole = [*((name, bundled_css) for name in _STYLESHEETS), *((name, bundled_js) for name in _SCRIPTS)]
        for name, bundle in whole:
            if name in hashed:
                bundles.save(name, ContentFile(bundle(name, paths).encode()))
                hashed[name] = (bundles, name)
        yield from super().post_process(hashed, dry_run=dry_run, **options)
        compressor = Compressor(use_brotli=False, quiet=True)
        for name in by_own_name:
            if name.endswith((".js", ".css")):
                compressor.compress(self.path(name))


def bundled_css(name: str, paths: Paths) -> str:
    """The stylesheet with every imported file in the place of its @import line, inside its layer and its medium."""

    def inlined(match: re.Match[str]) -> str:
        part = posixpath.normpath(posixpath.join(posixpath.dirname(name), match["name"]))
        css = _CSS_URL.sub(lambda url: f'url("{_seen_from(name, part, url[1])}")', bundled_css(part, paths))
        if match["layer"]:
            css = f"@layer {match['layer']} {{{css}}}"
        return f"@media {match['media'].strip()} {{{css}}}" if match["media"].strip() else css

    text = _CSS_COMMENT.sub("", _read(name, paths))
    return re.sub(r"\s+", " ", _CSS_IMPORT.sub(inlined, text)).strip()


def _seen_from(name: str, part: str, url: str) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(part), url))
    return posixpath.relpath(target, posixpath.dirname(name) or ".")


def bundled_js(name: str, paths: Paths) -> str:
    """The script with every imported module in a block of its own, so that their names never meet; without comments,
    which are a fifth of what readers would fetch."""

    def inlined(match: re.Match[str]) -> str:
        part = posixpath.normpath(posixpath.join(posixpath.dirname(name), match["name"]))
        module = _read(part, paths)
        if found := _JS_LINKED.search(module):
            raise ValueError(
                f"{part} says “{found[0].strip()} ...”, but a module that {name} lists runs by itself: it neither imports"
                " nor exports."
            )
        return f"{{\n{module}}}"

    return _JS_COMMENT.sub("", _JS_IMPORT.sub(inlined, _read(name, paths)))


def _read(name: str, paths: Paths) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        content: bytes | str = file.read()
    return content.decode() if isinstance(content, bytes) else content
