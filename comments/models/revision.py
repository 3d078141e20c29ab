"""What a comment said before it was edited."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment


class CommentRevision(models.Model):
    """A text that was replaced. The current one is on the comment and has its `version`."""

    comment = models.ForeignKey(
        Comment, models.CASCADE, db_index=False, related_name="revisions", verbose_name=_("comment")
    )
    n = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"))
    html = models.TextField(editable=False)
    #: Empty where the writer of the comment changed it.
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(_("replaced"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["CommentRevision"]] = models.Manager()

    class Meta:
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")
        ordering = ("comment", "n")
        constraints = [models.UniqueConstraint(fields=["comment", "n"], name="one_text_per_version")]

    def __str__(self) -> str:
        return f"{self.comment_id} v{self.n}"
