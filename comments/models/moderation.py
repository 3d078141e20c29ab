"""The record of moderation: who did what to which comment, from what to what, and why."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from newsroom.accounts.models import Reader


class ModerationAction(models.Model):
    """One decision. Written in the transaction of the change and never changed afterwards."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="moderation_actions", verbose_name=_("who")
    )
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="actions", verbose_name=_("comment"))
    reader = models.ForeignKey(Reader, models.SET_NULL, null=True, related_name="actions", verbose_name=_("person"))
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="+", verbose_name=_("article"))
    action = models.CharField(_("what"), max_length=20)
    from_status = models.CharField(_("from"), max_length=10, blank=True)
    to_status = models.CharField(_("to"), max_length=10, blank=True)
    reason = models.CharField(_("why"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)
    #: The version of the text that the moderator had seen.
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["ModerationAction"]] = models.Manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-created_at", "-id")
        indexes = [models.Index(models.F("created_at").desc(), models.F("id").desc(), name="decision_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.comment_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The record of moderation is only ever added to.")
        super().save(*args, **kwargs)
