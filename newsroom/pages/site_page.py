"""What the site says about itself: its pages (About, Privacy ...) and the list of everything it has corrected."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from articles.models import Article, Correction, Page
from articles.rendering import render as render_body
from newsroom.donations.selection import asks_for
from newsroom.lib import keyset
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import means, share
from newsroom.pages.boundaries import next_boundary

#: Corrections on one page.
PAGE = 30
_ORDER = "corrections"


def site_page(request: HttpRequest, slug: str) -> HttpResponse:
    page = get_object_or_404(Page.objects.live(), slug=slug)
    asks = asks_for(request, kind="support") if page.slug == "support" else {}
    context = {"page": page, "body": render_body(page), "asks": asks}
    return share(render(request, "newsroom/page.html", context), until=next_boundary(now_of(request)))


def corrections(request: HttpRequest) -> HttpResponse:
    """What was wrong, newest first; only of stories that are still there to be read."""
    now = now_of(request)
    position = _position(request)
    rows = Correction.objects.filter(Exists(Article.objects.live(now).filter(pk=OuterRef("article")))).select_related(
        "article"
    )
    if position:
        moment, pk = position
        rows = rows.filter(made_at__lte=moment).exclude(made_at=moment, pk__gte=pk)
    found = list(rows.defer("article__body", "article__body_text")[: PAGE + 1])
    shown = found[:PAGE]
    older = ""
    if len(found) > PAGE:
        last = shown[-1]
        older = f"{request.path}?{urlencode({'after': keyset.cursor(_ORDER, last.made_at.isoformat(), last.pk)})}"
    context = {"corrections": shown, "page": {"older": older, "is_first": position is None}}
    return share(render(request, "newsroom/corrections_page.html", context), until=next_boundary(now))


def _position(request: HttpRequest) -> tuple[datetime, int] | None:
    keys = keyset.position(_ORDER, request.GET.get("after"), [str, int])
    moment = parse_datetime(keys[0]) if keys else None
    if not keys or not moment:
        return None
    means(request, "after")
    return moment, keys[1]
