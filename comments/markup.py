"""What a reader typed, as safe HTML: paragraphs, quotes, links, emphasis and code. One pass over the text, no regex that
could run away.

    > a quote        *italics*   **bold**   `code`   https://an.address/

Everything else stays as it was typed. The result goes through `newsroom.lib.html.clean_comment`, once, when it is stored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final
from urllib.parse import urlsplit

from newsroom.lib.html import clean_comment
from newsroom.lib.text import without_controls

#: Raise it when the output changes: stored HTML of an older version can then be made again.
VERSION: Final = 1
#: A block of more characters is cut into several, so that cleaning stays quick whatever was imported.
BLOCK_MAX: Final = 2000
QUOTES_MAX: Final = 3
_SHOWN_MAX: Final = 60

_ADDRESS = re.compile(r"https?://[^\s<>\"`\\^{}|\u200b-\u200f\u2028-\u202e\u2060-\u206f]{1,500}", re.IGNORECASE)
_MARKS = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_BARE_ADDRESS = re.compile(r"(?<![\w/.@])www\.\w", re.IGNORECASE)
_PILED_MARKS = re.compile(rf"([{_MARKS}]{{3}})[{_MARKS}]+")
_OVERRIDES = re.compile(r"[\u202d\u202e]")
_SPECIAL = re.compile(r"[*`]|https?://", re.IGNORECASE)
_EMPHASIS: Final = {"*": "em", "**": "strong"}


def tidy(text: str) -> str:
    """A comment as it is stored: no control characters, no piles of accents, no overridden direction, no empty ends."""
    text = _OVERRIDES.sub("", _PILED_MARKS.sub(r"\1", without_controls(text)))
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def render(text: str) -> str:
    """The HTML of a comment's text, safe to store and to show."""
    return "\n".join(clean_comment(_block(depth, lines)) for depth, lines in _blocks(tidy(text)))


def addresses(text: str) -> list[str]:
    """Every web address in a text, as `render` would link it."""
    return [_trimmed(match.group()) for match in _ADDRESS.finditer(text)]


def links(text: str) -> int:
    """How many places on the web a text points to, linked or only written as www."""
    return len(_ADDRESS.findall(text)) + len(_BARE_ADDRESS.findall(text))


def without_addresses(text: str, instead: str) -> str:
    """The text with `instead` in the place of web addresses: letters carry no links of commenters."""
    return re.sub(r"(?:https?:|www\.)\S+", instead, text, flags=re.IGNORECASE)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Paragraphs as lines, each with how deeply it is quoted."""
    depth, block, size = 0, [], 0  # type: int, list[str], int
    for line in _short_lines(text):
        quoted, rest = _quoting(line)
        ends = not rest.strip() or quoted != depth or size + len(rest) > BLOCK_MAX
        if ends and block:
            yield depth, block
            block, size = [], 0
        depth = quoted
        if rest.strip():
            block.append(rest)
            size += len(rest) + 1
    if block:
        yield depth, block


def _short_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for start in range(0, max(len(line), 1), BLOCK_MAX):
            yield line[start : start + BLOCK_MAX]


def _quoting(line: str) -> tuple[int, str]:
    depth = 0
    rest = line.lstrip(" ")
    while rest.startswith(">"):
        depth, rest = depth + 1, rest[1:].lstrip(" ")
    return (min(depth, QUOTES_MAX), rest) if depth else (0, line)


def _block(depth: int, lines: list[str]) -> str:
    inner = f"<p>{_inline(chr(10).join(lines))}</p>"
    return f"{'<blockquote>' * depth}{inner}{'</blockquote>' * depth}"


@dataclass
class _Inline:
    """What one block has become so far: pieces of HTML, and where emphasis was opened."""

    text: str
    pieces: list[str] = field(default_factory=list)
    open: list[tuple[str, int]] = field(default_factory=list)
    backticks_left: bool = True

    def literal(self, text: str) -> None:
        self.pieces.append(escape(text, quote=False).replace("\n", "<br>"))

    def emphasis(self, mark: str, start: int, end: int) -> None:
        """Open, close or print `*` and `**`: they open before a word and close after one, and never overlap."""
        before = self.text[start - 1 : start]
        after = self.text[end : end + 1]
        is_open = any(mark == other for other, _ in self.open)
        if is_open and self.open[-1][0] == mark and before.strip():
            tag = _EMPHASIS[mark]
            _, place = self.open.pop()
            self.pieces[place] = f"<{tag}>"
            self.pieces.append(f"</{tag}>")
        elif not is_open and after.strip() and not before.isalnum():
            self.open.append((mark, len(self.pieces)))
            self.pieces.append(mark)  # stays a star if nothing closes it
        else:
            self.literal(mark)

    def code(self, start: int) -> int:
        """A span between backticks that starts at `start`; the place after it."""
        end = self.text.find("`", start + 1) if self.backticks_left else -1
        if end <= start + 1:
            self.backticks_left = end != -1
            self.literal("`")
            return start + 1
        self.pieces.append(f"<code>{escape(self.text[start + 1 : end], quote=False)}</code>")
        return end + 1

    def link(self, start: int) -> int:
        """An address that starts at `start`; the place after it."""
        match = _ADDRESS.match(self.text, start)
        address = _trimmed(match.group()) if match else ""
        if not _is_web_address(address) or self.text[start - 1 : start].isalnum():
            self.literal(self.text[start : start + 4])
            return start + 4
        shown = address if len(address) <= _SHOWN_MAX else f"{address[: _SHOWN_MAX - 1]}…"
        self.pieces.append(f'<a href="{escape(address)}">{escape(shown, quote=False)}</a>')
        return start + len(address)


def _inline(text: str) -> str:
    done = _Inline(text)
    at = 0
    while match := _SPECIAL.search(text, at):
        start = match.start()
        done.literal(text[at:start])
        if match.group() == "`":
            at = done.code(start)
        elif match.group() == "*":
            mark = "**" if text.startswith("**", start) else "*"
            at = start + len(mark)
            done.emphasis(mark, start, at)
        else:
            at = done.link(start)
    done.literal(text[at:])
    return "".join(done.pieces)


def _trimmed(address: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket stays where the address opened one."""
    while address:
        last = address[-1]
        if last == ")" and address.count("(") >= address.count(")"):
            break
        if last not in ".,;:!?'*)]}’”":
            break
        address = address[:-1]
    return address


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
