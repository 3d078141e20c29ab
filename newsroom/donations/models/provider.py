"""A provider: who takes the money. We only link there; no card data, no widget, no picture of theirs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Provider(models.Model):
    class Kind(models.TextChoices):
        PATREON = "patreon", "Patreon"
        STRIPE_LINK = "stripe_link", "Stripe"
        OPEN_COLLECTIVE = "opencollective", "Open Collective"
        LIBERAPAY = "liberapay", "Liberapay"
        KOFI = "kofi", "Ko-fi"
        PAYPAL = "paypal", "PayPal"
        CUSTOM = "custom", _("other")

    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.PATREON)
    title = models.CharField(_("title"), max_length=60, help_text=_("As readers know it: “Patreon”."))
    base_url = models.URLField(_("address"), max_length=300, help_text=_("Of your page there, with https."))
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.CheckConstraint(
                condition=Q(base_url__startswith="https://"),
                name="provider_by_https",
                violation_error_message=_("The address must start with https://"),
            )
        ]

    def __str__(self) -> str:
        return self.title
