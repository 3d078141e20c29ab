"""Who may post from a page that everybody shares: the browser's own word instead of a token in the page.

A page in the shared cache cannot hold a CSRF token. `own_pages_only` accepts an unsafe request when the browser says that
it comes from this site: `Sec-Fetch-Site`, or `Origin` where that header is absent. A browser that sends neither gets a
page that asks "Send this?" with an ordinary CSRF token and keeps everything that was typed.
"""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def is_own(request: HttpRequest) -> bool | None:
    """Whether the browser says that the request comes from this site; None where it says nothing."""
    if fetched_from := request.headers.get("Sec-Fetch-Site"):
        return fetched_from in {"same-origin", "none"}
    if origin := request.headers.get("Origin"):
        site = urlsplit(settings.NEWSROOM_URL)
        return origin.lower() == f"{site.scheme}://{site.netloc}".lower()
    return None


class _Token(CsrfViewMiddleware):
    def accepts(self, request: HttpRequest) -> bool:
        self.process_request(request)
        return self.process_view(request, lambda *_: HttpResponse(), (), {}) is None

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


def own_pages_only(view: View[P]) -> View[P]:
    """Refuse (403) unsafe requests from other sites; ask for a confirmation where the browser does not tell."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in _SAFE:
            return view(request, *args, **kwargs)
        own = is_own(request)
        if own is None:
            token = _Token(lambda _: HttpResponse())
            own = "csrfmiddlewaretoken" in request.POST and token.accepts(request)
            if not own:
                return _ask_again(request)
        if not own:
            return render(request, "newsroom/foreign_origin.html", status=403)
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


def _ask_again(request: HttpRequest) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    response = render(request, "newsroom/confirm_post.html", {"action": request.get_full_path(), "kept": kept})
    response["Cache-Control"] = "private, no-store"
    return response
