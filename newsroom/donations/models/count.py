"""Daily totals of what readers did with an ask. Views and acts are counted, never people."""

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models.campaign import SlotName
from newsroom.donations.models.variant import Variant


class DailyCount(models.Model):
    class Kind(models.TextChoices):
        IMPRESSION = "impression", _("seen")
        CLOSE = "close", _("hidden")
        DONE = "done", _("supports already")
        CLICK = "click", _("click")
        CLICK_NOJS = "click_nojs", _("click without script")
        THANKS = "thanks", _("came back with thanks")
        REJECTED = "rejected", _("not counted")

    day = models.DateField(_("day"))
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="counts", verbose_name=_("variant"))
    slot = models.CharField(_("slot"), max_length=12, choices=SlotName)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    n = models.BigIntegerField(_("how often"), default=0)

    class Meta:
        verbose_name = _("daily count")
        verbose_name_plural = _("daily counts")
        constraints = [
            models.UniqueConstraint(fields=["day", "variant", "slot", "kind"], name="one_count_per_day"),
            models.CheckConstraint(condition=Q(n__gte=0), name="counts_are_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.variant_id} {self.slot} {self.kind}: {self.n}"

    @classmethod
    def add(cls, variant: Variant, slot: str, kind: str) -> None:
        """Count one; exact however many do so at the same moment. The variant's words are frozen from the first on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO donations_dailycount (day, variant_id, slot, kind, n) VALUES (%s, %s, %s, %s, 1)"
                " ON CONFLICT (day, variant_id, slot, kind) DO UPDATE SET n = donations_dailycount.n + 1",
                [timezone.localdate(), variant.pk, slot, kind],
            )
        if variant.frozen_at is None:  # an UPDATE that changes nothing would still wait for SQLite's write lock
            Variant.objects.filter(pk=variant.pk, frozen_at=None).update(frozen_at=timezone.now())
