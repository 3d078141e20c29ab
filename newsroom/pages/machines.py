"""Addresses for machines: robots, the web manifest, and whether this process is alive and ready."""

from hmac import compare_digest

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static

from articles.models.site_settings import site_settings
from newsroom import vitals
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share

#: Nothing there for a search engine; what must not be indexed says so itself as well.
_CLOSED = ("/admin/", "/account/", "/search/", "/ask/", "/ratings/", "/preview/", "/comments/mine/")


def robots(request: HttpRequest) -> HttpResponse:
    if site_settings().robots_allowed:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED), ""]
        lines += [f"Sitemap: {settings.NEWSROOM_URL}/{name}" for name in ("sitemap.xml", "news-sitemap.xml")]
    else:
        lines = ["User-agent: *", "Disallow: /"]
    return share(HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))


def manifest(request: HttpRequest) -> HttpResponse:
    site = site_settings()
    about = {
        "name": site.name,
        "short_name": site.plate,
        "description": site.description or site.tagline,
        "lang": site.language,
        "start_url": "/",
        "display": "browser",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *({"src": static(f"icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"} for n in (192, 512)),
        ],
    }
    return share(JsonResponse(about, content_type="application/manifest+json"))


def favicon(request: HttpRequest) -> HttpResponse:
    """For those who ask at the old place without reading the page."""
    return share(redirect(static("icon.svg")))


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; asks nobody else."""
    return _plain("ok", 200)


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests may be sent here: the database answers, its tables are those of this code, the cache works."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return _plain("migrations are missing", 503)
        cache.set("readyz", "1", 10)
        if cache.get("readyz") != "1":
            return _plain("the cache does not answer", 503)
    except Exception as error:  # whatever is wrong with it, this process is not ready
        return _plain(f"not ready: {type(error).__name__}", 503)
    return _plain("ready", 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers of `newsroom.vitals` for Prometheus; without the right token there is nothing here."""
    token = settings.NEWSROOM_METRICS_TOKEN
    if not token or not compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        raise Http404
    process = vitals.of_process(request.META.get("newsroom.pagecache"))
    text = vitals.as_prometheus([*process, *vitals.of_site(now_of(request))])
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
