"""Two states of a story side by side: what somebody typed and has not saved, and what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext

from articles.comparison import compare
from articles.diff import Piece
from articles.models import Article
from articles.models.site_settings import site_settings
from articles.models.snapshot import snapshot


@dataclass(frozen=True)
class Conflict:
    """Who saved first, when, and the version that they made."""

    who: str
    when: str
    version: int

    @property
    def sentence(self) -> str:
        return gettext(
            "%(who)s saved this story at %(when)s, while you were writing. Your text is in the form below and not saved "
            "yet; what differs stands here side by side."
        ) % {"who": self.who, "when": self.when}


@dataclass(frozen=True)
class Difference:
    """A field or a passage, as it was typed and as it is stored; or, with `same`, passages that are alike."""

    label: str
    mine: list[Piece]
    theirs: list[Piece]
    apart: bool = False
    same: str = ""


def conflict_with(stored: Article) -> Conflict:
    """The last save of `stored`, as whoever comes second is told of it."""
    last = stored.revisions.select_related("user").defer("data").first()
    who = str(last.user) if last and last.user else gettext("Somebody")
    when = date_format(stored.modified_at.astimezone(site_settings().zone), "TIME_FORMAT")
    return Conflict(who, when, stored.version)


def differences(mine: Article, theirs: Article) -> list[Difference]:
    """What is not the same: fields first, then the text in its order. Of theirs the working draft counts, if there is one."""
    stored = theirs.working_draft.data if theirs.working_draft else snapshot(theirs)
    return list(_differences(stored, snapshot(mine)))


def _differences(theirs: dict[str, object], mine: dict[str, object]) -> Iterator[Difference]:
    comparison = compare(theirs, mine)
    for field in comparison.fields:
        yield Difference(field.label, *_sides(field.pieces), apart=field.apart)
    for stretch in comparison.stretches:
        if stretch.same:
            yield Difference("", [], [], same=stretch.sentence)
        else:
            yield from (Difference(block.kind, *_sides(block.pieces)) for block in stretch.blocks)


def _sides(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """What each of the two has, from the one list of what stayed, went and came."""
    return [piece for piece in pieces if piece.op != "gone"], [piece for piece in pieces if piece.op != "come"]
