"""What an open live page asks for: whatever changed since the number that it knows."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from articles.live_posts import Changes, Post, changes_since, key_events_of
from articles.models import Article, LiveUpdate
from articles.rendering import absolute
from newsroom.lib.clock import now_of
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import boundary, share

#: Seconds between two questions of an open page.
POLL = 10
#: Seconds for which caches further out may keep an answer; ours keeps it until the next post.
OUTER = 2


@require_safe
def since(request: HttpRequest, article_id: int, seq: int) -> HttpResponse:
    """The same address and the same answer for all who know `seq`. A number of the future means: load the page anew."""
    now: datetime = now_of(request)
    stories = Article.objects.live(now).filter(kind=Article.Kind.LIVE)
    article = get_object_or_404(
        stories.only("kind", "live_seq", "live_ended_at", "dated", "slug", "expire_at"), pk=article_id
    )
    if seq > article.live_seq:
        return JsonResponse({"seq": article.live_seq, "reload": True})
    changes = changes_since(article, seq)
    response = JsonResponse(_said(request, article, changes))
    response["Cache-Control"] = f"public, max-age={OUTER}"
    return share(response, scopes=[Stamp.live(article.pk)], until=boundary(article.expire_at))


def _said(request: HttpRequest, article: Article, changes: Changes) -> dict[str, Any]:
    said: dict[str, Any] = {
        "seq": changes.seq, "reload": changes.too_many, "ended": not article.is_running, "poll": POLL,
        "posts": [_change(request, article, change) for change in changes.rendered()],
    }  # fmt: skip
    if changes.posts:
        said["keys"] = render_to_string("articles/_keys.html", {"key_events": key_events_of(article)}, request)
    return said


def _change(request: HttpRequest, article: Article, change: Post | LiveUpdate) -> dict[str, Any]:
    if isinstance(change, LiveUpdate):
        return {"id": change.pk, "gone": True}
    words = {"post": change, "pinned": change.update.pinned, "url": absolute(article.get_absolute_url())}
    return {"id": change.update.pk, "html": render_to_string("articles/_post.html", words, request).strip()}
