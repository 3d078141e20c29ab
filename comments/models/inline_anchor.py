"""A passage of an article that readers comment on: an editor's question, or words that a reader chose."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article


class InlineAnchor(models.Model):
    """Where a passage stands: its block, its words and a little of what is around them, so that edits do not lose it."""

    class State(models.TextChoices):
        PLACED = "placed", _("in the text")
        ORPHANED = "orphaned", _("the passage is gone")

    article = models.ForeignKey(Article, models.CASCADE, related_name="inline_anchors", verbose_name=_("article"))
    block_id = models.CharField(max_length=12, editable=False)
    exact = models.TextField(_("passage"), max_length=1000)
    prefix = models.CharField(max_length=32, blank=True, editable=False)
    suffix = models.CharField(max_length=32, blank=True, editable=False)
    question = models.CharField(_("question"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLACED, editable=False)
    #: The version of the article that the position was last checked against.
    article_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[models.Manager["InlineAnchor"]] = models.Manager()

    class Meta:
        verbose_name = _("marked passage")
        verbose_name_plural = _("marked passages")
        constraints = [models.CheckConstraint(condition=~models.Q(exact=""), name="marked_passage_has_words")]

    def __str__(self) -> str:
        return self.question or self.exact[:80]
