"""A link of a published story that leads nowhere inside the site, as the worker found it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BrokenLink(models.Model):
    class Status(models.IntegerChoices):
        CLOSED = 403, _("a page of the desk")
        NOT_FOUND = 404, _("no such page")
        GONE = 410, _("withdrawn or expired")

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="broken_links", verbose_name=_("story")
    )
    link = models.CharField(_("link"), max_length=400)
    status = models.PositiveSmallIntegerField(_("readers get"), choices=Status)
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("broken link")
        verbose_name_plural = _("broken links")
        constraints = [models.UniqueConstraint(fields=["article", "link"], name="one_row_per_broken_link")]

    def __str__(self) -> str:
        return f"{self.link} ({self.status})"
