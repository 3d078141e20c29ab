"""Which ask stands in which slot of a page: chosen without knowing the reader, so that the page can be shared."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article, Section, Topic
from articles.models.site_settings import site_settings
from newsroom.donations.models import Campaign, Donation, Exclusion, Goal, SlotName, Variant
from newsroom.lib.addresses import address
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import asks_hidden, boundary, is_shared
from newsroom.lib.prepared import all_of
from newsroom.lib.stamps import kept_until_change

#: The slots that a kind of page has. At most one loud ask and one quiet one stand on a page: `_QUIET` in order of choice.
_SLOTS = {
    "front": (SlotName.FRONT,),
    "section": (SlotName.TOP,),
    "article": (SlotName.ARTICLE_END, SlotName.IN_ARTICLE, SlotName.TOP),
    "support": (SlotName.SUPPORT,),
}
_QUIET = (SlotName.IN_ARTICLE, SlotName.TOP)


@dataclass(frozen=True)
class Ask:
    """One ask, ready for `asks/_ask.html`."""

    slot: str
    variant: Variant
    goal: Goal | None
    path: str
    paragraph: int | None = None

    @property
    def go(self) -> str:
        return f"{address('ask_go', self.variant.pk)}?slot={self.slot}"

    @property
    def is_big(self) -> bool:
        return self.slot in {SlotName.ARTICLE_END, SlotName.SUPPORT, SlotName.FRONT}


@dataclass(frozen=True)
class _Place:
    """What of a page decides about its asks."""

    path: str
    sections: frozenset[int]
    topics: frozenset[int]
    breaking: bool


@dataclass(frozen=True)
class _Offer:
    """A campaign and what decides on which pages it asks. `slots`: after which paragraph, in those inside a text."""

    campaign: Campaign
    control: Variant | None
    slots: dict[str, int | None]
    sections: frozenset[int]
    topics: frozenset[int]
    not_sections: frozenset[int]
    not_topics: frozenset[int]

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        return cls(
            campaign,
            next((v for v in campaign.variants.all() if v.is_control and v.enabled and v.provider.active), None),
            {slot.slot: slot.paragraph for slot in campaign.slots.all()},
            _keys(campaign.sections.all()),
            _keys(campaign.topics.all()),
            _keys(campaign.not_sections.all()),
            _keys(campaign.not_topics.all()),
        )


@dataclass(frozen=True)
class _Barred:
    """An exclusion and where it holds."""

    exclusion: Exclusion
    sections: frozenset[int]
    topics: frozenset[int]


@kept_until_change
def _offers() -> list[_Offer]:
    """Live campaigns that have not ended, read once per process and stamp; whether they have begun is asked per page."""
    now = timezone.now()
    unended = Q(ends_at=None) | Q(ends_at__gt=now)
    campaigns = list(
        Campaign.objects.filter(unended, status=Campaign.Status.LIVE)
        .select_related("goal")
        .prefetch_related("slots", "variants__provider", "sections", "topics", "not_sections", "not_topics")
    )
    for campaign in campaigns:
        if campaign.goal and campaign.goal.auto_sum:
            campaign.goal.recorded = _recorded(campaign.goal)
    return [_Offer.of(campaign) for campaign in campaigns]


@kept_until_change
def _barred() -> list[_Barred]:
    found = Exclusion.objects.filter(active=True).prefetch_related("sections", "topics")
    return [_Barred(each, _keys(each.sections.all()), _keys(each.topics.all())) for each in found]


def _recorded(goal: Goal) -> Decimal:
    window = Donation.objects.filter(
        currency=goal.currency, received_at__gte=goal.as_of, is_test=False, refunded_at=None
    )
    if goal.ends_at:
        window = window.filter(received_at__lt=goal.ends_at)
    return window.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def asks_for(
    request: HttpRequest, *, kind: str, article: Article | None = None, section: Section | None = None
) -> dict[str, Ask]:
    """The asks of a page by slot; empty where asks are switched off, suppressed, excluded or hidden by this reader."""
    if not site_settings().asks_on or _has_hidden(request) or (article and article.suppress_asks):
        return {}
    now: datetime = now_of(request)
    place = _place(request.path, article, section, now)
    if any(_is_excluded(barred, place, now) for barred in _barred()):
        return {}
    running = [offer for offer in _offers() if _runs(offer.campaign, now) and _fits(offer, place)]
    chosen: dict[str, Ask] = {}
    for slot in _SLOTS.get(kind, ()):
        if slot in _QUIET and any(quiet in chosen for quiet in _QUIET):
            continue
        if ask := _first(running, slot, place, now):
            chosen[slot] = ask
    return chosen


def asks_are_hidden(request: HttpRequest) -> bool:
    """Whether this reader has hidden asks and may want them back."""
    return _has_hidden(request) and site_settings().asks_on and bool(_offers())


def _has_hidden(request: HttpRequest) -> bool:
    """What the reader's cookie says; of a shared render the page cache has said it already."""
    if is_shared(request):
        return "newsroom.ask_hidden" in request.META
    return asks_hidden(request.COOKIES.get("ask", ""), now_of(request).timestamp())


def next_change(now: datetime) -> datetime | None:
    """The next moment at which an ask comes or goes by itself."""
    moments = [moment for offer in _offers() for moment in (offer.campaign.starts_at, offer.campaign.ends_at)]
    moments += [moment for each in _barred() for moment in (each.exclusion.starts_at, each.exclusion.ends_at)]
    return boundary(*moments)


def _place(path: str, article: Article | None, section: Section | None, now: datetime) -> _Place:
    if article is None:
        return _Place(path, frozenset([section.pk] if section else []), frozenset(), False)
    return _Place(
        path,
        frozenset([article.section_id, *(other.pk for other in all_of(article, "also_in"))]),
        frozenset(topic.pk for topic in all_of(article, "topics")),
        article.breaking_until is not None and article.breaking_until > now,
    )


def _runs(campaign: Campaign, now: datetime) -> bool:
    """The start belongs to the campaign, the end does not."""
    return campaign.starts_at <= now and (campaign.ends_at is None or now < campaign.ends_at)


def _fits(offer: _Offer, place: _Place) -> bool:
    """OR inside a dimension, AND across, and an exclusion wins."""
    if offer.not_sections & place.sections or offer.not_topics & place.topics:
        return False
    breaking = offer.campaign.breaking
    if (breaking == "only" and not place.breaking) or (breaking == "never" and place.breaking):
        return False
    sections, topics = offer.sections, offer.topics
    return (not sections or bool(sections & place.sections)) and (not topics or bool(topics & place.topics))


def _is_excluded(barred: _Barred, place: _Place, now: datetime) -> bool:
    exclusion = barred.exclusion
    if (exclusion.starts_at and now < exclusion.starts_at) or (exclusion.ends_at and now >= exclusion.ends_at):
        return False
    return bool(barred.sections & place.sections or barred.topics & place.topics)


def _keys(rows: "Iterable[Section] | Iterable[Topic]") -> frozenset[int]:
    return frozenset(row.pk for row in rows)


def _first(offers: list[_Offer], slot: str, place: _Place, now: datetime) -> Ask | None:
    """The campaign of the highest priority; equals take turns by page and day, the same for every reader."""

    def turn(offer: _Offer) -> tuple[int, str]:
        lot = hashlib.sha256(f"{offer.campaign.pk}|{place.path}|{now:%Y-%m-%d}".encode()).hexdigest()
        return -offer.campaign.priority, lot

    asking = [offer for offer in offers if slot in offer.slots and offer.control]
    if not asking:
        return None
    first = min(asking, key=turn) if len(asking) > 1 else asking[0]
    assert first.control
    return Ask(slot, first.control, first.campaign.goal, place.path, first.slots[slot])
