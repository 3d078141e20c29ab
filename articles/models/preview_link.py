"""A link that shows a story before its readers see it, to somebody who has no account here: a lawyer, a source."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.lib import signing

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User

#: For so long a link works.
LASTS: Final = timedelta(hours=72)
_PURPOSE: Final = "preview"


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def working(self, now: datetime) -> Self:
        """Neither over nor revoked, alone or with all links of their story."""
        return self.filter(revoked_at=None, made_at__gt=now - LASTS, nonce=F("article__preview_nonce"))

    def of(self, token: str) -> "PreviewLink":
        """The link that a token is of, working or not. Raises signing.BadToken, PreviewLink.DoesNotExist."""
        return self.select_related("article").get(pk=signing.unsign(_PURPOSE, token))

    def revoke(self, *, by: "User") -> int:
        """Links that end now; how many there were to end."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)


class PreviewLink(models.Model):
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="preview_links")
    #: What the story's own nonce was when the link was made.
    nonce = models.PositiveIntegerField()
    note = models.CharField(_("for whom"), max_length=100, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[models.Manager["PreviewLink"]] = models.Manager.from_queryset(PreviewLinkQuerySet)()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return self.note or f"{self.article_id}: {self.made_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """The secret address, signed anew each time: every one of them ends with this row."""
        return reverse("preview_shared", args=[signing.sign(_PURPOSE, self.pk)])

    @property
    def until(self) -> datetime:
        return self.made_at + LASTS

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None or self.nonce != self.article.preview_nonce

    def works(self, now: datetime) -> bool:
        return not self.is_revoked and now < self.until


class Previewed(models.Model):
    class Meta:
        abstract = True

    def share_preview(self, *, by: "User", note: str = "") -> PreviewLink:
        """A link to the story as it is written so far."""
        article = cast("Article", self)
        return PreviewLink.objects.create(
            article=article, nonce=article.preview_nonce, made_by=by, note=note.strip()[:100]
        )

    def revoke_previews(self) -> None:
        """Every link to the story that was made until now ends, those too that nobody remembers."""
        from articles.models.article import Article

        Article.objects.filter(pk=self.pk).update(preview_nonce=F("preview_nonce") + 1)
        self.refresh_from_db(fields=["preview_nonce"])
