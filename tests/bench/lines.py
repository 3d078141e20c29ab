"""Connections of a measurement's own: one to each process of a server, and requests that arrive at a steady pace."""

import http.client
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.bench.site import METRICS, WORKERS
from tests.bench.turns import BROWSER


class Line:
    """A connection that is kept, and so stays with the process that took it."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def get(self, path: str, headers: Mapping[str, str] = {}) -> str:
        self._http.request("GET", path, headers=dict(headers))
        return self._http.getresponse().read().decode()

    @property
    def process(self) -> str:
        """The number of the process at the other end."""
        found = re.search(r'process="(\d+)"', self.get("/metrics", {"Authorization": f"Bearer {METRICS}"}))
        assert found
        return found[1]


def one_to_each(url: str) -> dict[str, Line]:
    """A connection to every process of the site, by its number."""
    met: dict[str, Line] = {}
    for _attempt in range(500):
        line = Line(url)
        met.setdefault(line.process, line)
        if len(met) == WORKERS:
            return met
    raise RuntimeError(f"Only {len(met)} of {WORKERS} processes were met")


def post(url: str, path: str, body: str) -> int:
    """The status of a form that a reader sends from one of the site's pages, on a connection of its own."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    headers = BROWSER | {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        answer.read()
        return answer.status
    finally:
        line.close()


class Answer(NamedTuple):
    status: int
    #: Milliseconds since the moment at which the request was due, whenever it could be sent.
    took: float


def at_a_pace(send: Callable[[int], int], *, per_second: float, seconds: float) -> list[Answer]:
    """`send(n)` so many times a second, however long the ones before take; 599 where there was no answer."""
    begun = time.perf_counter()

    def one(n: int) -> Answer:
        due = begun + n / per_second
        time.sleep(max(0, due - time.perf_counter()))
        try:
            status = send(n)
        except OSError:
            status = 599
        return Answer(status, (time.perf_counter() - due) * 1000)

    with ThreadPoolExecutor(max_workers=32) as pool:
        return list(pool.map(one, range(int(per_second * seconds))))
