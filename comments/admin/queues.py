"""The queues of the moderation desk, and how many comments stand in each: counted as far as it matters."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q
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
    queues = [QUEUES[name] for name in names or QUEUES]
    parts: list[str] = []
    params: list[Any] = []
    for queue in queues:
        # In the queue's own order, so that the count walks its index and stops.
        rows = queue.rows().order_by("-created_at", "-id").values("pk")[: COUNTED + 1]
        sql, values = rows.query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted)")  # noqa: S608 - SQL that the ORM made
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return {queue.name: int(n) for queue, n in zip(queues, cursor.fetchone(), strict=True)}


def as_said(n: int) -> str:
    """A count as the desk says it."""
    return f"{COUNTED:,}+" if n > COUNTED else f"{n:,}"
