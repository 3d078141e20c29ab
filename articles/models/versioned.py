"""A story's version: it counts saves, and lets only whoever knows the last of them save again."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models.workflow import StepRefused

if TYPE_CHECKING:
    from articles.models.article import Article


class SavedMeanwhile(StepRefused):
    """Somebody saved the story since it was opened; nothing has been written."""

    def __init__(self) -> None:
        super().__init__(_("Somebody saved the story meanwhile: look at it again."))


class Versioned(models.Model):
    class Meta:
        abstract = True

    def take_version(self, base: int | None) -> None:
        """Count one more save of the story that was opened at version `base`: first statement of the save's transaction.

        One conditional UPDATE decides between savers, and holds the row until the rest is written. Raises SavedMeanwhile.
        """
        from articles.models.article import Article

        article, now = cast("Article", self), timezone.now()
        base = -1 if base is None else base  # a form that names no version was opened at none
        opened = Article.objects.filter(pk=article.pk, version=base)
        if not opened.update(version=F("version") + 1, modified_at=now):
            raise SavedMeanwhile
        article.version, article.modified_at = base + 1, now
