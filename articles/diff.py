"""What differs between two bodies: block by block, and inside a block word by word. Pure.

Nothing that a body holds is left out of the comparison: a word is the same only with the same formatting, the same link and
the same attributes around it, so that a changed address or a changed description of a picture shows like a changed word.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Literal, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsroom.lib.diff import ends, runs

Op = Literal["same", "gone", "come"]
#: An element's name and its attributes, as they count for a reader.
Mark = tuple[str, tuple[tuple[str, str], ...]]

_INLINE: Final = frozenset(
    "-text a abbr b bdi bdo br cite code del em i img ins kbd mark q rp rt ruby s samp small span strong sub sup td th time"
    " u var wbr".split()
)
#: Elements without words of their own.
_EMPTY: Final = frozenset({"img", "br", "wbr"})
#: The name of a block says which it is, and nothing to a reader.
_UNSEEN: Final = frozenset({"data-block", "rel"})
#: Words; scripts without spaces character by character.
_WORD = re.compile(r"(\s*)([\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+)")
#: In a tag: words hold no bare “<”.
_NAME = re.compile(r'(<\w[^<>]*?) data-block="\w*"')
#: The share of words that two blocks have in common if one is said to have become the other.
_ALIKE: Final = 1 / 3


class Token(NamedTuple):
    """A word or a picture, and what it stands in; whether a space goes before it is no difference."""

    spaced: bool
    text: str
    marks: tuple[Mark, ...]

    @property
    def key(self) -> tuple[str, tuple[Mark, ...]]:
        return self.text, self.marks


class Piece(NamedTuple):
    """A stretch of words that stayed, went or came, in one formatting."""

    op: Op
    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _attributes in self.marks}

    @property
    def details(self) -> list[str]:
        """What cannot be seen of words themselves: where a link leads, which file a picture is, what a passage asks."""
        return [
            value if name in {"href", "src", "data-question", "data-embed"} else f"{name}: {value}"
            for _tag, attributes in self.marks
            for name, value in attributes
            if name not in {"alt", "width", "height", "data-image"} and value
        ]

    @property
    def picture(self) -> str:
        """The address of a picture of the site's own."""
        if not self.marks or self.marks[-1][0] != "img":
            return ""
        source = dict(self.marks[-1][1]).get("src", "")
        return source if source.startswith("/") else ""

    @property
    def is_picture(self) -> bool:
        return bool(self.marks) and self.marks[-1][0] == "img"


class Block(NamedTuple):
    kind: tuple[Mark, ...]
    tokens: tuple[Token, ...]
    name: str

    @property
    def key(self) -> tuple[tuple[Mark, ...], tuple[tuple[str, tuple[Mark, ...]], ...]]:
        return self.kind, tuple(token.key for token in self.tokens)


class Passage(NamedTuple):
    """A block that stayed, changed, went or came: what it was and is, and its words."""

    op: Literal["same", "changed", "gone", "come"]
    was: tuple[Mark, ...]
    kind: tuple[Mark, ...]
    pieces: list[Piece]


def passages(old: str, new: str) -> list[Passage]:
    """Every block of both bodies, in reading order."""
    return _passages(blocks_of(old), blocks_of(new))


def _passages(was: list[Block], now: list[Block]) -> list[Passage]:
    found: list[Passage] = []
    for run in runs([block.key for block in was], [block.key for block in now]):
        if run.same:
            found += [Passage("same", b.kind, b.kind, _pieces(b.tokens, b.tokens)) for b in now[run.new]]
        else:
            found += [_passage(before, after) for before, after in _paired(was[run.old], now[run.new])]
    return found


def is_same(old: str, new: str) -> bool:
    """Whether readers would see the same: an editor's program may write the same text with other line breaks."""
    if old == new:
        return True
    was, now = _between(old, new)
    return [block.key for block in was] == [block.key for block in now]


def changed_words(old: str, new: str) -> tuple[int, int]:
    """Words that came and words that went, as `passages` shows them, at the cost of what was changed."""
    return count(piece for passage in _passages(*_between(old, new)) for piece in passage.pieces)


def words(old: str, new: str) -> list[Piece]:
    """The same for plain text."""
    return _pieces(tuple(_tokens([(old, ())])), tuple(_tokens([(new, ())])))


def count(pieces: Iterable[Piece]) -> tuple[int, int]:
    """Words that came and words that went."""
    come = gone = 0
    for piece in pieces:
        if piece.op != "same":
            n = len(_WORD.findall(piece.text))
            come, gone = (come + n, gone) if piece.op == "come" else (come, gone + n)
    return come, gone


def blocks_of(html: str) -> list[Block]:
    """The blocks of a body that hold words or pictures themselves, each with what it stands in."""
    return list(_blocks(_top(html), (), ""))


def _between(old: str, new: str) -> tuple[list[Block], list[Block]]:
    """The blocks of both bodies without what both begin and end with: most of a long story, as a rule."""
    was, now = _top(old), _top(new)
    head, tail = ends([_letters(node) for node in was], [_letters(node) for node in now])
    return tuple(list(_blocks(side[head : len(side) - tail], (), "")) for side in (was, now))  # type: ignore[return-value]


def _letters(node: LexborNode) -> object:
    """An element to the letter, but for the names in it. Bare words equal nothing: they are one block with what stands
    beside them.
    """
    html = node.html or ""
    return object() if node.tag in _INLINE and html.strip() else _NAME.sub(r"\1", html)


def _top(html: str) -> list[LexborNode]:
    holder = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert holder is not None
    return list(holder.iter(include_text=True))


def _blocks(children: list[LexborNode], kind: tuple[Mark, ...], name: str) -> Iterator[Block]:
    """Of an element that stands in `kind`, its own mark included."""
    if kind and (kind[-1][0] == "hr" or (kind[-1][0] == "figure" and not children)):
        yield Block(kind, (), name)
    for is_inline, group in groupby(children, key=lambda child: child.tag in _INLINE):
        if is_inline:
            parts = (part for child in group for part in _parts(child, ()))
            tokens = tuple(_lines(parts) if kind and kind[-1][0] == "pre" else _tokens(parts))
            if tokens:
                yield Block(kind, tokens, name)
        else:
            for child in group:
                inside = list(child.iter(include_text=True))
                yield from _blocks(inside, (*kind, _mark(child)), child.attributes.get("data-block") or "")


def _parts(node: LexborNode, marks: tuple[Mark, ...]) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    """Texts and pictures in their order, each with what it stands in."""
    if node.tag == "-text":
        yield node.text_content or "", marks
        return
    inside = (*marks, _mark(node))
    if node.tag in _EMPTY:
        yield node.attributes.get("alt") or "", inside
    for child in node.iter(include_text=True):
        yield from _parts(child, inside)


def _tokens(parts: Iterable[tuple[str, tuple[Mark, ...]]]) -> Iterator[Token]:
    is_first, ends_in_space = True, False
    for text, marks in parts:
        found = [(" ", text)] if marks and marks[-1][0] in _EMPTY else _WORD.findall(text)
        for space, word in found:
            yield Token(not is_first and (bool(space) or ends_in_space), word, marks)
            is_first = ends_in_space = False
        ends_in_space = ends_in_space or text[-1:].isspace()


def _lines(parts: Iterable[tuple[str, tuple[Mark, ...]]]) -> Iterator[Token]:
    """Of preformatted text, where every space counts."""
    for text, marks in parts:
        for line in text.splitlines(keepends=True):
            yield Token(False, line, marks)


def _mark(node: LexborNode) -> Mark:
    seen = ((name, value or "") for name, value in node.attributes.items() if name not in _UNSEEN)
    return node.tag or "", tuple(sorted(seen))


def _pieces(old: Sequence[Token], new: Sequence[Token]) -> list[Piece]:
    found: list[Piece] = []
    for run in runs([token.key for token in old], [token.key for token in new]):
        if run.same:
            found += _joined("same", new[run.new])
        else:
            found += [*_joined("gone", old[run.old]), *_joined("come", new[run.new])]
    return found


def _joined(op: Op, tokens: Iterable[Token]) -> list[Piece]:
    return [
        Piece(op, "".join(f" {token.text}" if token.spaced else token.text for token in group), marks)
        for marks, group in groupby(tokens, key=lambda token: token.marks)
    ]


def _passage(before: Block | None, after: Block | None) -> Passage:
    pieces = _pieces(before.tokens if before else (), after.tokens if after else ())
    if before and after:
        return Passage("changed", before.kind, after.kind, pieces)
    kind = (before or after).kind  # type: ignore[union-attr]  # one of them is there
    return Passage("gone" if before else "come", kind, kind, pieces)


def _paired(was: list[Block], now: list[Block]) -> Iterator[tuple[Block | None, Block | None]]:
    """Which block became which: those of one name, then, in their order, those that share enough words."""
    named = runs([block.name or id(block) for block in was], [block.name or id(block) for block in now])
    for run in named:
        if run.same:
            yield from zip(was[run.old], now[run.new], strict=True)
        else:
            yield from _alike(was[run.old], now[run.new])


def _alike(was: list[Block], now: list[Block]) -> Iterator[tuple[Block | None, Block | None]]:
    place = 0
    for before in was:
        found = next((n for n in range(place, len(now)) if _is_alike(before, now[n])), None)
        if found is None:
            yield before, None
            continue
        yield from ((None, after) for after in now[place:found])
        yield before, now[found]
        place = found + 1
    yield from ((None, after) for after in now[place:])


def _is_alike(before: Block, after: Block) -> bool:
    one, other = (set(_said(block)) for block in (before, after))
    return len(one & other) >= _ALIKE * max(len(one), len(other), 1)


def _said(block: Block) -> Iterator[str]:
    """Its words; of a picture its description and its file."""
    for token in block.tokens:
        yield token.text
        if token.marks and token.marks[-1][0] == "img":
            yield dict(token.marks[-1][1]).get("src", "")
