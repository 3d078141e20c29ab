"""A page: what a site says about itself (About, Contact, Privacy, House rules ...)."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.richtext import ArticleBodyField
from newsroom.lib.addresses import address
from newsroom.lib.stamps import kept_until_change


class PageQuerySet(models.QuerySet["Page"]):
    def live(self) -> Self:
        return self.filter(is_live=True)


class Page(models.Model):
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True, allow_unicode=True)
    body = ArticleBodyField(_("text"), blank=True)
    in_menu = models.BooleanField(_("in the menu"), default=False)
    in_footer = models.BooleanField(_("in the footer"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_live = models.BooleanField(_("live"), default=False, help_text=_("Readers see it."))
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[models.Manager["Page"]] = models.Manager.from_queryset(PageQuerySet)()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ("position", "title")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("page", self.slug)


@kept_until_change
def linked_pages() -> list[Page]:
    """Live pages that stand in the menu or the footer, read once per process and stamp."""
    shown = models.Q(in_menu=True) | models.Q(in_footer=True)
    return list(Page.objects.live().filter(shown).defer("body"))
