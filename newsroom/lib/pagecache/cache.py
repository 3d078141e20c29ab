"""The application that stands in front of Django and keeps its shared pages."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from django.conf import settings
from django.db import Error

from newsroom.lib.pagecache.key import Environ, Headers, Key, StartResponse, impersonal, key_of
from newsroom.lib.pagecache.page import Answer, Page, make_page, stamps_of
from newsroom.lib.pagecache.sharing import MEANT, READ, SHARE
from newsroom.lib.pagecache.shelf import Shelf
from newsroom.lib.stamps import EVERYWHERE

log = logging.getLogger(__name__)

#: Seconds that a request waits for another one that renders the same page.
PATIENCE: Final = 10.0
#: A copy that was right so many seconds ago is answered while somebody renders the next one.
STALE_WHILE_RENDERING: Final = 5.0
#: After the database did not answer, nobody asks it again for so many seconds.
RETRY: Final = 1.0

Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class PageCache:
    """Wraps a WSGI application. One per process; bounded by `NEWSROOM_CACHE_BYTES`, least recently used out. Pages that
    a query asked for may fill a quarter: whoever makes queries up drives no other page out.

    `opened` is told of every answer that a story is opened by, with the request.
    """

    def __init__(self, application: Application, opened: Callable[[int, Environ], None] | None = None) -> None:
        self._application = application
        self._opened = opened
        self._plain = Shelf(lambda: settings.NEWSROOM_CACHE_BYTES * 3 // 4)
        self._queried = Shelf(lambda: settings.NEWSROOM_CACHE_BYTES // 4)
        self._rendering: dict[Key, threading.Event] = {}
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._counts = {what: Count() for what in ("hit", "miss", "stale", "pass", "not_modified")}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            self._counts["pass"].one_more()
            environ["newsroom.pagecache"] = self  # for the page that shows its figures
            return self._application(environ, start_response)
        kept = self._kept(key, environ)
        return _say(kept, start_response) if kept else self._render_once(key, environ, start_response)

    def at_once(self, environ: Environ) -> Answer | None:
        """What is kept for a request, if neither Django nor the database need be asked: for a thread that must not wait."""
        key = key_of(environ)
        page = self._shelf(key).get(key) if key else None
        return self._answer(page, environ, "hit") if page and page.is_sure() else None

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind of answer was given."""
        return {what: count.n for what, count in self._counts.items()}

    @property
    def held(self) -> int:
        return self._plain.bytes + self._queried.bytes

    @property
    def pages(self) -> int:
        return len(self._plain) + len(self._queried)

    @property
    def evicted(self) -> int:
        return self._plain.evicted + self._queried.evicted

    def clear(self) -> None:
        self._plain.clear()
        self._queried.clear()

    def _shelf(self, key: Key) -> Shelf:
        return self._queried if key[1] else self._plain

    def _kept(self, key: Key, environ: Environ) -> Answer | None:
        page, mark = self._ready(key)
        return self._answer(page, environ, mark) if page else None

    def _ready(self, key: Key) -> tuple[Page | None, str]:
        """The copy that may be answered now, and how the answer is marked."""
        page = self._shelf(key).get(key)
        if page is None:
            return None, ""
        if page.is_sure():
            return page, "hit"
        fresh = self._asked(page.is_fresh)
        if fresh:
            return page, "hit"
        if fresh is None:
            return (page, "stale") if page.was_right_within(settings.NEWSROOM_STALE_SECONDS) else (None, "")
        if self._asked(page.rests) or (key in self._rendering and page.was_right_within(STALE_WHILE_RENDERING)):
            return page, "stale"
        return None, ""

    def _asked(self, question: Callable[[], bool]) -> bool | None:
        """None where nobody can say, because the database does not answer."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return question()
        except Error:
            self._database_is_away()
            return None

    def _database_is_away(self) -> None:
        log.exception("The database did not answer; pages are answered as they were")
        self._away_until = time.monotonic() + RETRY

    def _render_once(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Single flight: while one request renders a page, the others that want it wait for that one."""
        with self._lock:
            ready = self._rendering.get(key)
            if first := ready is None:
                ready = self._rendering[key] = threading.Event()
        assert ready is not None
        if not first:
            ready.wait(PATIENCE)
            kept = self._kept(key, environ)
            return _say(kept, start_response) if kept else self._render(key, environ, start_response)
        try:
            return self._render(key, environ, start_response)
        finally:
            with self._lock:
                self._rendering.pop(key, None)
            ready.set()

    def _render(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._counts["miss"].one_more()
        shelf = self._shelf(key)
        before = shelf.get(key)
        begun, known = time.monotonic(), self._stamps_before(before)
        asked = impersonal(environ, key)
        status, headers, chunks = self._ask(asked)
        failed = status.startswith("5")
        if failed and before and before.was_right_within(settings.NEWSROOM_STALE_SECONDS):
            _close(chunks)
            return _say(self._answer(before, environ, "stale"), start_response)
        shared = next((value for name, value in headers if name == SHARE), None)
        if known is None or shared is None or not status.startswith("200") or _is_personal(headers):
            if not failed:
                shelf.drop(key)
            start_response(status, [h for h in headers if h[0] not in {SHARE, READ}])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else chunks
        body = _whole(chunks)
        if meant := _elsewhere(key, asked):
            return _lead_to(meant, headers, start_response)
        page = make_page(body, headers, shared, known, hidden=bool(key[2]), begun=begun)
        if page.size <= settings.NEWSROOM_CACHE_BYTES // 4:
            shelf.keep(key, page)
        return _say(self._answer(page, environ, ""), start_response)

    def _stamps_before(self, page: Page | None) -> dict[str, int] | None:
        """Read before the data: a page is never older than the stamps that it is filed under. None: nobody can say."""
        try:
            return stamps_of(page.stamps if page else EVERYWHERE)
        except Error:
            self._database_is_away()
            return None

    def _ask(self, environ: Environ) -> tuple[str, Headers, Iterable[bytes]]:
        answered: list[Any] = []

        def capture(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            answered[:] = [status, headers]
            return lambda _: None

        chunks = self._application(environ, capture)
        return answered[0], answered[1], chunks

    def _answer(self, page: Page, environ: Environ, mark: str) -> Answer:
        """`mark` is "" for whoever rendered the page."""
        if page.story and self._opened:
            self._opened(page.story, environ)
        answer = page.answer(environ, mark or "miss")
        if mark:
            self._counts[mark].one_more()
        if answer.status == 304:
            self._counts["not_modified"].one_more()
        return answer


class Count:
    """Threads count together without a lock: a step of an iterator of C's is a single one for them. A look is a step, too."""

    def __init__(self) -> None:
        self._looks, self._looking = 0, threading.Lock()
        self.one_more: Callable[[], int] = itertools.count().__next__

    @property
    def n(self) -> int:
        with self._looking:
            self._looks += 1
            return self.one_more() - self._looks + 1


def _elsewhere(key: Key, asked: Environ) -> str:
    """The address that was meant, where the one that was asked for says what means nothing on its page; else ""."""
    path, query, _ = key
    pairs = parse_qsl(query)
    meant = [(name, value) for name, value in pairs if name in asked[MEANT]]
    if len(meant) == len(pairs):
        return ""
    plain = "/" + quote(path.lstrip("/"), encoding="latin-1")  # and never another host's
    return f"{plain}?{urlencode(meant)}" if meant else plain


def _lead_to(address: str, headers: Headers, start_response: StartResponse) -> list[bytes]:
    kept = [h for h in headers if h[0] not in {SHARE, READ, "Content-Type", "Content-Length", "ETag", "Cache-Control"}]
    kept += [("Location", address), ("Cache-Control", "no-store"), ("Content-Length", "0")]
    start_response("302 Found", kept)
    return []


def _say(answer: Answer, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK" if answer.status == 200 else "304 Not Modified", list(answer.headers))
    return [answer.body] if answer.body else []


def _whole(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        _close(chunks)


def _close(chunks: Iterable[bytes]) -> None:
    if hasattr(chunks, "close"):
        chunks.close()


def _is_personal(headers: Headers) -> bool:
    """A response that must not be stored, whatever its view says; under `NEWSROOM_STRICT` (tests) it raises."""
    for name, value in headers:
        cookie = name.lower() == "set-cookie"
        if cookie or (name.lower() == "vary" and "cookie" in value.lower()):
            if any(name == SHARE for name, _ in headers):
                log.error("A shared page came with %s and was not stored.", name)
                if settings.NEWSROOM_STRICT:
                    raise AssertionError(f"A shared page came with {name}: {value}")
            return True
    return False
