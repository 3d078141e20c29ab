"""Small parts that any page may place: icon, time, avatar, picture."""

import zlib
from datetime import date, datetime, time
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from articles.headlines import without_label
from articles.models import Article, Author, Image, Rendition
from newsroom.lib.text import initials

register = template.Library()

#: Best first; JPEG, which every browser reads, is the <img> itself.
_SOURCES = ((Rendition.Format.AVIF, "image/avif"), (Rendition.Format.WEBP, "image/webp"))


@register.simple_tag
def icon(name: str, *, solid: bool = False, flip: bool = False) -> SafeString:
    """A drawing of the sprite in `newsroom/_icons.html`, always beside words; `flip` turns it on right-to-left pages."""
    classes = "icon" + (" icon--solid" if solid else "") + (" icon--flip" if flip else "")
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.simple_tag
def avatar(name: str, *, big: bool = False, staff: bool = False) -> SafeString:
    """A square with initials; the same name always has the same tone."""
    tone = zlib.crc32(name.encode()) % Author.TONES + 1
    kind = " avatar--staff" if staff else f" avatar--{tone}" if tone > 1 else ""
    size = " avatar--big" if big else ""
    return format_html('<span class="avatar{}{}" aria-hidden="true">{}</span>', kind, size, initials(name))


@register.simple_tag(takes_context=True)
def when(context: Any, value: datetime | date | None, style: str = "short") -> SafeString | str:
    """A moment as `<time>`. short: 14:52 today, else the day; brief: the same without weekday and year;
    day: the day alone; full: day and time; clock: the time; long: 19 November 2026; weekday: Thursday.

    The words are absolute, because the page is the same for everybody and is kept for a while.
    """
    if value is None:
        return ""
    if not isinstance(value, datetime):
        value = timezone.make_aware(datetime.combine(value, time()))
        style = "day"
    local = timezone.localtime(value)
    today = timezone.localtime(context.get("now") or timezone.now()).date()
    if style in {"short", "brief"} and local.date() == today:
        style = "clock"
    exact = date_format(local, pgettext("exact moment", "l j F Y, H:i T"))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        exact,
        _words(local, today, style),
    )


def _words(local: datetime, today: date, style: str) -> str:
    if style == "clock":
        return date_format(local, pgettext("time of day", "H:i"))
    if style == "full":
        return date_format(local, pgettext("day and time", "D j M Y, H:i"))
    if style == "brief":
        return date_format(local, pgettext("day, as short as possible", "j M"))
    if style == "weekday":
        return date_format(local, pgettext("weekday", "l"))
    if style == "long":
        return date_format(local, pgettext("day in full", "j F Y"))
    this_year = local.year == today.year
    return date_format(local, pgettext("day of this year", "D j M") if this_year else pgettext("day", "j M Y"))


@register.simple_tag
def picture(
    image: Image | None, *, sizes: str = "100vw", crop: str = "full", eager: bool = False, alt: str | None = None
) -> SafeString | str:
    """A picture in the sizes that exist of it; `sizes` says how wide it stands. `eager`: it is the first thing seen."""
    if image is None:
        return ""
    found = [r for r in image.renditions.all() if r.crop == crop]
    found = sorted(found or [r for r in image.renditions.all() if r.crop == Rendition.Crop.FULL], key=lambda r: r.width)
    plain = [r for r in found if r.format == Rendition.Format.JPEG]
    sources = [(mime, [r for r in found if r.format == kind]) for kind, mime in _SOURCES]
    sources = [(mime, rows) for mime, rows in sources if rows]
    if not plain and sources:
        plain = sources.pop()[1]
    img = _img(image, plain, sizes, eager, alt)
    if not sources:
        return img
    lines = ((mime, _srcset(rows), sizes) for mime, rows in sources)
    return format_html(
        "<picture>{}{}</picture>", format_html_join("", '<source type="{}" srcset="{}" sizes="{}">', lines), img
    )


def _img(image: Image, rows: list[Rendition], sizes: str, eager: bool, alt: str | None) -> SafeString:
    words = "" if image.decorative else image.alt
    attributes = {"src": image.file.url, "width": image.width, "height": image.height}
    if rows:
        middle = next((row for row in rows if row.width >= 640), rows[-1])
        attributes = {"src": middle.file.url, "width": rows[-1].width, "height": rows[-1].height}
    if len(rows) > 1:
        attributes |= {"srcset": _srcset(rows), "sizes": sizes}
    attributes |= {"fetchpriority": "high"} if eager else {"loading": "lazy", "decoding": "async"}
    attributes["alt"] = words if alt is None else alt
    return format_html("<img{}>", format_html_join("", ' {}="{}"', attributes.items()))


def _srcset(rows: list[Rendition]) -> str:
    return ", ".join(f"{row.file.url} {row.width}w" for row in rows)


@register.filter
def shown_headline(article: Article) -> str:
    """The headline as it stands beside its label: a typed “BREAKING:” is not printed twice."""
    return without_label(article.headline) if article.is_breaking else article.headline


@register.filter
def duration(seconds: int | None) -> str:
    """374 -> 6:14, 3725 -> 1:02:05."""
    minutes, rest = divmod(seconds or 0, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
