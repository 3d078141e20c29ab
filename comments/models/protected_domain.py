"""Mail providers that so many people use that their domain is never banned as a whole."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProtectedDomainManager(models.Manager["ProtectedDomain"]):
    def protects(self, domain: str) -> bool:
        """Whether a ban of `domain`, which hits all that ends with it, would hit one of these."""
        return self.filter(models.Q(domain=domain) | models.Q(domain__endswith=f".{domain}")).exists()


class ProtectedDomain(models.Model):
    domain = models.CharField(_("domain"), max_length=253, unique=True, help_text=_("As in gmail.com, without an @."))

    objects: ClassVar[ProtectedDomainManager] = ProtectedDomainManager()

    class Meta:
        verbose_name = _("protected mail provider")
        verbose_name_plural = _("protected mail providers")
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        self.domain = self.domain.strip().lower().removeprefix("@")
        if "." not in self.domain or "@" in self.domain:
            raise ValidationError({"domain": _("Write it like gmail.com.")})
