"""One `now` per request, the site's language and time zone, the desk's second factor, security headers, and redirects for
addresses that moved.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from articles.models import Redirect
from articles.models.site_settings import site_settings
from newsroom.accounts.models import User
from newsroom.lib.pagecache import is_shared

Handler = Callable[[HttpRequest], HttpResponse]


def clock_and_language(get_response: Handler) -> Handler:
    """`request.now` is the one clock of a request, so that a list, its sidebar and its feed agree."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]
        if request.path == "/healthz":  # whether this process lives must not depend on the database
            return get_response(request)
        site = site_settings()
        with timezone.override(site.zone), translation.override(site.language):
            return get_response(request)

    return middleware


def second_factor(get_response: Handler) -> Handler:
    """Where the house asks for it, nobody sees the desk before they have a second factor: to set one up comes first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.NEWSROOM_STAFF_MFA == "required" and _lacks_second_factor(request):
            messages.warning(request, _("Before the desk opens, set up a second step for your log-in: one of these."))
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def _lacks_second_factor(request: HttpRequest) -> bool:
    at_the_desk = request.path_info.startswith("/admin/") and request.path_info != reverse("admin:logout")
    user = request.user if at_the_desk else None
    return isinstance(user, User) and user.is_staff and not user.has_second_factor


class ContentSecurityPolicy(CSPMiddleware):  # type: ignore[misc]  # it comes without types
    """Pages have a policy; a redirect has nothing on it that one could keep in bounds."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if 300 <= response.status_code < 400 else super().process_response(request, response)


def security_headers(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        # A view that does not look at the method would answer TRACE with its page.
        traced = request.method == "TRACE"
        response = HttpResponseNotAllowed(["GET", "HEAD", "POST"]) if traced else get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
        )
        return response

    return middleware


def compressed(get_response: Handler) -> Handler:
    """gzip for pages that are made for one reader; shared ones are compressed once, by the page cache."""
    gzip = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        text = response.get("Content-Type", "").startswith(("text/", "application/json"))
        if not (is_shared(request) or response.streaming) and text:
            gzip.process_response(request, response)  # in place
        return response

    return middleware


def redirects(get_response: Handler) -> Handler:
    """An address that was public once keeps leading somewhere. Asked only where nothing is found, so it costs pages nothing;
    WordPress's query addresses (`/?p=12`) are asked before the front page, which would answer every query.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"} and request.path == "/" and _named_by_query(request):
            return _moved(request) or get_response(request)
        response = get_response(request)
        if response.status_code == 404 and request.method in {"GET", "HEAD"}:
            return _moved(request) or response
        return response

    return middleware


def _moved(request: HttpRequest) -> HttpResponse | None:
    """Where a known old address leads, with the query string it was asked with; None for an unknown one."""
    if "\x00" in request.path:
        return None
    by_query = _named_by_query(request)
    wanted = [*by_query, *_spellings(request.path)] if request.path != "/" else by_query
    known = (
        Redirect.objects.filter(old_path__in=wanted)
        .select_related("article")
        .defer("article__body", "article__body_text")
    )
    rows = {row.old_path: row for row in known}
    row = next((rows[path] for path in wanted if path in rows), None)
    if row is None:
        return None
    Redirect.objects.followed(row.pk)
    if row.status == Redirect.Status.GONE:
        return render(request, "newsroom/gone_page.html", {"article": None}, status=410)
    if row.article is not None and row.article.dated is None:  # a draft has no address for readers
        return None
    target = row.target
    if target.partition("?")[0] == request.path:
        return None
    response = HttpResponsePermanentRedirect if row.status == Redirect.Status.MOVED else HttpResponseRedirect
    return response(_with_query(target, _rest_of_query(request, dropping=row.old_path in by_query)))


def _named_by_query(request: HttpRequest) -> list[str]:
    """`/?p=12` and the like, as redirects store them; [] for a request that names nothing by its query."""
    return [
        f"{request.path}?{name}={request.GET[name]}"
        for name in Redirect.WORDPRESS_QUERIES
        if request.GET.get(name, "").isascii() and request.GET.get(name, "").isdigit() and len(request.GET[name]) < 12
    ]


def _spellings(path: str) -> list[str]:
    """An old address as it may have been stored: with and without its last slash, as letters or percent-encoded."""
    bare = path.rstrip("/") or "/"
    found = [path, bare, f"{bare}/"]
    found += [quote(one, safe="/:@!$&'()*+,;=~-._") for one in found]
    return list(dict.fromkeys([*found, *(_lower_escapes(one) for one in found)]))


def _lower_escapes(path: str) -> str:
    """WordPress writes %d0%bf where quote() writes %D0%BF."""
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), path)


def _rest_of_query(request: HttpRequest, *, dropping: bool) -> str:
    """The query as the reader sent it (a shared render has lost the tracking part), without what named the story."""
    query = request.META.get("newsroom.query", request.META.get("QUERY_STRING", ""))
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([pair for pair in pairs if not (dropping and pair[0] in Redirect.WORDPRESS_QUERIES)])


def _with_query(target: str, query: str) -> str:
    if not query:
        return target
    address, hash_sign, fragment = target.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{hash_sign}{fragment}"
