"""What a reader typed, as safe HTML: paragraphs, quotes, links, emphasis, code and spoilers. One pass over the text, no
regex that could run away.

    > a quote     *italics*     **bold**     `code`     ||a spoiler||     https://an.address/     [words](https://an.address/)

Lines between two lines of ``` are code as it was typed. Everything else stays as it is. Each block of the result goes through
`newsroom.lib.html.clean_comment`, once, when it is stored.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from comments.blocks import blocks
from newsroom.lib.html import clean_comment
from newsroom.lib.text import without_controls

#: Raise it when the output, or what `clean_comment` lets through, changes: the worker then makes stored HTML again.
VERSION: Final = 3
_SHOWN_MAX: Final = 60

_ADDRESS = re.compile(r"https?://[^\s<>\"`\\^{}|\u200b-\u200f\u2028-\u202e\u2060-\u206f]{1,500}", re.IGNORECASE)
_MARKS = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_BARE_ADDRESS = re.compile(r"(?<![\w/.@])www\.\w", re.IGNORECASE)
_PILED_MARKS = re.compile(rf"([{_MARKS}]{{3}})[{_MARKS}]+")
_OVERRIDES = re.compile(r"[\u202d\u202e]")
_SPECIAL = re.compile(r"[*`\[]|https?://", re.IGNORECASE)
#: `[words](` before an address. The words hold no mark that could turn the writing around and the host away.
_NAMED = re.compile(r"\[([^\[\]\n\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,200})\]\((?=https?://)", re.IGNORECASE)
_BARS = re.compile(r"`[^`]+`|\|\|")
#: The innermost of them: what was imported may stand one in the other.
_DETAILS = re.compile(r"<details[^>]*>(?:(?!<details).)*?</details>", re.DOTALL)
_SENTENCE_END = re.compile(r"[.,;:!?…]*")
_EMPHASIS: Final = {"*": "em", "**": "strong"}


def tidy(text: str) -> str:
    """A comment as it is stored: no control characters, no piles of accents, no overridden direction, no empty ends."""
    text = _OVERRIDES.sub("", _PILED_MARKS.sub(r"\1", without_controls(text)))
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def render(text: str) -> str:
    """The HTML of a comment's text, safe to store and to show."""
    return "\n".join(map(clean_comment, _html(tidy(text))))


def hides_words(text: str) -> bool:
    """Whether a text has words that `render` folds away."""
    return unspoiled(text) is not text


def unspoiled(text: str) -> str:
    """A text for places where nobody can choose to look: “[spoiler]” stands for exactly what `render` folds away."""
    return _without_bars(text, lambda hidden: _("[spoiler]"))


def spelled_out(text: str) -> str:
    """A text for those who must read all of it: what `render` folds away stands there and is called so."""
    return _without_bars(text, lambda hidden: _("[spoiler: %s]") % hidden)


def _without_bars(text: str, said: Callable[[str], str]) -> str:
    """The text itself where it hides nothing; else what is `said` of the hidden words in their place."""
    parts, found = [], 0
    for depth, lines, is_code in blocks(text) if "||" in text else ():
        joined = "\n".join(lines)
        hidden = [] if is_code else [*_hidden(joined)]
        found += len(hidden)
        for start, end in reversed(hidden):
            joined = f"{joined[: start - 2]}{said(joined[start:end])}{joined[end + 2 :]}"
        parts.append("\n".join(f"{'> ' * depth}{line}" for line in joined.split("\n")))
    return "\n\n".join(parts) if found else text


def unspoiled_html(html: str) -> str:
    """The same of stored HTML."""
    word = f"<p>{escape(_('[spoiler]'), quote=False)}</p>"
    while (shorter := _DETAILS.sub(word, html)) != html:
        html = shorter
    return html


def addresses(text: str) -> list[str]:
    """Every web address in a text, as `render` would link it."""
    return [_trimmed(match.group()) for match in _ADDRESS.finditer(text)]


def links(text: str) -> int:
    """How many places on the web a text points to, linked or only written as www."""
    return len(_ADDRESS.findall(text)) + len(_BARE_ADDRESS.findall(text))


def _html(text: str) -> Iterator[str]:
    """Each block as HTML of its own, so that cleaning never meets a long one."""
    for depth, lines, is_code in blocks(text):
        joined = "\n".join(lines)
        parts = [f"<pre><code>{escape(joined, quote=False)}</code></pre>"] if is_code else _paragraphs(joined)
        for part in parts:
            yield f"{'<blockquote>' * depth}{part}{'</blockquote>' * depth}"


def _paragraphs(text: str) -> Iterator[str]:
    """One paragraph; or several parts, where words are hidden."""
    done = 0
    for start, end in _hidden(text):
        yield from _paragraph(text[done : start - 2])
        done = _end_of_sentence(text, end + 2)
        hidden = "".join(_paragraph(text[start:end] + text[end + 2 : done]))
        yield f"<details><summary>{escape(_('Spoiler'))}</summary>{hidden}</details>"
    yield from _paragraph(text[done:])


def _hidden(text: str) -> Iterator[tuple[int, int]]:
    """Where words between double bars begin and end, without the bars. Bars in code stay bars."""
    opened = 0
    for match in _BARS.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if match.group() != "||":
            continue
        if start > opened > 0 and before.strip() and not after.isalnum():
            yield opened, start
            opened = 0
        elif not opened and after.strip() and after != "|" and not before.isalnum():
            opened = end


def _end_of_sentence(text: str, start: int) -> int:
    """The place after the full stop at `start`, which would stand alone in the next line."""
    match = _SENTENCE_END.match(text, start)
    return match.end() if match else start


def _paragraph(text: str) -> Iterator[str]:
    if text.strip():
        yield f"<p>{_inline(text.strip())}</p>"


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

    def named_link(self, start: int) -> int:
        """`[words](address)` that starts at `start`; the place after it. The host stands beside the words: no link lies."""
        words = _NAMED.match(self.text, start)
        address = _in_brackets(self.text, words.end()) if words else ""
        host = _host_of(address)
        if not words or not words[1].strip() or not host:
            self.literal("[")
            return start + 1
        shown = escape(f"{words[1].strip()} ({host})", quote=False)
        self.pieces.append(f'<a href="{escape(address)}">{shown}</a>')
        return words.end() + len(address) + 1

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
        elif match.group() == "[":
            at = done.named_link(start)
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


def _in_brackets(text: str, start: int) -> str:
    """The address from `start` up to the bracket that closes the one before it; '' where none does."""
    match = _ADDRESS.match(text, start)
    depth = 1
    for at, sign in enumerate(match.group() if match else ""):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return text[start : start + at]
    return ""


def _host_of(address: str) -> str:
    """The host that an address leads to, in letters that nothing can be mistaken for; '' where there is none."""
    try:
        return (urlsplit(address).hostname or "").encode("idna").decode() if _is_web_address(address) else ""
    except UnicodeError:
        return ""


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
