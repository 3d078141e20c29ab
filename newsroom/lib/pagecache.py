"""The page cache: a WSGI application in front of Django, so that a hit never enters Django.

A view says with `share()` that its page is the same for every reader. The cache then keeps the ready bytes (gzip and
brotli; identity is inflated from gzip), and answers from them until the site's stamp, a stamp named by the view or the
moment named by the view (`until`) says otherwise. Nothing is ever purged, and no reader's own data can get in: a shared
render sees neither Cookie nor Authorization, and a response that sets a cookie is refused.
"""

import gzip
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import validate_host
from django.utils import timezone

from newsroom.lib import stamps

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]

log = logging.getLogger(__name__)

#: Seconds after which a page is rendered again even if nothing seems to have changed.
LONGEST: Final = 60.0
#: Seconds that a request waits for another one that renders the same page.
PATIENCE: Final = 10.0
#: Query parameters that a shared page may depend on; others (tracking) are dropped before the view sees them.
PARAMETERS: Final = frozenset({"after", "before", "sort", "at", "reply", "rate", "filter", "p", "page_id"})
#: Never shared, whoever asks.
PRIVATE: Final = (
    "/admin/",
    "/account/",
    "/preview/",
    "/search/",
    "/ask/",
    "/ratings/",
    "/static/",
    "/media/",
    "/healthz",
    "/readyz",
)
_SHARE: Final = "X-Newsroom-Share"
_HIDE_ASKS: Final = {"close": 14 * 86400, "done": 365 * 86400}


def share(response: HttpResponse, *, scopes: Iterable[str] = (), until: datetime | None = None) -> HttpResponse:
    """Say that `response` is the same for every reader, until one of `scopes` or the site's stamp moves, or `until` comes."""
    moment = until.timestamp() if until else 0
    response[_SHARE] = f"{moment:.6f} {' '.join(['site', *scopes])}"
    return response


def is_shared(request: HttpRequest) -> bool:
    """Whether this render is for everybody."""
    return "newsroom.shared" in request.META


def is_private(request: HttpRequest) -> bool:
    """Whether the page is rendered for one reader who has something of their own on it."""
    own = settings.SESSION_COOKIE_NAME in request.COOKIES or request.COOKIES.get("mine") == "1"
    return own and not is_shared(request)


def asks_hidden(cookie: str, now: float) -> bool:
    """What the `ask` cookie (`close.<epoch>` or `done.<epoch>`) says at `now`; anything else than those says no."""
    why, _, since = cookie.partition(".")
    if why not in _HIDE_ASKS or not (since.isascii() and since.isdigit() and len(since) <= 11):
        return False
    return 0 <= now - int(since) < _HIDE_ASKS[why]


@dataclass(slots=True)
class Page:
    headers: Headers
    etag: str
    gzipped: bytes
    brotlied: bytes
    length: int
    stamps: dict[str, int]
    fresh_until: float
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.gzipped) + len(self.brotlied) + 2000

    def is_fresh(self) -> bool:
        return time.time() < self.fresh_until and _stamps(self.stamps) == self.stamps

    def answer(self, environ: Environ, start_response: StartResponse, mark: str) -> list[bytes]:
        encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag = f'"{self.etag}{"-" + encoding if encoding else ""}"'
        headers = [*self.headers, ("ETag", etag), ("X-Cache", mark)]
        if _matches(environ.get("HTTP_IF_NONE_MATCH", ""), etag):
            start_response("304 Not Modified", [h for h in headers if h[0].lower() != "content-type"])
            return []
        body = self.brotlied if encoding == "br" else self.gzipped if encoding == "gzip" else None
        if encoding:
            headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(self.length if body is None else len(body))))
        start_response("200 OK", headers)
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [gzip.decompress(self.gzipped) if body is None else body]


class PageCache:
    """Wraps a WSGI application. One per process; bounded by `NEWSROOM_CACHE_BYTES`, least recently used out."""

    def __init__(self, application: Callable[[Environ, StartResponse], Iterable[bytes]]) -> None:
        self._application = application
        self._pages: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self._rendering: dict[tuple[str, ...], threading.Event] = {}
        self._lock = threading.Lock()
        self.bytes = 0
        self.counts = {"hit": 0, "miss": 0, "pass": 0}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            self.counts["pass"] += 1
            return self._application(environ, start_response)
        if page := self._fresh(key):
            self.counts["hit"] += 1
            return page.answer(environ, start_response, "hit")
        return self._render_once(key, environ, start_response)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.bytes = 0

    def _key(self, environ: Environ) -> tuple[str, ...] | None:
        """What the page depends on; None for a request that must reach Django with everything it brought."""
        path = environ.get("PATH_INFO") or "/"
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or not _may_be_shared(path):
            return None
        host = environ.get("HTTP_HOST", "")
        if not _allowed(host) or not _arrived_securely(environ):
            return None
        hidden = ""
        if cookie := environ.get("HTTP_COOKIE"):
            if (cookies := _cookies(cookie)) is None:
                return None
            if settings.SESSION_COOKIE_NAME in cookies or cookies.get("mine") == "1":
                return None
            hidden = "1" if asks_hidden(cookies.get("ask", ""), time.time()) else ""
        return path, _query(environ.get("QUERY_STRING", "")), hidden

    def _fresh(self, key: tuple[str, ...]) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
        return page if page is not None and page.is_fresh() else None

    def _render_once(self, key: tuple[str, ...], environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Single flight: while one request renders a page, the others that want it wait for that one."""
        with self._lock:
            ready = self._rendering.get(key)
            if first := ready is None:
                ready = self._rendering[key] = threading.Event()
        assert ready is not None
        if not first:
            ready.wait(PATIENCE)
            if page := self._fresh(key):
                self.counts["hit"] += 1
                return page.answer(environ, start_response, "hit")
            return self._render(key, environ, start_response)
        try:
            return self._render(key, environ, start_response)
        finally:
            with self._lock:
                self._rendering.pop(key, None)
            ready.set()

    def _render(self, key: tuple[str, ...], environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.counts["miss"] += 1
        # Read before the data: a page is never older than the stamps that it is filed under.
        known = _stamps(["site", *_article_scopes(self._pages.get(key))])
        answered: list[Any] = []

        def capture(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            answered[:] = [status, headers]
            return lambda _: None

        chunks = self._application(_impersonal(environ, key), capture)
        status, headers = answered
        shared = next((value for name, value in headers if name == _SHARE), None)
        if shared is None or not status.startswith("200") or _is_personal(headers):
            start_response(status, [h for h in headers if h[0] != _SHARE])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else chunks
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        page = _page(body, headers, shared, known, hidden=bool(key[2]))
        self._keep(key, page)
        return page.answer(environ, start_response, "miss")

    def _keep(self, key: tuple[str, ...], page: Page) -> None:
        limit = settings.NEWSROOM_CACHE_BYTES
        if page.size > limit // 4:
            return
        with self._lock:
            if old := self._pages.pop(key, None):
                self.bytes -= old.size
            self._pages[key] = page
            self.bytes += page.size
            while self.bytes > limit:
                _, dropped = self._pages.popitem(last=False)
                self.bytes -= dropped.size


def _stamps(scopes: Iterable[str]) -> dict[str, int]:
    return stamps.read(scopes, outside_request=True)


def _article_scopes(page: Page | None) -> list[str]:
    return [scope for scope in page.stamps if scope != "site"] if page else []


def _page(body: bytes, headers: Headers, shared: str, known: dict[str, int], *, hidden: bool) -> Page:
    moment, *scopes = shared.split(" ")
    fresh_until = time.time() + LONGEST
    if float(moment):
        fresh_until = min(fresh_until, float(moment))
    # A scope that was not known before the render is read after it, so a change that came between would hide behind it:
    # such a page is believed for a moment only, and its next render knows the scope.
    late = [scope for scope in scopes if scope not in known]
    if late:
        fresh_until = min(fresh_until, time.time() + stamps.ARTICLE_BELIEVED)
    filed = {scope: known[scope] for scope in scopes if scope in known} | (_stamps(late) if late else {})
    kept = [h for h in headers if h[0] not in {_SHARE, "Content-Length", "ETag", "Vary", "Cache-Control"}]
    kept.append(("Vary", "Accept-Encoding"))
    # A page without its asks is this reader's; an outer cache must not give it to others.
    whose = "private" if hidden else "public"
    seconds = settings.NEWSROOM_CDN_SECONDS
    outer = f", s-maxage={seconds}, stale-while-revalidate={seconds}" if seconds and not hidden else ""
    kept.append(("Cache-Control", f"{whose}, max-age=0, must-revalidate{outer}"))
    return Page(
        headers=kept,
        etag=hashlib.blake2b(body, digest_size=12).hexdigest(),
        gzipped=gzip.compress(body, 6, mtime=0),
        brotlied=brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
        length=len(body),
        stamps=filed,
        fresh_until=fresh_until,
    )


def _is_personal(headers: Headers) -> bool:
    """A response that must not be stored, whatever its view says; under `NEWSROOM_STRICT` (tests) it raises."""
    for name, value in headers:
        cookie = name.lower() == "set-cookie"
        if cookie or (name.lower() == "vary" and "cookie" in value.lower()):
            if any(name == _SHARE for name, _ in headers):
                log.error("A shared page came with %s and was not stored.", name)
                if settings.NEWSROOM_STRICT:
                    raise AssertionError(f"A shared page came with {name}: {value}")
            return True
    return False


def _impersonal(environ: Environ, key: tuple[str, ...]) -> Environ:
    """The request as everybody could have made it."""
    shared = {k: v for k, v in environ.items() if k not in {"HTTP_COOKIE", "HTTP_AUTHORIZATION"}}
    shared["REQUEST_METHOD"] = "GET"
    shared["newsroom.shared"] = "1"
    shared["newsroom.query"] = environ.get("QUERY_STRING", "")
    shared["QUERY_STRING"] = key[1]
    if key[2]:
        shared["newsroom.ask_hidden"] = "1"
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"):
        shared.pop(name, None)
    return shared


def _may_be_shared(path: str) -> bool:
    if path.startswith("/comments/"):
        return path.startswith("/comments/on/")
    return not path.startswith(PRIVATE)


def _cookies(header: str) -> dict[str, str] | None:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return None


def _query(query: str) -> str:
    if not query:
        return ""
    try:
        pairs = parse_qsl(query, max_num_fields=50)
    except ValueError:
        return ""
    first: dict[str, str] = {}
    for name, value in pairs:
        if name in PARAMETERS and len(value) <= 400:
            first.setdefault(name, value)
    return urlencode(sorted(first.items()))


_hosts: dict[str, bool] = {}


def _allowed(host: str) -> bool:
    if (known := _hosts.get(host)) is None:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        known = validate_host(name.lower(), settings.ALLOWED_HOSTS)
        if len(_hosts) < 100:
            _hosts[host] = known
    return known


def _arrived_securely(environ: Environ) -> bool:
    """False where Django must redirect to https first."""
    if not getattr(settings, "SECURE_SSL_REDIRECT", False):
        return True
    return environ.get("wsgi.url_scheme") == "https" or environ.get("HTTP_X_FORWARDED_PROTO") == "https"


def _encoding(accepted: str) -> str:
    """The best of what the browser takes; q=0 is a no."""
    offers = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";q=")
        offers[name.strip()] = quality.strip() not in {"0", "0.0", "0.00", "0.000"}
    return next((encoding for encoding in ("br", "gzip") if offers.get(encoding)), "")


def _matches(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]


def private_unless_shared(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what no view shared, or what was rendered for one reader, is stored nowhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_private(request) and response.has_header(_SHARE):
            del response[_SHARE]
        if not response.has_header(_SHARE):
            response.headers.setdefault("Cache-Control", "private, no-store")
        elif not is_shared(request):
            del response[_SHARE]
            response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
        return response

    return middleware


def boundary(*moments: datetime | None) -> datetime | None:
    """The earliest of the moments that lie ahead; None where none does."""
    now = timezone.now()
    return min((moment for moment in moments if moment and moment > now), default=None)
