"""Where a reader goes from a story: the previous and the next one of its section, and what belongs to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import QuerySet, Value

from articles.models import Article

#: How many related stories stand under a story.
RELATED: Final = 4

_PREVIOUS, _NEXT, _BY_HAND, _BY_TOPIC, _BY_SECTION = range(5)


@dataclass
class Onward:
    """What follows a story; no story stands in it twice."""

    previous: Article | None = None
    next: Article | None = None
    related: list[Article] = field(default_factory=list)

    @property
    def stories(self) -> list[Article]:
        return [story for story in (self.previous, self.next, *self.related) if story]


def onward_of(article: Article, now: datetime) -> Onward:
    """Previous and next in the same first section; related chosen by hand first, then by shared topics, then by section.

    One query: each part finds its few keys in an index, and the cards are read by key. Bylines and sizes of pictures are
    left to the page, which reads them together with the story's own.
    """
    first, *others = [_cards(tier, keys) for tier, keys in _keys(article, now).items()]
    found = sorted(first.union(*others, all=True), key=_rank)
    onward = Onward()
    seen = {article.pk}
    # Neighbours are ranked first: one of them that was also chosen by hand is not shown again below.
    for story in found:
        tier: int = story.tier  # type: ignore[attr-defined]
        if tier == _PREVIOUS:
            onward.previous = story
        elif tier == _NEXT:
            onward.next = story
        elif story.pk in seen or len(onward.related) == RELATED:
            continue
        else:
            onward.related.append(story)
        seen.add(story.pk)
    return onward


def _keys(article: Article, now: datetime) -> dict[int, QuerySet[Article]]:
    live = Article.objects.live(now)
    beside = live.filter(section=article.section_id)
    assert article.publish_at is not None
    place = article.publish_at, article.pk
    topics = [topic.pk for topic in article.topics.all()]
    return {
        _PREVIOUS: beside.older_than(*place).newest()[:1],
        _NEXT: beside.newer_than(*place).order_by("publish_at", "id")[:1],
        _BY_HAND: live.filter(pk__in=Article.related.through.objects.filter(from_article=article).values("to_article"))[
            :8
        ],
        _BY_TOPIC: live.filter(
            pk__in=Article.topics.through.objects.filter(topic__in=topics).values("article")
        ).newest()[: RELATED + 3],
        _BY_SECTION: beside.newest()[: RELATED + 3],
    }


def _cards(tier: int, keys: QuerySet[Article]) -> QuerySet[Article]:
    return (
        Article.objects.filter(pk__in=keys.values("pk")).for_cards().prefetch_related(None).annotate(tier=Value(tier))
    )


def _rank(story: Article) -> tuple[int, float, int]:
    assert story.publish_at is not None
    return story.tier, -story.publish_at.timestamp(), -story.pk  # type: ignore[attr-defined]
