"""Makes the bytes of a WordPress export readable for an XML parser, while they stream by.

WordPress writes its exports by string concatenation, so real files hold control characters, blank lines before the
prolog, bare ampersands, HTML entities and a CDATA section inside another. The number of lines never changes here
(except the ones cut before the prolog, see `lines_cut`), so a parser's line is the file's line.
"""

import codecs
import re
from html.entities import html5
from typing import BinaryIO, Final, NamedTuple

CHUNK: Final = 64 * 1024
#: How far behind the end of what was read an entity or a marker can begin.
_MARGIN: Final = 48
_OPEN, _CLOSE = "<![CDATA[", "]]>"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(
    r"&(?:#(?P<dec>[0-9]{1,7});|#x(?P<hex>[0-9a-fA-F]{1,6});|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)?"
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding=["']([A-Za-z0-9._-]+)["']""")
_ENCODING = re.compile(r"""(<\?xml[^>]{0,100}?encoding=)["'][^"']*["']""")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Repair(NamedTuple):
    """One thing that was put right on the way, at a line of the file."""

    line: int
    what: str


class RepairedStream:
    """A file for `iterparse`: reads bytes from `source`, hands out well-formed UTF-8. Holds a few chunks at most."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._decoder: codecs.IncrementalDecoder | None = None
        self._pending = ""
        self._state = "text"
        self._line = 1
        self._at_end = False
        self.lines_cut = 0
        self.repairs: list[Repair] = []

    def read(self, _size: int = -1) -> bytes:
        """Some bytes more; empty at the end."""
        out = ""
        while not out and not self._at_end:
            raw = self._source.read(CHUNK)
            self._at_end = not raw
            self._pending += self._begin(raw) if self._decoder is None else self._decode(raw)
            out = self._drain()
        return out.encode()

    def _begin(self, raw: bytes) -> str:
        """The first chunk: find the encoding, and drop what stands before the prolog."""
        encoding = next((name for bom, name in _BOMS if raw.startswith(bom)), None)
        declared = _DECLARED.search(raw[:4096])
        encoding = encoding or (declared[1].decode() if declared else "utf-8")
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        except LookupError:
            self._note(f"unknown encoding {encoding}, read as UTF-8")
            self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        text = self._decode(raw)
        start = max(text.find("<?xml"), 0) or max(text.find("<rss"), 0)
        before = text[:start] if "<?xml" not in text[:5] else ""
        if before.strip().startswith("<!--"):  # a comment may stand before <rss>
            before = before[: len(before) - len(before.lstrip())]
        if before.strip():
            self._note("text before the prolog dropped")
        self.lines_cut = before.count("\n")
        self._line += self.lines_cut
        return _ENCODING.sub(r'\1"utf-8"', text[len(before) :], count=1)

    def _decode(self, raw: bytes) -> str:
        assert self._decoder is not None
        text = self._decoder.decode(raw, final=not raw)
        if "\ufffd" in text and b"\xef\xbf\xbd" not in raw:
            self._note("bytes that are not text in the file's encoding were replaced")
        return _ILLEGAL.sub("", text)

    def _note(self, what: str, before: str = "") -> None:
        repair = Repair(self._line + before.count("\n"), what)
        if len(self.repairs) < 100 and repair not in self.repairs[-1:]:
            self.repairs.append(repair)

    def _drain(self) -> str:
        """As much of what was read as can be decided now."""
        steps = {"text": self._text, "cdata": self._cdata, "comment": self._comment}
        out: list[str] = []
        while self._pending and (done := steps[self._state]()) is not None:
            out.append(done)
        return "".join(out)

    def _take(self, length: int) -> str:
        piece, self._pending = self._pending[:length], self._pending[length:]
        return piece

    def _text(self) -> str | None:
        """Markup and text outside CDATA, up to the next section or comment."""
        marks = [(at, mark) for mark in (_OPEN, "<!--") if (at := self._pending.find(mark)) >= 0]
        if marks:
            at, mark = min(marks)
            piece = self._repaired(self._take(at))
            self._line += (self._take(len(mark))).count("\n")
            self._state = "cdata" if mark == _OPEN else "comment"
            return piece + mark
        cut = len(self._pending) if self._at_end else self._safe_cut()
        return self._repaired(self._take(cut)) if cut else None

    def _safe_cut(self) -> int:
        cut = max(len(self._pending) - _MARGIN, 0)
        ampersand = self._pending.rfind("&", max(cut - _MARGIN, 0), cut)
        if ampersand >= 0:
            cut = ampersand
        while cut and self._pending[cut - 1] == "]":
            cut -= 1
        return cut

    def _repaired(self, text: str) -> str:
        if _CLOSE in text:
            self._note("']]>' outside a CDATA section", text[: text.find(_CLOSE)])
        fixed = _AMPERSAND.sub(self._ampersand, text).replace(_CLOSE, "]]&gt;")
        self._line += text.count("\n")
        return fixed

    def _ampersand(self, match: re.Match[str]) -> str:
        if match["dec"] or match["hex"]:
            number = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
            legal = number in {9, 10, 13} or 32 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF
            return match[0] if legal and number not in {0xFFFE, 0xFFFF} else ""
        if match["name"] in _XML_ENTITIES:
            return match[0]
        character = html5.get(f"{match['name']};") if match["name"] else None
        if character is not None:
            return character.replace("&", "&amp;").replace("<", "&lt;")
        self._note("an ampersand that is not escaped", match.string[: match.start()])
        return match[0].replace("&", "&amp;", 1)

    def _cdata(self) -> str | None:
        end = self._pending.find(_CLOSE)
        if end < 0:
            keep = 0 if self._at_end else 2
            return self._kept(len(self._pending) - keep) if len(self._pending) > keep else None
        following = re.search(r"<|\]\]>", self._pending[end + 3 : end + CHUNK])
        if following is None and not self._at_end and len(self._pending) < end + CHUNK:
            return None
        if following is not None and following[0] == _CLOSE:  # "]]>" that belongs to the text: a nested section
            self._note("a CDATA section inside another", self._pending[:end])
            return self._kept(end + 3)[:-3] + "]]]]><![CDATA[>"
        self._state = "text"
        return self._kept(end + 3)

    def _kept(self, length: int) -> str:
        piece = self._take(length)
        self._line += piece.count("\n")
        return piece

    def _comment(self) -> str | None:
        end = self._pending.find("-->")
        if end >= 0:
            self._state = "text"
            return self._kept(end + 3)
        keep = 0 if self._at_end else 2
        return self._kept(len(self._pending) - keep) if len(self._pending) > keep else None
