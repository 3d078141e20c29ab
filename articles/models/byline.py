"""A byline: who wrote a story, in which place and in which role."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Byline(models.Model):
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="bylines")
    author = models.ForeignKey("articles.Author", models.PROTECT, related_name="bylines")
    role = models.CharField(_("role"), max_length=60, blank=True, help_text=_("“Translated by”; empty: By"))
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=["article", "author"], name="one_byline_per_author"),
            models.UniqueConstraint(fields=["article", "position"], name="one_byline_per_place"),
        ]
        indexes = [models.Index(fields=["author", "article"], name="byline_of_author")]

    def __str__(self) -> str:
        return f"{self.role} {self.author}".strip()
