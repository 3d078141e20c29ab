"""An article: a story from its first draft to the page that says it was withdrawn."""

import functools
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.headlines import is_label, without_label
from articles.models.article_queryset import ArticleQuerySet as ArticleQuerySet
from articles.models.breaking import Breaking
from articles.models.byline import Byline
from articles.models.correction import Correction
from articles.models.coverage import Coverage
from articles.models.drafting import Drafting
from articles.models.image import Image
from articles.models.preview_link import Previewed
from articles.passages import questions_of
from articles.richtext import ArticleBodyField
from newsroom.lib.prepared import all_of
from newsroom.lib.text import count_words, make_slug, plain, reading_minutes


class Article(Breaking, Coverage, Drafting, Previewed, models.Model):
    class Kind(models.TextChoices):
        STORY = "story", _("Story")
        OPINION = "opinion", _("Opinion")
        VIDEO = "video", _("Video")
        LIVE = "live", _("Live")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        READY = "ready", _("Ready")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Comments(models.TextChoices):
        OPEN = "open", _("open")
        PREMODERATED = "held", _("open, each waits for a moderator")
        CLOSED = "closed", _("closed")
        HIDDEN = "hidden", _("hidden")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.STORY)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    headline = models.CharField(_("headline"), max_length=200)
    slug = models.SlugField(
        _("slug"), max_length=120, blank=True, allow_unicode=True, help_text=_("Empty: from the headline.")
    )
    #: The site's date at first publication: with the slug it makes the address, for ever.
    dated = models.DateField(_("dated"), null=True, editable=False)
    kicker = models.CharField(
        _("kicker"), max_length=40, blank=True, help_text=_("A word above the headline: “Must watch”.")
    )
    standfirst = models.TextField(_("standfirst"), blank=True, max_length=500)
    key_points = models.TextField(_("key points"), blank=True, help_text=_("Up to five, one a line."))
    body = ArticleBodyField(_("text"), blank=True)
    body_text = models.TextField(blank=True, editable=False)
    words = models.PositiveIntegerField(default=0, editable=False)
    #: How many passages of the text ask readers something.
    questions = models.PositiveSmallIntegerField(default=0, editable=False)

    section = models.ForeignKey("articles.Section", models.PROTECT, related_name="articles", verbose_name=_("section"))
    also_in = models.ManyToManyField("articles.Section", blank=True, related_name="+", verbose_name=_("also in"))
    topics = models.ManyToManyField("articles.Topic", blank=True, related_name="articles", verbose_name=_("topics"))
    authors = models.ManyToManyField("articles.Author", through="articles.Byline", related_name="articles")
    related = models.ManyToManyField("self", blank=True, symmetrical=False, related_name="+", verbose_name=_("related"))

    lead_image = models.ForeignKey(
        "articles.Image", models.SET_NULL, null=True, blank=True, related_name="led", verbose_name=_("lead image")
    )
    lead_caption = models.CharField(
        _("caption here"), max_length=400, blank=True, help_text=_("Empty: the picture's own.")
    )
    video_url = models.URLField(_("video address"), blank=True)
    video_duration = models.PositiveIntegerField(
        _("duration, seconds"), null=True, blank=True, validators=[MaxValueValidator(86400)]
    )

    publish_at = models.DateTimeField(_("published"), null=True, editable=False)
    first_published_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), null=True, editable=False)
    embargo_until = models.DateTimeField(_("embargo until"), null=True, blank=True)
    expire_at = models.DateTimeField(_("expires"), null=True, blank=True)
    replacement = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("then leads to")
    )
    breaking_until = models.DateTimeField(_("breaking until"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    withdrawn_reason = models.TextField(blank=True, editable=False)

    comments_mode = models.CharField(_("comments"), max_length=6, choices=Comments, default=Comments.OPEN)
    ratings_on = models.BooleanField(_("stars"), default=True)
    suppress_asks = models.BooleanField(
        _("no asks for support"), default=False, help_text=_("Grief, disaster, sponsored.")
    )
    disclaimer = models.TextField(
        _("disclaimer"), blank=True, help_text=_("Empty: the section's, else that of the kind.")
    )

    seo_title = models.CharField(_("title for search engines"), max_length=120, blank=True)
    seo_description = models.CharField(_("description for search engines"), max_length=300, blank=True)
    social_headline = models.CharField(_("headline for sharing"), max_length=200, blank=True)
    social_image = models.ForeignKey(
        "articles.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture for sharing"),
    )
    canonical_url = models.URLField(
        _("original address"), blank=True, help_text=_("Of a story that first stood elsewhere.")
    )
    noindex = models.BooleanField(_("keep out of search engines"), default=False)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("last saved"), default=timezone.now, editable=False)
    #: Counts the saves, those of a working draft too.
    version = models.PositiveIntegerField(default=0, editable=False)
    #: What an editor has written since, and readers do not see yet.
    working_draft = models.ForeignKey("articles.Revision", models.SET_NULL, null=True, editable=False, related_name="+")
    live_seq = models.PositiveIntegerField(default=0, editable=False)
    live_ended_at = models.DateTimeField(null=True, editable=False)
    preview_nonce = models.PositiveIntegerField(default=0, editable=False)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False, db_index=True)
    legacy_url = models.CharField(max_length=400, blank=True, editable=False)

    objects: ClassVar[models.Manager["Article"]] = models.Manager.from_queryset(ArticleQuerySet)()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        permissions = [
            ("edit_any_article", _("Can edit the articles of others")),
            ("submit_article", _("Can submit an article for review")),
            ("approve_article", _("Can approve and return articles")),
            ("publish_article", _("Can publish and schedule")),
            ("withdraw_article", _("Can withdraw")),
            ("reinstate_article", _("Can reinstate what was withdrawn")),
            ("break_news", _("Can mark a story as breaking")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dated", "slug"],
                name="one_story_per_address",
                violation_error_message=_("Another story of that day has this slug."),
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(publish_at__isnull=False, dated__isnull=False),
                name="published_story_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(expire_at=None) | Q(publish_at=None) | Q(expire_at__gt=F("publish_at")),
                name="story_expires_after_publication",
                violation_error_message=_("A story must expire after it is published."),
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(embargo_until=None) | Q(publish_at__gte=F("embargo_until")),
                name="story_keeps_its_embargo",
                violation_error_message=_("The story may not be published before its embargo ends."),
            ),
            models.CheckConstraint(
                condition=Q(updated_at=None) | Q(updated_at__gte=F("first_published_at")),
                name="update_follows_publication",
            ),
            models.CheckConstraint(condition=~Q(headline=""), name="story_has_a_headline"),
            models.CheckConstraint(
                condition=Q(breaking_until=None) | Q(status="published"), name="only_published_news_breaks"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(withdrawn_at__isnull=False), name="withdrawn_story_says_when"
            ),
            models.CheckConstraint(
                condition=Q(working_draft=None) | Q(status__in=["published", "withdrawn"]),
                name="only_published_stories_have_working_drafts",
            ),
        ]
        indexes = [
            # No partial indexes: SQLite ignores them where the condition's value is bound as a parameter.
            models.Index(F("status"), F("publish_at").desc(), F("id").desc(), name="article_newest"),
            models.Index(F("section"), F("status"), F("publish_at").desc(), F("id").desc(), name="article_of_section"),
            models.Index(F("kind"), F("status"), F("publish_at").desc(), F("id").desc(), name="article_of_kind"),
            models.Index(F("status"), F("expire_at"), name="article_expiry"),
            models.Index(F("status"), F("breaking_until"), name="article_breaking"),
            models.Index(F("status"), F("modified_at").desc(), F("id").desc(), name="article_in_state"),
            models.Index(F("modified_at").desc(), F("id").desc(), name="article_last_saved"),
            models.Index(fields=["questions"], name="article_asks"),
            models.Index(fields=["created_by", "status"], name="article_mine"),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        """The address for readers; a story that was never published has only its preview in the admin."""
        if self.dated is None:
            return reverse("admin:articles_article_change", args=[self.pk])
        return article_path(self.dated, self.slug)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Derived columns follow their source on every save, whoever saves."""
        self.name_slug()
        fields = kwargs.get("update_fields")
        if fields is None or "body" in fields:
            self.body = ArticleBodyField.clean_html(self.body)
            self.body_text = plain(self.body)
            self.words = count_words(self.body_text)
            self.questions = len(questions_of(self.body))
            if fields is not None:
                kwargs["update_fields"] = {*fields, "body_text", "words", "questions"}
        super().save(*args, **kwargs)
        if fields is None or "body" in fields:
            Image.objects.tie(self)

    def name_slug(self) -> None:
        if not self.slug:
            self.slug = make_slug(self.headline) or f"story-{timezone.now():%H%M%S%f}"

    def name_authors(self, pairs: "list[tuple[int, str]]") -> None:
        """Author and role, in their order. Delete and insert: two that change places would meet in the constraint."""
        self.bylines.all().delete()
        Byline.objects.bulk_create(
            Byline(article=self, author_id=author, role=role, position=place)
            for place, (author, role) in enumerate(pairs, 1)
        )

    # Derived states: never stored, so nobody must remember to flip them.

    def is_live(self, now: datetime) -> bool:
        return self.is_out(now) and not self.is_expired(now)

    def is_out(self, now: datetime) -> bool:
        return self.status == self.Status.PUBLISHED and self.publish_at is not None and self.publish_at <= now

    def is_expired(self, now: datetime) -> bool:
        return self.is_out(now) and self.expire_at is not None and self.expire_at <= now

    def is_scheduled(self, now: datetime) -> bool:
        return self.status == self.Status.PUBLISHED and self.publish_at is not None and self.publish_at > now

    @property
    def is_breaking(self) -> bool:
        return self.breaking_until is not None and self.breaking_until > timezone.now()

    @property
    def shown_headline(self) -> str:
        """As written; without a typed "BREAKING:" as long as the page itself says so."""
        return without_label(self.headline) if self.is_breaking else self.headline

    @property
    def shown_kicker(self) -> str:
        """The kicker, unless it says only what the page's own label says."""
        labelled = self.is_breaking and is_label(self.kicker)
        named = self.kind == self.Kind.LIVE and self.kicker.lower() == self.Kind.LIVE.label.lower()
        return "" if labelled or named else self.kicker

    @property
    def changed_at(self) -> datetime | None:
        """The last time that readers were told of."""
        return self.updated_at or self.first_published_at or self.publish_at

    @property
    def retraction(self) -> Correction | None:
        """What says that the story does not stand. Reads the story's corrections."""
        return next((row for row in all_of(self, "corrections") if row.kind == Correction.Kind.RETRACTION), None)

    @property
    def must_watch(self) -> bool:
        return self.kind == self.Kind.VIDEO

    @property
    def points(self) -> list[str]:
        return [line.strip() for line in self.key_points.splitlines() if line.strip()][:5]

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


@functools.lru_cache(maxsize=4096)
def article_path(dated: date, slug: str) -> str:
    return reverse("article", args=[dated.year, dated.month, dated.day, slug])
