"""The verbs that set a comment apart without deciding on it: pinned, an editor's pick, a thread that is closed."""

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from django.db import models, transaction
from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from comments.models.moderated import StepRefused
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from newsroom.accounts.models import User

#: Comments that an article shows above all others.
PINNED_MAX: Final = 3


class StandingOut(models.Model):
    """Every verb is one conditional step with its line in the record. Raises StepRefused, and then nothing was written."""

    class Meta:
        abstract = True

    def pin(self, *, by: "User", note: str = "") -> None:
        """Show it above all others, whatever their order. Only the first comment of a thread, three an article."""
        self._mark("pin", "pinned_at", timezone.now(), by, note)

    def unpin(self, *, by: "User", note: str = "") -> None:
        self._mark("unpin", "pinned_at", None, by, note)

    def feature(self, *, by: "User", note: str = "") -> None:
        """Make it an editor's pick."""
        self._mark("feature", "featured_at", timezone.now(), by, note)

    def unfeature(self, *, by: "User", note: str = "") -> None:
        self._mark("unfeature", "featured_at", None, by, note)

    def close_thread(self, *, by: "User", note: str = "") -> None:
        """Take no more answers below the first comment of a thread."""
        self._mark("close", "closed_at", timezone.now(), by, note)

    def open_thread(self, *, by: "User", note: str = "") -> None:
        self._mark("open", "closed_at", None, by, note)

    def _mark(self, action: str, field: str, at: datetime | None, by: "User", note: str) -> None:
        from comments.models.comment import Comment
        from comments.models.moderation import ModerationAction

        comment = cast("Comment", self)
        with transaction.atomic():
            CommentStats.objects.move(comment.article_id)  # the lock of the discussion
            rows = Comment.objects.filter(may_be(action, comment), pk=comment.pk)
            seen = rows.filter(**{f"{field}__isnull": at is not None}).first()
            if seen is None:
                raise StepRefused(_why_not(action, field, at, Comment.objects.get(pk=comment.pk)))
            rows.update(**{field: at})
            ModerationAction.objects.create(
                actor=by, comment=seen, reader_id=seen.reader_id, article_id=seen.article_id, action=action,
                from_status=seen.status, to_status=seen.status, note=note, version=seen.version,
                changes=ModerationAction.compared(seen, {field: at}),
            )  # fmt: skip
            Stamp.objects.bump(Stamp.article(comment.article_id))
        setattr(comment, field, at)


def may_be(action: str, comment: "Comment") -> Q:
    """What the row must be like for the step, asked in the statement that takes it."""
    from comments.models.comment import Comment

    if action == "pin":
        pinned = Comment.objects.filter(article=comment.article_id, pinned_at__isnull=False).order_by("pk")
        return Q(~Exists(pinned[PINNED_MAX - 1 : PINNED_MAX]), root=None, status="published")
    if action == "feature":
        return Q(status="published")
    return Q(root=None) if action == "close" else Q()


def _why_not(action: str, field: str, at: datetime | None, now: "Comment") -> str:
    """In a moderator's words."""
    if at is None or getattr(now, field) is not None:
        return _("Somebody did that already.")
    if action in {"pin", "close"} and now.root_id is not None:
        return _("It answers another comment: choose the first comment of the thread.")
    if action != "close" and not now.is_published:
        return _("The comment is “%s” now.") % now.get_status_display()
    return _("%(n)d comments are pinned here already: take one down first.") % {"n": PINNED_MAX}
