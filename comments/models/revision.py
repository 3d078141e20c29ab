"""What a comment said before it was edited."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment

#: A comment changed more often than that shows its latest changes.
SHOWN_MAX = 20


class CommentRevisionManager(models.Manager["CommentRevision"]):
    def public(self, comment: Comment) -> list["CommentRevision"]:
        """The earlier texts that everybody may read, oldest first: none that readers did not see then, and none from
        before a moderator last took the comment out of sight, or cut words out of it."""
        hidden = ("pending", "spam", "rejected", "removed")
        taken_down = comment.actions.filter(Q(to_status__in=hidden) | Q(action="cut"), actor__isnull=False).order_by(
            "-id"
        )
        last = taken_down.values_list("created_at", flat=True).first()
        shown = self.filter(comment=comment, was_shown=True)
        if last:
            shown = shown.filter(created_at__gt=last)
        return list(shown.order_by("-n")[:SHOWN_MAX])[::-1]


class CommentRevision(models.Model):
    """A text that was replaced. The current one is on the comment and has its `version`."""

    comment = models.ForeignKey(
        Comment, models.CASCADE, db_index=False, related_name="revisions", verbose_name=_("comment")
    )
    n = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"))
    html = models.TextField(editable=False)
    #: Whether readers saw it: a text that was replaced while it waited was never public and never becomes so.
    was_shown = models.BooleanField(default=False, editable=False)
    #: Empty where the writer of the comment changed it.
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(_("replaced"), default=timezone.now, editable=False)

    objects: ClassVar[CommentRevisionManager] = CommentRevisionManager()

    class Meta:
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")
        ordering = ("comment", "n")
        constraints = [models.UniqueConstraint(fields=["comment", "n"], name="one_text_per_version")]

    def __str__(self) -> str:
        return f"{self.comment_id} v{self.n}"
