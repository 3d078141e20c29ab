"""Lists of stories: section, topic, author, latest and the archive. Newest first, by keyset, never counted."""

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from articles.models import Article, Author, Byline, Section, Slot, Topic
from articles.models.article import ArticleQuerySet
from articles.models.section import all_sections
from newsroom.donations.selection import asks_for
from newsroom.furniture import alert_for, breaking_now
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share
from newsroom.pages.boundaries import next_boundary
from newsroom.pages.cards import NEWEST, Listing, listing, most_discussed, most_read
from newsroom.pages.rendered import render
from newsroom.pages.streams import Stream, live

#: Stories that the first page of a section shows above its list.
TOP = 5
#: A topic of fewer stories says nothing that they don't say: search engines need not keep its page.
THIN = 3
#: Topics beside an author's stories.
WRITES_ABOUT = 8


def section(request: HttpRequest, slug: str) -> HttpResponse:
    found = next((each for each in all_sections() if each.slug == slug), None)
    if found is None:
        raise Http404
    taken = Slot.objects.taken(now_of(request)).filter(zone=Slot.Zone.SECTION, section=found)
    return share(arranged(request, found, taken.order_by("position")), until=next_boundary(now_of(request)))


def arranged(request: HttpRequest, found: Section, taken: Iterable[Slot]) -> HttpResponse:
    """Stories of a section and its parts, and those that have it as a further section; these slots, saved or not, first."""
    parts = [each for each in all_sections() if each.parent_id == found.pk]
    now, keys = now_of(request), [each.pk for each in (found, *parts)]
    slots = {slot.article_id: slot for slot in itertools.islice(taken, TOP)}
    streams = [Stream(of, (key,)) for key in keys for of in (_first_in, _also_in)]
    first_in_any = Stream(_first_in_any, (keys,))
    breaking = [story.pk for story in breaking_now(now) if story.section_id in keys]
    page = listing(request, *streams, pinned=list(dict.fromkeys([*breaking, *slots])))
    for card in page.cards if page.is_first else ():
        card.headline = slots[card.article.pk].headline if card.article.pk in slots else ""
    top = page.cards[:TOP] if page.is_first and len(page.cards) >= TOP else []
    context = {
        "section": found,
        "parts": parts,
        "lead": top[0] if top else None,
        "top": top[1:],
        "cards": page.cards[len(top) :],
        "read": most_read(now, first_in_any),
        "discussed": most_discussed(now, first_in_any),
        "asks": asks_for(request, kind="section", section=found),
        "alert": alert_for(request, section=found),
    }
    return render(request, "newsroom/section_page.html", {"page": page, **context})


def _first_in(now: datetime, section: int) -> ArticleQuerySet:
    return live(now).filter(section=section)


def _also_in(now: datetime, section: int) -> ArticleQuerySet:
    return live(now).also_in_section(section)


def _first_in_any(now: datetime, sections: list[int]) -> ArticleQuerySet:
    return live(now).filter(section__in=sections)


def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Topic.objects.select_related("merged_into"), slug=slug)
    if found.merged_into:
        return redirect(found.merged_into, permanent=True)
    stories = Stream(_tagged, (found.pk,))
    page = listing(request, stories)
    discussed = most_discussed(now_of(request), stories)
    context = {
        "topic": found,
        "cards": page.cards,
        "discussed": discussed,
        "thin": page.is_first and len(page.cards) < THIN,
    }
    return _answer(request, "newsroom/topic_page.html", page, context)


def _tagged(now: datetime, topic: int) -> ArticleQuerySet:
    return live(now).filter(pk__in=Article.topics.through.objects.filter(topic=topic).values("article"))


def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Author.objects.select_related("photo"), slug=slug)
    stories = Stream(_written, (found.pk,))
    page = listing(request, stories)
    context = {
        "author": found,
        "cards": page.cards,
        "discussed": most_discussed(now_of(request), stories),
        "topics": _topics_of(stories.at(now_of(request))),
    }
    return _answer(request, "newsroom/author_page.html", page, context)


def _written(now: datetime, author: int) -> ArticleQuerySet:
    return live(now).filter(pk__in=Byline.objects.filter(author=author).values("article"))


def _topics_of(stories: ArticleQuerySet) -> QuerySet[Topic]:
    """What an author writes about, by the newest stories, most first."""
    named = Topic.objects.filter(articles__in=stories.newest().values("pk")[:NEWEST], merged_into=None)
    return named.annotate(n=Count("articles")).order_by("-n", "name")[:WRITES_ABOUT]


def latest(request: HttpRequest) -> HttpResponse:
    page = listing(request, Stream(live))
    context = {"cards": page.cards, "discussed": most_discussed(now_of(request), Stream(live))}
    return _answer(request, "newsroom/latest_page.html", page, context)


def archive(request: HttpRequest, year: int, month: int = 0, day: int = 0) -> HttpResponse:
    """The stories of a year, a month or a day, by the date in their address."""
    try:
        first = date(year, month or 1, day or 1)
    except ValueError as error:
        raise Http404 from error
    last = first if day else _last_day(first, of_year=not month)
    page = listing(request, Stream(_dated, (first, last)))
    if not page.cards:
        raise Http404
    context = {"cards": page.cards, "first": first, "month": month, "day": day}
    return _answer(request, "newsroom/archive_page.html", page, context)


def _dated(now: datetime, first: date, last: date) -> ArticleQuerySet:
    return live(now).filter(dated__gte=first, dated__lte=last)


def _last_day(first: date, *, of_year: bool) -> date:
    if of_year or first.month == 12:
        return date(first.year, 12, 31)
    return date(first.year, first.month + 1, 1) - timedelta(days=1)


def _answer(request: HttpRequest, template: str, page: Listing, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, {"page": page, **context})
    return share(response, until=next_boundary(now_of(request)))
