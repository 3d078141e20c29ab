"""A revision: the whole story as it stood after a save, and who saved it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """A snapshot of everything a reader sees, bylines in order, topics and pictures included.

    The newest row that is not `live` of a published article is its working draft.
    """

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    live = models.BooleanField(default=True)
    data = models.JSONField()
    note = models.CharField(_("note"), max_length=300, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("article", "-number")
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.article_id} r{self.number}"
