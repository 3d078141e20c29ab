"""Newest stories of several streams in one query, and the pages of a list by keyset."""

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from articles.models import Article, Byline, Image, Rendition
from articles.models.article import ArticleQuerySet
from newsroom.lib import keyset
from newsroom.lib.pagecache import means
from newsroom.lib.prepared import fetch_beside, prepared

#: Stories on one page of a list.
PAGE: Final = 20
_ORDER: Final = "newest"


class Stream(NamedTuple):
    """Some stories, by values alone: `of(now, *values)`, a function of a module, so that what reads them is compiled once."""

    of: Callable[..., ArticleQuerySet]
    values: tuple[Any, ...] = ()

    def at(self, now: datetime) -> ArticleQuerySet:
        return self.of(now, *self.values)


def live(now: datetime) -> ArticleQuerySet:
    return Article.objects.live(now)


def with_keys(now: datetime, keys: list[int]) -> ArticleQuerySet:
    return Article.objects.live(now).filter(pk__in=keys)


def read_groups(now: datetime, groups: Sequence[Sequence[Stream]]) -> list[list[Article]]:
    """The stories of each group, newest first, as cards and without repetition inside a group.

    Every stream is sliced by its caller, so each finds its few keys at the end of an index; one statement joins them all.
    Pictures and bylines are not read yet: see `dress`.
    """
    parts = [(n, stream) for n, streams in enumerate(groups) for stream in streams]
    read = _reader(tuple((n, stream.of, len(stream.values)) for n, stream in parts))
    found: list[dict[int, Article]] = [{} for _ in groups]
    for story in read(now, *(value for _n, stream in parts for value in stream.values)):
        found[story.group].setdefault(story.pk, story)  # type: ignore[attr-defined]
    return [sorted(stories.values(), key=_newest_first, reverse=True) for stories in found]


@functools.cache
def _reader(parts: tuple[tuple[int, Callable[..., ArticleQuerySet], int], ...]) -> Callable[..., list[Article]]:
    """Of streams that each stand in a group and take so many values: what reads them all."""

    @prepared
    def read(now: datetime, *values: Any) -> QuerySet[Article]:
        rest = iter(values)
        cards = [_cards(n, of(now, *itertools.islice(rest, number))) for n, of, number in parts]
        return cards[0].union(*cards[1:], all=True)

    return read


def _cards(n: int, stream: ArticleQuerySet) -> ArticleQuerySet:
    cards = Article.objects.filter(pk__in=stream.values("pk")).for_cards().prefetch_related(None)
    return cards.annotate(group=Value(n))


def _newest_first(story: Article) -> tuple[datetime, int]:
    assert story.publish_at is not None
    return story.publish_at, story.pk


def dress(stories: Iterable[Article], pictures: Iterable[Image | None] = ()) -> None:
    """Bylines and picture sizes of the stories that a page really shows, and sizes of other pictures, in two queries."""
    stories = list(stories)
    shown = [*(story.lead_image for story in stories), *pictures]
    fetch_beside("bylines", stories, _bylines, attrgetter("article_id"))
    fetch_beside("renditions", filter(None, shown), _renditions, attrgetter("image_id"))


@prepared
def _bylines(articles: list[int]) -> QuerySet[Byline]:
    signed = Byline.objects.filter(article__in=articles).select_related("author")
    return signed.only("article", "role", "position", "author__name", "author__slug", "author__role")


@prepared
def _renditions(images: list[int]) -> QuerySet[Rendition]:
    return Rendition.objects.filter(image__in=images)


class Position:
    """Where in a list the reader is: `?after=` as the page before it signed it, else the beginning."""

    def __init__(self, request: HttpRequest) -> None:
        keys = keyset.position(_ORDER, request.GET.get("after"), [str, int])
        moment = parse_datetime(keys[0]) if keys else None
        self.key = (moment, keys[1]) if keys and moment else None
        if self.key:
            means(request, "after")

    @property
    def is_first(self) -> bool:
        return self.key is None

    def beyond(self, stories: ArticleQuerySet) -> ArticleQuerySet:
        """One story more than the page shows, which says whether there is another page."""
        return _beyond(stories, self.key, PAGE)

    def of(self, stream: Stream, most: int) -> Stream:
        """The same of a stream, of which the page may show `most`."""
        return Stream(_part_of(stream.of, most), (*(self.key or (None, None)), *stream.values))


@functools.cache
def _part_of(of: Callable[..., ArticleQuerySet], most: int) -> Callable[..., ArticleQuerySet]:
    def part(now: datetime, moment: datetime | None, pk: int | None, *values: Any) -> ArticleQuerySet:
        return _beyond(of(now, *values), (moment, pk) if moment and pk else None, most)

    return part


def _beyond(stories: ArticleQuerySet, key: tuple[datetime, int] | None, most: int) -> ArticleQuerySet:
    return (stories.older_than(*key) if key else stories).newest()[: most + 1]


def after(story: Article) -> str:
    """The cursor of the page that begins after `story`."""
    assert story.publish_at is not None
    return keyset.cursor(_ORDER, story.publish_at.isoformat(), story.pk)
