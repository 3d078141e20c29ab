"""Newest stories of several streams in one query, and the pages of a list by keyset."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, Value, prefetch_related_objects
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from articles.models import Article, Byline
from articles.models.article import ArticleQuerySet
from newsroom.lib import keyset
from newsroom.lib.pagecache import means

#: Stories on one page of a list.
PAGE: Final = 20
_ORDER: Final = "newest"


def read_groups(groups: Sequence[Sequence[ArticleQuerySet]]) -> list[list[Article]]:
    """The stories of each group, newest first, as cards and without repetition inside a group.

    Every stream is sliced by its caller, so each finds its few keys at the end of an index; one statement joins them all.
    Pictures and bylines are not read yet: see `dress`.
    """
    parts = [_part(n, stream) for n, streams in enumerate(groups) for stream in streams]
    found: list[dict[int, Article]] = [{} for _ in groups]
    if parts:
        for story in parts[0].union(*parts[1:], all=True):
            found[story.group].setdefault(story.pk, story)  # type: ignore[attr-defined]
    return [sorted(stories.values(), key=_newest_first, reverse=True) for stories in found]


def _part(n: int, stream: ArticleQuerySet) -> ArticleQuerySet:
    cards = Article.objects.filter(pk__in=stream.values("pk")).for_cards().prefetch_related(None)
    return cards.annotate(group=Value(n))


def _newest_first(story: Article) -> tuple[datetime, int]:
    assert story.publish_at is not None
    return story.publish_at, story.pk


def dress(stories: Iterable[Article]) -> None:
    """Bylines and picture sizes of the stories that a page really shows, in two queries."""
    bylines = Prefetch("bylines", Byline.objects.select_related("author"))
    prefetch_related_objects(list(stories), bylines, "lead_image__renditions")


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

    def beyond(self, stories: ArticleQuerySet, most: int = PAGE) -> ArticleQuerySet:
        """One story more than the page shows, which says whether there is another page."""
        return (stories.older_than(*self.key) if self.key else stories).newest()[: most + 1]


def after(story: Article) -> str:
    """The cursor of the page that begins after `story`."""
    assert story.publish_at is not None
    return keyset.cursor(_ORDER, story.publish_at.isoformat(), story.pk)
