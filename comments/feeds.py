"""Feeds of comments: of a story, of the site, and the replies to one reader, whose address is that reader's secret."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_POST, require_safe

from articles.models.site_settings import site_settings
from articles.moments import next_moment
from articles.rendering import absolute
from comments.markup import unspoiled_html
from comments.models import Comment
from comments.private_feed import reader_behind
from comments.views.finding import live_article, see_other
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.models import Stamp
from newsroom.lib.origin import own_pages_only
from newsroom.lib.pagecache import boundary, share
from newsroom.lib.text import plain, without_controls

#: Comments in a feed, and how many of a reader's own comments the replies are looked up for.
MOST: Final = 50
OWN_MOST: Final = 1000


class _Rss(Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("dc:creator", item["name"])
        handler.addQuickElement("content:encoded", item["content"])


@require_safe
def article_rss(request: HttpRequest, article_id: int) -> HttpResponse:
    """The newest comments of a story, wherever they stand in it."""
    article = live_article(request, article_id)
    newest = _newest(Comment.objects.shown(now_of(request)).filter(article=article))
    title = _("Comments: %(headline)s") % {"headline": article.headline}
    response = _feed(request, title, reverse("comments_on", args=[article.pk]), newest)
    return share(response, scopes=Stamp.discussion(article.pk), until=boundary(article.expire_at))


@require_safe
def site_rss(request: HttpRequest) -> HttpResponse:
    """The newest comments of the whole site. What is taken out of sight goes at once, what is new comes within a minute."""
    newest = _newest(Comment.objects.shown(now_of(request)))
    title = _("Comments: %(site)s") % {"site": site_settings().name}
    scopes = sorted({scope for comment in newest for scope in Stamp.discussion(comment.article_id)})
    return share(_feed(request, title, "/", newest), scopes=scopes, until=next_moment(now_of(request)))


@require_safe
def my_rss(request: HttpRequest, token: str) -> HttpResponse:
    """Replies to whoever holds the address."""
    if (reader := reader_behind(token)) is None:
        raise Http404
    title = _("Replies to %(name)s") % {"name": reader.display_name}
    response = _feed(request, title, reverse("comments_mine"), _replies_to(request, reader))
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
@own_pages_only
def replace_my_rss(request: HttpRequest) -> HttpResponse:
    """The old address of the reader's replies is dead from now on; another one stands on their page."""
    reader = reader_of(request)
    if reader is None:
        raise Http404
    reader.replace_feed()
    return see_other(f"{reverse('comments_mine')}#feed")


def _newest(shown: "QuerySet[Comment]") -> list[Comment]:
    return list(_with_article(shown).order_by("-published_at", "-id")[:MOST])


def _replies_to(request: HttpRequest, reader: Reader) -> list[Comment]:
    own = Comment.objects.filter(reader__in=reader.identities).order_by("-created_at", "-id")
    ids = list(own.values_list("pk", flat=True)[:OWN_MOST])
    replies = Comment.objects.shown(now_of(request)).filter(parent__in=ids).exclude(reader__in=reader.identities)
    # By an expression: a planner that sees the plain column may walk the newest comments of the whole site instead.
    return list(_with_article(replies).order_by(Coalesce("published_at", "created_at").desc(), "-id")[:MOST])


def _with_article(comments: "QuerySet[Comment]") -> "QuerySet[Comment]":
    return comments.select_related("article").defer("article__body", "article__body_text")


def _feed(request: HttpRequest, title: str, page: str, comments: Iterable[Comment]) -> HttpResponse:
    feed = _Rss(
        title=title, link=absolute(page), description=title, language=get_language(), feed_url=absolute(request.path)
    )
    for comment in comments:
        html = without_controls(unspoiled_html(comment.html))  # many programs show what a page folds away
        words = {"name": comment.name, "headline": comment.article.headline}
        feed.add_item(
            title=without_controls(_("%(name)s on “%(headline)s”") % words),
            link=absolute(comment.get_absolute_url()),
            description=Truncator(plain(html)).chars(300),
            unique_id=_guid(comment),
            unique_id_is_permalink=False,
            pubdate=comment.published_at,
            name=without_controls(comment.name),
            content=html,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _guid(comment: Comment) -> str:
    """Of the comment, not of its address (RFC 4151)."""
    return f"tag:{urlsplit(settings.NEWSROOM_URL).hostname},{comment.created_at:%Y-%m-%d}:comment-{comment.pk}"
