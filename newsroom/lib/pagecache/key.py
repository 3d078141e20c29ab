"""What a request may get: the key of a shared page, and the request as everybody could have made it."""

import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import validate_host

from newsroom.lib.pagecache.sharing import MEANT, asks_hidden

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
#: Path, query and whether the asks are hidden.
Key = tuple[str, str, str]

#: What was made of an address is remembered, if that is not longer than so many characters: of so many addresses.
LONGEST: Final = 500
MOST: Final = 1000
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
    key = understood.get(asked) or _understand(asked)
    cookie = environ.get("HTTP_COOKIE")
    return key if key is None or not cookie else _beside_cookies(key, cookie)


#: What was asked for, and the page of everybody that it means.
understood: dict[tuple[str, str, str, str], Key] = {}


def _understand(asked: tuple[str, str, str, str]) -> Key | None:
    """None for an address that is never shared or that Django must judge."""
    path, query, host, scheme = asked
    if not _may_be_shared(path) or not _allowed(host) or (scheme != "https" and settings.SECURE_SSL_REDIRECT):
        return None
    key = path, _query(query), ""
    if sum(map(len, asked)) <= LONGEST:
        if len(understood) >= MOST:
            understood.clear()
        understood[asked] = key
    return key


def _beside_cookies(key: Key, header: str) -> Key | None:
    """Cookies as Django reads them: None for a reader who may have something of their own."""
    cookies = parse_cookie(header)
    if settings.SESSION_COOKIE_NAME in cookies or cookies.get("mine") == "1":
        return None
    return (key[0], key[1], "1") if asks_hidden(cookies.get("ask", ""), time.time()) else key


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
