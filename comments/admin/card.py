"""What the desk shows of one comment: its words with what set off a rule marked, its writer, its reports, its history."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple

from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from comments import markup
from comments.admin.looking import with_context
from comments.models import Comment, CommentRevision, Flag, ModerationAction, Sanction
from comments.steps import words_for

#: Lines of history of all cards of a page together; older ones are in the record.
HISTORY_MAX: Final = 500


class Part(NamedTuple):
    text: str
    is_marked: bool


class Mark(NamedTuple):
    verb: str
    label: Any
    key: str


class Event(NamedTuple):
    """A report, an earlier text or a decision: one line of what happened to a comment."""

    comment: int
    kind: str
    at: datetime
    what: str
    why: str
    words: str
    who: str

    @property
    def said(self) -> str:
        return (
            str(ModerationAction.Action(self.what).label) if self.what in ModerationAction.Action.values else self.what
        )

    @property
    def report(self) -> str:
        return str(Flag.Reason(self.what).label) if self.what in Flag.Reason.values else self.what

    @property
    def reason(self) -> str:
        return words_for(self.why)


@dataclass
class Card:
    """`admin/moderation/_card.html` shows it. `refused`: why the decision that was just asked for was not made."""

    comment: Any
    events: list[Event] = field(default_factory=list)
    refused: str = ""
    #: The decision that was just made, and the batch under which it can be taken back.
    done: str = ""
    batch: str = ""
    next_id: int | None = None

    @property
    def pick(self) -> str:
        """What a decision on this card is about: the comment, its state and its text as they are shown."""
        return f"{self.comment.pk}:{self.comment.status}:{self.comment.version}"

    @property
    def parts(self) -> list[Part]:
        """The text, cut where words stand that set off a rule, and links."""
        text = self.comment.spelled_out
        found = [word for finding in self.comment.findings for word in finding.get("words", ()) if word]
        wanted = sorted({*found, *markup.addresses(self.comment.text)}, key=len, reverse=True)[:60]
        if not wanted:
            return [Part(text, False)]
        pieces = re.split(f"({'|'.join(map(re.escape, wanted))})", text, flags=re.IGNORECASE)
        return [Part(piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Every rule that applied, in words, with its score in hundredths where it is a guess."""
        told = [
            {"rule": words_for(f["rule"]), "words": f.get("words", ()), "score": _hundredths(f.get("score", 1))}
            for f in self.comment.findings
        ]
        rules = {f["rule"] for f in self.comment.findings}
        if self.comment.reason and self.comment.reason not in rules:
            told.insert(0, {"rule": words_for(self.comment.reason), "words": (), "score": None})
        return told

    @property
    def reports(self) -> list[Event]:
        return [event for event in self.events if event.kind == "flag"]

    @property
    def texts(self) -> list[Event]:
        return [event for event in self.events if event.kind == "text"]

    @property
    def decisions(self) -> list[Event]:
        return [event for event in self.events if event.kind == "decision"]

    @property
    def kind_of_person(self) -> Any:
        reader = self.comment.reader
        if reader.is_member:
            return _("member")
        return _("guest") if reader.email else _("guest without an address")

    @property
    def record(self) -> str:
        """The writer's latest comments by what became of them."""
        published, refused = self.comment.published_of_latest, self.comment.refused_of_latest
        if published + refused == 0:
            return say("nothing decided yet")
        said = say("%(published)d approved, %(refused)d refused (%(share)d %%)")
        share = round(100 * refused / (published + refused))
        return said % {"published": published, "refused": refused, "share": share}

    @property
    def sanction(self) -> str:
        """The writer's sanction that runs, or else their last one."""
        running, last = self.comment.running_sanction, self.comment.last_sanction
        if running:
            return str(Sanction.Kind(running).label)
        return say("earlier: %s") % Sanction.Kind(last).label if last else ""

    @property
    def network_tag(self) -> str:
        """Enough of the network's hash to see that two are the same."""
        return str(self.comment.network[:6])

    @property
    def is_published(self) -> bool:
        return bool(self.comment.is_published)

    @property
    def can_be_approved(self) -> bool:
        comment = self.comment
        looked_at = comment.is_published and comment.reviewed_at is not None and comment.reported_at is None
        return comment.withdrawn_at is None and not looked_at

    @property
    def can_be_answered(self) -> bool:
        return self.comment.status in {"published", "pending"} and self.comment.thread_closed_at is None

    @property
    def marks(self) -> list[Mark]:
        """What may be set apart here, each with the key that does it."""
        comment = self.comment
        if not comment.is_published:
            return []
        marks = [Mark("unfeature", _("No pick"), "") if comment.featured_at else Mark("feature", _("Pick"), "")]
        if comment.root_id is None:
            marks.insert(0, Mark("unpin", _("Unpin"), "p") if comment.pinned_at else Mark("pin", _("Pin"), "p"))
            opened = Mark("open_thread", _("Open thread"), "") if comment.closed_at else None
            marks.append(opened or Mark("close_thread", _("Close thread"), ""))
        return marks


def cards_of(comments: Iterable[Comment]) -> list[Card]:
    """One query for the history of all of them."""
    cards = {comment.pk: Card(comment) for comment in comments}
    if cards:
        for event in _history(list(cards)):
            cards[event.comment].events.append(event)
    ids = list(cards)
    for pk, following in pairwise(ids):
        cards[pk].next_id = following
    return list(cards.values())


def cards_for(ids: Iterable[int]) -> dict[int, Card]:
    """The cards of these comments as they are now."""
    return {card.comment.pk: card for card in cards_of(with_context(Comment.objects.filter(pk__in=list(ids))))}


def _history(ids: list[int]) -> list[Event]:
    """Reports, earlier texts and decisions of these comments, oldest first."""
    nothing = Value("", output_field=CharField())
    columns = ("comment_id", "kind", "at", "what", "why", "words", "who")
    flags = Flag.objects.annotate(
        kind=Value("flag"),
        at=F("flagged_at"),
        what=F("reason"),
        why=nothing,
        words=Cast("note", TextField()),
        who=nothing,
    )
    texts = CommentRevision.objects.annotate(
        kind=Value("text"), at=F("created_at"), what=Cast("n", CharField()), why=nothing, words=F("text"), who=nothing
    )
    decisions = ModerationAction.objects.annotate(
        kind=Value("decision"), at=F("created_at"), what=F("action"), why=F("reason"), words=F("note"),
        who=Coalesce("actor__name", nothing),
    )  # fmt: skip
    first, *others = (
        rows.filter(comment__in=ids).order_by().values_list(*columns) for rows in (flags, texts, decisions)
    )
    rows = first.union(*others, all=True).order_by("-at")[:HISTORY_MAX]
    return [Event(*row) for row in reversed(rows)]


def _hundredths(score: float) -> int | None:
    return None if score >= 1 else round(score * 100)
