"""What the writer of a comment may still do with it: change it for a while, delete it at any time."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from comments import markup
from comments.models.moderated import StepRefused
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment

#: So long after writing it the writer may change a comment; later others have read it.
EDIT_FOR: Final = timedelta(minutes=15)
#: States in which a comment is there for its writer; what looks like spam to us is not called so to them.
THERE_FOR_ITS_WRITER: Final = ("published", "pending", "spam")


class Authored(models.Model):
    """The verbs of a comment's writer. They raise StepRefused, and then nothing was written."""

    class Meta:
        abstract = True

    def is_changeable(self, now: datetime) -> bool:
        comment = cast("Comment", self)
        return comment.status in THERE_FOR_ITS_WRITER and comment.created_at > now - EDIT_FOR

    @property
    def was_approved(self) -> bool:
        """Whether a moderator let its present words pass, or earlier ones."""
        return bool(
            cast("Comment", self).actions.filter(action="approve", actor__isnull=False, undone_by=None).exists()
        )

    def edit(
        self, text: str, *, now: datetime, status: str = "published", reason: str = "", findings: Sequence[Any] = ()
    ) -> None:
        """Replace the text by one that `markup.tidy` has seen. Once it is answered, words can only be added below it.

        `status`, `reason`, `findings`: what screening says of the new words. They can take a comment out of sight; what waits
        already goes on waiting.
        """
        from comments.models.comment import Comment
        from comments.models.revision import CommentRevision

        old, html = cast("Comment", self), markup.render(text)
        if text == old.text:
            return
        with transaction.atomic():
            CommentStats.objects.move(old.article_id)  # the lock of the discussion
            fits = Comment.objects.filter(pk=old.pk, version=old.version, status=old.status)
            fits = fits.filter(status__in=THERE_FOR_ITS_WRITER, created_at__gt=now - EDIT_FOR)
            if not text.startswith(f"{old.text}\n\n"):
                fits = fits.filter(reply_count=0)
            changes = {
                "text": text,
                "html": html,
                "html_version": markup.VERSION,
                "edited_at": now,
                "findings": list(findings),
                "reviewed_at": None,
                "reviewed_by": None,  # nobody has looked at these words
            }
            if not fits.update(version=F("version") + 1, **changes):
                raise StepRefused(_("Meanwhile somebody answered, or the comment was changed. Open it again."))
            CommentRevision.objects.create(
                comment=old, n=old.version, text=old.text, html=old.html, was_shown=old.is_published
            )
            old.version += 1
            for field, value in changes.items():
                setattr(old, field, value)
            hides = {"pending": old.hold, "spam": old.mark_spam, "rejected": old.reject}
            if old.is_published and status in hides:
                hides[status](by=None, reason=reason)
            elif old.is_published:
                Stamp.objects.bump(Stamp.article(old.article_id))

    def withdraw(self) -> None:
        """Delete it for readers: its words go for good; its place stays while answers to it are shown."""
        comment = cast("Comment", self)
        if comment.status not in THERE_FOR_ITS_WRITER:
            raise StepRefused(_("The comment is not there any more."))
        with transaction.atomic():
            comment._step("withdraw", None, "writer", "", None, withdrawn_at=timezone.now())
            # Without its token, so that the same words can be written again.
            type(comment).objects.filter(pk=comment.pk).update(submit_token=uuid.uuid4().hex)
