"""The verbs of moderation: each one a conditional step, with its counters and its line in the record."""

from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from newsroom.accounts.models import User


class StepRefused(Exception):
    """Somebody else was faster, or the text is not the one that was decided on; says so in a moderator's words."""


class Moderated(models.Model):
    """What may happen to a comment. Every verb says who (`by`; None: the site's own rules, or its writer) and why.

    `version`: decide on the text that was looked at; refused where the writer changed it meanwhile.
    Raises StepRefused, and then nothing was written.
    """

    class Meta:
        abstract = True

    def approve(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        self._step("approve", "published", by, reason, note, version)

    def hold(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        """Take it out of sight until somebody decides."""
        self._step("hold", "pending", by, reason, note, version)

    def reject(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        self._step("reject", "rejected", by, reason, note, version)

    def mark_spam(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        self._step("spam", "spam", by, reason, note, version)

    def remove(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        """Take away what was public. Where answers to it are shown, its place stays, without words and name."""
        self._step("remove", "removed", by, reason, note, version)

    def _step(
        self, action: str, to: str, by: "User | None", reason: str, note: str, version: int | None, **also: Any
    ) -> None:
        from comments.models.comment import Comment
        from comments.models.moderation import ModerationAction

        comment = cast("Comment", self)
        with transaction.atomic():
            CommentStats.objects.move(comment.article_id)  # the lock of the discussion
            seen = Comment.objects.get(pk=comment.pk)
            if seen.status != comment.status or seen.status == to:
                raise StepRefused(_("The comment is “%s” now.") % seen.get_status_display())
            if version is not None and seen.version != version:
                raise StepRefused(_("The text was changed after you looked at it."))
            if to == "published" and seen.withdrawn_at is not None:
                raise StepRefused(_("Its writer deleted it."))
            changes = _changes(seen, to, reason) | also
            Comment.objects.filter(pk=seen.pk).update(**changes)
            _settle(seen, changes)
            ModerationAction.objects.create(
                actor=by, comment=seen, reader_id=seen.reader_id, article_id=seen.article_id, action=action,
                from_status=seen.status, to_status=to, reason=reason, note=note, version=seen.version,
            )  # fmt: skip
            if seen.visible or changes["visible"]:
                Stamp.objects.bump(Stamp.article(seen.article_id))
        for field, value in changes.items():
            setattr(comment, field, value)


def _changes(seen: "Comment", to: str, reason: str) -> dict[str, Any]:
    changes: dict[str, Any] = {"status": to, "reason": reason}
    changes["visible"] = to == "published" or seen.reply_count > 0
    if to == "published":
        changes["published_at"] = seen.published_at or timezone.now()
        changes["reported_at"] = None
    return changes


def _settle(seen: "Comment", changes: dict[str, Any]) -> None:
    """Move the counters by what changed: the article's, the thread's, and those of what the comment answers."""
    published = (changes["status"] == "published") - seen.is_published
    if published:
        CommentStats.objects.move(seen.article_id, published)
    if published > 0:
        CommentStats.objects.saw(seen.article_id, seen.pk)
    if changes["visible"] != seen.visible:
        _appear(seen, 1 if changes["visible"] else -1)


def _appear(comment: "Comment", by: int) -> None:
    """Count a comment that came into sight (1) or went (-1) where it is an answer; places of removed ones follow."""
    from comments.models.comment import Comment

    while comment.parent_id is not None:
        Comment.objects.filter(pk=comment.root_id).update(thread_count=F("thread_count") + by)
        Comment.objects.filter(pk=comment.parent_id).update(reply_count=F("reply_count") + by)
        parent = Comment.objects.get(pk=comment.parent_id)
        needed = parent.is_published or parent.reply_count > 0
        if parent.visible == needed:
            return
        Comment.objects.filter(pk=parent.pk).update(visible=needed)
        comment, by = parent, 1 if needed else -1
