"""Sitemaps: one file while the site is small, one a month under an index when it is large; and the news of two days."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from articles.models import Article, Author, Correction, Page, Section, Topic
from articles.models.site_settings import site_settings
from articles.moments import next_moment
from articles.rendering import absolute
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share

#: Stories up to which one file is enough, and the limit that search engines set for any file.
SMALL: Final = 2_000
LIMIT: Final = 50_000
#: What search engines take for news, in time and in number.
NEWS_LASTS: Final = timedelta(days=2)
NEWS_MOST: Final = 1_000
#: A topic with fewer stories is no page to search for.
LEAST_OF_A_TOPIC: Final = 3


@dataclass(frozen=True)
class Entry:
    url: str
    changed: datetime | None = None
    story: Article | None = field(default=None, compare=False)


def sitemap(request: HttpRequest) -> HttpResponse:
    """Everything, or the index of the months."""
    stories = list(_listed(request).order_by("-publish_at", "-id")[: SMALL + 1])
    if len(stories) <= SMALL:
        return _file(request, [*_places(request), *_entries(stories)])
    months = (
        _listed(request)
        .order_by()
        .annotate(month=TruncMonth("dated"))
        .values("month")
        .annotate(newest=Max("publish_at"))
    )
    rows = [Entry(reverse("sitemap_places")), *_months(months.order_by("-month").values_list("month", "newest"))]
    return _xml(
        request, "articles/sitemap_index.xml", {"entries": [Entry(absolute(row.url), row.changed) for row in rows]}
    )


def sitemap_places(request: HttpRequest) -> HttpResponse:
    """Front page, sections, authors, topics and pages."""
    return _file(request, _places(request))


def sitemap_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    try:
        first = date(year, month, 1)
    except ValueError as error:
        raise Http404 from error
    following = (first + timedelta(days=32)).replace(day=1)
    stories = list(
        _listed(request).filter(dated__gte=first, dated__lt=following).order_by("-publish_at", "-id")[:LIMIT]
    )
    if not stories:
        raise Http404
    return _file(request, _entries(stories))


def news_sitemap(request: HttpRequest) -> HttpResponse:
    now: datetime = now_of(request)
    recent = (
        _listed(request).filter(first_published_at__gte=now - NEWS_LASTS).order_by("-publish_at", "-id")[:NEWS_MOST]
    )
    # Stories leave the list by age alone; a page kept for up to a minute is near enough to two days.
    words = {"entries": _entries(recent), "site": site_settings(), "language": get_language()}
    return _xml(request, "articles/news_sitemap.xml", words)


def _listed(request: HttpRequest) -> QuerySet[Article]:
    """Live stories whose address search engines should know as it is."""
    now: datetime = now_of(request)
    stories = Article.objects.live(now).filter(noindex=False, canonical_url="")
    corrections = Correction.objects.filter(article=OuterRef("pk")).order_by("-made_at").values("made_at")
    return stories.annotate(corrected_at=Subquery(corrections[:1])).only(
        "headline", "slug", "dated", "publish_at", "first_published_at", "updated_at", "breaking_until"
    )


def _entries(stories: Iterable[Article]) -> list[Entry]:
    """Changed is what readers were told of: never the last save."""
    return [
        Entry(
            absolute(story.get_absolute_url()),
            max(moment for moment in (story.changed_at, story.publish_at, story.corrected_at) if moment),  # type: ignore[attr-defined]
            story,
        )
        for story in stories
    ]


def _places(request: HttpRequest) -> list[Entry]:
    now: datetime = now_of(request)
    live = Article.objects.live(now)
    told = Topic.objects.filter(merged_into=None, articles__in=live.values("pk")).annotate(stories=Count("articles"))
    rows: list[Section | Author | Topic | Page] = [
        *Section.objects.filter(pk__in=live.values("section")),
        *Author.objects.filter(pk__in=live.values("authors")),
        *told.filter(stories__gte=LEAST_OF_A_TOPIC),
        *Page.objects.live(),
    ]
    newest = live.order_by("-publish_at", "-id").values_list("publish_at", flat=True).first()
    places = [
        Entry(absolute(row.get_absolute_url()), row.updated_at if isinstance(row, Page) else None) for row in rows
    ]
    return [Entry(absolute("/"), newest), *places]


def _file(request: HttpRequest, entries: list[Entry]) -> HttpResponse:
    return _xml(request, "articles/sitemap.xml", {"entries": entries})


def _xml(request: HttpRequest, template: str, words: dict[str, object]) -> HttpResponse:
    now: datetime = now_of(request)
    response = render(request, template, words, content_type="application/xml; charset=utf-8")
    return share(response, until=next_moment(now))


def _months(rows: Iterable[tuple[date, datetime]]) -> list[Entry]:
    return [Entry(reverse("sitemap_month", args=[month.year, month.month]), newest) for month, newest in rows]
