"""Letters to moderators about what waits: the first at once, then one in a quarter of an hour, in the hours they chose."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.contrib.auth.backends import ModelBackend
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from articles.models.site_settings import site_settings
from comments.models.comment import Comment
from comments.models.flag import HIDES_AT, Flag
from comments.models.moderation import ModerationAction
from newsroom.accounts.models import Suppression, User
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

QUARTER: Final = timedelta(minutes=15)
#: What was held longer ago than this is no news; it is still counted.
NEWS_FOR: Final = timedelta(days=7)
ALL_DAYS: Final = 0b1111111


def moderators() -> QuerySet[User]:
    """Everybody who works here and decides on comments."""
    may: Any = ModelBackend().with_perm("comments.moderate_comment")
    found: QuerySet[User] = may.filter(is_staff=True)
    return found


def waiting() -> Q:
    """What somebody should look at: held, or published and reported over the line. Not what a checker still looks at."""
    held = Q(status=Comment.Status.PENDING) & ~Q(reason="checking")
    return held | Q(status=Comment.Status.PUBLISHED, reported_at__isnull=False, flag_weight__gte=HIDES_AT)


def last_news(now: datetime) -> datetime | None:
    """When something began to wait, of what waits still: three looks at the ends of indexes."""
    held = Comment.objects.filter(status=Comment.Status.PENDING, created_at__gt=now - NEWS_FOR)
    again = ModerationAction.objects.filter(action="hold", actor=None, created_at__gt=now - NEWS_FOR)
    flags = Flag.objects.filter(handled_at=None, flagged_at__gt=now - NEWS_FOR)
    moments = (
        held.exclude(reason="checking").order_by("-created_at", "-id").values_list("created_at", flat=True).first(),
        again.filter(comment__status="pending").order_by("-created_at", "-id").values_list("created_at", flat=True).first(),
        flags.filter(comment__status="published", comment__flag_weight__gte=HIDES_AT)
        .order_by("-flagged_at").values_list("flagged_at", flat=True).first(),
    )  # fmt: skip
    return max((moment for moment in moments if moment), default=None)


class DeskWishes(models.Model):
    """When a moderator wants letters about what waits, on the site's clock; and how far they were told."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="desk_wishes")
    letters_on = models.BooleanField(_("letters when something waits"), default=True)
    from_hour = models.PositiveSmallIntegerField(_("from"), default=0)
    to_hour = models.PositiveSmallIntegerField(_("to"), default=24)
    #: One bit a day, Monday the lowest. A night belongs to the day on which it begins.
    days = models.PositiveSmallIntegerField(_("days"), default=ALL_DAYS)
    told_at = models.DateTimeField(null=True, editable=False)
    #: What began to wait until then was told.
    told_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("letters to a moderator")
        verbose_name_plural = _("letters to moderators")
        constraints = [
            models.CheckConstraint(
                condition=Q(from_hour__lte=23, to_hour__gte=1, to_hour__lte=24) & ~Q(from_hour=F("to_hour")),
                name="desk_hours_are_hours",
            ),
            models.CheckConstraint(condition=Q(days__lte=ALL_DAYS), name="desk_days_are_days"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.from_hour}-{self.to_hour}"

    def wants_one(self, now: datetime) -> bool:
        local = now.astimezone(site_settings().zone)
        hour, day = local.hour, local.weekday()
        if self.from_hour > self.to_hour and hour < self.to_hour:
            day = (day - 1) % 7
        elif not self.from_hour <= hour < (self.to_hour if self.to_hour > self.from_hour else 24):
            return False
        return self.letters_on and bool(self.days >> day & 1)


class DeskLetterQuerySet(OutboxQuerySet["DeskLetter"]):
    def plan(self, now: datetime) -> int:
        """One letter for every moderator whom something new waits for; how many."""
        news = last_news(now)
        return sum(self._tell(user, news, now) for user in self._untold(news, now)) if news else 0

    def _untold(self, news: datetime, now: datetime) -> QuerySet[User]:
        untold = Q(desk_wishes=None) | Q(desk_wishes__letters_on=True) & (
            Q(desk_wishes__told_at=None)
            | Q(desk_wishes__told_at__lte=now - QUARTER, desk_wishes__told_until__lt=news)
        )  # fmt: skip
        return moderators().filter(untold).select_related("desk_wishes")

    def _tell(self, user: User, news: datetime, now: datetime) -> int:
        """Whoever moves `told_at` writes the letter; a second worker finds it moved."""
        wishes = getattr(user, "desk_wishes", None) or DeskWishes.objects.get_or_create(user=user)[0]
        if not wishes.wants_one(now):
            return 0
        free = Q(told_at=None) | Q(told_at__lte=now - QUARTER, told_until__lt=news)
        with transaction.atomic():
            if not DeskWishes.objects.filter(free, pk=user.pk).update(told_at=now, told_until=news):
                return 0
            quarter = int(now.timestamp()) // int(QUARTER.total_seconds())
            self.bulk_create([DeskLetter(moderator=user, quarter=quarter, due_at=now)], ignore_conflicts=True)
        return 1

    def of(self, user: User) -> Self:
        return self.filter(moderator=user)


class DeskLetter(Outbox):
    """Tells one moderator of everything that waits at the moment it leaves. Its links act in that moderator's name."""

    moderator = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+", verbose_name=_("to"))
    #: Quarters of an hour since 1970.
    quarter = models.PositiveIntegerField(editable=False)

    objects: ClassVar[models.Manager["DeskLetter"]] = models.Manager.from_queryset(DeskLetterQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("letter to a moderator")
        verbose_name_plural = _("letters to moderators")
        constraints = [
            models.UniqueConstraint(fields=["moderator", "quarter"], name="one_letter_per_moderator_and_quarter")
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} → {self.moderator}"

    def compose(self) -> "Mail | None":
        from comments.desk_letter import about_what_waits

        return about_what_waits(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from comments.desk_letter import samples

        return samples()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)
