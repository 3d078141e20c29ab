"""Decisions on comments, one or thousands: one transaction, each comment decided once, every counter exact."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.db import models, transaction
from django.utils import timezone

from comments.models.settling import carry_out
from comments.models.stats import CommentStats

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from comments.models.moderation import ModerationAction
    from newsroom.accounts.models import User

#: What may be decided, and the state that it leads to; `withdraw` is its writer's.
STEPS: Final = {
    "approve": "published",
    "hold": "pending",
    "reject": "rejected",
    "spam": "spam",
    "remove": "removed",
    "withdraw": "removed",
}
#: What a decision may be about, by the id of the comment: the state and the version of the text that were looked at
#: (no version: any text).
Seen: TypeAlias = Mapping[int, tuple[str, int | None]]
#: What is read of a comment before it is decided on; its words are not.
_READ: Final = (
    *("article", "root", "parent", "seq", "status", "reason", "visible", "version", "reader", "reply_count"),
    *("reported_at", "reviewed_at", "reviewed_by", "published_at", "pinned_at", "featured_at", "closed_at"),
    *("withdrawn_at", "purged_at"),
)


@dataclass(frozen=True)
class Decided:
    """What a decision did: the ids it moved, and those that somebody else had moved or rewritten meanwhile."""

    batch: uuid.UUID
    done: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


class Deciding(models.QuerySet["Comment"]):
    """The verb `decide`, part of what `Comment.objects.filter(...)` returns."""

    def decide(
        self,
        action: str,
        *,
        by: "User | None",
        reason: str = "",
        note: str = "",
        seen: Seen | None = None,
        also: dict[str, Any] | None = None,
    ) -> Decided:
        """Take one of STEPS for every comment here, in one transaction, and write it into the record as one batch.

        `by` None: the site's own rules. `seen`: only what is still as it was looked at; without it, whatever the rows
        are by the time that they are locked. Of two people who decide at once, the second finds the first one's state.
        `also`: columns that the step writes besides.
        """
        decided = Decided(uuid.uuid4())
        with transaction.atomic():
            now = timezone.now()
            rows = self.locked()
            chosen = [row for row in rows if _is_as_seen(row, seen) and _moves(row, action, by)]
            changes = {row.pk: _change(row, STEPS[action], reason, by, now) | (also or {}) for row in chosen}
            _record(chosen, changes, batch=decided.batch, actor=by, action=action, reason=reason, note=note, at=now)
            if by is not None:
                _settle_reports(chosen, STEPS[action])
            carry_out(chosen, changes)
        decided.done.extend(changes)
        decided.refused.extend((set(seen) if seen else {row.pk for row in rows}) - changes.keys())
        return decided

    def locked(self) -> "list[Comment]":
        """The rows, read after their discussions were locked in the order of their ids (so that no two wait in a ring)."""
        articles = sorted(set(self.order_by().values_list("article", flat=True)))
        CommentStats.objects.lock(articles)
        return list(self.filter(article__in=articles).order_by("pk").only(*_READ))


def _is_as_seen(row: "Comment", seen: Seen | None) -> bool:
    if seen is None:
        return True
    status, version = seen.get(row.pk, ("", None))
    return row.status == status and version in {None, row.version}


def _moves(row: "Comment", action: str, by: "User | None") -> bool:
    """Whether the step changes anything; what its writer deleted, or was purged, comes back by nobody. Approving what is published says that somebody looked at it, and ends reports."""
    if row.status != STEPS[action]:
        return (row.withdrawn_at is None and row.purged_at is None) or STEPS[action] != "published"
    return action == "approve" and by is not None and (row.reviewed_at is None or row.reported_at is not None)


def _change(row: "Comment", to: str, reason: str, by: "User | None", now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"status": to, "reason": reason}
    if to != "pending":
        values["reported_at"] = None
    if by is not None:
        values |= {"reviewed_at": now, "reviewed_by_id": by.pk}
    return values


def _settle_reports(rows: "list[Comment]", to: str) -> None:
    """A moderator's decision says of every report that waits whether it was right; holding says nothing yet."""
    from comments.models.flag import Flag

    if to != "pending" and (reported := [row.pk for row in rows if row.reported_at]):
        Flag.objects.settle(reported, right=to != "published")


def _record(
    rows: "Iterable[Comment]", changes: Mapping[int, dict[str, Any]], *, at: datetime, **said: Any
) -> "list[ModerationAction]":
    from comments.models.moderation import ModerationAction

    return ModerationAction.objects.note(
        ModerationAction(
            comment=row, reader_id=row.reader_id, article_id=row.article_id, from_status=row.status,
            to_status=changes[row.pk]["status"], version=row.version, created_at=at,
            changes=ModerationAction.compared(row, changes[row.pk]), **said,
        )
        for row in rows
    )  # fmt: skip
