"""What a moderator looks at: a queue, in an order, narrowed by reason, person, story, network or words; paged by keyset.

Reason, person, story and network are found by index. Words are looked for in the next LAST comments of the list, page
by page: a search never reads more rows than that, and says from where it can go on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields import IntegerField
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from comments.admin.queues import QUEUES, Queue
from comments.models import Comment, PersonNote, Sanction
from comments.models.comment import CommentQuerySet
from comments.screening import Reason
from newsroom.lib import keyset
from newsroom.lib.text import one_line

PAGE: Final = 25
#: How many comments one search reads.
LAST: Final = 5000
#: A person's record is that of so many last comments.
RECORD: Final = 100
ORDERS: Final = ("newest", "oldest")
#: What words can be looked for in.
PLACES: Final = ("text", "person", "article")


class LatestThat(Subquery):
    """How many of a person's latest comments are in one of the states that `states` lists, as SQL writes them."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) latest WHERE latest.status IN (%(states)s))"
    output_field = IntegerField()


@dataclass(frozen=True)
class Looking:
    """The list that an address asks for. Whatever is not one of ours is as if it was not said."""

    queue: Queue
    order: str = "newest"
    reason: str = ""
    person: int | None = None
    article: int | None = None
    network: str = ""
    words: str = ""
    place: str = "text"
    after: str = ""

    @classmethod
    def at(cls, query: QueryDict) -> Self:
        return cls(
            queue=QUEUES.get(query.get("queue", ""), QUEUES["pending"]),
            order=_one_of(ORDERS, query.get("order")),
            reason=_one_of(("", *Reason.values), query.get("reason")),
            person=_number(query.get("person", "")),
            article=_number(query.get("article", "")),
            network=one_line(query.get("network", ""), longest=64),
            words=one_line(query.get("q", "")),
            place=_one_of(PLACES, query.get("in")),
            after=query.get("after", ""),
        )

    def address(self, **other: Any) -> str:
        """The query string of this list, or of the one that differs in `other` (from its first page on)."""
        looking = replace(self, **{"after": ""} | other)
        said = {
            "queue": looking.queue.name, "order": looking.order, "reason": looking.reason, "person": looking.person,
            "article": looking.article, "network": looking.network, "q": looking.words,
            "in": looking.place if looking.words else "", "after": looking.after,
        }  # fmt: skip
        dull = {"order": "newest", "in": "text"}
        return "?" + urlencode({name: value for name, value in said.items() if value and dull.get(name) != value})

    @cached_property
    def rows(self) -> CommentQuerySet:
        """All that the list holds, from its cursor on, in its order."""
        rows = self.queue.rows().order_by(*self._sorting)
        if self.reason:
            rows = rows.filter(reason=self.reason)
        if self.person:
            rows = rows.filter(reader=self.person)
        if self.article:
            rows = rows.filter(article=self.article)
        if self.network:
            rows = rows.exclude(network="").filter(network=self.network)
        return rows.filter(self._from_here)

    @property
    def end(self) -> QuerySet[Any]:
        """A query for the moment at which a search stops reading; without a row where fewer than LAST are left."""
        return self.rows.values("created_at")[LAST - 1 : LAST]

    def found(self, end: datetime | None) -> CommentQuerySet:
        """`rows`, or where words are looked for those of the next LAST (up to `end`) that hold them.

        `end` is a value and no subquery: before a moment that it does not know, PostgreSQL would read the whole table.
        """
        if not self.words:
            return self.rows
        near = {} if end is None else {"created_at__lte" if self.order == "oldest" else "created_at__gte": end}
        return self.rows.filter(self._holds_words, **near)

    def page(self, end: datetime | None) -> tuple[list[Any], str]:
        """The comments of this page with what their cards show of others, and the cursor of the next one ('': none)."""
        rows = list(with_context(self.found(end))[: PAGE + 1])
        if len(rows) > PAGE:
            return rows[:PAGE], self._cursor(rows[PAGE - 1].created_at, rows[PAGE - 1].pk)
        if not self.words or end is None:
            return rows, ""
        return rows, self._cursor(end, 2**62 if self.order == "oldest" else 0)  # past all of that moment

    @property
    def _sorting(self) -> tuple[str, str]:
        return ("created_at", "id") if self.order == "oldest" else ("-created_at", "-id")

    @property
    def _from_here(self) -> Q:
        at = keyset.position(f"desk {self.order}", self.after, [str, int])
        if at is None:
            return Q()
        moment = datetime.fromisoformat(at[0])
        if self.order == "oldest":
            return Q(Q(created_at__gt=moment) | Q(id__gt=at[1]), created_at__gte=moment)
        return Q(Q(created_at__lt=moment) | Q(id__lt=at[1]), created_at__lte=moment)

    @property
    def _holds_words(self) -> Q:
        if self.place == "article":
            return Q(article__headline__icontains=self.words)
        if self.place == "person":
            addresses = Q(reader__email__icontains=self.words) | Q(reader__user__email__icontains=self.words)
            return Q(name__icontains=self.words) | addresses
        return Q(text__icontains=self.words)

    def _cursor(self, created_at: datetime, pk: int) -> str:
        return keyset.cursor(f"desk {self.order}", created_at.isoformat(), pk)


def with_context(rows: CommentQuerySet) -> CommentQuerySet:
    """Comments with what stands around them: story, section, what they answer, their writer and the writer's record."""
    latest = Comment.objects.filter(reader=OuterRef("reader")).order_by("-created_at", "-id").values("status")[:RECORD]
    person = Coalesce(OuterRef("reader__merged_into"), OuterRef("reader"))
    sanctions = Sanction.objects.filter(reader=person).order_by("-pk")
    notes = PersonNote.objects.filter(reader=person).order_by("-pk")
    return (
        rows.select_related("article__section", "reader__user", "parent", "reviewed_by")
        .defer("html", "parent__html", "article__body", "article__body_text")
        .annotate(
            published_of_latest=LatestThat(latest, states="'published'"),
            refused_of_latest=LatestThat(latest, states="'rejected', 'spam', 'removed'"),
            last_sanction=Subquery(sanctions.values("kind")[:1]),
            running_sanction=Subquery(sanctions.running(timezone.now()).values("kind")[:1]),
            last_note=Subquery(notes.values("text")[:1]),
            thread_closed_at=Coalesce(F("closed_at"), F("root__closed_at")),
        )
    )


def _one_of(known: tuple[str, ...], said: str | None) -> str:
    return said if said in known else known[0]


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
