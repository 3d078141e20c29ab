"""Search: the words, narrowed by section, author and date. Never shared, never indexed."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode

from articles.models import Article, Author, Section
from articles.models.article import ArticleQuerySet
from articles.models.section import all_sections
from articles.search import excerpts, find
from newsroom.lib.clock import now_of
from newsroom.pages.cards import cards_of
from newsroom.pages.streams import PAGE, Position, after

#: Longest query in characters; what is longer is cut.
LONGEST = 200


def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    wanted = _filters(request)
    context: dict[str, Any] = {"q": text, "filters": wanted, "authors": Author.objects.filter(is_active=True)[:100]}
    if text:
        context |= _results(request, text, wanted)
    response = render(request, "newsroom/search_page.html", context)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _filters(request: HttpRequest) -> dict[str, Any]:
    """What the reader chose, as rows and days; a value that fits nothing is no filter."""
    slug = request.GET.get("section", "")
    by = request.GET.get("author", "").replace("\x00", "")
    return {
        "section": next((each for each in all_sections() if each.slug == slug), None),
        "author": Author.objects.filter(slug=by).first() if by else None,
        "since": _day(request.GET.get("since", "")),
        "until": _day(request.GET.get("until", "")),
    }


def _results(request: HttpRequest, text: str, wanted: dict[str, Any]) -> dict[str, Any]:
    position = Position(request)
    found = cast("ArticleQuerySet", find(_narrowed(Article.objects.live(now_of(request)), **wanted), text))
    stories = list(position.beyond(found).for_cards().prefetch_related(None))
    cards = cards_of(stories[:PAGE])
    marked = excerpts(text, [card.article.pk for card in cards])
    for card in cards:
        card.excerpt = marked.get(card.article.pk)
    kept = {name: str(value) for name, value in request.GET.items() if name != "after" and value}
    older = f"?{urlencode(kept | {'after': after(stories[PAGE - 1])})}" if len(stories) > PAGE else ""
    return {
        "cards": cards,
        "page": {"older": older, "is_first": position.is_first},
        "first_page": f"{request.path}?{urlencode(kept)}",
        "searched": True,
    }


def _narrowed(
    stories: ArticleQuerySet,
    *,
    section: Section | None,
    author: Author | None,
    since: date | None,
    until: date | None,
) -> ArticleQuerySet:
    if section:
        stories = stories.in_section(section)
    if author:
        stories = stories.filter(bylines__author=author)
    if since:
        stories = stories.filter(publish_at__gte=_midnight(since))
    if until:
        stories = stories.filter(publish_at__lt=_midnight(until + timedelta(days=1)))
    return stories


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _day(text: str) -> date | None:
    """A day as a date field sends it; years that no calendar arithmetic survives are no filter."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 9000 else None
