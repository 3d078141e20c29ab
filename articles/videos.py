"""Video addresses: which player belongs to one. Nothing is loaded from there before a reader asks for it."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

_YOUTUBE: Final = {"youtube.com", "m.youtube.com", "youtu.be", "youtube-nocookie.com"}
_ID = re.compile(r"[A-Za-z0-9_-]{5,24}\Z")
_START = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?\Z")


@dataclass(frozen=True)
class Player:
    """A player that the policy of reader pages allows: its page, and the address that its frame gets after a click."""

    host: str
    frame: str

    @property
    def playing(self) -> str:
        return f"{self.frame}{'&' if '?' in self.frame else '?'}autoplay=1"


def player_of(url: str) -> Player | None:
    """The player of a video's address; None for what has none here (it stays a link)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme not in {"http", "https"}:
        return None
    if host in _YOUTUBE:
        return _youtube(parts, host)
    if host in {"vimeo.com", "player.vimeo.com"}:
        return _vimeo(parts)
    if host in {"dailymotion.com", "dai.ly"}:
        name = _last(parts.path)
        return Player("Dailymotion", f"https://www.dailymotion.com/embed/video/{name}") if _ID.match(name) else None
    return None


def host_of(url: str) -> str:
    """The name of the place that a link leads to, as readers know it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _youtube(parts: SplitResult, host: str) -> Player | None:
    query = parse_qs(parts.query)
    name = query.get("v", [""])[0] if parts.path == "/watch" else _last(parts.path)
    if not _ID.match(name) or (host != "youtu.be" and parts.path.count("/") < 2 and parts.path != "/watch"):
        return None
    start = _seconds(query.get("t", query.get("start", [""]))[0])
    return Player("YouTube", f"https://www.youtube-nocookie.com/embed/{name}{f'?start={start}' if start else ''}")


def _vimeo(parts: SplitResult) -> Player | None:
    """`/123`, `/123/hash` of an unlisted video, `/video/123?h=hash`, and channels that end in the number."""
    numbers = [(place, part) for place, part in enumerate(parts.path.strip("/").split("/")) if part.isdigit()]
    if not numbers:
        return None
    place, number = numbers[0]
    rest = parts.path.strip("/").split("/")[place + 1 :]
    secret = parse_qs(parts.query).get("h", rest)[:1]
    wanted = {"h": secret[0]} if secret and secret[0].isalnum() else {}
    query = urlencode(wanted | {"dnt": "1"})
    return Player("Vimeo", f"https://player.vimeo.com/video/{number}?{query}")


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _seconds(text: str) -> int:
    found = _START.match(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds
