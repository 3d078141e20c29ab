"""The one place where HTML becomes trusted: a sanitiser for editors' HTML and one for readers'."""

import re
from typing import Final
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString

from newsroom.lib.text import one_line

#: Longest input in characters: cleaning is quadratic in depth, so length and nesting are capped first.
ARTICLE_MAX: Final = 1_000_000
COMMENT_MAX: Final = 20_000
DEPTH_MAX: Final = 200

#: Hosts whose videos and posts may be embedded (always behind a click).
EMBED_HOSTS: Final = frozenset(
    {
        "www.youtube.com",
        "youtube.com",
        "m.youtube.com",
        "youtu.be",
        "www.youtube-nocookie.com",
        "vimeo.com",
        "player.vimeo.com",
        "www.dailymotion.com",
        "dai.ly",
        "rumble.com",
        "odysee.com",
        "x.com",
        "twitter.com",
        "t.me",
        "soundcloud.com",
        "w.soundcloud.com",
        "open.spotify.com",
        "www.facebook.com",
        "www.instagram.com",
        "www.tiktok.com",
        "bsky.app",
        "archive.org",
        "www.ted.com",
        "embed.ted.com",
        "videopress.com",
        "wordpress.tv",
    }
)

_SCHEMES = {"http", "https", "mailto", "tel"}
_DROPPED_WITH_CONTENT = {
    *("script", "style", "noscript", "template", "xmp", "noembed", "noframes", "plaintext", "title", "textarea"),
    *("iframe", "object", "embed", "svg", "math", "select", "option", "button", "audio", "video", "canvas"),
}
_ARTICLE_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "s", "del", "ins", "sub", "sup"),
    *("small", "mark", "abbr", "cite", "q", "code", "pre", "kbd", "samp", "var", "blockquote", "footer"),
    *("ul", "ol", "li", "dl", "dt", "dd", "a", "img", "figure", "figcaption", "div", "span", "aside"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "time", "details", "summary"),
    *("bdi", "bdo", "wbr", "ruby", "rt", "rp"),
}
_ARTICLE_ATTRIBUTES = {
    "*": {"lang", "dir", "title", "data-block"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "data-image"},
    "figure": {"data-embed"},
    "aside": {"data-story"},
    "span": {"data-question"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite", "datetime"},
    "ins": {"cite", "datetime"},
}
_ARTICLE_CLASSES = {
    "figure": {"image", "embed", "pull", "align-left", "align-right", "align-center", "full-width"},
    "p": {"lead"},
    "span": {"place", "question"},
    "aside": {"note", "related"},
    "table": {"wide"},
    "td": {"n"},
    "th": {"n"},
}
_COMMENT_TAGS = {
    *("p", "br", "a", "strong", "em", "b", "i", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("details", "summary"),
}
_NUMBERS = {"width", "height", "colspan", "rowspan", "start", "value", "data-image", "data-story"}
_BLOCK_ID = re.compile(r"[a-z0-9]{4,12}\Z")
#: Characters of a question that an editor asks at a passage.
QUESTION_MAX: Final = 200


def is_embeddable(url: str) -> bool:
    """An https address of a host in `EMBED_HOSTS`, with neither port nor user name."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc in EMBED_HOSTS
    except ValueError:
        return False


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name in _NUMBERS:
        return value if value.isascii() and value.isdigit() and len(value) <= 9 else None
    if name == "data-block":
        return value if _BLOCK_ID.match(value) else None
    if name == "data-embed":
        return value if is_embeddable(value) else None
    if name == "data-question":
        return one_line(value, longest=QUESTION_MAX).strip() or None
    if name == "dir":
        return value if value in {"ltr", "rtl", "auto"} else None
    if name in {"src", "href", "cite"}:
        return value if _is_safe_address(value, image=tag == "img") else None
    return value


def _is_safe_address(value: str, *, image: bool) -> bool:
    """No protocol-relative address, no backslash that a browser reads as a slash, and pictures by http(s) or path."""
    value = value.strip()
    if value.startswith(("//", "/\\", "\\")):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    if image:
        return parts.scheme in {"http", "https"} or (not parts.scheme and value.startswith("/"))
    return True


_article = nh3.Cleaner(
    tags=_ARTICLE_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ARTICLE_ATTRIBUTES,
    attribute_filter=_attribute,
    allowed_classes=_ARTICLE_CLASSES,
    url_schemes=_SCHEMES,
    strip_comments=True,
    link_rel="noopener",
    generic_attribute_prefixes=set(),
)
_comment = nh3.Cleaner(
    tags=_COMMENT_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={"a": {"href"}},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    strip_comments=True,
    link_rel="ugc nofollow noopener",
    generic_attribute_prefixes=set(),
)
_EMPTY_IMAGE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")
_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = {"br", "hr", "img", "wbr", "input", "meta", "link", "col", "source", "track", "area", "base", "param"}


class TooMuchHTML(ValueError):
    """The text is too long or nested too deeply to be cleaned in reasonable time."""


def refuse_excess(html: str, longest: int = ARTICLE_MAX) -> None:
    """Raises TooMuchHTML before anything starts on input that would take long."""
    if len(html) > longest:
        raise TooMuchHTML(f"The text is longer than {longest:,} characters.")
    depth = deepest = 0
    for closing, tag in _OPENING.findall(html):
        if tag.lower() in _VOID or tag.lower() in {"p", "li"}:  # p and li close themselves, so they do not nest
            continue
        depth += -1 if closing else 1
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    if deepest > DEPTH_MAX:
        raise TooMuchHTML(f"The text is nested more than {DEPTH_MAX} levels deep.")


def clean_article(html: str) -> str:
    """An editor's, an import's or a paste's HTML, reduced to what an article may hold.

    Raises TooMuchHTML before it starts on input that would take long.
    """
    refuse_excess(html)
    return _EMPTY_IMAGE.sub("", _article.clean(html.replace("\x00", "")))


def clean_comment(html: str) -> str:
    """A reader's HTML (made by `comments.markup`), reduced to what a comment may hold. Raises TooMuchHTML."""
    refuse_excess(html, COMMENT_MAX)
    return _comment.clean(html.replace("\x00", ""))


def trusted(html: str) -> SafeString:
    """Mark HTML as safe that one of the two sanitisers, or our own templates, made. Never call it with input."""
    return SafeString(html)
