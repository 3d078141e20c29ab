"""How the time to render a page grows with the number of stories and of comments: hardly, is what is meant.

    .venv/bin/python -m tests.bench.flat [--articles 1000 10000 200000] [--comments 100 10000 100000] [--rounds 7] [--svg FILE]
    .ci/postgres.sh .venv/bin/python -m tests.bench.flat --svg docs/flat-postgresql.svg

A process and a database of its own for each number of stories, and one with a story for each number of comments; they take
turns, so that a slow moment hits them all. Pages are rendered, none comes from the cache. Filling 200,000 stories takes a few
minutes and 1.5 GB of disk, all else two. Prints medians and, beside the smallest, the median of the ratios of each round.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg2
from environ import Env
from rich.console import Console
from rich.table import Table

from tests.bench.plot import Panel, write
from tests.bench.site import HOUSE

Round = dict[str, float]
#: The largest number beside the smallest.
FLAT = 1.3


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.flat")
    options.add_argument("--articles", type=int, nargs="+", default=[1000, 10_000, 200_000])
    options.add_argument("--comments", type=int, nargs="+", default=[100, 10_000, 100_000])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--svg", help="where the plot goes")
    chosen = options.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        named = {n: _Place(stack, folder, f"articles_{n}", ["articles", str(n)]) for n in chosen.articles}
        talked = _Place(stack, folder, "comments", ["comments", *map(str, chosen.comments)])
        for place in (*named.values(), talked):
            print(place.name, place.said(), flush=True)
        rounds = []
        for _ in range(chosen.rounds + 1):
            rounds.append({n: place.measure() for n, place in named.items()})
            rounds[-1] |= {f"{n} comments": {"a story": ms} for n, ms in talked.measure().items()}
    vendor = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
    sizes = [f"{n} comments" for n in chosen.comments]
    panels = [
        _panel(f"Pages by number of stories, {vendor}", "stories", chosen.articles, chosen.articles, rounds[1:]),
        _panel(f"A story by number of its comments, {vendor}", "comments", chosen.comments, sizes, rounds[1:]),
    ]
    if chosen.svg:
        Path(chosen.svg).write_text(write(panels))


class _Place:
    """A process with a database of its own."""

    def __init__(self, stack: ExitStack, folder: str, name: str, sizes: list[str]) -> None:
        self.name = name
        env = os.environ | {"NEWSROOM_VAR": folder, "DATABASE_URL": _database(folder, name)}
        env |= {"NEWSROOM_SECRET_KEY": "for-benchmarks-only-" + "x" * 40}
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.rendering", *sizes]
        pipe = subprocess.PIPE
        self._process = stack.enter_context(
            subprocess.Popen(command, env=env, cwd=HOUSE, stdin=pipe, stdout=pipe, text=True)
        )
        stack.callback(self._process.kill)

    def said(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def measure(self) -> Round:
        """Milliseconds by page."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return dict(self.said())


def _database(folder: str, name: str) -> str:
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        return f"sqlite:///{folder}/{name}.sqlite3"
    said = Env.db_url_config(server)  # as the site reads it: also the folder of a socket
    place = {"user": said["USER"], "password": said["PASSWORD"], "host": said["HOST"], "port": said["PORT"]}
    connection = psycopg2.connect(dbname=said["NAME"], **{word: value for word, value in place.items() if value})
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    before, _, _database_name = server.rpartition("/")
    return f"{before}/{name}"


def _panel(title: str, unit: str, numbers: list[int], keys: list[Any], rounds: list[dict[Any, Round]]) -> Panel:
    table = Table("page", *(f"{n:,}" for n in numbers), *(f"x {n:,}" for n in numbers[1:]), title=f"{title}: ms")
    lines = {}
    for page in rounds[0][keys[0]]:
        lines[page] = [statistics.median(one[key][page] for one in rounds) for key in keys]
        ratios = [statistics.median(one[key][page] / one[keys[0]][page] for one in rounds) for key in keys[1:]]
        table.add_row(page, *(f"{ms:.1f}" for ms in lines[page]), *(f"{ratio:.2f}" for ratio in ratios))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(f"the last column is meant to be {FLAT} at most")
    assert all(small < large for small, large in pairwise(numbers))
    return Panel(title, unit, numbers, lines)


if __name__ == "__main__":
    main()
