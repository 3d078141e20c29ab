"""Taking decisions back, from the record: a step to the state before, where nothing else has happened since."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comments.models.cutting import put_back
from comments.models.moderated import StepRefused
from comments.models.settling import carry_out
from comments.models.standing_out import may_be

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from comments.models.moderation import ModerationAction
    from newsroom.accounts.models import User


@dataclass(frozen=True)
class Undone:
    """`batch` of the lines that the undo wrote itself (it can be undone too); `left`: where something happened since."""

    batch: uuid.UUID
    done: list[int]
    left: int


class Undoing(models.QuerySet["ModerationAction"]):
    """The verb `undo`, part of what `ModerationAction.objects.filter(...)` returns."""

    def undo(self, *, by: "User", note: str = "") -> Undone:
        """Take all of these back in one transaction, and say so in the record.

        A comment on which something else was decided since, or whose text changed, is left alone. Raises StepRefused,
        in words, where nothing is left to take back.
        """
        from comments.models.comment import Comment

        with transaction.atomic():
            ids = self.order_by().values_list("comment", flat=True)
            rows = {
                row.pk: row for row in Comment.objects.filter(pk__in=list(ids.filter(comment__isnull=False))).locked()
            }
            actions = list(self.filter(undone_by=None, actor__isnull=False).order_by("-id"))
            chosen = {pk: a for a in actions if (pk := a.comment_id) in rows and _stands(rows[pk], a)}
            if not chosen:
                raise StepRefused(_why_not(self.count(), taken_back=not actions))
            undone = Undone(uuid.uuid4(), sorted(chosen), len(ids) - len(chosen))
            before = {pk: _before(action) for pk, action in chosen.items()}
            self._note(rows, chosen, undone.batch, by, note)
            carry_out([rows[pk] for pk in chosen], before)
            put_back((a for a in chosen.values() if a.action == "cut"), by=by)
            _follow_reports([rows[pk] for pk, values in before.items() if "reported_at" in values])
        return undone

    def _note(
        self, rows: "dict[int, Comment]", chosen: "dict[int, ModerationAction]", batch: uuid.UUID, by: "User", note: str
    ) -> None:
        self.model.objects.note(
            self.model(
                actor=by, comment_id=pk, reader_id=action.reader_id, article_id=action.article_id, action="undo",
                from_status=action.to_status, to_status=action.from_status, note=note, version=action.version,
                batch=batch, undoes=action, created_at=timezone.now(),
                changes={name: [after, before] for name, (before, after) in action.changes.items()},
            )
            for pk, action in chosen.items()
        )  # fmt: skip


def _follow_reports(rows: "list[Comment]") -> None:
    """Reports of comments that wait for a decision again are open again; where one stands again, they are settled."""
    from comments.models.flag import Flag

    Flag.objects.reopen([row.pk for row in rows if row.reported_at])
    for right in (True, False):
        Flag.objects.settle(
            [row.pk for row in rows if not row.reported_at and row.is_published is not right], right=right
        )


def _stands(row: "Comment", action: "ModerationAction") -> bool:
    """Whether the comment still is what `action` made it: the step back may be taken."""
    now = action.compared(row, dict.fromkeys(action.changes))
    after = {name: pair[1] for name, pair in action.changes.items() if pair[1] is not None}
    as_made = {name: pair[0] for name, pair in now.items()} == after
    if (
        action.changes.get("pinned_at", [None])[0]
        and not type(row).objects.filter(may_be("pin", row), pk=row.pk).exists()
    ):
        return False  # others were pinned meanwhile
    return bool(action.changes) and as_made and (row.status, row.version) == (action.to_status, action.version)


def _before(action: "ModerationAction") -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(before) if before and name.endswith("_at") else before
        for name, (before, _after) in action.changes.items()
        if name != "version"  # a text that is put back is a new version
    }


def _why_not(lines: int, *, taken_back: bool) -> str:
    if taken_back:
        return _("That was taken back already, or it was no decision of a person.")
    return ngettext(
        "Something happened to the comment since: decide on what it is now.",
        "Something happened to each of these comments since: decide on what they are now.",
        lines,
    )
