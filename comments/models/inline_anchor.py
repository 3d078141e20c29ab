"""A passage of an article that readers comment on: an editor's question, or words that a reader chose."""

from datetime import datetime
from hashlib import blake2b
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.passages import Place
from comments.anchoring import Anchor
from comments.models.fitting import Fitting
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

#: How many of the newest comments a passage shows where it stands.
ANSWERS: int = 3


class InlineAnchorQuerySet(models.QuerySet["InlineAnchor"]):
    def counted(self) -> Self:
        """With `n`, the published comments on each passage, and `cut`, the id from which on its newest three are."""
        said = self.model._meta.get_field("comments").related_model.objects.filter(  # type: ignore[union-attr]
            anchor=OuterRef("pk"), status="published"
        )
        number = said.order_by().values("anchor").annotate(n=Count("pk")).values("n")
        newest = said.order_by("-pk").values("pk")
        return self.annotate(n=Coalesce(Subquery(number), 0), cut=Coalesce(Subquery(newest[ANSWERS - 1 : ANSWERS]), 0))

    def close(self) -> int:
        """Nobody can comment on these passages any more; what was said stays. How many that changed."""
        return self.filter(closed_at=None)._set_closed(timezone.now())

    def reopen(self) -> int:
        return self.filter(closed_at__isnull=False)._set_closed(None)

    def _set_closed(self, moment: datetime | None) -> int:
        with transaction.atomic():
            articles = sorted(set(self.order_by().values_list("article", flat=True)))
            for article in articles:
                CommentStats.objects.move(article)
            changed = self.update(closed_at=moment)
            Stamp.objects.bump(*(Stamp.article(article) for article in articles))
        return changed


class InlineAnchorManager(Fitting, models.Manager.from_queryset(InlineAnchorQuerySet)):  # type: ignore[misc]
    """Reading is `InlineAnchorQuerySet`; following the text is `fit`."""


class InlineAnchor(models.Model):
    """Words of an article as they were chosen, and where they stand in the version that they were last looked for in.

    What was chosen (`block_id`, `exact`, `prefix`, `suffix`) is always what is looked for, so that many small edits never
    carry a passage away from its words. An editor's question in the text itself (`in_text`) follows the text instead.
    """

    class State(models.TextChoices):
        PLACED = "placed", _("in the text")
        ORPHANED = "orphaned", _("the passage is gone")

    article = models.ForeignKey(
        Article, models.CASCADE, db_index=False, related_name="inline_anchors", verbose_name=_("article")
    )
    block_id = models.CharField(max_length=12, editable=False)
    exact = models.TextField(_("passage"), max_length=1000)
    prefix = models.CharField(max_length=32, blank=True, editable=False)
    suffix = models.CharField(max_length=32, blank=True, editable=False)
    #: Names the words and their place when they were chosen: two readers who choose the same words share a row.
    key = models.CharField(max_length=32, editable=False)
    question = models.CharField(_("question"), max_length=200, blank=True)
    #: The text of the article holds the question; otherwise it was asked in the admin, or there is none.
    in_text = models.BooleanField(_("asked in the text"), default=False, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLACED, editable=False)
    #: The version of the article that the position fits.
    article_version = models.PositiveIntegerField(default=0, editable=False)
    #: The position: the block, and offsets into its words (`articles.passages`).
    at_block = models.CharField(max_length=12, blank=True, editable=False)
    start = models.PositiveIntegerField(default=0, editable=False)
    end = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[InlineAnchorManager] = InlineAnchorManager()

    class Meta:
        verbose_name = _("marked passage")
        verbose_name_plural = _("marked passages")
        constraints = [
            models.CheckConstraint(condition=~Q(exact=""), name="marked_passage_has_words"),
            models.UniqueConstraint(
                fields=["article", "key"],
                name="one_mark_per_passage",
                violation_error_message=_("This passage is marked already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="placed") | Q(end__gt=F("start")), name="placed_passage_has_a_place"
            ),
        ]
        indexes = [models.Index(fields=["article", "article_version"], name="passage_fits")]

    def __str__(self) -> str:
        return self.question or self.exact[:80]

    @classmethod
    def at(cls, article: Article, place: Place, anchor: Anchor) -> "InlineAnchor":
        """A new passage at a place of the article's present text. Not stored yet."""
        passage = cls(
            article=article, block_id=anchor.block, exact=anchor.exact, prefix=anchor.prefix, suffix=anchor.suffix,
            key=key_of(anchor),
        )  # fmt: skip
        passage.stand(place, article.version)
        return passage

    @property
    def chosen(self) -> Anchor:
        return Anchor(self.block_id, self.exact, self.prefix, self.suffix)

    @property
    def is_placed(self) -> bool:
        return self.state == self.State.PLACED

    @property
    def place(self) -> Place | None:
        """Where the words stand in version `article_version` of the article."""
        return Place(self.at_block, self.start, self.end) if self.is_placed else None

    def stand(self, place: Place | None, version: int) -> None:
        """Note where the words stand in this version, or that they stand there no more. Not stored yet."""
        self.article_version = version
        self.state = self.State.PLACED if place else self.State.ORPHANED
        if place:
            self.at_block, self.start, self.end = place.block, place.start, place.end


def key_of(anchor: Anchor) -> str:
    said = f"{anchor.block}\0{anchor.prefix}\0{anchor.exact}"
    return blake2b(said.encode("utf-8", "ignore"), digest_size=16).hexdigest()
