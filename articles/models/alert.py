"""An alert: the line above every page, with an end from the beginning; it may ask for letters to those who want them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from newsroom.accounts.models import User

#: What fits above a page on a phone.
TEXT_MAX: Final = 140


def four_hours_from_now() -> datetime:
    return timezone.now() + timedelta(hours=4)


class AlertQuerySet(models.QuerySet["Alert"]):
    def on_air(self, now: datetime) -> Self:
        return self.filter(stopped_at=None, starts_at__lte=now, ends_at__gt=now).order_by("-starts_at", "-id")

    def stop(self, *, by: "User | None") -> int:
        """Take them off every page, and let no letter of theirs leave any more; how many were on air or to come."""
        now = timezone.now()
        return self.filter(stopped_at=None, ends_at__gt=now).update(stopped_at=now, stopped_by=by)


class Alert(models.Model):
    class Level(models.TextChoices):
        BREAKING = "breaking", _("Breaking")
        INFO = "info", _("Notice")
        EMERGENCY = "emergency", _("Emergency")

    class Scope(models.TextChoices):
        ALL = "all", _("every page")
        FRONT = "front", _("front page")
        SECTION = "section", _("the story's section")

    text = models.CharField(_("text"), max_length=TEXT_MAX)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.BREAKING)
    article = models.ForeignKey(
        "articles.Article", models.CASCADE, null=True, blank=True, related_name="alerts", verbose_name=_("story")
    )
    url = models.URLField(_("or another address"), blank=True, validators=[URLValidator(schemes=["http", "https"])])
    scope = models.CharField(_("shown on"), max_length=10, choices=Scope, default=Scope.ALL)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), default=four_hours_from_now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    #: Since when letters are wanted, when all of them were written, and up to which subscription they are.
    letters_at = models.DateTimeField(null=True, editable=False)
    letters_written_at = models.DateTimeField(null=True, editable=False)
    letters_reached = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Alert"]] = models.Manager.from_queryset(AlertQuerySet)()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-starts_at",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="alert_ends_after_it_starts",
                violation_error_message=_("The alert must end after it starts."),
            )
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="alert_on_air")]

    def __str__(self) -> str:
        return self.text

    def is_on_air(self, now: datetime) -> bool:
        """Also asks whether the story that it leads to may be read."""
        return (
            self.stopped_at is None
            and self.starts_at <= now < self.ends_at
            and (self.article is None or self.article.is_live(now))
        )
