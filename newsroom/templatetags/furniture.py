"""Small parts that any page may place: icon, time, avatar, picture."""

import functools
import re
import zlib
from datetime import date, datetime, time, timedelta
from datetime import timezone as fixed_zone
from html import escape
from operator import attrgetter
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from articles.models import Author, Image, Rendition
from newsroom.lib.clock import HereAndNow, here_and_now
from newsroom.lib.html import trusted
from newsroom.lib.prepared import all_of
from newsroom.lib.slots import follow, later
from newsroom.lib.text import initials

register = template.Library()

#: Best first; JPEG, which every browser reads, is the <img> itself.
_SOURCES = ((Rendition.Format.AVIF, "image/avif"), (Rendition.Format.WEBP, "image/webp"))


@register.simple_tag
def icon(name: str, *, solid: bool = False, flip: bool = False, down: bool = False) -> SafeString:
    """A drawing of the sprite in `newsroom/_icons.html`, always beside words; `flip` turns it on right-to-left pages,
    `down` turns it over."""
    classes = (
        "icon" + (" icon--solid" if solid else "") + (" icon--flip" if flip else "") + (" icon--down" if down else "")
    )
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.simple_tag
def avatar(name: str, *, big: bool = False, staff: bool = False, whose: int = 0) -> SafeString:
    """A square with initials; the same person (`whose` names them) or else the same name always has the same tone."""
    html: SafeString = later(_avatar, name, staff, whose, big)
    return html


@functools.lru_cache(maxsize=1000)
def _avatar(name: str, staff: bool, whose: int, big: bool) -> SafeString:
    tone = (whose or zlib.crc32(name.encode())) % Author.TONES + 1
    kind = " avatar--staff" if staff else f" avatar--{tone}" if tone > 1 else ""
    size = " avatar--big" if big else ""
    return trusted(f'<span class="avatar{kind}{size}" aria-hidden="true">{escape(initials(name))}</span>')


@register.simple_tag(takes_context=True)
def when(context: Any, value: datetime | date | None, style: str = "short") -> SafeString | str:
    """A moment as `<time>`. short: 14:52 today, else the day; brief: the same without weekday and year;
    day: the day alone; full: day and time; clock: the time; long: 19 November 2026; weekday: Thursday.

    The words are absolute, because the page is the same for everybody and is kept for a while.
    """
    html: SafeString | str = later(_when, value, here_of(context), style)
    return html


def here_of(context: Any) -> HereAndNow:
    """What the words of a moment on this page depend on."""
    found: HereAndNow = context.get("here_and_now") or here_and_now(context.get("now"))
    return found


def _when(value: datetime | date | None, here: HereAndNow, style: str) -> SafeString | str:
    if value is None:
        return ""
    if not isinstance(value, datetime):
        value = timezone.make_aware(datetime.combine(value, time()))
        style = "day"
    local = value.astimezone(here.zone)
    day = _day(local.date(), local.utcoffset(), local.tzname(), here.today, style, here.language)
    words = day.replace(_HOUR, _TWO_DIGITS[local.hour]).replace(_MINUTE, _TWO_DIGITS[local.minute])
    return trusted(words.replace(_SECOND, _TWO_DIGITS[local.second]))


_TWO_DIGITS: Final = [f"{n:02}" for n in range(60)]
#: Stand in the words of a day for what changes within it.
_HOUR, _MINUTE, _SECOND = "\ue000", "\ue001", "\ue002"


@functools.lru_cache(maxsize=2000)
def _day(
    day: date, offset: timedelta | None, zone: str | None, today: date, style: str, language: str | None
) -> SafeString:
    """The `<time>` of every moment of a day; a day on which the clock changes has two."""
    noon = datetime.combine(day, time(12), fixed_zone(offset or timedelta(), zone or "UTC"))
    if style in {"short", "brief"} and day == today:
        style = "clock"
    moment = noon.isoformat(timespec="seconds").replace("T12:00:00", f"T{_HOUR}:{_MINUTE}:{_SECOND}")
    exact = _in_words(noon, pgettext("exact moment", "l j F Y, H:i T"))
    return format_html('<time datetime="{}" title="{}">{}</time>', moment, exact, _words(noon, today, style))


def _in_words(noon: datetime, style: str) -> str:
    """In Django's language of formats, with places for hour (H) and minute (i)."""
    places = {"H": _HOUR, "i": _MINUTE}
    return date_format(noon, re.sub(r"\\.|[Hi]", lambda found: places.get(found[0], found[0]), style))


def _words(noon: datetime, today: date, style: str) -> str:
    if style == "clock":
        return _in_words(noon, pgettext("time of day", "H:i"))
    if style == "full":
        return _in_words(noon, pgettext("day and time", "D j M Y, H:i"))
    if style == "brief":
        return _in_words(noon, pgettext("day, as short as possible", "j M"))
    if style == "long":
        return _in_words(noon, pgettext("day in full", "j F Y"))
    this_year = noon.year == today.year
    return _in_words(noon, pgettext("day of this year", "D j M") if this_year else pgettext("day", "j M Y"))


@register.simple_tag
def picture(
    image: Image | None, *, sizes: str = "100vw", crop: str = "full", eager: bool = False, alt: str | None = None
) -> SafeString | str:
    """A picture in the sizes that exist of it; `sizes` says how wide it stands. `eager`: it is the first thing seen."""
    html: SafeString | str = later(_picture, image, sizes, crop, eager, alt)
    return html


def _picture(image: Image | None, sizes: str, crop: str, eager: bool, alt: str | None) -> SafeString | str:
    if image is None:
        return ""
    rows = all_of(image, "renditions")
    found = [r for r in rows if r.crop == crop] or [r for r in rows if r.crop == Rendition.Crop.FULL]
    found.sort(key=attrgetter("width"))
    plain = [r for r in found if r.format == Rendition.Format.JPEG]
    sources = [(mime, [r for r in found if r.format == kind]) for kind, mime in _SOURCES]
    sources = [(mime, rows) for mime, rows in sources if rows]
    if not plain and sources:
        plain = sources.pop()[1]
    img = _img(image, plain, sizes, eager, alt)
    if not sources:
        return img
    lines = [_tag("source", {"type": mime, "srcset": _srcset(rows), "sizes": sizes}) for mime, rows in sources]
    return trusted(f"<picture>{''.join(lines)}{img}</picture>")


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
    return _tag("img", attributes)


def _tag(name: str, attributes: dict[str, Any]) -> SafeString:
    written = [f' {attribute}="{conditional_escape(value)}"' for attribute, value in attributes.items()]
    return trusted(f"<{name}{''.join(written)}>")


def _srcset(rows: list[Rendition]) -> str:
    return ", ".join(f"{row.file.url} {row.width}w" for row in rows)


@register.filter
@follow
def duration(seconds: int | None) -> str:
    """374 -> 6:14, 3725 -> 1:02:05."""
    minutes, rest = divmod(seconds or 0, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
