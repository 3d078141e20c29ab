"""An author: a name in a byline, with or without a log-in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsroom.lib.addresses import address
from newsroom.lib.text import initials


class Author(models.Model):
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), max_length=80, unique=True, allow_unicode=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("log-in"),
    )
    role = models.CharField(_("role"), max_length=80, blank=True, help_text=_("“Transport correspondent, Saltmere”"))
    bio = models.TextField(_("biography"), blank=True)
    photo = models.ForeignKey(
        "articles.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("photo")
    )
    email_public = models.EmailField(_("public e-mail address"), blank=True)
    links = models.JSONField(_("links"), default=list, blank=True)
    is_active = models.BooleanField(_("works for us now"), default=True)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    #: Avatars come in this many tones.
    TONES: ClassVar[int] = 5

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address("author", self.slug)

    @property
    def initials(self) -> str:
        return initials(self.name)
