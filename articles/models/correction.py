"""A correction: what was wrong, said in public; never edited away."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Correction(models.Model):
    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        RETRACTION = "retraction", _("Retraction")

    class Position(models.TextChoices):
        TOP = "top", _("above the text")
        BOTTOM = "bottom", _("below the text")

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="corrections")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.CORRECTION)
    text = models.TextField(_("text"), max_length=2000)
    position = models.CharField(_("position"), max_length=6, choices=Position, default=Position.BOTTOM)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-made_at", "-id")
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="correction_says_something")]
        indexes = [models.Index(models.F("made_at").desc(), models.F("id").desc(), name="correction_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"
