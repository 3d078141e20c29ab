"""Several servers measured in turns, so that a slow moment of the machine hits them all alike, and what that says of them."""

import statistics
import sys
import urllib.request
from collections.abc import Callable
from typing import NamedTuple

from rich.progress import track

from tests.bench.load import Load, load
from tests.bench.processes import Process

#: As a browser asks, so that what counts readers counts these too.
BROWSER = {
    "Accept-Encoding": "gzip",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
#: Who has the hint cookie may have something of their own on the page: no page cache answers them.
KNOWN = BROWSER | {"Cookie": "mine=1"}
#: Connections at once: where the answer comes from memory, and where it is rendered (more would only wait for one another).
MANY, FEW = 16, 2


class Target(NamedTuple):
    url: str
    headers: dict[str, str]
    process: Process
    connections: int = MANY


class Measured(NamedTuple):
    load: Load
    #: Milliseconds of processor time of the server for one request.
    cpu: float


class Turns:
    """What was measured, round by round."""

    def __init__(self, targets: dict[str, Target], *, seconds: int, rounds: int) -> None:
        shown = track(range(rounds), "Measuring", disable=not sys.stderr.isatty(), transient=True)
        self.rounds = [{name: _measure(target, seconds) for name, target in targets.items()} for _ in shown]

    def median(self, name: str, figure: Callable[[Measured], float]) -> float:
        return statistics.median(figure(one[name]) for one in self.rounds)

    def ratio(self, name: str, beside: str, figure: Callable[[Measured], float]) -> float:
        """The median of the ratios of each round, which hardly depends on how fast the machine is."""
        return statistics.median(figure(one[name]) / (figure(one[beside]) or 1e-9) for one in self.rounds)


def per_second(measured: Measured) -> float:
    return measured.load.per_second


def p99(measured: Measured) -> float:
    return measured.load.p99


def cpu(measured: Measured) -> float:
    return measured.cpu


def _measure(target: Target, seconds: int) -> Measured:
    for _ in range(10):  # warm
        urllib.request.urlopen(urllib.request.Request(target.url, headers=target.headers)).close()
    used = target.process.cpu_seconds
    found = load(target.url, target.headers, seconds=seconds, connections=target.connections)
    measured = Measured(found, 1000 * (target.process.cpu_seconds - used) / found.requests)
    target.process.rest()  # a slow server still works off what the load left in its queue
    return measured
