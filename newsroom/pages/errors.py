"""What a reader gets when something is not there, not allowed or went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from articles.models import Article
from newsroom.lib.clock import now_of
from newsroom.pages.cards import cards_of

#: Stories offered to a reader who found nothing.
OFFERED = 6

_BARE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Something went wrong</title>'
    "<h1>Something went wrong</h1><p>The page could not be made. Please try again in a moment.</p></html>"
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, _("That request cannot be read"), _("Something in the address or the form was damaged."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if exception and exception.args else ""
    return _page(
        request, 403, _("This is not for you to open"), said or _("You may have to log in, or to ask an editor.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """With search and the latest stories: a wrong address is no dead end."""
    live = Article.objects.live(now_of(request)).newest()
    context = {"cards": cards_of(live.for_cards().prefetch_related(None)[:OFFERED])}
    response = render(request, "newsroom/not_found.html", context, status=404)
    response["X-Robots-Tag"] = "noindex"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor the settings: either may be what is broken."""
    try:
        return HttpResponse(render_to_string("newsroom/server_error.html"), status=500)
    except Exception:  # even the static files may be missing
        return HttpResponse(_BARE, status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "newsroom/foreign_origin.html", status=403)


def _page(request: HttpRequest, status: int, headline: str, words: str) -> HttpResponse:
    return render(request, "newsroom/error_page.html", {"headline": headline, "words": words}, status=status)
