"""What views and middleware say about a page: the same for everybody, or one reader's own."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from newsroom.lib.stamps import EVERYWHERE

#: From the view to the cache; never sent to a browser.
SHARE: Final = "X-Newsroom-Share"
#: From the view to the cache: which story those who get the page have opened (newsroom.lib.reads).
READ: Final = "X-Newsroom-Read"
#: From the view to the cache, in the environment of a shared render: names of the query's parameters that mean something there.
MEANT: Final = "newsroom.meant"
_HIDE_ASKS: Final = {"close": 14 * 86400, "done": 365 * 86400}


def share(response: HttpResponse, *, scopes: Iterable[str] = (), until: datetime | None = None) -> HttpResponse:
    """Say that `response` is the same for every reader, until one of `scopes` or a stamp of the whole site moves, or `until` comes."""
    moment = until.timestamp() if until else 0
    response[SHARE] = f"{moment:.6f} {' '.join([*EVERYWHERE, *scopes])}"
    return response


def means(request: HttpRequest, *names: str) -> None:
    """Say that these parameters of the address have led to this page. A shared page that was asked for with others (made up,
    signed for another list, the number of nothing) is kept under no such address: the cache leads to the one that is meant.
    """
    request.META.setdefault(MEANT, set()).update(names)


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


def private_unless_shared(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what no view shared, or what was rendered for one reader, is stored nowhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_private(request) and response.has_header(SHARE):
            del response[SHARE]
        if not response.has_header(SHARE):
            response.headers.setdefault("Cache-Control", "private, no-store")
        elif not is_shared(request):
            del response[SHARE]
            response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
        return response

    return middleware


def boundary(*moments: datetime | None) -> datetime | None:
    """The earliest of the moments that lie ahead; None where none does."""
    now = timezone.now()
    return min((moment for moment in moments if moment and moment > now), default=None)
