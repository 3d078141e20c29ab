"""A page as an editor is arranging it: its places as they stand in the form, whether they are saved or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Arrangement, Article, Section, Slot

#: Places on one page; a page of more is no choice any more.
MOST: Final = 30
_NAMES: Final = ("article", "zone", "headline", "starts_at", "until")
_FORMAT: Final = "%Y-%m-%dT%H:%M"


@dataclass
class Place:
    """A story's place. `starts_at` and `until` as typed, in the site's time; `errors`: sentences, after `slots()`."""

    article: Article
    zone: str
    headline: str = ""
    starts_at: str = ""
    until: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def summary(self) -> list[str]:
        """The other headline and the times as typed, for who has not opened their fields."""
        times = [(_("from %s"), self.starts_at), (_("until %s"), self.until)]
        return [f"“{self.headline}”"] * bool(self.headline) + [
            words % at.replace("T", " ") for words, at in times if at
        ]

    @property
    def waits(self) -> str:
        """Why readers do not see it there now, if they don't."""
        now = timezone.now()
        if self.article.is_scheduled(now):
            return _("scheduled: takes its place when it is published")
        if not self.article.is_live(now):
            return _("not live: another story takes its place")
        return ""


@dataclass
class Group:
    zone: str
    label: str
    hint: str
    places: list[Place]


class Plan:
    """Places in their order; the buttons of the page change them, `slots()` makes rows of them."""

    def __init__(self, section: Section | None, places: Iterable[Place]) -> None:
        self.zones = [Slot.Zone.SECTION] if section else [Slot.Zone.LEAD, Slot.Zone.TOP]
        order = {zone.value: n for n, zone in enumerate(self.zones)}
        self.places = sorted((place for place in places if place.zone in order), key=lambda place: order[place.zone])

    @classmethod
    def saved(cls, arrangement: Arrangement) -> "Plan":
        return cls(arrangement.section, [_place_of(slot) for slot in arrangement.slots()])

    @classmethod
    def posted(cls, section: Section | None, data: QueryDict) -> "Plan":
        """As it stands in the form: one value of each name per place, in the order of the page."""
        rows = list(zip(*(data.getlist(name)[: MOST + 1] for name in _NAMES), strict=False))
        known = _stories(row[0] for row in rows)
        return cls(
            section, [Place(known[row[0]], *(value[:400] for value in row[1:])) for row in rows if row[0] in known]
        )

    @property
    def groups(self) -> list[Group]:
        labels = {
            Slot.Zone.LEAD: (_("Lead"), _("The first that is live leads, unless news is breaking.")),
            Slot.Zone.TOP: (_("Top"), _("Beside and under the lead, in this order; the newest fill up.")),
            Slot.Zone.SECTION: (_("Top of the section"), _("In this order, before the newest.")),
        }
        return [Group(zone, *labels[zone], [p for p in self.places if p.zone == zone]) for zone in self.zones]

    def press(self, button: str) -> None:
        """What a button of the form says: `up 12`, `down 12`, `out 12`, or `lead 12` to put story 12 there."""
        verb, _space, pk = button.partition(" ")
        at = next((n for n, place in enumerate(self.places) if str(place.article.pk) == pk), None)
        if verb in self.zones and at is None:
            if (story := _stories([pk]).get(pk)) and len(self.places) < MOST:
                self.places = [*self.places, Place(story, verb)]
                self.places.sort(key=lambda place: [zone.value for zone in self.zones].index(place.zone))
        elif verb == "out" and at is not None:
            del self.places[at]
        elif verb in {"up", "down"} and at is not None:
            self._move(at, -1 if verb == "up" else 1)

    def _move(self, at: int, by: int) -> None:
        """Past its neighbour; at the edge of its zone, into the next zone."""
        place, zones = self.places[at], [zone.value for zone in self.zones]
        other = at + by
        if 0 <= other < len(self.places) and self.places[other].zone == place.zone:
            self.places[at], self.places[other] = self.places[other], place
        elif 0 <= zones.index(place.zone) + by < len(zones):
            place.zone = zones[zones.index(place.zone) + by]

    def slots(self, *, strict: bool = True) -> list[Slot]:
        """Rows of the places, unsaved. With `strict` a place that cannot stand gets its sentence, else it is left as it is."""
        seen: set[int] = set()
        slots = []
        for place in self.places:
            place.errors = []
            slot = Slot(article=place.article, zone=place.zone, headline=place.headline.strip())
            slot.starts_at, slot.until = self._moment(place, place.starts_at), self._moment(place, place.until)
            if place.article.pk in seen:
                place.errors.append(_("This story stands on the page already."))
            place.errors += _what_is_wrong(slot) if strict else []
            seen.add(place.article.pk)
            slots.append(slot)
        return slots

    @property
    def is_valid(self) -> bool:
        return not any(place.errors for place in self.places)

    def summary(self) -> str:
        """For the log: which story stands where."""
        return "; ".join(f"{g.label}: {', '.join(p.article.headline for p in g.places) or '–'}" for g in self.groups)

    @staticmethod
    def _moment(place: Place, typed: str) -> datetime | None:
        try:
            found: datetime | None = forms.DateTimeField(required=False).clean(typed)
        except ValidationError:
            place.errors.append(_("“%s” is no day and time: choose one.") % typed)
            return None
        return found


def _what_is_wrong(slot: Slot) -> list[str]:
    wrong = []
    if len(slot.headline) > 200:
        wrong.append(_("The headline is too long: 200 characters at most."))
    if slot.until and slot.until <= timezone.now():
        wrong.append(_("The end lies in the past: choose a later one, or none."))
    if slot.until and slot.starts_at and slot.until <= slot.starts_at:
        wrong.append(_("The end comes before the beginning."))
    return wrong


def _place_of(slot: Slot) -> Place:
    return Place(slot.article, slot.zone, slot.headline, _typed(slot.starts_at), _typed(slot.until))


def _typed(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime(_FORMAT) if moment else ""


def _stories(keys: Iterable[Any]) -> dict[str, Article]:
    """Stories that may be put on a page: out, or going to be."""
    pks = [int(key) for key in keys if str(key).isascii() and str(key).isdigit() and len(str(key)) < 19]
    rows = Article.objects.filter(pk__in=pks).defer("body", "body_text").select_related("section")
    return {str(story.pk): story for story in rows}
