"""The pictures of a copied wp-content/uploads folder: found under that folder only, stored like an editor's upload."""

import os
import re
from collections import defaultdict
from html import unescape
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from articles.intake import PictureRefused, take_in
from articles.models import Image
from newsroom.lib.text import one_line, plain
from newsroom.wordpress.report import Report
from newsroom.wordpress.surroundings import Picture
from newsroom.wordpress.survey import Attachment, Survey
from newsroom.wordpress.tree import full_size

_SUFFIXES: Final = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}
_SIZED = re.compile(r"-(\d{2,4})x(\d{2,4})$")
_FILE_NAME = re.compile(r"[\w-]*\d[\w-]*|[\w-]+\.\w{3,4}|\S*_\S*")


class _Size(NamedTuple):
    area: int
    path: Path


class Uploads:
    """Pictures by attachment and by old address. Without a folder there are none; a dry run looks but stores nothing."""

    def __init__(self, root: Path | None, survey: Survey, report: Report, *, dry_run: bool = False) -> None:
        self._root = root.resolve() if root else None
        self._survey = survey
        self._report = report
        self._dry_run = dry_run
        self._ids = {name: picture.id for picture in survey.attachments.values() for name in self._names(picture)}
        self._listed = {name.rpartition("/")[2].lower() for name in self._ids}
        self._images: dict[str, Image | None] = {}
        self._by_name: defaultdict[str, list[_Size]] = defaultdict(list)
        self._elsewhere: set[Path] = set()

    def forget(self) -> None:
        """Rows that were made in a transaction that was taken back are looked up anew."""
        self._images = {}

    def by_address(self, url: str) -> Picture | None:
        """The picture behind an address in a body, whichever size it names; one of another site has none here."""
        name = _under_uploads(url, self._survey.blog)
        if self._root is None or not name:
            return None
        # A picture may be called photo-300x200.jpg itself: what the export lists goes first.
        number = self._ids.get(name) or self._ids.get(full_size(name))
        return self.by_id(number) if number else self._picture(full_size(name), None) or self._picture(name, None)

    def by_id(self, number: int) -> Picture | None:
        attachment = self._survey.attachments.get(number)
        if self._root is None or attachment is None:
            return None
        return next((found for name in self._names(attachment) if (found := self._picture(name, attachment))), None)

    def image(self, number: int) -> Image | None:
        """The row of an attachment; None in a dry run too."""
        found = self.by_id(number)
        return Image.objects.filter(pk=found.id).first() if found and found.id else None

    def of_post(self, number: int) -> list[Picture]:
        found = (self.by_id(child) for child in self._survey.of_post.get(number, []))
        return [picture for picture in found if picture]

    def store_all(self) -> None:
        """Every attachment whose file is at hand, also those that no story shows."""
        if self._root is None:
            return
        for attachment in self._survey.attachments.values():
            if Path(urlsplit(attachment.url).path).suffix.lower() not in _SUFFIXES:
                continue
            if self.by_id(attachment.id) is None and not any(name in self._images for name in self._names(attachment)):
                self._report.refuse("pictures", f"picture {attachment.id}", f"no file for {attachment.url}")

    def _names(self, attachment: Attachment) -> list[str]:
        """Paths below the uploads folder that an attachment may have, the surest first."""
        names = [attachment.file, _under_uploads(attachment.url, "")]
        return list(dict.fromkeys(name for name in names if name))

    def _picture(self, name: str, attachment: Attachment | None) -> Picture | None:
        path = self.find(name)
        if path is None or self._root is None:
            return None
        key = str(path.relative_to(self._root))
        if self._dry_run:
            if key not in self._images:
                self._images[key] = None
                self._report.new["pictures"] += 1
            return Picture(f"/media/{key}", alt=attachment.alt if attachment else "")
        if key not in self._images:
            self._images[key] = self._store(path, key, attachment)
        image = self._images[key]
        if image is None:
            return None
        return Picture(image.file.url, image.pk, image.alt, image.caption, image.width, image.height)

    def find(self, name: str) -> Path | None:
        """The file of that name, or the largest of the sizes that WordPress made of it. Never outside of the folder.

        A folder that was sorted anew still serves: the only file of that name is taken, and that is reported.
        """
        if self._root is None or "\x00" in name or len(name) > 400:
            return None
        for candidate in (name, name.lower()):
            if path := self._inside(self._root / candidate.lstrip("/")):
                return path
        folder, _, base = name.lower().lstrip("/").rpartition("/")
        named = self._index()[base]
        here = [item for item in named if str(item.path.parent.relative_to(self._root)).lower() == folder]
        elsewhere = {item.path.parent for item in named}
        if not here and len(elsewhere) == 1:
            here = named
        found = max(here, default=None)
        if found and named is here and found.path not in self._elsewhere:
            self._elsewhere.add(found.path)
            self._report.note(name, "picture found in another folder", str(found.path.relative_to(self._root)))
        return found.path if found else None

    def _index(self) -> dict[str, list[_Size]]:
        """Every picture of the folder by its name in lower case, and its sizes by the name of what they were made of."""
        if not self._by_name and self._root:
            for folder, _folders, names in os.walk(self._root):
                for name in names:
                    path = self._inside(Path(folder) / name)
                    if path is None:
                        continue
                    self._by_name[name.lower()].append(_Size(1 << 40, path))
                    size = _SIZED.search(path.stem)
                    if size and name.lower() not in self._listed:  # else a picture of its own
                        base = f"{path.stem[: size.start()]}{path.suffix}".lower()
                        self._by_name[base].append(_Size(int(size[1]) * int(size[2]), path))
        return self._by_name

    def _inside(self, path: Path) -> Path | None:
        try:
            real = path.resolve()  # follows links: one that leads out of the folder is refused
            ok = self._root is not None and real.is_relative_to(self._root) and real.is_file()
        except (OSError, RuntimeError, ValueError):
            return None
        return real if ok and real.suffix.lower() in _SUFFIXES else None

    def _store(self, path: Path, key: str, attachment: Attachment | None) -> Image | None:
        legacy = self._survey.key(f"file:{key}")[:200]
        found = Image.objects.filter(legacy_id=legacy).first()
        if found:
            self._report.unchanged["pictures"] += 1
            return found
        alt, caption = _words(attachment)
        try:
            with path.open("rb") as file:
                image = take_in(file, alt=alt, caption=caption, legacy_id=legacy)
        except (PictureRefused, OSError) as error:
            self._report.refuse("pictures", key, str(error))
            return None
        made = image.legacy_id == legacy  # else the same file came in before, under another name
        self._report.new["pictures"] += made
        self._report.unchanged["pictures"] += not made
        if made and not alt:
            self._report.note(
                key, "picture without alternative text", "nobody has described it yet: the library lists it"
            )
        return image


def _under_uploads(url: str, blog: str) -> str:
    """'2013/03/x.jpg' of an address inside an uploads folder; '' for one of another site (where `blog` is given)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = unquote(parts.path)
    host = parts.netloc.lower().removeprefix("www.")
    own = not host or not blog or host == blog.partition("/")[0] or host.endswith(".files.wordpress.com")
    if not own and "/wp-content/uploads/" not in path:
        return ""
    if own and "/uploads/" in path:
        return path.partition("/uploads/")[2]
    match = re.search(r"/(\d{4}/\d{2}/[^/]+)$", path)
    return match[1] if own and match else ""


def _words(attachment: Attachment | None) -> tuple[str, str]:
    """Alternative text and caption. A title that is only a file's name describes nothing."""
    if attachment is None:
        return "", ""
    caption = one_line(unescape(plain(attachment.caption)), longest=400)
    title = "" if _FILE_NAME.fullmatch(attachment.title) else attachment.title
    return one_line(attachment.alt or caption or title, longest=300), caption
