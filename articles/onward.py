"""Where a reader goes from a story: the previous and the next one of its section, and what belongs to it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import F, QuerySet, Value

from articles.models import Article
from newsroom.lib.planner import by_key
from newsroom.lib.prepared import all_of, prepared

#: How many related stories stand under a story, and how many more beside it.
RELATED: Final = 4
LATEST: Final = 5
#: Among so many stories of each topic, those that were tagged last, are the newest ones looked for: an old topic has thousands.
TAGGED: Final = 60

#: Columns of other rooms' one-to-one rows, by the names that they get on a card.
Beside = tuple[tuple[str, str], ...]

_PREVIOUS, _NEXT, _BY_HAND, _BY_TOPIC, _BY_SECTION = range(5)


@dataclass
class Onward:
    """What follows a story; no story stands in it twice."""

    previous: Article | None = None
    next: Article | None = None
    related: list[Article] = field(default_factory=list)
    latest: list[Article] = field(default_factory=list)

    @property
    def stories(self) -> list[Article]:
        return [story for story in (self.previous, self.next, *self.related, *self.latest) if story]


def onward_of(article: Article, now: datetime, *, beside: Beside = (), by_hand: list[int] | None = None) -> Onward:
    """Previous and next in the same first section; related chosen by hand first, then by shared topics, then by section.

    One query: each part finds its few keys in an index, and the cards are read by key, `beside` them what the page
    names of other rooms; `by_hand` where what was chosen is not what is stored. Bylines and sizes of
    pictures are left to the page, which reads them with the story's.
    """
    assert article.publish_at is not None
    topics = [topic.pk for topic in all_of(article, "topics")]
    stories = _reader(beside)(now, article.pk, article.section_id, article.publish_at, topics, by_hand)
    onward = Onward()
    seen = {article.pk}
    # Neighbours are ranked first: one of them that was also chosen by hand is not shown again below.
    for story in sorted(stories, key=_rank):
        tier: int = story.tier  # type: ignore[attr-defined]
        if tier == _PREVIOUS:
            onward.previous = story
        elif tier == _NEXT:
            onward.next = story
        elif story.pk in seen:
            continue
        elif len(onward.related) < RELATED:
            onward.related.append(story)
        elif tier != _BY_HAND and len(onward.latest) < LATEST:
            onward.latest.append(story)
        seen.add(story.pk)
    return onward


@functools.cache
def _reader(beside: Beside) -> Callable[..., list[Article]]:
    """The query of all parts, built once for what stands beside the cards."""

    @prepared
    def read(
        now: datetime, pk: int, section: int, publish_at: datetime, topics: list[int], by_hand: list[int] | None
    ) -> QuerySet[Article]:
        tiers = _keys(now, pk, section, publish_at, topics, by_hand)
        first, *others = [_cards(tier, keys, beside) for tier, keys in tiers]
        return first.union(*others, all=True)

    return read


def _keys(
    now: datetime, pk: int, section: int, publish_at: datetime, topics: list[int], by_hand: list[int] | None
) -> list[tuple[int, QuerySet[Article]]]:
    live = Article.objects.live(now)
    neighbours = live.filter(section=section)
    place = publish_at, pk
    stored = Article.related.through.objects.filter(from_article=pk).values("to_article")
    enough = RELATED + LATEST + 3
    return [
        (_PREVIOUS, neighbours.older_than(*place).newest()[:1]),
        (_NEXT, neighbours.newer_than(*place).order_by("publish_at", "id")[:1]),
        (_BY_HAND, by_key(live, stored if by_hand is None else by_hand)[:8]),
        *((_BY_TOPIC, by_key(live.newest(), _tagged_last(topic))[:enough]) for topic in topics),
        (_BY_SECTION, neighbours.newest()[:enough]),
    ]


def _tagged_last(topic: int) -> QuerySet[Any]:
    return Article.topics.through.objects.filter(topic=topic).order_by("-pk").values("article")[:TAGGED]


def _cards(tier: int, keys: QuerySet[Article], beside: Beside) -> QuerySet[Article]:
    cards = Article.objects.filter(pk__in=keys.values("pk")).for_cards().prefetch_related(None)
    return cards.annotate(tier=Value(tier), **{name: F(column) for name, column in beside})


def _rank(story: Article) -> tuple[int, float, int]:
    assert story.publish_at is not None
    return story.tier, -story.publish_at.timestamp(), -story.pk  # type: ignore[attr-defined]
