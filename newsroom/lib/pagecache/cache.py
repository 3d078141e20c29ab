"""The application that stands in front of Django and keeps its shared pages."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings

from newsroom.lib.pagecache.key import Environ, Headers, Key, StartResponse, impersonal, key_of
from newsroom.lib.pagecache.page import Page, make_page, stamps_of
from newsroom.lib.pagecache.sharing import READ, SHARE

log = logging.getLogger(__name__)

#: Seconds that a request waits for another one that renders the same page.
PATIENCE: Final = 10.0


class PageCache:
    """Wraps a WSGI application. One per process; bounded by `NEWSROOM_CACHE_BYTES`, least recently used out.

    `opened` is told of every answer that a story is opened by, with the request.
    """

    def __init__(
        self,
        application: Callable[[Environ, StartResponse], Iterable[bytes]],
        opened: Callable[[int, Environ], None] | None = None,
    ) -> None:
        self._application = application
        self._opened = opened
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._rendering: dict[Key, threading.Event] = {}
        self._lock = threading.Lock()
        self.bytes = 0
        self.counts = {"hit": 0, "miss": 0, "pass": 0}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            self.counts["pass"] += 1
            return self._application(environ, start_response)
        if page := self._fresh(key):
            self.counts["hit"] += 1
            return self._answer(page, environ, start_response, "hit")
        return self._render_once(key, environ, start_response)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.bytes = 0

    def _fresh(self, key: Key) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
        return page if page is not None and page.is_fresh() else None

    def _render_once(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
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
                return self._answer(page, environ, start_response, "hit")
            return self._render(key, environ, start_response)
        try:
            return self._render(key, environ, start_response)
        finally:
            with self._lock:
                self._rendering.pop(key, None)
            ready.set()

    def _render(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.counts["miss"] += 1
        # Read before the data: a page is never older than the stamps that it is filed under.
        before = self._pages.get(key)
        known = stamps_of(before.stamps if before else ["site"])
        answered: list[Any] = []

        def capture(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            answered[:] = [status, headers]
            return lambda _: None

        chunks = self._application(impersonal(environ, key), capture)
        status, headers = answered
        shared = next((value for name, value in headers if name == SHARE), None)
        if shared is None or not status.startswith("200") or _is_personal(headers):
            start_response(status, [h for h in headers if h[0] not in {SHARE, READ}])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else chunks
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        page = make_page(body, headers, shared, known, hidden=bool(key[2]))
        self._keep(key, page)
        return self._answer(page, environ, start_response, "miss")

    def _answer(self, page: Page, environ: Environ, start_response: StartResponse, mark: str) -> list[bytes]:
        if page.story and self._opened:
            self._opened(page.story, environ)
        return page.answer(environ, start_response, mark)

    def _keep(self, key: Key, page: Page) -> None:
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
