"""Stories as a page shows them: a card each, or a page of cards with its way to the older ones."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from articles.models import Article, MostRead
from articles.models.article import ArticleQuerySet
from comments.models import CommentStats
from newsroom.lib.clock import now_of
from newsroom.lib.prepared import padded, prepared
from newsroom.lib.stamps import EVERYWHERE, kept_until_change_of
from newsroom.pages.streams import PAGE, Position, Stream, after, dress, live, read_groups, with_keys

#: How far back rows of a kind and the most discussed are looked for.
RECENT: Final = timedelta(days=60)
DISCUSSED: Final = 8
#: Among so many stories the most discussed are looked for: the time that takes does not grow with what is published a day.
NEWEST: Final = 500
#: Lines of the most read, and below how many the last 7 days are shown instead of the last 24 hours.
READ: Final = 6
FEW: Final = 3
#: So many more are kept than are shown: a page leaves out its own story, and some may end meanwhile.
SPARE: Final = 4
#: Seconds for which a process keeps the most read of all stories; the worker ranks them as often.
KEPT: Final = 30
#: What a line shows.
_LINE: Final = ("headline", "slug", "dated", "breaking_until")
#: What says whether readers may see it.
_LIFE: Final = ("status", "publish_at", "expire_at")


@dataclass(slots=True)
class Card:
    """For `articles/_card.html`. `headline` only where an editor gave the place another one."""

    article: Article
    comments: int = 0
    headline: str = ""
    excerpt: SafeString | None = None


@dataclass(slots=True)
class Listing:
    """One page of a list. `older` is the address of the next page, empty on the last one."""

    cards: list[Card]
    older: str
    is_first: bool


def cards_of(stories: Iterable[Article]) -> list[Card]:
    """Cards with everything that they show, in three queries whatever their number."""
    stories = list(stories)
    dress(stories)
    counts = CommentStats.counts_for(story.pk for story in stories)
    return [Card(story, counts.get(story.pk, 0)) for story in stories]


def listing(request: HttpRequest, *streams: Stream, pinned: Sequence[int] = ()) -> Listing:
    """The page of the merged streams that the request asks for; `pinned` stories lead the first one, in their order."""
    position = Position(request)
    pins = list(pinned) if position.is_first else []
    groups = [[position.of(stream, PAGE + len(pins)) for stream in streams]]
    if pins:
        groups.append([Stream(with_keys, (padded(pins),))])
    found = read_groups(now_of(request), groups)
    top = sorted(found[1], key=lambda story: pins.index(story.pk)) if pins else []
    rest = [story for story in found[0] if story not in top]
    older = f"{request.path}?{urlencode({'after': after(rest[PAGE - 1])})}" if len(rest) > PAGE else ""
    return Listing(cards_of([*top, *rest[:PAGE]]), older, position.is_first)


def most_discussed(now: datetime, stream: Stream) -> list[Article]:
    """The stories with the most comments among the newest of a list, as lines: headline and address."""
    return _discussed(stream.of)(now, now - RECENT, *stream.values)


@functools.cache
def _discussed(of: Callable[..., ArticleQuerySet]) -> Callable[..., list[Article]]:
    @prepared
    def read(now: datetime, recently: datetime, *values: Any) -> QuerySet[Article]:
        among = of(now, *values).filter(publish_at__gte=recently).newest().values("pk")[:NEWEST]
        talked = Article.objects.filter(pk__in=among, comment_stats__published__gt=0)
        lines = talked.order_by("-comment_stats__published", "-publish_at", "-id")
        return lines.only(*_LINE)[:DISCUSSED]

    return read


def most_read(now: datetime, stream: Stream) -> list[Article]:
    """The stories of a list that were opened most in 24 hours, in a week where those are few; the worker keeps the order."""
    return _of_day_or_week(_ranked(stream.of, READ)(now, *stream.values))


def most_read_anywhere(now: datetime, besides: int | None = None) -> list[Article]:
    """The same of all stories that are live, but the one that the page shows anyway. Costs no query within half a minute."""
    return _of_day_or_week(row for row in _most_read_of_all() if row.article_id != besides and row.article.is_live(now))


@kept_until_change_of(*EVERYWHERE, seconds=KEPT)
def _most_read_of_all() -> list[MostRead]:
    return _ranked(live, READ + SPARE)(timezone.now())


@functools.cache
def _ranked(of: Callable[..., ArticleQuerySet], most: int) -> Callable[..., list[MostRead]]:
    @prepared
    def read(now: datetime, *values: Any) -> QuerySet[MostRead]:
        day, week = MostRead.Window.DAY, MostRead.Window.WEEK
        # Each list is walked from its top, and each of its stories looked up: `article__in` would read every live story.
        looked_up = Exists(of(now, *values).order_by().filter(pk=OuterRef("article")))
        among = MostRead.objects.filter(looked_up).order_by("-score", "-article")
        tops = [among.filter(window=window).values("pk")[:most] for window in (day, week)]
        rows = MostRead.objects.filter(Q(pk__in=tops[0]) | Q(pk__in=tops[1])).order_by("-score", "-article")
        return rows.select_related("article").only("window", *(f"article__{name}" for name in (*_LINE, *_LIFE)))

    return read


def _of_day_or_week(rows: Iterable[MostRead]) -> list[Article]:
    lists: dict[str, list[Article]] = {MostRead.Window.DAY: [], MostRead.Window.WEEK: []}
    for row in rows:
        lists[row.window].append(row.article)
    of_day, of_week = lists.values()
    return (of_day if len(of_day) >= FEW else of_week)[:READ]
