"""A campaign: when, where and how often readers are asked; its slots, exclusions and history."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models.goal import Goal


class SlotName(models.TextChoices):
    TOP = "top", _("above the page")
    IN_ARTICLE = "in_article", _("in the story, after a paragraph")
    ARTICLE_END = "article_end", _("at the end of the story")
    FRONT = "front", _("on the front page")
    SUPPORT = "support", _("on the support page")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def running(self, now: datetime) -> Self:
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), status=Campaign.Status.LIVE, starts_at__lte=now)


class Campaign(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        PAUSED = "paused", _("paused")
        ARCHIVED = "archived", _("archived")

    class Priority(models.IntegerChoices):
        LOW = 0, _("low")
        NORMAL = 1, _("normal")
        HIGH = 2, _("high")
        EMERGENCY = 3, _("emergency")

    class Breaking(models.TextChoices):
        ANY = "any", _("on every story")
        ONLY = "only", _("on breaking stories only")
        NEVER = "never", _("never on breaking stories")

    name = models.CharField(_("name"), max_length=80, help_text=_("For you; readers don't see it."))
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    share = models.PositiveSmallIntegerField(
        _("share of views, %"), default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    goal = models.ForeignKey(
        Goal, models.PROTECT, null=True, blank=True, related_name="campaigns", verbose_name=_("goal")
    )
    breaking = models.CharField(_("breaking news"), max_length=5, choices=Breaking, default=Breaking.ANY)
    sections = models.ManyToManyField(
        "articles.Section", blank=True, related_name="+", verbose_name=_("only in sections")
    )
    topics = models.ManyToManyField("articles.Topic", blank=True, related_name="+", verbose_name=_("only on topics"))
    not_sections = models.ManyToManyField(
        "articles.Section", blank=True, related_name="+", verbose_name=_("not in sections")
    )
    not_topics = models.ManyToManyField("articles.Topic", blank=True, related_name="+", verbose_name=_("not on topics"))
    close_days = models.PositiveSmallIntegerField(_("hidden for, days"), default=14)
    done_days = models.PositiveSmallIntegerField(_("hidden from supporters for, days"), default=365)
    redeploy_at = models.DateTimeField(_("show again from"), null=True, blank=True)
    planned_end = models.DateField(_("planned end of the test"), null=True, blank=True)
    hypothesis = models.TextField(_("what the test should show"), blank=True)

    objects: ClassVar[models.Manager["Campaign"]] = models.Manager.from_queryset(CampaignQuerySet)()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [("publish_campaign", _("Can put campaigns live"))]
        ordering = ("-starts_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_it_starts",
                violation_error_message=_("The campaign must end after it starts."),
            ),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=100), name="campaign_share_is_a_percentage"),
            models.CheckConstraint(condition=Q(close_days__gte=1, close_days__lte=90), name="campaign_hides_for_days"),
        ]
        indexes = [models.Index(fields=["status", "starts_at", "ends_at"], name="campaign_running")]

    def __str__(self) -> str:
        return self.name


class CampaignSlot(models.Model):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="slots")
    slot = models.CharField(_("where"), max_length=12, choices=SlotName)
    paragraph = models.PositiveSmallIntegerField(
        _("after paragraph"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "slot"], name="one_slot_of_a_name_per_campaign"),
            models.CheckConstraint(
                condition=Q(slot="in_article", paragraph__isnull=False, paragraph__gte=1, paragraph__lte=30)
                | (~Q(slot="in_article") & Q(paragraph=None)),
                name="paragraph_belongs_to_in_article",
                violation_error_message=_("Say after which paragraph (1 to 30) for “in the story”, and nowhere else."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_slot_display()


class Exclusion(models.Model):
    """Where nobody is asked for a while: grief, disaster, a dispute about money."""

    name = models.CharField(_("why"), max_length=80)
    sections = models.ManyToManyField("articles.Section", blank=True, related_name="+", verbose_name=_("sections"))
    topics = models.ManyToManyField("articles.Topic", blank=True, related_name="+", verbose_name=_("topics"))
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")

    def __str__(self) -> str:
        return self.name


class CampaignChange(models.Model):
    """What was changed about a campaign, by whom; append-only."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    diff = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.at:%Y-%m-%d %H:%M}"
