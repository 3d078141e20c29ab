"""A bounded load on one address: by wrk where it is there, otherwise by threads of Python, which load less."""

import http.client
import re
import shutil
import statistics
import subprocess
import threading
import time
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


def load(url: str, headers: dict[str, str], *, seconds: int, connections: int = 16) -> Load:
    """Every answer must be a success; an error fails the measurement."""
    by = _by_wrk if shutil.which("wrk") else _by_threads
    return by(url, headers, seconds, connections)


def _by_wrk(url: str, headers: dict[str, str], seconds: int, connections: int) -> Load:
    named = [f"-H{name}: {value}" for name, value in headers.items()]
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout=30s", "--latency", *named, url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
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
