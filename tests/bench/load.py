"""A bounded load on one address: by wrk where it is there, otherwise by threads of Python, which load less."""

import http.client
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_UNIT: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class Load(NamedTuple):
    requests: int
    per_second: float
    #: Milliseconds of the median answer, and of the slowest in a hundred.
    median: float
    p99: float


def tool() -> str:
    return "wrk" if shutil.which("wrk") else "threads of Python"


def load(url: str, headers: dict[str, str], *, seconds: int, connections: int = 16, script: str = "") -> Load:
    """Every answer must be a success; an error fails the measurement. `script`: a file for wrk that names what to ask for."""
    if script or shutil.which("wrk"):
        return _by_wrk(url, headers, seconds, connections, script)
    return _by_threads(url, headers, seconds, connections)


@contextmanager
def loading(url: str, headers: dict[str, str], *, connections: int) -> Iterator[list[Load]]:
    """A load that lasts as long as the block; what it was is in the list afterwards. Only by wrk."""
    found: list[Load] = []
    command = _wrk(url, headers, 3600, connections)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate()
    found.append(_read(url, said))


def _by_wrk(url: str, headers: dict[str, str], seconds: int, connections: int, script: str) -> Load:
    command = _wrk(url, headers, seconds, connections) + (["-s", script] if script else [])
    return _read(url, subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _wrk(url: str, headers: dict[str, str], seconds: int, connections: int) -> list[str]:
    named = [f"-H{name}: {value}" for name, value in headers.items()]
    threads = min(2, connections)
    return ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout=30s", "--latency", *named, url]


def _read(url: str, said: str) -> Load:
    if "Non-2xx" in said or "Socket errors" in said or " 0 requests in" in said:
        raise RuntimeError(f"{url} was not always answered:\n{said}")
    return Load(
        int(_found(r"(\d+) requests in", said)[0]),
        float(_found(r"Requests/sec:\s+([\d.]+)", said)[0]),
        *(
            float(n) * _UNIT[unit]
            for n, unit in (_found(rf" {share}%\s+([\d.]+)(us|ms|s|m)", said) for share in (50, 99))
        ),
    )


def _found(pattern: str, text: str) -> tuple[str, ...]:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"wrk said something new:\n{text}")
    return found.groups()


def _by_threads(url: str, headers: dict[str, str], seconds: int, connections: int) -> Load:
    spent: list[float] = []
    wrong: list[int] = []
    parts, end = urlsplit(url), time.monotonic() + seconds
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path

    def ask() -> None:
        line = http.client.HTTPConnection(parts.netloc, timeout=30)
        while time.monotonic() < end:
            begun = time.perf_counter()
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            answer.read()
            spent.append((time.perf_counter() - begun) * 1000)
            wrong.extend([answer.status] if answer.status >= 400 else [])
        line.close()

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{url} was answered with {wrong[0]}")
    return Load(len(spent), len(spent) / seconds, statistics.median(spent), statistics.quantiles(spent, n=100)[98])
