"""WordPress shortcodes: an explicit table of those we know; unknown ones go, with a note, and prose in brackets stays."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Final

from newsroom.lib.html import QUESTION_MAX
from newsroom.lib.text import one_line
from newsroom.wordpress import embeds
from newsroom.wordpress.surroundings import LINKED, MEDIA, PICTURE, SHORTCODE, Picture, Surroundings

ALIGNMENTS: Final = {
    "alignleft": "align-left",
    "alignright": "align-right",
    "aligncenter": "align-center",
    "alignwide": "full-width",
    "alignfull": "full-width",
}
#: Of plugins that are met everywhere and that are written without attributes: they are no prose.
_BARE_PLUGINS: Final = {
    "toc",
    "contact",
    "sitemap",
    "archives",
    "adsense",
    "ad",
    "ads",
    "woocommerce_cart",
    "newsletter",
}
_DEPTH_MAX: Final = 12

_CODE = re.compile(r"<(pre|code|script|style|textarea)\b", re.IGNORECASE)
_BRACKET = re.compile(r"\[(\[?)(/?)([A-Za-z][A-Za-z0-9_-]{0,60})((?:[\s\xa0][^\[\]]{0,4000}|/)?)\](\]?)")
_ATTRIBUTE = re.compile(
    r"""([A-Za-z0-9_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))(?=\s|/?$)|"([^"]*)"|'([^']*)'|(\S+)"""
)
_CURLY: Final = str.maketrans({"“": '"', "”": '"', "″": '"', "‘": "'", "’": "'"})
_PICTURE = re.compile(r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE)
_URL = re.compile(r"""(?:https?:)?//[^\s"'<>\[\]]+""")


@dataclass(slots=True)
class Shortcode:
    """One use of a shortcode. `content` is None where it encloses nothing."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    content: str | None = None

    def address(self, *names: str) -> str:
        """The first address among attributes, bare values and content; '' if there is none."""
        candidates = [self.attributes.get(name, "") for name in names] + self.values + [self.content or ""]
        found = (_URL.search(unescape(candidate)) for candidate in candidates)
        return next((match[0] for match in found if match), "")


def expand(html: str, around: Surroundings) -> str:
    """`html` with its shortcodes turned into HTML; those in code are left alone."""
    return "".join(text if is_code else _expand(text, around, 0) for is_code, text in split_code(html))


def split_code(html: str) -> list[tuple[bool, str]]:
    """`html` in pieces: (True, a whole <pre>, <code>, <script> ... element) or (False, what stands between)."""
    pieces: list[tuple[bool, str]] = []
    at, lower, hopeless = 0, html.lower(), set()
    for match in _CODE.finditer(html):
        name = match[1].lower()
        if match.start() < at or name in hopeless:
            continue
        closing = lower.find(f"</{name}", match.end())
        if closing < 0:
            hopeless.add(name)
            continue
        end = html.find(">", closing) + 1 or len(html)
        pieces += [(False, html[at : match.start()]), (True, html[match.start() : end])]
        at = end
    return [*pieces, (False, html[at:])]


def _expand(text: str, around: Surroundings, depth: int) -> str:
    closings = {match[3].lower(): match.start() for match in _BRACKET.finditer(text) if match[2] and not match[4]}
    out, at = [], 0
    for match in _BRACKET.finditer(text):
        if match.start() < at:
            continue
        out.append(text[at : match.start()])
        at = match.end()
        if match[1] and match[5]:  # [[name]] is how WordPress writes a shortcode to be read
            out.append(match[0][1:-1])
            continue
        code, end = _one(text, match, closings)
        replaced = None if code is None or depth > _DEPTH_MAX else _render(code, text, match, around, depth)
        if replaced is None:
            out.append(match[0])
            continue
        out.append(match[1] + replaced + ("" if end else match[5]))
        at = end or match.end()
    return "".join([*out, text[at:]])


def _one(text: str, match: re.Match[str], closings: dict[str, int]) -> tuple[Shortcode | None, int]:
    """The shortcode that starts here, and where what it encloses ends (0: it encloses nothing)."""
    name, body = match[3].lower(), match[4]
    if match[2]:
        return None, 0
    attributes, values = _attributes(body.strip().removesuffix("/"))
    code = Shortcode(name, attributes, values)
    if not body.rstrip().endswith("/") and closings.get(name, -1) >= match.end():
        closing = re.compile(rf"\[/{re.escape(name)}\]", re.IGNORECASE).search(text, match.end())
        if closing:
            code.content = match[5] + text[match.end() : closing.start()]
            return code, closing.end()
    return code, 0


def _attributes(text: str) -> tuple[dict[str, str], list[str]]:
    attributes: dict[str, str] = {}
    values: list[str] = []
    # Quotes around values may be entities themselves; where they are not, those within a value are part of it.
    text = text.translate(_CURLY) if '="' in text else unescape(text).translate(_CURLY)
    for name, double, single, plain, *bare in _ATTRIBUTE.findall(text):
        if name:
            attributes[name.lower()] = unescape(double or single or plain)
        else:
            values.append(unescape(next((value for value in bare if value), "")))
    return attributes, values


def _render(code: Shortcode, text: str, match: re.Match[str], around: Surroundings, depth: int) -> str | None:
    """The HTML for a shortcode; None where it is prose in brackets."""
    handler = _TABLE.get(code.name)
    if handler is not None:
        if code.content is not None and code.name not in _CODE_NAMES:
            code.content = _expand(code.content, around, depth + 1)
        rendered = handler(code, around)
        if rendered is not None:
            return rendered
    if not _is_shortcode(code, text, match):
        return None
    around.note(SHORTCODE, f"[{code.name}]")
    inner = _expand(code.content, around, depth + 1) if code.content is not None else ""
    address = embeds.address_of(code.address("url", "src", "href", "link"))
    if embeds.is_showable(address) and address not in inner:  # a video must not vanish with the plugin that showed it
        return f"\n\n{embeds.figure(address)}\n\n{inner}"
    return inner


def _is_shortcode(code: Shortcode, text: str, match: re.Match[str]) -> bool:
    """Whether an unknown one is meant for WordPress: prose has no name="value", no closing tag, no underscore alone."""
    if code.content is not None or match[4].strip().endswith("/"):
        return True
    if code.attributes and not code.values:
        return True
    if code.values or code.attributes:
        return bool(code.attributes) and ("_" in code.name or '="' in match[4].translate(_CURLY))
    before, after = text[max(match.start() - 80, 0) : match.start()], text[match.end() : match.end() + 80]
    alone = not re.sub(r"<[^>]*>", "", before.rpartition("\n")[2] + after.partition("\n")[0]).strip()
    return code.name in _BARE_PLUGINS or "_" in code.name or (alone and "-" in code.name)


def _caption(code: Shortcode, _around: Surroundings) -> str | None:
    """[caption align="alignleft" caption="Old style"]<img> New style[/caption]"""
    if code.content is None:
        return None
    match = _PICTURE.match(code.content)
    picture, words = (match[1], match[2]) if match else ("", code.content)
    words = words.strip() or escape(unescape(code.attributes.get("caption", "")), quote=False)
    if not picture:
        return words
    return f"\n\n{_figure(picture, words, ALIGNMENTS.get(code.attributes.get('align', ''), ''))}\n\n"


def _figure(picture: str, caption: str = "", alignment: str = "") -> str:
    classes = f"image {alignment}".strip()
    below = f"<figcaption>{caption}</figcaption>" if caption.strip() else ""
    return f'<figure class="{classes}">{picture}{below}</figure>'


def _gallery(code: Shortcode, around: Surroundings) -> str | None:
    ids = [
        int(part) for part in re.findall(r"\d{1,9}", code.attributes.get("ids") or code.attributes.get("include") or "")
    ]
    if code.values:
        return None
    found = [around.attachment(number) for number in ids] if ids else list(around.gallery())
    missing = sum(picture is None for picture in found)
    if missing or not found:
        around.note(PICTURE, f"[gallery] without {missing or 'all'} of its pictures")
    return "\n\n" + "\n".join(_of_gallery(picture) for picture in found if picture) + "\n\n"


def _of_gallery(picture: Picture) -> str:
    return _figure(picture.html(), escape(picture.caption))


def _embed(code: Shortcode, around: Surroundings) -> str | None:
    """[embed]URL[/embed], and the shortcodes that plugins named after the site they show."""
    url = code.address("url", "src", "href", "link")
    if not url:
        url = _by_id(code)
    if not url:
        return None
    html, shown = embeds.embed(url)
    if not shown:
        around.note(LINKED, url)
    return f"\n\n{html}\n\n"


def _by_id(code: Shortcode) -> str:
    """[youtube dQw4w9WgXcQ], [vimeo 12345]: the bare number that some plugins take."""
    value = code.attributes.get("id") or next(iter(code.values), "") or (code.content or "").strip()
    pages = {"youtube": "https://youtu.be/{}", "vimeo": "https://vimeo.com/{}", "dailymotion": "https://dai.ly/{}"}
    if code.name in pages and re.fullmatch(r"[A-Za-z0-9_-]{5,20}", value) and any(letter.isdigit() for letter in value):
        return pages[code.name].format(value)
    return ""


def _media(code: Shortcode, around: Surroundings) -> str | None:
    """[video src="…mp4"] and [audio]: a video of a known host is shown, a file becomes a link."""
    url = code.address("src", "mp4", "m4v", "webm", "ogv", "wmv", "flv", "mp3", "m4a", "ogg", "wav", "url")
    if not url:
        return None
    html, shown = embeds.embed(url)
    if not shown:
        around.note(MEDIA, url)
    return f"\n\n{html}\n\n"


def _source(code: Shortcode, _around: Surroundings) -> str | None:
    if code.content is None:
        return None
    return f"\n\n<pre><code>{escape(unescape(code.content).strip(chr(10)), quote=False)}</code></pre>\n\n"


def _question(code: Shortcode, _around: Surroundings) -> str | None:
    """[wpdiscuz-feedback id="…" question="…"]words[/wpdiscuz-feedback]: what an editor asks at these words."""
    question = one_line(unescape(code.attributes.get("question", "")), longest=QUESTION_MAX)
    if code.content is None or not question:
        return code.content
    return f'<span class="question" data-question="{escape(question)}">{code.content}</span>'


_CODE_NAMES: Final = {"sourcecode", "code", "highlight", "cc_code"}
_EMBEDS: Final = (
    *("embed", "youtube", "vimeo", "dailymotion", "rumble", "odysee", "twitter", "tweet", "instagram", "facebook"),
    *("soundcloud", "spotify", "tiktok", "ted", "videopress", "wpvideo", "telegram"),
)
_TABLE: Final[dict[str, Callable[[Shortcode, Surroundings], str | None]]] = {
    "caption": _caption,
    "wp_caption": _caption,
    "gallery": _gallery,
    "video": _media,
    "audio": _media,
    "wpdiscuz-feedback": _question,
    **dict.fromkeys(_EMBEDS, _embed),
    **dict.fromkeys(_CODE_NAMES, _source),
}
