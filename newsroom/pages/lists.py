"""Lists of stories: section, topic, author, latest and the archive. Newest first, by keyset, never counted."""

import itertools
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from articles.models import Article, Author, Byline, Section, Slot, Topic
from articles.models.article import ArticleQuerySet
from articles.models.section import all_sections
from newsroom.donations.selection import asks_for
from newsroom.furniture import alert_for, breaking_now
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share
from newsroom.pages.boundaries import next_boundary
from newsroom.pages.cards import NEWEST, Listing, listing, most_discussed, most_read

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
    live = Article.objects.live(now_of(request))
    slots = {slot.article_id: slot for slot in itertools.islice(taken, TOP)}
    streams = [stream for each in (found, *parts) for stream in (live.filter(section=each), live.also_in_section(each))]
    breaking = [
        story.pk for story in breaking_now(now_of(request)) if story.section_id in {found.pk, *(p.pk for p in parts)}
    ]
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
        "read": most_read(live.filter(section__in=[found, *parts])),
        "discussed": most_discussed(live.filter(section__in=[found, *parts]), now_of(request)),
        "asks": asks_for(request, kind="section", section=found),
        "alert": alert_for(request, section=found),
    }
    return render(request, "newsroom/section_page.html", {"page": page, **context})


def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Topic.objects.select_related("merged_into"), slug=slug)
    if found.merged_into:
        return redirect(found.merged_into, permanent=True)
    tagged = Article.topics.through.objects.filter(topic=found).values("article")
    stories = Article.objects.live(now_of(request)).filter(pk__in=tagged)
    page = listing(request, stories)
    discussed = most_discussed(stories, now_of(request))
    context = {
        "topic": found,
        "cards": page.cards,
        "discussed": discussed,
        "thin": page.is_first and len(page.cards) < THIN,
    }
    return _answer(request, "newsroom/topic_page.html", page, context)


def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Author.objects.select_related("photo"), slug=slug)
    written = Byline.objects.filter(author=found).values("article")
    stories = Article.objects.live(now_of(request)).filter(pk__in=written)
    page = listing(request, stories)
    context = {
        "author": found,
        "cards": page.cards,
        "discussed": most_discussed(stories, now_of(request)),
        "topics": _topics_of(stories),
    }
    return _answer(request, "newsroom/author_page.html", page, context)


def _topics_of(stories: ArticleQuerySet) -> QuerySet[Topic]:
    """What an author writes about, by the newest stories, most first."""
    named = Topic.objects.filter(articles__in=stories.newest().values("pk")[:NEWEST], merged_into=None)
    return named.annotate(n=Count("articles")).order_by("-n", "name")[:WRITES_ABOUT]


def latest(request: HttpRequest) -> HttpResponse:
    live = Article.objects.live(now_of(request))
    page = listing(request, live)
    context = {"cards": page.cards, "discussed": most_discussed(live, now_of(request))}
    return _answer(request, "newsroom/latest_page.html", page, context)


def archive(request: HttpRequest, year: int, month: int = 0, day: int = 0) -> HttpResponse:
    """The stories of a year, a month or a day, by the date in their address."""
    try:
        first = date(year, month or 1, day or 1)
    except ValueError as error:
        raise Http404 from error
    last = first if day else _last_day(first, of_year=not month)
    page = listing(request, Article.objects.live(now_of(request)).filter(dated__gte=first, dated__lte=last))
    if not page.cards:
        raise Http404
    context = {"cards": page.cards, "first": first, "month": month, "day": day}
    return _answer(request, "newsroom/archive_page.html", page, context)


def _last_day(first: date, *, of_year: bool) -> date:
    if of_year or first.month == 12:
        return date(first.year, 12, 31)
    return date(first.year, first.month + 1, 1) - timedelta(days=1)


def _answer(request: HttpRequest, template: str, page: Listing, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, {"page": page, **context})
    return share(response, until=next_boundary(now_of(request)))
