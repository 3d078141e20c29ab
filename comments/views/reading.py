"""Reading: all comments of an article, and one comment in its thread."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models.site_settings import site_settings
from comments.closing import closes_at
from comments.discussion import discussion_of, thread_of
from comments.models import Comment, CommentStats
from comments.paging import LATEST
from comments.thread import milliseconds
from comments.views.finding import live_article, readable_comment, why_closed
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import boundary, share


@require_safe
def comments_on(request: HttpRequest, article_id: int) -> HttpResponse:
    """ "View all comments": complete without JavaScript, in any order, page by page."""
    article = live_article(request, article_id)
    discussion = discussion_of(request, article)
    response = render(request, "comments/comments_on.html", {"article": article, "discussion": discussion})
    until = boundary(discussion.until, article.expire_at, article.breaking_until)
    return share(response, scopes=Stamp.discussion(article.pk), until=until)


@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """A permalink: the article's header, what the comment answers, the comment, its answers."""
    found = readable_comment(request, pk)
    discussion = thread_of(request, found)
    context = {"article": found.article, "discussion": discussion, "comment": found}
    return render(request, "comments/comment_page.html", context)


@require_safe
def news(request: HttpRequest, article_id: int) -> HttpResponse:
    """What an open page asks for once a minute: how many comments there are, and the newest, whoever asks.

    `latest`: pairs of a comment's id and the moment of its publication in milliseconds since 1970, the newest first.
    """
    article = live_article(request, article_id)
    newest = Comment.objects.filter(article=article, status=Comment.Status.PUBLISHED).order_by("-published_at", "-id")
    said = {
        "count": CommentStats.counts_for([article.pk]).get(article.pk, 0),
        "open": not why_closed(request, article),
        "latest": [[pk, milliseconds(at)] for pk, at in newest.values_list("pk", "published_at")[:LATEST] if at],
    }
    until = boundary(closes_at(article, site_settings()), article.expire_at)
    return share(JsonResponse(said), scopes=Stamp.discussion(article.pk), until=until)
