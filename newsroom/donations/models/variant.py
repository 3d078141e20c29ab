"""A variant: the words of an ask. Once readers have acted on them they stay as they are."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models.campaign import Campaign
from newsroom.donations.models.goal import currency_code
from newsroom.donations.models.provider import Provider


class Variant(models.Model):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="variants")
    key = models.CharField(
        _("key"), max_length=1, default="a", validators=[RegexValidator(r"^[a-d]\Z", _("a, b, c or d"))]
    )
    is_control = models.BooleanField(_("control"), default=True, help_text=_("What readers without JavaScript see."))
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    heading = models.CharField(_("heading"), max_length=120)
    body = models.TextField(_("text"), blank=True, max_length=800)
    cta = models.CharField(_("button"), max_length=40, default="Support us")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="variants", verbose_name=_("provider"))
    frozen_at = models.DateTimeField(_("in use since"), null=True, editable=False)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")

    #: What may not change once readers have acted on it: numbers never mix two texts.
    WORDS: ClassVar[tuple[str, ...]] = ("heading", "body", "cta", "provider_id")

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ("campaign", "key")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="one_variant_per_key"),
            models.UniqueConstraint(fields=["campaign"], condition=Q(is_control=True), name="one_control_per_campaign"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="variant_weight_is_a_percentage"),
            models.CheckConstraint(condition=~Q(heading=""), name="variant_has_a_heading"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.key}"

    def clean(self) -> None:
        if self.pk and self._words_changed():
            raise ValidationError(
                _(
                    "Readers have acted on these words already. Add another variant instead, so that no figures mix two texts."
                )
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and self._words_changed():
            raise ValidationError(_("A variant that readers have acted on cannot change its words."))
        super().save(*args, **kwargs)

    def _words_changed(self) -> bool:
        stored = Variant.objects.filter(pk=self.pk).exclude(frozen_at=None).values(*self.WORDS).first()
        return stored is not None and any(getattr(self, word) != stored[word] for word in self.WORDS)


class AmountOption(models.Model):
    class Interval(models.TextChoices):
        ONCE = "once", _("once")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="amounts")
    interval = models.CharField(_("how often"), max_length=5, choices=Interval, default=Interval.MONTH)
    amount = models.DecimalField(_("amount"), max_digits=8, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    url = models.URLField(_("its own address"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("amount")
        verbose_name_plural = _("amounts")
        ordering = ("interval", "order")
        constraints = [
            models.UniqueConstraint(fields=["variant", "interval", "amount", "currency"], name="one_option_per_amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="amount_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(url="") | Q(url__startswith="https://"), name="amount_link_by_https"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.interval}"
