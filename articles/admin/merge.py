"""Two states of a story side by side, and the one that is made of both: what one side changed is taken, the rest is chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import ngettext

from articles import diff
from articles.comparison import compare, kind_of
from articles.diff import Piece
from articles.merging import Stretch, stretches
from articles.models.snapshot import Data, typed


class Row(NamedTuple):
    """A field or a passage, as it was typed and as it is stored."""

    label: str
    mine: list[Piece]
    theirs: list[Piece]
    apart: bool = False


@dataclass(frozen=True)
class Difference:
    """What differs in one place; or, with `same`, passages that are alike."""

    rows: list[Row] = field(default_factory=list)
    same: str = ""
    #: The choice between both, by the name that it is posted under, and what stands if nothing is chosen: "mine", "theirs" or,
    #: of texts, "both".
    choice: str = ""
    usual: str = "mine"
    #: Whose is taken without asking, because the other did not change it: "mine" or "theirs".
    taken: str = ""


@dataclass(frozen=True)
class Merge:
    """What somebody typed, what is stored, and what both were written on top of; `base` is None where nobody knows."""

    base: Data | None
    mine: Data
    theirs: Data

    def differences(self, *, asking: bool = True) -> list[Difference]:
        """Fields first, then the text in its order; `asking` for what is to be done about each."""
        return [*self._fields(asking), *self._texts(asking)]

    def fields_of_theirs(self, chosen: Mapping[str, str]) -> list[str]:
        """Fields, by their names in a snapshot, in which theirs stands after the choices."""
        names = [each.name for each in compare(self.theirs, {**self.mine, "body": self.theirs["body"]}).fields]
        return [name for name in names if (self._taken(name) or chosen.get(_posted(name))) == "theirs"]

    def body(self, chosen: Mapping[str, str]) -> str:
        """The text after the choices; where none was made it holds what both wrote."""
        found = self._stretches()
        return "".join(each.html(each.taken or chosen.get(_posted(each.name), "both")) for each in found)

    def _taken(self, name: str) -> str:
        if self.base is None:
            return ""
        base, mine, theirs = (typed(data).get(name) for data in (self.base, self.mine, self.theirs))
        return "theirs" if mine == base else "mine" if theirs == base else ""

    def _stretches(self) -> Iterator[Stretch]:
        old = None if self.base is None else self.base.get("body") or ""
        return stretches(old, self.mine["body"], self.theirs["body"])

    def _fields(self, asking: bool) -> Iterator[Difference]:
        for each in compare(self.theirs, self.mine).fields:
            taken = self._taken(each.name) if asking else ""
            rows = [Row(each.label, *_sides(each.pieces), apart=each.apart)]
            yield Difference(rows, choice=_posted(each.name) if asking and not taken else "", taken=taken)

    def _texts(self, asking: bool) -> Iterator[Difference]:
        if diff.is_same(self.theirs["body"], self.mine["body"]):
            return
        for is_same, group in groupby(self._stretches(), key=lambda each: each.is_same):
            if is_same:
                n = sum(len(each.mine) for each in group)
                yield Difference(same=ngettext("%d passage is the same", "%d passages are the same", n) % n)
                continue
            for each in group:
                taken = each.taken or "" if asking else ""
                rows = [
                    Row(str(kind_of(passage.kind)), *_sides(passage.pieces))
                    for passage in diff.passages(each.html("theirs"), each.html("mine"))
                    if passage.op != "same"
                ]
                choice = _posted(each.name) if asking and not taken else ""
                yield Difference(rows, choice=choice, usual=each.usual, taken=taken)


def _posted(name: str) -> str:
    """What the choice of a place is posted as: nothing that the form would keep of what was typed."""
    return f"_choice_{name}"


def _sides(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """What each of the two has, from the one list of what stayed, went and came."""
    return [piece for piece in pieces if piece.op != "gone"], [piece for piece in pieces if piece.op != "come"]
