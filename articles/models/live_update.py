"""One entry of a live blog, and the verbs of whoever reports."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.live_text import html_of
from articles.models.workflow import StepRefused
from articles.richtext import ArticleBodyField
from newsroom.lib.models import Stamp
from newsroom.lib.text import plain

if TYPE_CHECKING:
    from newsroom.accounts.models import User


class SentBefore(Exception):
    """The same form was sent before, and `first` is what came of it."""

    def __init__(self, first: "LiveUpdate") -> None:
        super().__init__()
        self.first = first


class Outrun(Exception):
    """Somebody changed the entry since it was opened: nothing was written."""


class LiveUpdateQuerySet(models.QuerySet["LiveUpdate"]):
    def shown(self) -> Self:
        return self.filter(deleted_at=None)

    def before(self, published_at: datetime, pk: int) -> Self:
        """Older than the post that has these keys."""
        older = models.Q(published_at__lt=published_at) | models.Q(id__lt=pk)
        return self.filter(older, published_at__lte=published_at)

    def since(self, seq: int) -> Self:
        """Changed after the article's `seq`, in the order of the changes; what was taken off is among them."""
        return self.filter(seq__gt=seq).order_by("seq")


class LiveUpdate(models.Model):
    """`seq` is the article's `live_seq` at the last change of this row, so a poll asks for all rows above a number.

    Every verb takes the article's next number first. That locks the article's row until the change is committed, so the
    numbers become visible in their order, and a poll that has seen n has seen every change up to n.
    """

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="live_updates")
    seq = models.PositiveIntegerField(editable=False)
    #: Made by the browser for one form: the same form sent twice makes one entry.
    token = models.CharField(max_length=40, null=True, editable=False)  # noqa: DJ001 - NULL is never equal to another
    headline = models.CharField(_("headline"), max_length=200, blank=True)
    #: As it was typed into the composer; NULL for an entry that was written as HTML.
    text = models.TextField(_("text"), null=True, editable=False)  # noqa: DJ001
    image = models.ForeignKey(
        "articles.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    body = ArticleBodyField(_("text"))
    key_event = models.BooleanField(_("key event"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    published_at = models.DateTimeField(_("time"), default=timezone.now)
    edited_at = models.DateTimeField(null=True, editable=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")

    objects: ClassVar[models.Manager["LiveUpdate"]] = models.Manager.from_queryset(LiveUpdateQuerySet)()

    class Meta:
        verbose_name = _("live update")
        verbose_name_plural = _("live updates")
        ordering = ("-published_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["article", "seq"], name="one_live_update_per_seq"),
            models.UniqueConstraint(fields=["article", "token"], name="one_live_update_per_form"),
        ]
        indexes = [
            models.Index(
                models.F("article"), models.F("published_at").desc(), models.F("id").desc(), name="live_newest"
            ),
            models.Index(
                models.F("article"), models.F("key_event"), models.F("published_at").desc(), name="live_key_events"
            ),
            models.Index(fields=["article", "pinned"], name="live_pinned"),
        ]

    def __str__(self) -> str:
        return self.headline or f"{self.article_id} #{self.seq}"

    @property
    def title(self) -> str:
        """The headline, or how the text begins."""
        return self.headline or Truncator(plain(self.body).replace("\n", " ")).chars(90)

    # Verbs. Each writes and bumps the live page's stamp in one transaction.

    def post(self, *, by: "User | None") -> None:
        """Put a new entry on its page. Raises SentBefore, or StepRefused where the coverage has ended."""
        self.user, self.body = by, self._body()
        with transaction.atomic():
            self.seq = take_number(self.article_id)
            first = LiveUpdate.objects.filter(article=self.article_id, token=self.token).first() if self.token else None
            if first:
                raise SentBefore(first)
            self._refuse_after_the_end()
            self.save(force_insert=True)
            self._settle(pinned=self.pinned)

    def rewrite(self, *, base: int, by: "User | None") -> None:
        """Store what was changed in `self`, if the entry still is as it was at `base`. Raises Outrun.

        A post that was taken off meanwhile is Outrun too.
        """
        words = {"headline": self.headline, "text": self.text, "image": self.image, "body": self._body()}
        marks = {"key_event": self.key_event, "pinned": self.pinned}
        untouched = models.Q(seq=base, deleted_at=None)
        if not self._change(untouched, edited_at=timezone.now(), edited_by=by, **words, **marks):
            raise Outrun

    def mark(self, **marks: bool) -> bool:
        """Set `pinned` or `key_event`; False for an entry that was taken off."""
        return self._change(models.Q(deleted_at=None), **marks)

    def take_off(self, *, by: "User | None") -> bool:
        """Take the entry off the page; the row stays, so that open pages can be told. False if somebody did before."""
        return self._change(models.Q(deleted_at=None), deleted_at=timezone.now(), deleted_by=by, pinned=False)

    def put_back(self) -> bool:
        """Show again what was taken off; False if somebody did before."""
        return self._change(models.Q(deleted_at__isnull=False), deleted_at=None, deleted_by=None)

    def _change(self, only: models.Q, **changes: Any) -> bool:
        """One conditional UPDATE decides; where it finds nothing, the number was not taken either."""
        with transaction.atomic():
            seq = take_number(self.article_id)
            if not LiveUpdate.objects.filter(only, pk=self.pk).update(seq=seq, **changes):
                transaction.set_rollback(True)
                return False
            for name, value in {"seq": seq, **changes}.items():
                setattr(self, name, value)
            self._settle(pinned=changes.get("pinned", False))
        return True

    def _settle(self, *, pinned: bool) -> None:
        """One entry is pinned at a time; pages and polls of this article are rendered anew, and nobody else's."""
        if pinned:
            for other in LiveUpdate.objects.filter(article=self.article_id, pinned=True).exclude(pk=self.pk):
                LiveUpdate.objects.filter(pk=other.pk).update(pinned=False, seq=take_number(self.article_id))
        Stamp.objects.bump(Stamp.live(self.article_id))

    def _body(self) -> str:
        """The HTML that readers get; an entry that was written as HTML keeps its own."""
        return ArticleBodyField.clean_html(self.body if self.text is None else html_of(self.text, self.image))

    def _refuse_after_the_end(self) -> None:
        from articles.models.article import Article

        if not Article.objects.filter(pk=self.article_id, kind=Article.Kind.LIVE, live_ended_at=None).exists():
            raise StepRefused(gettext("This live coverage has ended: nothing was posted. Open it again to go on."))


def take_number(article_id: int) -> int:
    """The live page's next number, inside a transaction: the article's row is locked until that is over."""
    from articles.models.article import Article

    page = Article.objects.filter(pk=article_id)
    page.update(live_seq=models.F("live_seq") + 1)
    return page.values_list("live_seq", flat=True).get()
