"""The front page: what leads, what is new, and the sections. Slots first, then the newest; no story stands twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from articles.models import Article, Section, Slot
from articles.models.article import ArticleQuerySet
from articles.models.section import all_sections
from newsroom.donations.selection import asks_for
from newsroom.furniture import alert_for, breaking_now
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share
from newsroom.lib.prepared import padded
from newsroom.lib.stamps import kept_until_news
from newsroom.pages.boundaries import next_boundary
from newsroom.pages.cards import RECENT, Card, cards_of, most_discussed, most_read_anywhere
from newsroom.pages.rendered import render
from newsroom.pages.streams import Stream, live, read_groups, with_keys

#: How many stories each part of the page shows.
BESIDE, ROW, WIRE, BLOCKS = 2, 4, 7, 8
NEWS: Final = frozenset({Article.Kind.STORY, Article.Kind.LIVE})
MOST: Final = {"opinion": 3, "row": ROW, "lead": 5, "video": 4}
#: A block of fewer is left out: it would look like a mistake. The big picture beside a list wants a list.
FEWEST: Final = 3
FEWEST_BESIDE_LEAD: Final = 4


@dataclass(slots=True)
class Block:
    """One section of the page. look: lead, row, opinion or video; `section` is None for a row made of a kind."""

    title: str
    section: Section | None
    look: str
    stories: list[Article]
    cards: list[Card] = field(default_factory=list)


def front_page(request: HttpRequest) -> HttpResponse:
    return share(arranged(request, front_slots()), until=next_boundary(now_of(request)))


def arranged(request: HttpRequest, slots: Iterable[Slot]) -> HttpResponse:
    """The front page with these slots, saved or not."""
    now = now_of(request)
    layout = _Layout(now, [slot for slot in slots if slot.is_taken(now)])
    layout.dress()
    context = {
        "front": layout,
        "read": most_read_anywhere(now),
        "discussed": most_discussed(now, Stream(live)),
        "asks": asks_for(request, kind="front"),
        "alert": alert_for(request, besides=layout.leads if layout.breaks else None),
    }
    return render(request, "newsroom/front_page.html", context)


class _Layout:
    """Who stands where. Whoever is asked first takes first, and what was taken is not offered again."""

    lead: Card | None = None
    beside: list[Card]
    row: list[Card]

    def __init__(self, now: datetime, slots: list[Slot]) -> None:
        sections = [each for each in all_sections() if each.on_front and each.parent_id is None][:BLOCKS]
        breaking = [story.pk for story in breaking_now(now)]
        picked, fresh, opinion, video, *of_sections = read_groups(now, _groups(now, slots, breaking, sections))
        self._taken: set[int] = set()
        self._headlines = {slot.article_id: slot.headline for slot in slots if slot.headline}
        by_key = {story.pk: story for story in picked}
        news = [story for story in fresh if story.kind in NEWS] or fresh

        self.leads = self._take_lead(slots, breaking, by_key, news)
        self.breaks = self.leads is not None and self.leads.pk in breaking
        top = [by_key[slot.article_id] for slot in slots if slot.zone == Slot.Zone.TOP and slot.article_id in by_key]
        breaking_too = [by_key[pk] for pk in breaking if pk in by_key]
        self._top = self._take([*breaking_too, *top, *news], ROW if self.breaks else BESIDE + ROW)
        self.wire = self._take(news, WIRE)
        moments = [story.updated_at or story.publish_at for story in [*picked, *fresh]]
        self.updated = max((moment for moment in moments if moment), default=None)
        self.blocks = list(self._blocks(zip(sections, of_sections, strict=True), opinion, video))

    def _take(self, stories: Iterable[Article], most: int) -> list[Article]:
        taken: list[Article] = []
        for story in stories:
            if len(taken) < most and story.pk not in self._taken:
                self._taken.add(story.pk)
                taken.append(story)
        return taken

    def _take_lead(
        self, slots: list[Slot], breaking: list[int], by_key: dict[int, Article], news: list[Article]
    ) -> Article | None:
        """Breaking news leads; of several the one in the lead slot, else the newest. On a calm day the slot, else the newest."""
        slotted = [slot.article_id for slot in slots if slot.zone == Slot.Zone.LEAD]
        order = [*(pk for pk in slotted if pk in breaking), *breaking, *slotted]
        first = self._take([*(by_key[pk] for pk in order if pk in by_key), *news], 1)
        return first[0] if first else None

    def _blocks(
        self, of_sections: Iterable[tuple[Section, list[Article]]], opinion: list[Article], video: list[Article]
    ) -> Iterable[Block]:
        """Sections in the editors' order; a section of one kind looks like its kind. A kind without a section comes last."""
        of_kind = {Article.Kind.OPINION: opinion, Article.Kind.VIDEO: video}
        plain = 0
        for section, stories in of_sections:
            kind = _one_kind(stories)
            fits = [story for story in stories if kind in of_kind or story.kind in NEWS]
            free = [story for story in fits if story.pk not in self._taken]
            look = kind if kind in of_kind else "lead" if plain % 2 == 0 and len(free) >= FEWEST_BESIDE_LEAD else "row"
            if len(free) >= FEWEST:
                plain += kind not in of_kind
                of_kind.pop(Article.Kind(kind), None) if kind else None
                yield Block(section.name, section, look, self._take(free, MOST[look]))
        titles = {Article.Kind.OPINION: _("Opinion"), Article.Kind.VIDEO: _("Video")}
        for each, stories in of_kind.items():
            if len(taken := self._take(stories, MOST[each])) >= FEWEST:
                yield Block(titles[each], None, each, taken)

    def dress(self) -> None:
        """All cards of the page at once, whatever their number."""
        blocks = [story for block in self.blocks for story in block.stories]
        leads = [self.leads] if self.leads else []
        cards = cards_of([*leads, *self._top, *blocks])
        for card in cards:
            card.headline = self._headlines.get(card.article.pk, "")
        rest = iter(cards)
        self.lead = next(rest) if leads else None
        top = [next(rest) for _story in self._top]
        self.beside, self.row = ([], top) if self.breaks else (top[:BESIDE], top[BESIDE:])
        for block in self.blocks:
            block.cards = [next(rest) for _story in block.stories]
            if block.look != "opinion":  # the big one has a picture, if any has; a row has no hole in its middle
                block.cards.sort(key=lambda card: card.article.lead_image_id is None)


def _groups(now: datetime, slots: list[Slot], breaking: list[int], sections: list[Section]) -> list[list[Stream]]:
    parts = {each.pk: [each, *(c for c in all_sections() if c.parent_id == each.pk)] for each in sections}
    keys = [*(slot.article_id for slot in slots), *breaking]
    return [
        [Stream(with_keys, (padded(keys),))] if keys else [],
        [Stream(_fresh)],
        [Stream(_opinion, (now - RECENT,))],
        [Stream(_video, (now - RECENT,))],
        *([Stream(_of_section, (part.pk,)) for part in parts[each.pk]] for each in sections),
    ]


def _fresh(now: datetime) -> ArticleQuerySet:
    return live(now).newest()[:40]


def _opinion(now: datetime, recently: datetime) -> ArticleQuerySet:
    return live(now).filter(publish_at__gte=recently, kind=Article.Kind.OPINION).newest()[:12]


def _video(now: datetime, recently: datetime) -> ArticleQuerySet:
    return live(now).filter(publish_at__gte=recently, kind=Article.Kind.VIDEO).newest()[:12]


def _of_section(now: datetime, section: int) -> ArticleQuerySet:
    """So many that something is left when the top of the page has taken what it wants."""
    return live(now).filter(section=section).newest()[:20]


@kept_until_news
def front_slots() -> list[Slot]:
    return list(Slot.objects.filter(zone__in=[Slot.Zone.LEAD, Slot.Zone.TOP]).order_by("zone", "position")[:50])


def _one_kind(stories: list[Article]) -> str:
    kinds = {story.kind for story in stories}
    return kinds.pop() if len(kinds) == 1 else ""
