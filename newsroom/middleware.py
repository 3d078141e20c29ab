"""One `now` per request, the site's language and time zone, security headers, and redirects for addresses that moved."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from articles.models.site_settings import site_settings

Handler = Callable[[HttpRequest], HttpResponse]


def clock_and_language(get_response: Handler) -> Handler:
    """`request.now` is the one clock of a request, so that a list, its sidebar and its feed agree."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]
        site = site_settings()
        with timezone.override(site.zone), translation.override(site.language):
            return get_response(request)

    return middleware


def security_headers(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
        )
        return response

    return middleware


def redirects(get_response: Handler) -> Handler:
    return get_response
