"""How often the demo's stories were opened in the last week, hour by hour, so that a fresh demo has figures to show."""

import math
import zlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from articles.models import Article, MostRead, Reading
from articles.models.reading import hour_of
from newsroom.lib.reads import DAY, HOUR, Batch

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo

#: How many people read at each hour of the site's day, of ten at the busiest.
RHYTHM: Final = (2, 1, 1, 1, 1, 2, 4, 7, 9, 8, 7, 7, 9, 8, 6, 6, 6, 7, 8, 9, 10, 9, 7, 4)
#: Hours after which a story has half as many readers.
HALF: Final = 9
#: Of a hundred openings, how many are sent by whom; the others come by themselves.
SENT_BY: Final = {"www.google.com": 21, "duckduckgo.com": 6, "mastodon.social": 4, "www.reddit.com": 3}
_WEEK: Final = 168


def make_readings(demo: "Demo") -> None:
    """The same curves every time, up to the hour that runs, of which there is as much as has passed."""
    now = demo.clock.now
    last = hour_of(now)
    for article in Article.objects.live(now).filter(pk__in=[a.pk for a in demo.articles.values()]).order_by("pk"):
        assert article.publish_at is not None
        first = hour_of(article.publish_at)
        opened = {
            hour: round(_readers(demo, article, hour, hour - first))
            for hour in range(max(first, last - _WEEK + 1), last)
        }
        opened[last] = int(_readers(demo, article, last, last - first) * (now.timestamp() % HOUR) / HOUR)
        Reading.objects.add(_batch(article.pk, {hour: n for hour, n in opened.items() if n}))
    for window in MostRead.Window:
        MostRead.objects.rank(window, now)


def _readers(demo: "Demo", article: Article, hour: int, age: int) -> float:
    """In one hour: many at first, half as many every few hours, and some who still find it later."""
    most = 60 + zlib.crc32(article.slug.encode()) % 240
    most *= 4 if article.is_breaking or article.kind == Article.Kind.LIVE else 1
    local = datetime.fromtimestamp(hour * HOUR, UTC).astimezone(demo.clock.zone)
    return most * RHYTHM[local.hour] / 10 * (math.exp2(-age / HALF) + 0.02)


def _batch(article: int, opened: dict[int, int]) -> Batch:
    referred: Counter[tuple[int, int, str]] = Counter()
    for hour, n in opened.items():
        for host, share in SENT_BY.items():
            referred[article, hour * HOUR // DAY, host] += n * share // 100
    return Batch(Counter({(article, hour): n for hour, n in opened.items()}), +referred)
