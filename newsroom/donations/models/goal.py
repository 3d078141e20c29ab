"""A goal: what is hoped for, what has come in, and where that figure is from."""

import functools
from datetime import datetime
from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł", "CHF": "CHF", "SEK": "kr"}

currency_code = RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, like EUR."))


def money(amount: Decimal, currency: str) -> str:
    """`€41,280`: the sign before the amount, grouped as the site's language does; decimals only where there are any."""
    return _money(amount, currency, get_language())


@functools.lru_cache(maxsize=200)
def _money(amount: Decimal, currency: str, _language: str | None) -> str:
    sign = _SIGNS.get(currency, currency)
    decimals = 0 if amount == amount.to_integral_value() else 2
    gap = "\u00a0" if sign.isalpha() else ""
    return f"{sign}{gap}{number_format(amount, decimals, use_l10n=True, force_grouping=True)}"


@functools.lru_cache(maxsize=200)
def _moment(local: datetime, _zone: str, _language: str | None) -> str:
    """By zone: a moment is equal to itself on another clock."""
    return date_format(local, pgettext("day and time in full", "j F Y, H:i"))


class Goal(models.Model):
    class Show(models.TextChoices):
        AMOUNT = "amount", _("sums")
        PERCENT = "percent", _("per cent")
        NONE = "none", _("nothing")

    name = models.CharField(_("what for"), max_length=80, help_text=_("“for a year of local reporting”"))
    target = models.DecimalField(_("target"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    baseline = models.DecimalField(_("reached"), max_digits=12, decimal_places=2, default=Decimal(0))
    baseline_source = models.CharField(_("source of that figure"), max_length=120, blank=True)
    as_of = models.DateTimeField(_("as of"), default=timezone.now)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    auto_sum = models.BooleanField(_("add recorded donations"), default=False)
    show = models.CharField(_("shown"), max_length=7, choices=Show, default=Show.AMOUNT)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.CheckConstraint(
                condition=Q(target__gt=0),
                name="goal_is_more_than_nothing",
                violation_error_message=_("Write a target above zero."),
            ),
            models.CheckConstraint(condition=Q(baseline__gte=0), name="goal_starts_at_zero_or_more"),
            models.CheckConstraint(
                condition=Q(baseline=0) | ~Q(baseline_source=""),
                name="goal_names_its_source",
                violation_error_message=_("Say where the figure comes from: readers are shown it."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="goal_ends_after_it_starts",
                violation_error_message=_("The goal must end after it starts."),
            ),
        ]

    #: Set by `newsroom.donations.selection` when the goal is loaded: the donations recorded since `as_of`.
    recorded = Decimal(0)

    def __str__(self) -> str:
        return f"{self.name} ({money(self.target, self.currency)})"

    @property
    def total(self) -> Decimal:
        return self.baseline + self.recorded

    @property
    def is_reached(self) -> bool:
        return self.total >= self.target

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down; the bar stops at 100, the text tells the truth."""
        return int(self.total * 100 / self.target)

    @property
    def bar(self) -> int:
        return min(self.percent, 100)

    @property
    def days_left(self) -> int | None:
        """Whole days until the end, at least one; None without an end or after it."""
        now = timezone.now()
        if self.ends_at is None or self.ends_at <= now:
            return None
        return (self.ends_at - now).days + 1

    @property
    def total_text(self) -> str:
        return money(self.total, self.currency)

    @property
    def target_text(self) -> str:
        return money(self.target, self.currency)

    @property
    def as_of_text(self) -> str:
        return _moment(timezone.localtime(self.as_of), timezone.get_current_timezone_name(), get_language())
