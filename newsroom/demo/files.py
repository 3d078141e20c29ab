"""The demo's files, read: stories, short reports, pages, pictures and comments. No database here.

A moment is written relative to now, so that the demo is fresh on the day it is made: `190m` (minutes ago), `12d 07:25`
(days ago at a local time), `+180m` (in the future).
"""

import re
import tomllib
import zlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

CONTENT: Final = Path(__file__).parent / "content"
PICTURES: Final = Path(__file__).parent / "pictures"

_HEADER = re.compile(r"(>*) ?\[(.+?)\](?: \^(\d+))?(?: !(\w+))?")
_PLACEHOLDER = re.compile(r"\{(day|t)([+-]\d+)?\}")
_TITLE = re.compile(r"\*(.+?)\*")


@dataclass(frozen=True)
class Piece:
    """A file: what its head says, and its HTML."""

    key: str
    head: dict[str, Any]
    body: str


@dataclass(frozen=True)
class Said:
    """A comment as a file has it; `parent` is the place of the one it answers in the same list."""

    name: str
    text: str
    parent: int | None
    votes: int
    mark: str


@dataclass(frozen=True)
class Clock:
    """Turns the files' moments into times: `now` is when the demo is made, `zone` the site's."""

    now: datetime
    zone: ZoneInfo

    def moment(self, ago: str, key: str = "") -> datetime:
        """The time that `ago` means; `key` adds seconds of its own, so that no two stories share a moment."""
        seconds = timedelta(seconds=zlib.crc32(key.encode()) % 50)
        if ago.endswith("m"):
            return self.now - timedelta(minutes=int(ago[:-1]) * (-1 if ago.startswith("+") else 1)) - seconds
        days, at = ago.split("d ")
        day = self.now.astimezone(self.zone).date() - timedelta(days=int(days))
        return datetime.combine(day, time.fromisoformat(at), self.zone) + seconds

    def fill_in(self, text: str, at: datetime) -> str:
        """`{day}`, `{day+1}` (weekdays) and `{t-48}` (a clock time, to five minutes), seen from the story's own time."""

        def said(match: re.Match[str]) -> str:
            shift = int(match[2] or 0)
            local = at.astimezone(self.zone)
            if match[1] == "day":
                return f"{local + timedelta(days=shift):%A}"
            earlier = local + timedelta(minutes=shift)
            return f"{earlier - timedelta(minutes=earlier.minute % 5):%H:%M}"

        return _PLACEHOLDER.sub(said, text)


def site() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "site.toml").read_text())


def pictures() -> dict[str, dict[str, Any]]:
    return tomllib.loads((CONTENT / "pictures.toml").read_text())


def pages() -> list[Piece]:
    return [_piece(path) for path in sorted((CONTENT / "pages").glob("*.html"))]


def stories() -> list[Piece]:
    """Full stories and short reports alike."""
    full = [_piece(path) for path in sorted((CONTENT / "stories").glob("*.html"))]
    return full + [piece for path in sorted((CONTENT / "shorts").glob("*.toml")) for piece in _shorts(path)]


def comments() -> dict[str, list[Said]]:
    """Comments by the key of their story, in the order of the file."""
    return {path.stem: _talk(path.read_text()) for path in sorted((CONTENT / "comments").glob("*.txt"))}


def _piece(path: Path) -> Piece:
    _, head, body = path.read_text().split("+++\n", 2)
    return Piece(path.stem, tomllib.loads(head), body.strip())


def _shorts(path: Path) -> list[Piece]:
    found = tomllib.loads(path.read_text())["story"]
    return [
        Piece(
            f"{path.stem}-{place}",
            {**short, "section": path.stem, "authors": [short["author"]], "standfirst": ""},
            "".join(_paragraph(text) for text in short["text"].strip().split("\n\n")),
        )
        for place, short in enumerate(found, 1)
    ]


def _paragraph(text: str) -> str:
    words = escape(" ".join(text.split()), quote=False)
    return "<p>" + _TITLE.sub(r"<em>\1</em>", words) + "</p>"


def _talk(text: str) -> list[Said]:
    said: list[Said] = []
    lines: list[list[str]] = []
    last_at: dict[int, int] = {}
    for line in text.splitlines():
        if match := _HEADER.fullmatch(line):
            depth = len(match[1])
            last_at[depth] = len(said)
            said.append(Said(match[2], "", last_at[depth - 1] if depth else None, int(match[3] or 0), match[4] or ""))
            lines.append([])
        elif lines:
            lines[-1].append(line)
    return [
        Said(one.name, "\n".join(words).strip(), one.parent, one.votes, one.mark)
        for one, words in zip(said, lines, strict=True)
    ]
