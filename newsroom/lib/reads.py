"""How often stories are opened: counted in memory in front of the page cache, and written every few seconds.

A hit of the page cache counts as well as a page that Django renders; no cookie is read or set, and nothing is kept of a
reader. Left out are robots, pages that a browser fetches ahead, and scripts. A view says what its page counts for; who
works here is left out there, because the floor knows nobody.
"""

import functools
import logging
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from newsroom.lib.pagecache import is_shared
from newsroom.lib.pagecache.key import PARAMETERS, Environ
from newsroom.lib.pagecache.sharing import READ

log = logging.getLogger(__name__)

#: Seconds between two writes of a process.
EVERY: Final = 5.0
#: Stories and hours, and hosts, that wait in memory while the database is away; what is beyond is not counted.
MOST_WAITING: Final = 10_000
MOST_HOSTS: Final = 2_000
#: Openings between two writes, at most: 8 MB.
MOST_AT_ONCE: Final = 1_000_000
HOUR, DAY = 3600, 86400

Key = TypeVar("Key")

_ROBOT: Final = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|preview|monitor|headless|lighthouse|archiv|scan|fetch|feed|rss|uptime"
    r"|facebookexternal|mediapartners|embed|curl|wget|python|java/|okhttp|go-http|libwww|perl|ruby|axios|node|^\W*$",
    re.I,
)
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?\.[a-z0-9-]{2,}")


class Batch(NamedTuple):
    """What was counted. opened: by story and hour; referred: by story, day and host. Hours and days since 1970, UTC."""

    opened: Counter[tuple[int, int]]
    referred: Counter[tuple[int, int, str]]


class Tally:
    """What a process has counted and not written yet; shared by its threads."""

    def __init__(self) -> None:
        #: One entry for each opening, which costs a reader less than a lock and a sum; those that come together are added up
        #: before they are written. It takes and gives one at a time, so that none is lost or met twice.
        self._opened: deque[int] = deque(maxlen=MOST_AT_ONCE)
        self._referred: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()
        self._batch = Batch(Counter(), Counter())

    def count(self, story: int, environ: Environ) -> None:
        """One more reader opened `story`, unless the request says that it is none."""
        if not is_reader(environ):
            return
        self._opened.append(story)
        if (referer := environ.get("HTTP_REFERER")) and (host := referring_host(referer)):
            with self._lock:
                _add(self._referred, (story, host), 1, MOST_HOSTS)

    def write(self, into: Callable[[Batch], None]) -> None:
        """Hand over what waits; where that fails it waits on. For one thread at a time."""
        self._gather(int(time.time()))
        if self._batch.opened:
            into(self._batch)
            self._batch = Batch(Counter(), Counter())

    def _gather(self, now: int) -> None:
        """What was counted in the last seconds counts for the hour and the day of `now`."""
        opened = Counter(self._opened.popleft() for _ in range(len(self._opened)))
        with self._lock:
            referred, self._referred = self._referred, Counter()
        for story, n in opened.items():
            _add(self._batch.opened, (story, now // HOUR), n, MOST_WAITING)
        for (story, host), n in referred.items():
            _add(self._batch.referred, (story, now // DAY, host), n, MOST_HOSTS)


def _add(counted: Counter[Key], key: Key, n: int, most: int) -> None:
    if len(counted) < most or key in counted:
        counted[key] += n


class Writer:
    """The thread that writes a tally, begun by the first request of a process; the last write is made when it ends."""

    def __init__(self, tally: Tally, into: Callable[[Batch], None]) -> None:
        self._tally, self._into = tally, into
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Costs nothing when it runs; a server that forks after the first request gets one in each child."""
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="reads", daemon=True)
                    self._thread.start()
                    # Not atexit: servers run their workers by multiprocessing, whose children leave without it.
                    Finalize(None, self.write, exitpriority=10)

    def write(self) -> None:
        """Whoever ends the process waits for what the thread has taken and not written yet."""
        with self._writing:
            try:
                self._tally.write(self._into)
            except Exception:
                log.exception("What readers opened could not be written and is kept")
            finally:
                connection.close()

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            self.write()


tally: Final = Tally()


def counts_for(response: HttpResponse, request: HttpRequest, story: int) -> HttpResponse:
    """Say that whoever gets `response` has opened `story`. Further pages of its comments, or a form on it, are no opening."""
    if request.method == "GET" and not PARAMETERS.intersection(request.GET):
        if is_shared(request):
            response[READ] = str(story)  # counted for everybody who gets a copy
        else:
            tally.count(story, request.META)
    return response


def is_reader(environ: Environ) -> bool:
    """A browser that shows the page to somebody, as far as the request itself says."""
    ahead = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or environ.get("HTTP_X_MOZ")
    if environ["REQUEST_METHOD"] != "GET" or (ahead and ("prefetch" in ahead or "preview" in ahead)):
        return False
    return environ.get("HTTP_SEC_FETCH_DEST", "document") == "document" and not _is_robot(
        environ.get("HTTP_USER_AGENT", "")[:400]
    )


@functools.lru_cache(maxsize=2000)
def _is_robot(agent: str) -> bool:
    return _ROBOT.search(agent) is not None


def referring_host(address: str) -> str:
    """The host that led here, without its www; '' for none, for the site itself and for what is no host."""
    host = _host(address[:500])
    return "" if host == _host(settings.NEWSROOM_URL) else host


@functools.lru_cache(maxsize=500)
def _host(address: str) -> str:
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""
