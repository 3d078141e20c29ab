"""Two texts that were written on top of one: what only one side changed is taken, where both did somebody chooses. Pure.

A passage is a top-level element of a body: a paragraph, a list, a figure. Its name (`data-block`) says which it is, on all sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Literal, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from articles.diff import blocks_of
from newsroom.lib.diff import runs

Side = Literal["mine", "theirs"]


class Element(NamedTuple):
    html: str
    name: str
    #: The same for what readers would see alike, whatever the passage is called.
    key: object


@dataclass(frozen=True)
class Stretch:
    """Passages in a row as each side has them; `base` is None where nobody knows what they were before."""

    base: Sequence[Element] | None
    mine: Sequence[Element]
    theirs: Sequence[Element]

    @property
    def is_same(self) -> bool:
        return _keys(self.mine) == _keys(self.theirs)

    @property
    def taken(self) -> Side | None:
        """Whose is taken without asking: only that side changed it. None where both did, or where it is not known."""
        if self.is_same or (self.base is not None and _keys(self.mine) == _keys(self.base)):
            return "theirs"
        return "mine" if self.base is not None and _keys(self.theirs) == _keys(self.base) else None

    @property
    def usual(self) -> str:
        """What loses no word."""
        return "both" if self.mine and self.theirs else "mine" if self.mine else "theirs"

    @cached_property
    def name(self) -> str:
        """What the choice is posted as: as long as neither side is changed, it is the same."""
        return blake2b(f"{self.html('mine')}\0{self.html('theirs')}".encode(), digest_size=6).hexdigest()

    def html(self, choice: str) -> str:
        """As it stands after a choice; anything but "mine" and "theirs" is both, one after the other."""
        mine, theirs = ("".join(each.html for each in side) for side in (self.mine, self.theirs))
        return {"mine": mine, "theirs": theirs}.get(choice, mine + theirs)


def stretches(base: str | None, mine: str, theirs: str) -> Iterator[Stretch]:
    """Both texts from beginning to end."""
    known = base is not None
    old, one, other = (_elements(html) for html in (mine if base is None else base, mine, theirs))
    in_one, in_other = _places(old, one), _places(old, other)
    b = m = t = 0
    for place in [*sorted(in_one.keys() & in_other.keys()), len(old)]:
        to_m, to_t = in_one.get(place, len(one)), in_other.get(place, len(other))
        if (b, m, t) != (place, to_m, to_t):
            yield Stretch(old[b:place] if known else None, one[m:to_m], other[t:to_t])
        b, m, t = place + 1, to_m + 1, to_t + 1
        if place < len(old):
            yield Stretch(old[place:b] if known else None, one[to_m:m], other[to_t:t])


def _elements(html: str) -> list[Element]:
    holder = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert holder is not None
    nodes = [(node.tag, node.attributes.get("data-block") or "", node.html or "") for node in holder.iter()]
    return [Element(text, name, (tag, *(block.key for block in blocks_of(text)))) for tag, name, text in nodes]


def _places(old: Sequence[Element], new: Sequence[Element]) -> dict[int, int]:
    """Where in `new` each passage of `old` stands that is still there, changed or not."""
    same = (run for run in runs([each.name or each.key for each in old], [each.name or each.key for each in new]))
    pairs = (
        zip(range(*run.old.indices(len(old))), range(*run.new.indices(len(new))), strict=True)
        for run in same
        if run.same
    )
    return {a: b for pair in pairs for a, b in pair}


def _keys(side: Sequence[Element]) -> list[object]:
    return [each.key for each in side]
