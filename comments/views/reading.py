"""Reading: all comments of an article, and one comment in its thread."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comments.discussion import discussion_of, thread_of
from comments.views.finding import live_article, readable_comment
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import boundary, share


@require_safe
def comments_on(request: HttpRequest, article_id: int) -> HttpResponse:
    """ "View all comments": complete without JavaScript, in any order, page by page."""
    article = live_article(request, article_id)
    discussion = discussion_of(request, article)
    response = render(request, "comments/comments_on.html", {"article": article, "discussion": discussion})
    until = boundary(discussion.until, article.expire_at, article.breaking_until)
    return share(response, scopes=[Stamp.article(article.pk)], until=until)


@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """A permalink: the article's header, what the comment answers, the comment, its answers."""
    found = readable_comment(request, pk)
    discussion = thread_of(request, found)
    context = {"article": found.article, "discussion": discussion, "comment": found}
    return render(request, "comments/comment_page.html", context)
