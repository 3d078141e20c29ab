"""How many web processes and threads a machine is best served by: cached pages, rendered ones, comments, and memory.

    .venv/bin/python -m tests.bench.server [--seconds 4]     (needs wrk; nothing else should run meanwhile)

One site on SQLite, or where DATABASE_URL says, served by granian with each number of processes and threads in turn; 16
connections ask for one thing at a time. Its memory is taken after all three. What to make of it: docs/operations.md.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlencode

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench.load import Load, load
from tests.bench.posting import SCRIPT
from tests.bench.processes import Process
from tests.bench.site import HOUSE, Site, served
from tests.bench.turns import BROWSER, KNOWN

WORKERS: Final = (1, 2, 4)
THREADS: Final = (2, 4, 8)
PORT: Final = 18_990


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.server")
    options.add_argument("--seconds", type=int, default=4, help="of load on each")
    seconds = options.parse_args().seconds
    table = Table("processes x threads", title="16 connections; answers a second, and the slowest of a hundred in ms")
    for column in ("cached", "p99", "rendered", "p99", "comments", "p99", "MiB"):
        table.add_column(column, justify="right")
    with served(articles=200, comments=4000, largest=1000) as site, tempfile.NamedTemporaryFile("w") as script:
        script.write(
            SCRIPT.format(form=urlencode({"name": "Reader", "email": "reader@example.com"}), path=_address(site))
        )
        script.flush()
        for workers, threads in track(list(itertools.product(WORKERS, THREADS)), "Measuring", transient=True):
            with _granian(site, workers, threads) as process:
                loads, memory = _measure(process, site, script.name, seconds), process.memory
            figures = [figure for one in loads for figure in (f"{one.per_second:,.0f}", f"{one.p99:.1f}")]
            table.add_row(f"{workers} x {threads}", *figures, f"{memory:.0f}")
    Console(width=None if sys.stdout.isatty() else 100).print(table)


def _measure(process: Process, site: Site, script: str, seconds: int) -> list[Load]:
    page = f"{process.url}{site.largest}"
    return [
        load(page, BROWSER, seconds=seconds),
        load(page, KNOWN, seconds=seconds),
        load(process.url, {}, seconds=seconds, script=script),
    ]


def _address(site: Site) -> str:
    """Where comments on the ordinary story are posted to."""
    with urllib.request.urlopen(f"{site.url}{site.typical}") as page:
        before, _, _ = page.read().decode().partition('/post/"')
    return before[before.rindex("/comments/on/") :] + "/post/"


@contextmanager
def _granian(site: Site, workers: int, threads: int) -> Iterator[Process]:
    url = f"http://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "newsroom.web", "--port", str(PORT), "--workers", str(workers)]
    command += ["--blocking-threads", str(threads), "--log-level", "error"]
    with subprocess.Popen(command, env=site.env, cwd=HOUSE) as process:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            time.sleep(2)  # the other processes have started as well
            yield Process(url, (process.pid,))
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
