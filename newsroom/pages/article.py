"""The page of a story."""

from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import F, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils.safestring import SafeString

from articles.blocks import image_ids
from articles.live_posts import posts_of
from articles.models import Article, Image, Topic
from articles.models.site_settings import site_settings
from articles.onward import Onward, onward_of
from articles.rendering import render as render_body
from articles.structured_data import social_card, story_data
from articles.videos import player_of
from comments import heading
from comments.discussion import discussion_of
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader
from newsroom.donations.selection import Ask, asks_are_hidden, asks_for
from newsroom.furniture import alert_for
from newsroom.lib.clock import here_and_now, now_of
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import boundary, is_private, means, share
from newsroom.lib.prepared import all_of, fetch_beside, prepared
from newsroom.lib.reads import counts_for
from newsroom.lib.stencil import drawn
from newsroom.pages.boundaries import next_boundary
from newsroom.pages.cards import Card, most_read_anywhere
from newsroom.pages.rendered import render
from newsroom.pages.streams import dress
from ratings.panel import rating_of

#: After a year a page says how old it is: an old story that is passed around again must not look like news.
A_YEAR = timedelta(days=365)


def article_page(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    article = _story_at(request, year, month, day, slug)
    now: datetime = now_of(request)
    if not article.is_live(now):
        return _gone(request, article, now)
    page = story_page(request, article, now)
    if page["posts"].is_unknown:
        return HttpResponseRedirect(article.get_absolute_url())
    response = render(request, "newsroom/article_page.html", page)
    if not (is_private(request) and request.user.is_staff):  # what the desk looks at is no reading
        counts_for(response, request, article.pk)
    until = boundary(next_boundary(now), page["discussion"].until)
    scopes = [*Stamp.discussion(article.pk), *([Stamp.live(article.pk)] if article.kind == Article.Kind.LIVE else [])]
    return share(response, scopes=scopes, until=until)


def story_page(
    request: HttpRequest, article: Article, now: datetime, *, by_hand: list[int] | None = None
) -> dict[str, Any]:
    """What `newsroom/article_page.html` shows; `by_hand`: related stories that are not stored so (a preview's)."""
    onward = onward_of(article, now, beside=(("said", "comment_stats__published"),), by_hand=by_hand)
    posts = posts_of(article, before=request.GET.get("before"), post=request.GET.get("post"))
    if posts.by:
        means(request, posts.by)
    images = _read_together(article, onward, posts.bodies)
    asks = asks_for(request, kind="article", article=article)
    discussion = discussion_of(request, article)
    return {
        "article": article,
        "section": article.section,
        **{name: all_of(article, name) for name in ("topics", "also_in", "bylines", "corrections")},
        "social": social_card(article),
        "data": story_data(article, comments=discussion.count, updates=posts.newest),
        "alert": alert_for(request, section=article.section, besides=article),
        "years": (now - article.publish_at) // A_YEAR if article.publish_at else 0,
        "body": render_body(
            article,
            inserts=_inserts(request, asks),
            images=images,
            marks=discussion.feedback.marks(article, open_for_writing=discussion.form is not None),
            closing=article.kind != Article.Kind.LIVE,
        ),
        "player": player_of(article.video_url),
        "posts": posts.rendered(images),
        "asks": asks,
        "asks_hidden": asks_are_hidden(request),
        "rating": rating_of(request, article),
        "disclaimer": _disclaimer(article),
        "onward": onward,
        "related": [Card(story, story.said or 0) for story in onward.related],  # type: ignore[attr-defined]
        "read": most_read_anywhere(now, article.pk),
        "discussion": discussion,
    }


def _story_at(request: HttpRequest, year: int, month: int, day: int, slug: str) -> Article:
    try:
        dated = date(year, month, day)
    except ValueError as error:
        raise Http404 from error
    found = (
        _own(dated, slug, reader) if is_private(request) and (reader := reader_of(request)) else _shared(dated, slug)
    )
    if (article := next(iter(found), None)) is None:
        raise Http404
    fetch_beside("topics", [article], _topics, attrgetter("of"))
    return article


def _own(dated: date, slug: str, reader: Reader | None) -> QuerySet[Article]:
    stories = Article.objects.for_page().select_related("comment_stats", "rating_summary")
    return stories.annotate(**heading.columns(reader)).filter(dated=dated, slug=slug).prefetch_related(None)


@prepared
def _shared(dated: date, slug: str) -> QuerySet[Article]:
    return _own(dated, slug, None)


def _gone(request: HttpRequest, article: Article, now: datetime) -> HttpResponse:
    """410 with the reason, or on to what replaces it; a story that readers have never seen does not exist."""
    if article.first_published_at is None or article.first_published_at > now or article.is_scheduled(now):
        raise Http404
    if article.status != Article.Status.WITHDRAWN and not article.is_expired(now):
        raise Http404
    if article.replacement and article.replacement.is_live(now):
        return HttpResponsePermanentRedirect(article.replacement.get_absolute_url())
    return render(request, "newsroom/gone_page.html", {"article": article, "section": article.section}, status=410)


def _read_together(article: Article, onward: Onward, bodies: list[str]) -> dict[int, Image]:
    """Bylines and picture sizes of the story and of every card on its page: one query each. Returns the bodies' pictures."""
    named = set().union(*(image_ids(body) for body in bodies))
    images = Image.objects.in_bulk(named) if named else {}
    for name, has_some in (("also_in", article.has_further_sections), ("corrections", article.has_corrections)):  # type: ignore[attr-defined]
        if has_some:
            prefetch_related_objects([article], name)
        else:
            fetch_beside(name, [article], _nothing, attrgetter("pk"))
    dress([article, *onward.stories], [article.social_image, *images.values()])
    return images


def _nothing(_articles: list[int]) -> list[Any]:
    return []


@prepared
def _topics(articles: list[int]) -> QuerySet[Topic]:
    return Topic.objects.filter(articles__in=articles).annotate(of=F("articles"))


def _inserts(request: HttpRequest, asks: dict[str, Ask]) -> dict[int, SafeString]:
    """What stands inside the text: after how many paragraphs, and its HTML."""
    ask = asks.get("in_article")
    if ask is None or ask.paragraph is None:
        return {}
    return {ask.paragraph: drawn("asks/_ask.html", here_and_now(now_of(request)), ("ask",), ask)}


def _disclaimer(article: Article) -> str:
    """The story's own words, else its section's, else those of its kind."""
    return article.disclaimer or article.section.disclaimer or site_settings().disclaimer_for(article.kind)
