"""The queues of the moderation desk, and how many comments stand in each: counted as far as it matters."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from comments.models import Comment
from comments.models.comment import CommentQuerySet

#: A queue is counted up to here; beyond it says “1,000+”, and no count reads more rows than this.
COUNTED: Final = 1000


@dataclass(frozen=True)
class Queue:
    """`fits` is spelled like the condition of an index of its own or the beginning of `comment_queue`."""

    name: str
    label: Any
    hint: Any
    fits: Q

    def rows(self) -> CommentQuerySet:
        return Comment.objects.filter(self.fits)


QUEUES: Final = {
    queue.name: queue
    for queue in (
        Queue("pending", _("Pending"), _("Held until somebody decides."), Q(status="pending")),
        Queue("reported", _("Reported"), _("Reported by readers."), Q(reported_at__isnull=False)),
        Queue("spam", _("Spam"), _("Kept here in case it is none."), Q(status="spam")),
        Queue(
            "unreviewed", _("Unreviewed"), _("Published, and never looked at by a moderator."),
            Q(status="published", reviewed_at__isnull=True, badge=""),
        ),
        Queue("approved", _("Approved"), _("What readers see."), Q(status="published")),
        Queue("rejected", _("Rejected"), _("What readers do not see."), Q(status="rejected")),
    )
}  # fmt: skip


def counts(*names: str) -> dict[str, int]:
    """How many stand in each of these queues (all, where none is named), up to COUNTED + 1; one query."""
    return counts_and(None, *names)[0]


def counts_and(moment: "QuerySet[Any] | None", *names: str) -> tuple[dict[str, int], datetime | None]:
    """`counts`, and what `moment` selects (a query for one moment, or None), in the same query."""
    queues = [QUEUES[name] for name in names or QUEUES]
    # In the queue's own order, so that the count walks its index and stops.
    counted = [queue.rows().order_by("-created_at", "-id").values("pk")[: COUNTED + 1] for queue in queues]
    parts = [(f"(SELECT COUNT(*) FROM ({sql}) counted)", params) for sql, params in map(_sql, counted)]  # noqa: S608 - the ORM's
    parts.append(("NULL", ()) if moment is None else (f"({_sql(moment)[0]})", _sql(moment)[1]))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(sql for sql, _values in parts)}",
            [value for _sql_part, values in parts for value in values],
        )
        *ns, at = cursor.fetchone()
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    if at is not None and at.tzinfo is None:  # SQLite keeps moments in UTC and does not say so
        at = at.replace(tzinfo=UTC)
    return {queue.name: int(n) for queue, n in zip(queues, ns, strict=True)}, at


def _sql(rows: "QuerySet[Any]") -> tuple[str, tuple[Any, ...]]:
    return rows.query.sql_with_params()


def as_said(n: int) -> str:
    """A count as the desk says it."""
    return f"{COUNTED:,}+" if n > COUNTED else f"{n:,}"
