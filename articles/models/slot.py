"""A slot: a place on the front or a section page that an editor gives to a story, until a time."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from articles.models.article import Article

#: Breaking news stands before the first place: whoever has that has it again when the news ends.
BREAKING: Final = 0


class SlotQuerySet(models.QuerySet["Slot"]):
    def unfinished(self, now: datetime) -> Self:
        """Those that hold their story now or will."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=now))

    def taken(self, now: datetime) -> Self:
        return self.unfinished(now).filter(models.Q(starts_at=None) | models.Q(starts_at__lte=now))

    def for_breaking(self) -> Self:
        return self.filter(zone=Slot.Zone.LEAD, position=BREAKING, section=None)

    def lead_with(self, article: "Article", until: datetime) -> None:
        """Give the front page's lead to breaking news; the newest has it."""
        place = Slot(zone=Slot.Zone.LEAD, position=BREAKING, article=article, until=until)
        self.bulk_create([place], ignore_conflicts=True)
        self.for_breaking().update(article=article, until=until, headline="")


class Slot(models.Model):
    class Zone(models.TextChoices):
        LEAD = "lead", _("front page, lead")
        TOP = "top", _("front page, top")
        SECTION = "section", _("top of the section")

    zone = models.CharField(_("zone"), max_length=10, choices=Zone, default=Zone.LEAD)
    section = models.ForeignKey("articles.Section", models.CASCADE, null=True, blank=True, verbose_name=_("section"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="slots", verbose_name=_("story"))
    headline = models.CharField(_("other headline"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects: ClassVar[models.Manager["Slot"]] = models.Manager.from_queryset(SlotQuerySet)()

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ("zone", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["zone", "position"],
                condition=models.Q(section=None),
                name="one_story_per_front_slot",
                violation_error_message=_("This place is taken already."),
            ),
            models.UniqueConstraint(
                fields=["zone", "section", "position"],
                name="one_story_per_section_slot",
                violation_error_message=_("This place is taken already."),
            ),
            models.UniqueConstraint(
                fields=["article"],
                # The place of breaking news is apart: a story may have its own besides.
                condition=models.Q(section=None, position__gt=BREAKING),
                name="story_once_on_the_front",
                violation_error_message=_("This story stands on the page already."),
            ),
            models.UniqueConstraint(
                fields=["article", "section"],
                name="story_once_in_a_section",
                violation_error_message=_("This story stands on the page already."),
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(starts_at=None) | models.Q(until__gt=models.F("starts_at")),
                name="slot_ends_after_it_starts",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=models.Q(zone="section", section__isnull=False)
                | (~models.Q(zone="section") & models.Q(section=None)),
                name="section_slot_names_its_section",
                violation_error_message=_("Choose a section for a section slot, and none for the front page."),
            ),
        ]

    def is_taken(self, now: datetime) -> bool:
        """The same as `taken`, for a slot at hand."""
        return (self.starts_at is None or self.starts_at <= now) and (self.until is None or self.until > now)

    def __str__(self) -> str:
        return f"{self.get_zone_display()} {self.position}"
