"""An arrangement: which stories an editor has put on the front page, or at the top of a section, and who did it last."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.slot import BREAKING, Slot
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models.section import Section
    from newsroom.accounts.models import User


class Overtaken(Exception):
    """Somebody else arranged the page since it was opened; nothing was written."""


class ArrangementManager(models.Manager["Arrangement"]):
    def of(self, section: "Section | None") -> "Arrangement":
        """The arrangement of a section's page, or of the front page for None; unsaved where nobody has arranged it yet."""
        found = self.select_related("section", "saved_by").filter(section=section).first()
        return found or Arrangement(section=section)


class Arrangement(models.Model):
    section = models.OneToOneField(
        "articles.Section", models.CASCADE, null=True, related_name="arrangement", verbose_name=_("section")
    )
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[ArrangementManager] = ArrangementManager()

    class Meta:
        verbose_name = _("arrangement")
        verbose_name_plural = _("arrangements")
        constraints = [models.UniqueConstraint(Coalesce("section", Value(0)), name="one_arrangement_per_page")]

    def __str__(self) -> str:
        return self.section.name if self.section else str(_("Front page"))

    def slots(self) -> "models.QuerySet[Slot]":
        """In their order, those that are over left out."""
        running = Slot.objects.unfinished(timezone.now()).filter(section=self.section_id, position__gt=BREAKING)
        return (
            running.select_related("article").defer("article__body", "article__body_text").order_by("zone", "position")
        )

    def rearrange(self, slots: Iterable[Slot], *, base: int, by: "User") -> None:
        """Put these in place of what stands there. Raises Overtaken where the page is not at version `base` any more."""
        now = timezone.now()
        with transaction.atomic():
            row, _is_new = Arrangement.objects.get_or_create(section=self.section)
            open_still = Arrangement.objects.filter(pk=row.pk, version=base)
            if not open_still.update(version=F("version") + 1, saved_at=now, saved_by=by):
                raise Overtaken
            Slot.objects.filter(section=self.section_id, position__gt=BREAKING).delete()
            places: dict[str, int] = {}
            for slot in slots:
                places[slot.zone] = slot.position = places.get(slot.zone, 0) + 1
                slot.section_id = self.section_id
                slot.save(force_insert=True)
            Stamp.objects.bump(Stamp.SITE)
