"""A comment's lines in blocks: paragraphs, quotes and code between fences. Pure, and one pass over the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

#: A block of more characters is cut into several, so that cleaning stays quick whatever was imported. No comment that
#: is typed here is so long.
BLOCK_MAX: Final = 3200
QUOTES_MAX: Final = 3
_FENCE = re.compile(r"\s{0,3}```[\w+#-]{0,15}\s*\Z")


def blocks(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """How deeply lines are quoted, the lines that belong together, and whether they are code."""
    lines = list(_short_lines(text))
    block: list[str] = []
    at = depth = size = 0
    code_ends = _Fences(lines)
    while at < len(lines):
        quoted, rest = _quoting(lines[at])
        end = code_ends.after(at, quoted) if _FENCE.match(rest) else 0
        if block and (end or not rest.strip() or quoted != depth or size + len(rest) > BLOCK_MAX):
            yield depth, block, False
            block, size = [], 0
        depth = quoted
        if end:
            for code in _pieces([_unquoted(line, depth) or "" for line in lines[at + 1 : end]]):
                yield depth, code, True
        elif rest.strip():
            block.append(rest)
            size += len(rest) + 1
        at = max(at, end) + 1
    if block:
        yield depth, block, False


@dataclass
class _Fences:
    """Where code ends. A search that found no end is not made again, so that all of them together are one pass."""

    lines: list[str]
    #: By depth of quotes: no line before this one ends code.
    none_before: dict[int, int] = field(default_factory=dict)

    def after(self, start: int, depth: int) -> int:
        """The line that ends the code which begins at `start`; 0 where none does: then it is no code."""
        if start < self.none_before.get(depth, 0):
            return 0
        at = start + 1
        while at < len(self.lines) and (rest := _unquoted(self.lines[at], depth)) is not None:
            if rest.strip() == "```":
                return at
            at += 1
        self.none_before[depth] = at
        return 0


def _pieces(lines: list[str]) -> Iterator[list[str]]:
    """Code in pieces of at most BLOCK_MAX characters."""
    piece: list[str] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > BLOCK_MAX:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line) + 1
    if any(line.strip() for line in piece):
        yield piece


def _short_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        while len(line) > BLOCK_MAX:
            end = line.rfind(" ", 1, BLOCK_MAX) + 1 or BLOCK_MAX
            yield line[:end]
            line = line[end:]
        yield line


def _quoting(line: str) -> tuple[int, str]:
    depth = 0
    rest = line.lstrip(" ")
    while rest.startswith(">"):
        depth, rest = depth + 1, rest[1:].lstrip(" ")
    return (min(depth, QUOTES_MAX), rest) if depth else (0, line)


def _unquoted(line: str, depth: int) -> str | None:
    """A line of code without the marks of the quote that it stands in; None where the quote is over."""
    for _level in range(depth):
        line = line.lstrip(" ")
        if not line.startswith(">"):
            return None
        line = line[1:]
    return line.removeprefix(" ") if depth else line
