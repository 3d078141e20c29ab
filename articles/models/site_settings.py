"""What the site is called and how it behaves: one row, one screen."""

from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsroom.lib.stamps import kept_until_change


def known_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone. Write it like Europe/Madrid."), params={"name": name})


class SiteSettings(models.Model):
    name = models.CharField(_("name"), max_length=80, default="Newsroom")
    nameplate = models.CharField(_("nameplate"), max_length=40, blank=True, help_text=_("If it differs from the name."))
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("For search engines and feeds."))
    logo = models.ForeignKey(
        "articles.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("logo")
    )
    default_image = models.ForeignKey(
        "articles.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture for sharing"),
    )
    postal_address = models.TextField(_("address"), blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC", validators=[known_time_zone])
    language = models.CharField(_("language"), max_length=12, default="en", choices=settings.LANGUAGES)
    social_links = models.JSONField(_("social links"), default=list, blank=True)
    support_url = models.URLField(
        _("support address"), blank=True, help_text=_("Where “Support us” leads; empty: /support/")
    )
    disclaimer_story = models.TextField(_("disclaimer of stories"), blank=True)
    disclaimer_opinion = models.TextField(
        _("disclaimer of opinion"), blank=True, default="The views expressed are the author’s own."
    )
    disclaimer_video = models.TextField(_("disclaimer of videos"), blank=True)
    disclaimer_live = models.TextField(_("disclaimer of live pages"), blank=True)
    footer_text = models.TextField(_("footer text"), blank=True)
    comments_open = models.BooleanField(_("comments are open"), default=True)
    comments_premoderated = models.BooleanField(_("every comment waits for a moderator"), default=False)
    comments_close_after_days = models.PositiveSmallIntegerField(
        _("comments close after, days"), default=14, help_text=_("0: never.")
    )
    guests_held = models.PositiveSmallIntegerField(_("first comments of a guest that wait"), default=3)
    members_held = models.PositiveSmallIntegerField(_("first comments of a member that wait"), default=2)
    banned_words = models.CharField(
        _("comments with banned words"),
        max_length=8,
        choices=[("rejected", _("are rejected")), ("pending", _("wait for a moderator"))],
        default="rejected",
        help_text=_("The writer is asked first to change them; this becomes of what is sent again unchanged."),
    )
    down_votes = models.BooleanField(_("down-votes"), default=False)
    ratings_on = models.BooleanField(_("stars are on"), default=True)
    asks_on = models.BooleanField(_("asks are on"), default=True, help_text=_("Untick to hide every ask at once."))
    robots_allowed = models.BooleanField(_("search engines welcome"), default=True)

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_site_settings")]

    def __str__(self) -> str:
        return self.name

    @property
    def plate(self) -> str:
        return self.nameplate or self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def disclaimer_for(self, kind: str) -> str:
        """What stands under every story of a kind: by default something under opinion, nothing under news."""
        return str(getattr(self, f"disclaimer_{kind}"))

    @classmethod
    def row(cls) -> "SiteSettings":
        """The one row, made at its first use."""
        SiteSettings.objects.bulk_create([SiteSettings(pk=1)], ignore_conflicts=True)
        return SiteSettings.objects.get(pk=1)


@kept_until_change
def site_settings() -> SiteSettings:
    """The settings, read once per process and stamp; never written to by what reads a page."""
    found = SiteSettings.objects.select_related("logo", "default_image").filter(pk=1).first()
    return found or SiteSettings(pk=1)


class MenuItem(models.Model):
    """A line of the menu or the footer that is neither a section nor a page."""

    class Place(models.TextChoices):
        MENU = "menu", _("menu")
        FOOTER = "footer", _("footer")

    place = models.CharField(_("where"), max_length=6, choices=Place, default=Place.MENU)
    label = models.CharField(_("label"), max_length=40)
    url = models.CharField(_("address"), max_length=300)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    LIMIT: ClassVar[int] = 30

    class Meta:
        verbose_name = _("menu item")
        verbose_name_plural = _("menu items")
        ordering = ("place", "position", "id")

    def __str__(self) -> str:
        return self.label


@kept_until_change
def menu_items() -> list[MenuItem]:
    return list(MenuItem.objects.all()[: MenuItem.LIMIT])
