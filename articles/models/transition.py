"""A transition: one step of a story from one state to the next, by whom, when and why."""

from typing import Final

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: What was done, in words; by the verb's name.
_SAID: Final = {
    "submit": _("handed in for review"),
    "approve": _("approved"),
    "send_back": _("sent back"),
    "publish": _("published"),
    "schedule": _("scheduled"),
    "unschedule": _("taken back from the schedule"),
    "publish_update": _("update published"),
    "update": _("marked as updated"),
    "discard_draft": _("working draft discarded"),
    "break": _("marked as breaking"),
    "prolong": _("breaking prolonged"),
    "end_breaking": _("no longer breaking"),
    "end_live": _("live coverage ended"),
    "resume_live": _("live coverage goes on"),
    "correct": _("corrected"),
    "move": _("moved to another section"),
    "withdraw": _("withdrawn"),
    "reinstate": _("published again"),
}


class Transition(models.Model):
    """Append-only; `action` is the verb that was used, as `Article` names it."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="transitions")
    action = models.CharField(_("step"), max_length=20)
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("article", "-at", "-id")

    def __str__(self) -> str:
        return f"{self.article_id}: {self.action}"

    @property
    def said(self) -> str:
        return str(_SAID.get(self.action, self.action))
