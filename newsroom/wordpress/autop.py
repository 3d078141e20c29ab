"""Paragraphs for bodies that were typed into WordPress's classic editor: blank lines and line ends say where they are."""

import re
from collections.abc import Iterable
from typing import Final

_BLOCKS: Final = frozenset(
    "address article aside blockquote body caption center col colgroup dd details dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html iframe legend li main map menu nav object ol p pre script section select "
    "style summary svg table tbody td template textarea tfoot th thead tr ul".split()
)
#: Their content is left alone, to the letter.
_VERBATIM: Final = frozenset({"pre", "script", "style", "textarea", "svg", "object", "iframe", "select", "template"})
#: They hold words, never paragraphs.
_PHRASES: Final = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "caption", "dt", "summary", "legend"}
)
#: They hold words, or paragraphs where there are several.
_CELLS: Final = frozenset({"li", "td", "th", "dd"})
#: They hold only other blocks; space between those means nothing.
_FRAMES: Final = frozenset({"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr", "colgroup", "figure", "menu"})
_VOID: Final = frozenset({"hr", "col"})

_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_BLANK_LINE = re.compile(r"\n[ \t\xa0]*(?:\n[ \t\xa0]*)+")
_LINE_END = re.compile(r"(?<!<br>)(?<!<br/>)(?<!<br />)[ \t]*\n[ \t]*(?!$)")


def paragraphs(html: str) -> str:
    """`html` with a <p> around each run of words between blank lines and block elements, and <br> at single line ends."""
    return "".join(_Paragraphs(html.replace("\r\n", "\n").replace("\r", "\n")).pieces())


class _Paragraphs:
    def __init__(self, html: str) -> None:
        self.html = html
        self.open: list[str] = []
        self.words: list[str] = []

    def pieces(self) -> Iterable[str]:
        at = 0
        while match := _TAG.search(self.html, at):
            self.words.append(self.html[at : match.start()])
            at = match.end()
            name = match[1].lower()
            if name not in _BLOCKS:
                self.words.append(match[0])
                continue
            yield from self._flush()
            if name in _VERBATIM and not match[0].startswith("</"):
                at = self._end_of(name, at)
                yield self.html[match.start() : at]
                continue
            self._enter_or_leave(name, match[0])
            yield match[0]
        self.words.append(self.html[at:])
        yield from self._flush()

    def _end_of(self, name: str, start: int) -> int:
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(self.html, start)
        return closing.end() if closing else len(self.html)

    def _enter_or_leave(self, name: str, tag: str) -> None:
        if tag.startswith("</"):
            if name in self.open:
                while self.open.pop() != name:
                    pass
            return
        if self.open and self.open[-1] == "p":  # a block ends an open paragraph, as in a browser
            self.open.pop()
        if name not in _VOID and not tag.endswith("/>"):
            self.open.append(name)

    def _flush(self) -> Iterable[str]:
        text, self.words = "".join(self.words), []
        runs = [run for part in _BLANK_LINE.split(text) if (run := part.strip(" \t\n"))]
        if not runs:
            yield "\n" if "\n" in text else ""
            return
        lines = [_LINE_END.sub("<br>\n", run) for run in runs]
        around = self.open[-1] if self.open else ""
        if around in _PHRASES:
            yield "<br>\n".join(lines)
        elif around in _FRAMES or (around in _CELLS and len(lines) == 1):
            # The spaces at the edges part words from the next element (<li>one <ul>).
            yield "\n".join(lines)
        else:
            yield "\n".join(f"<p>{line}</p>" for line in lines) + "\n"
