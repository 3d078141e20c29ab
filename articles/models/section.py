"""A section: a part of the paper with a page of its own."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsroom.lib.addresses import address
from newsroom.lib.stamps import kept_until_change


class SectionQuerySet(models.QuerySet["Section"]):
    def on_front(self) -> Self:
        return self.filter(on_front=True)


class Section(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True, allow_unicode=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Small numbers come first."))
    description = models.TextField(
        _("description"), blank=True, help_text=_("Stands under the name, and in search results.")
    )
    on_front = models.BooleanField(_("on the front page"), default=True)
    in_menu = models.BooleanField(_("in the menu"), default=True)
    disclaimer = models.TextField(_("disclaimer"), blank=True, help_text=_("Under every story of the section."))
    comments_premoderated = models.BooleanField(_("comments wait for a moderator"), default=False)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[models.Manager["Section"]] = models.Manager.from_queryset(SectionQuerySet)()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ("position", "name")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="section_is_not_its_own_part",
                violation_error_message=_("A section cannot be a part of itself."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address("section", self.slug)

    @property
    def feed_url(self) -> str:
        return address("section_rss", self.slug)


@kept_until_change
def all_sections() -> list[Section]:
    """Every section in order, read once per process and stamp."""
    return list(Section.objects.all())
