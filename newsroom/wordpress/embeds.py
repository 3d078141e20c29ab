"""Videos and posts of other sites in old bodies: which address they show, and the figure that becomes a facade."""

import re
from html import escape
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from newsroom.lib.html import is_embeddable

_YOUTUBE: Final = {"youtube.com", "youtube-nocookie.com", "m.youtube.com", "youtu.be", "youtube.googleapis.com"}
_ID = re.compile(r"[A-Za-z0-9_-]{6,64}\Z")
#: A player's own address -> the page that a person would open.
_PLAYERS: Final = (
    (re.compile(r"//player\.vimeo\.com/video/(\d+)"), r"https://vimeo.com/\1"),
    (re.compile(r"//(?:www\.)?vimeo\.com/moogaloop\.swf\?(?:.*&)?clip_id=(\d+)"), r"https://vimeo.com/\1"),
    (
        re.compile(r"//(?:www\.)?dailymotion\.com/(?:embed/|swf/)(?:video/)?([a-z0-9]+)"),
        r"https://www.dailymotion.com/video/\1",
    ),
    (re.compile(r"//videopress\.com/embed/([A-Za-z0-9]+)"), r"https://videopress.com/v/\1"),
    (re.compile(r"//v\.wordpress\.com/([A-Za-z0-9]+)"), r"https://videopress.com/v/\1"),
    (re.compile(r"//(?:www\.)?archive\.org/embed/([A-Za-z0-9._-]+)"), r"https://archive.org/details/\1"),
    (
        re.compile(r"//(?:www\.)?archive\.org/flow/.*?(?:url:|ifile=)'?([A-Za-z0-9._-]+)/"),
        r"https://archive.org/details/\1",
    ),
    (re.compile(r"//(?:www\.)?instagram\.com/(p|reel|tv)/([A-Za-z0-9_-]+)/embed"), r"https://www.instagram.com/\1/\2/"),
)
#: Players that carry the address they show as a parameter.
_WRAPPERS: Final = (
    (re.compile(r"//w\.soundcloud\.com/player"), "url"),
    (re.compile(r"//(?:www|web)\.facebook\.com/plugins/"), "href"),
    (re.compile(r"//cdn\.embedly\.com/"), "src"),
)
_BARE_HOSTS: Final = {"vimeo.com", "rumble.com", "odysee.com", "soundcloud.com", "twitter.com", "x.com", "archive.org"}
_WWW_HOSTS: Final = {"facebook.com", "instagram.com", "tiktok.com", "dailymotion.com", "ted.com"}


def address_of(url: str) -> str:
    """The https page behind an embed's address: of the video rather than of the player, where that is known."""
    url = url.strip().replace("&amp;", "&")
    url = f"https:{url}" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        query = parse_qs(parts.query)
    except ValueError:
        return url
    if host.removeprefix("www.") in _YOUTUBE:
        return _youtube(host, parts.path, parts.query) or url
    for pattern, parameter in _WRAPPERS:
        if pattern.search(url) and is_showable(inner := address_of(query.get(parameter, [""])[0])):
            return inner
    for pattern, page in _PLAYERS:
        if match := pattern.search(unquote(url)):
            return match.expand(page)
    return _on_its_usual_host(url, host)


def _youtube(host: str, path: str, query: str) -> str:
    """Watch page of a YouTube address in any of its spellings; '' for a channel and the like."""
    # Old Flash players put their parameters behind an ampersand: /v/ID&hl=en
    path, _, more = path.partition("&")
    parameters = parse_qs(query or more)
    first, *rest = [part for part in path.split("/") if part] or [""]
    video = parameters.get("v", [""])[0]
    if host.endswith("youtu.be"):
        video = first
    elif first in {"embed", "v", "shorts", "live", "e"} and rest:
        video = rest[0]
    playlist = rest[0] if first == "p" and rest else parameters.get("list", [""])[0]
    if _ID.match(video) and video != "videoseries":
        return f"https://www.youtube.com/watch?v={video}"
    if _ID.match(playlist):
        return f"https://www.youtube.com/playlist?list={playlist if first != 'p' else 'PL' + playlist}"
    return ""


def _on_its_usual_host(url: str, host: str) -> str:
    bare = host.removeprefix("www.").removeprefix("mobile.").removeprefix("m.")
    usual = bare if bare in _BARE_HOSTS else f"www.{bare}" if bare in _WWW_HOSTS else host
    path = url.split("://", 1)[1].partition("/")[2] if "://" in url else ""
    return f"https://{usual}/{path}" if usual and is_embeddable(f"https://{usual}/") else url


def is_showable(url: str) -> bool:
    """Whether a facade may stand for this address: a known host, and a thing on it rather than its front page."""
    return is_embeddable(url) and len(urlsplit(url).path.strip("/") + urlsplit(url).query) > 0


def figure(url: str, caption: str = "") -> str:
    """The stored form of an embed. `url` must be showable; `caption` is HTML."""
    address = escape(url, quote=True)
    below = f"<figcaption>{caption}</figcaption>" if caption.strip() else ""
    return f'<figure class="embed" data-embed="{address}"><a href="{address}">{address}</a>{below}</figure>'


def link(url: str, label: str = "") -> str:
    """A plain link, for what cannot be shown in place."""
    safe = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    return f'<a href="{escape(safe, quote=True)}">{escape(label or url)}</a>'


def embed(url: str, caption: str = "") -> tuple[str, bool]:
    """The HTML for an embedded address, and whether it became a figure (else: a link in a paragraph)."""
    address = address_of(url)
    if is_showable(address):
        return figure(address, caption), True
    below = f"<br>{caption}" if caption.strip() else ""
    return f"<p>{link(address)}{below}</p>", False
