"""What a request may get: the key of a shared page, and the request as everybody could have made it."""

import functools
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http.request import validate_host

from newsroom.lib.pagecache.sharing import MEANT, asks_hidden

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
#: Path, query and whether the asks are hidden.
Key = tuple[str, str, str]

#: What was made of an address is remembered, if that is not longer than so many characters.
LONGEST: Final = 500
#: Query parameters that a shared page may depend on; others (tracking) are dropped before the view sees them. The view says
#: which of them meant something (`means()`).
PARAMETERS: Final = frozenset({"after", "before", "sort", "at", "reply", "rate", "filter", "post", "p", "page_id"})
#: Never shared, whoever asks.
PRIVATE: Final = tuple(
    "/admin/ /account/ /preview/ /search/ /ask/ /ratings/ /static/ /media/ /healthz /readyz /metrics".split()
)


def key_of(environ: Environ) -> Key | None:
    """What the page depends on; None for a request that must reach Django with everything it brought."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    scheme = environ.get("HTTP_X_FORWARDED_PROTO") or environ.get("wsgi.url_scheme") or ""
    asked = environ.get("PATH_INFO") or "/", environ.get("QUERY_STRING", ""), environ.get("HTTP_HOST", ""), scheme
    understood = understand if sum(map(len, asked)) <= LONGEST else understand.__wrapped__
    if (address := understood(*asked)) is None:
        return None
    hidden = ""
    if cookie := environ.get("HTTP_COOKIE"):
        if (cookies := _cookies(cookie)) is None:
            return None
        if settings.SESSION_COOKIE_NAME in cookies or cookies.get("mine") == "1":
            return None
        hidden = "1" if asks_hidden(cookies.get("ask", ""), time.time()) else ""
    return *address, hidden


@functools.lru_cache(maxsize=1000)
def understand(path: str, query: str, host: str, scheme: str) -> tuple[str, str] | None:
    """The path and the query of a shared page; None for an address that is never shared or that Django must judge."""
    if not _may_be_shared(path) or not _allowed(host) or (scheme != "https" and settings.SECURE_SSL_REDIRECT):
        return None
    return path, _query(query)


def impersonal(environ: Environ, key: Key) -> Environ:
    """The request as everybody could have made it."""
    shared = {k: v for k, v in environ.items() if k not in {"HTTP_COOKIE", "HTTP_AUTHORIZATION"}}
    shared["REQUEST_METHOD"] = "GET"
    shared["newsroom.shared"] = "1"
    shared["newsroom.query"] = environ.get("QUERY_STRING", "")
    shared["QUERY_STRING"] = key[1]
    shared[MEANT] = set()
    if key[2]:
        shared["newsroom.ask_hidden"] = "1"
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"):
        shared.pop(name, None)
    return shared


def _may_be_shared(path: str) -> bool:
    if path.startswith("/comments/"):
        return path.startswith("/comments/on/") or path == "/comments/rss.xml"
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
        if name in PARAMETERS and len(value) <= 400 and not (value.isdigit() and value[0] == "0"):
            first.setdefault(name, value)
    return urlencode(sorted(first.items()))


def _allowed(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return validate_host(name.lower(), settings.ALLOWED_HOSTS)
