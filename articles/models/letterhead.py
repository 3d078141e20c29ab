"""How letters of the site look and from whom they come: one row, one screen. Their templates are files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.models.image import Image, Rendition
from newsroom.lib.smtp import Sender
from newsroom.lib.stamps import kept_until_change

#: What WCAG 2.2 (1.4.3) asks of text against its ground.
READABLE = 4.5
#: The longest sides of a logo in a letter, in px.
LOGO_WIDTH, LOGO_HEIGHT = 260, 48


def contrast_with_white(colour: str) -> float:
    """The contrast of #rrggbb against white, 1 (none) to 21 (black): WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def colour_under_white(colour: str) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValidationError(_("“%(colour)s” is no colour. Write it like #1a4d8f."), params={"colour": colour})
    contrast = contrast_with_white(colour)
    if contrast < READABLE:
        # Rounded down: 4.48 must not be called 4.5.
        found = {"colour": colour, "contrast": f"{int(contrast * 10) / 10:.1f}"}
        sentence = _(
            "%(colour)s is too pale: the white words of a button have a contrast of %(contrast)s to 1 on it, and 4.5 to 1 "
            "is needed. Choose a darker one."
        )
        raise ValidationError(sentence, params=found)


class Logo(NamedTuple):
    """A picture as a letter shows it; `url` is a path of this site, the size in px."""

    url: str
    width: int
    height: int
    alt: str


class Letterhead(models.Model):
    logo = models.ForeignKey(
        Image,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
        help_text=_("On white, also in dark letters. Empty: the nameplate in type. Mail programs show no SVG."),
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[colour_under_white],
        help_text=_("Of buttons and of the rule at the top, like #1a4d8f; dark enough for white words. Empty: ink."),
    )
    sender_name = models.CharField(
        _("sender"), max_length=80, blank=True, help_text=_("Empty: what NEWSROOM_FROM_EMAIL says, or the site’s name.")
    )
    reply_to = models.EmailField(
        _("answers go to"), blank=True, help_text=_("Who answers a letter writes to this address. Empty: the sender’s.")
    )
    footer = models.TextField(
        _("footer"), max_length=600, blank=True, help_text=_("Under every letter, after the site’s name and address.")
    )
    opening_reply = models.CharField(_("a reply to the reader’s comment"), max_length=300, blank=True)
    opening_thread = models.CharField(_("a reply in a followed thread"), max_length=300, blank=True)
    opening_comment = models.CharField(_("a comment in a followed discussion"), max_length=300, blank=True)
    opening_digest = models.CharField(_("several comments in one letter"), max_length=300, blank=True)
    opening_confirm = models.CharField(_("asking a reader to confirm an address"), max_length=300, blank=True)
    opening_account = models.CharField(
        _("welcome: a new account, an invitation"),
        max_length=300,
        blank=True,
        help_text=_("Log-in codes and security notices have no opening: they say one thing only."),
    )

    #: Of the letters that may begin with a sentence of the newsroom's.
    KINDS: ClassVar[tuple[str, ...]] = ("reply", "thread", "comment", "digest", "confirm", "account")

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterhead")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_letterhead")]

    def __str__(self) -> str:
        return str(_("Letterhead"))

    def opening(self, kind: str) -> str:
        """The sentence that letters of a kind begin with; '' where there is none, or the kind has none."""
        return str(getattr(self, f"opening_{kind}")) if kind in self.KINDS else ""

    def sender(self, site_name: str) -> Sender:
        return Sender(name=self.sender_name, otherwise=site_name, reply_to=self.reply_to)

    def mail_logo(self, name: str) -> Logo | None:
        """The logo as a JPEG, which every mail program shows, twice as fine as it is large; None where there is none
        (yet: the worker makes the sizes of a new picture)."""
        if self.logo is None or not self.logo.height:
            return None
        scale = min(LOGO_WIDTH / self.logo.width, LOGO_HEIGHT / self.logo.height)
        width, height = max(1, round(self.logo.width * scale)), max(1, round(self.logo.height * scale))
        sizes = [
            size
            for size in self.logo.renditions.all()
            if (size.crop, size.format) == (Rendition.Crop.FULL, Rendition.Format.JPEG)
        ]
        if not sizes:
            return None
        fine = [size for size in sizes if size.width >= 2 * width]
        chosen = min(fine, key=lambda size: size.width) if fine else max(sizes, key=lambda size: size.width)
        return Logo(chosen.file.url, width, height, self.logo.alt or name)

    @classmethod
    def row(cls) -> "Letterhead":
        """The one row, made at its first use."""
        Letterhead.objects.bulk_create([Letterhead(pk=1)], ignore_conflicts=True)
        return Letterhead.objects.get(pk=1)


_on_trial: ContextVar[Letterhead | None] = ContextVar("letterhead on trial", default=None)


@contextmanager
def on_trial(letterhead: Letterhead) -> Iterator[None]:
    """Write letters with a letterhead that is not saved (yet)."""
    before = _on_trial.set(letterhead)
    try:
        yield
    finally:
        _on_trial.reset(before)


def letterhead() -> Letterhead:
    """The letterhead, read once per process and stamp."""
    return _on_trial.get() or _saved()


@kept_until_change
def _saved() -> Letterhead:
    rows = Letterhead.objects.select_related("logo").prefetch_related("logo__renditions")
    return rows.filter(pk=1).first() or Letterhead(pk=1)
