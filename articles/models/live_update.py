"""One entry of a live blog."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.richtext import ArticleBodyField
from newsroom.lib.models import Stamp


class LiveUpdateQuerySet(models.QuerySet["LiveUpdate"]):
    def shown(self) -> Self:
        return self.filter(deleted_at=None)

    def before(self, published_at: datetime, pk: int) -> Self:
        """Older than the post that has these keys."""
        older = models.Q(published_at__lt=published_at) | models.Q(id__lt=pk)
        return self.filter(older, published_at__lte=published_at)


class LiveUpdate(models.Model):
    """`seq` is the article's `live_seq` at the last change of this row, so a poll asks for all rows above a number."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="live_updates")
    seq = models.PositiveIntegerField(editable=False)
    headline = models.CharField(_("headline"), max_length=200, blank=True)
    body = ArticleBodyField(_("text"))
    key_event = models.BooleanField(_("key event"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    published_at = models.DateTimeField(_("time"), default=timezone.now)
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")

    objects: ClassVar[models.Manager["LiveUpdate"]] = models.Manager.from_queryset(LiveUpdateQuerySet)()

    class Meta:
        verbose_name = _("live update")
        verbose_name_plural = _("live updates")
        ordering = ("-published_at", "-id")
        constraints = [models.UniqueConstraint(fields=["article", "seq"], name="one_live_update_per_seq")]
        indexes = [
            models.Index(
                models.F("article"), models.F("published_at").desc(), models.F("id").desc(), name="live_newest"
            )
        ]

    def __str__(self) -> str:
        return self.headline or f"{self.article_id} #{self.seq}"

    def put(self) -> None:
        """Post the entry, or change it, under the live page's next number; two reporters never get the same one."""
        from articles.models.article import Article

        with transaction.atomic():
            page = Article.objects.filter(pk=self.article_id)
            page.update(live_seq=models.F("live_seq") + 1)
            self.seq = page.values_list("live_seq", flat=True).get()
            self.edited_at = timezone.now() if self.pk else None
            self.save()
            Stamp.objects.bump(Stamp.SITE)

    def take_off(self) -> None:
        """Take the entry off the page; the row stays, so that open pages can be told."""
        self.deleted_at = timezone.now()
        self.put()
