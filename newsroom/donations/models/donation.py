"""A donation as a provider reported it: a sum, no person."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models.goal import currency_code
from newsroom.donations.models.provider import Provider
from newsroom.donations.models.variant import AmountOption, Variant


class Donation(models.Model):
    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("reported by the provider")
        CSV = "csv", _("imported")
        MANUAL = "manual", _("by hand")

    provider = models.ForeignKey(Provider, models.PROTECT, verbose_name=_("provider"))
    external_id = models.CharField(_("number there"), max_length=120)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    interval = models.CharField(
        _("how often"), max_length=5, choices=AmountOption.Interval, default=AmountOption.Interval.ONCE
    )
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, blank=True, verbose_name=_("variant"))
    source = models.CharField(_("source"), max_length=7, choices=Source, default=Source.MANUAL, editable=False)
    is_test = models.BooleanField(_("test"), default=False)
    refunded_at = models.DateTimeField(_("refunded"), null=True, blank=True)

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                name="one_donation_per_number",
                violation_error_message=_("This donation is recorded already."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="donation_is_more_than_nothing"),
        ]
        indexes = [models.Index(fields=["currency", "received_at"], name="donation_of_window")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
