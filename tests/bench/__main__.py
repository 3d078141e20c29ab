"""What the site's pages cost beside two floors of the same run: the same server with a constant answer, and a bare Django view.

    .venv/bin/python -m tests.bench [--articles 10000] [--comments 1000000] [--largest 100000] [--seconds 3] [--rounds 5]

SQLite in a throw-away folder, or the empty database that DATABASE_URL names (.ci/postgres.sh in front of it: PostgreSQL).
Pages and floors take turns, round by round; what is printed is the median, and the median of the ratios of each round, which
hardly depends on how fast the machine is. Nothing else should run meanwhile. The other modules of this folder measure one thing each.
"""

import argparse
import re
import statistics
import sys
import urllib.request
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench.load import Load, load, tool
from tests.bench.site import Process, Site, floor, served

#: As every browser asks. Who has the hint cookie may have something of their own there: no page cache answers them.
BROWSER = {"Accept-Encoding": "gzip"}
KNOWN = BROWSER | {"Cookie": "mine=1"}
#: At once: what comes from memory, and what is rendered each time (more would only wait for one another).
MANY, FEW = 16, 2
CONSTANT, BARE = "a constant 30 kB", "a bare Django view, 30 kB"


class Target(NamedTuple):
    url: str
    headers: dict[str, str]
    process: Process
    connections: int = MANY


class Measured(NamedTuple):
    load: Load
    #: Milliseconds of processor time of the server for one request.
    cpu: float


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--articles", type=int, default=10_000)
    options.add_argument("--comments", type=int, default=1_000_000)
    options.add_argument("--largest", type=int, default=100_000, help="comments of the largest story")
    options.add_argument("--seconds", type=int, default=3, help="of load on each page in each round")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    sizes = {"articles": chosen.articles, "comments": chosen.comments, "largest": chosen.largest}
    with served(**sizes) as site, floor("constant") as constant, floor("bare_django") as bare:
        targets = _targets(site, constant, bare)
        rounds = [
            {name: _measure(target, chosen.seconds) for name, target in targets.items()}
            for _ in track(range(chosen.rounds), "Measuring", disable=not sys.stderr.isatty(), transient=True)
        ]
    title = f"{sizes['articles']:,} stories, {sizes['comments']:,} comments; {MANY} connections ({FEW} where it is rendered) by {tool()}"
    Console(width=None if sys.stdout.isatty() else 120).print(_table(title, targets, rounds))


def _targets(site: Site, constant: Process, bare: Process) -> dict[str, Target]:
    number, size = _of_the_page(f"{site.url}{site.largest}")
    paths = {
        "the front page": "/",
        "a story": site.typical,
        "the story with most comments": site.largest,
        "its comments, a page of them": f"/comments/on/{number}/",
        "a section": "/section/news/",
        "all stories": "/latest/",
    }
    private = {"a story": site.typical, "the story with most comments": site.largest}
    return {
        CONSTANT: Target(f"{constant.url}/30720", BROWSER, constant),
        BARE: Target(f"{bare.url}/30720", BROWSER, bare),
        "the largest story's own bytes, constant": Target(f"{constant.url}/{size}", BROWSER, constant),
        **{name: Target(site.url + path, BROWSER, site) for name, path in paths.items()},
        **{f"{name}, rendered anew": Target(site.url + path, KNOWN, site, FEW) for name, path in private.items()},
        "a search": Target(f"{site.url}/search/?q=bridge", BROWSER, site, FEW),
    }


def _of_the_page(url: str) -> tuple[int, int]:
    """The number of the story at `url`, and how many bytes a browser gets."""
    with urllib.request.urlopen(url) as page:
        found = re.search(rb"/comments/on/(\d+)/", page.read())
    assert found
    with urllib.request.urlopen(urllib.request.Request(url, headers=BROWSER)) as page:
        return int(found[1]), len(page.read())


def _measure(target: Target, seconds: int) -> Measured:
    for _ in range(10):  # warm
        urllib.request.urlopen(urllib.request.Request(target.url, headers=target.headers)).close()
    used = target.process.cpu_seconds
    found = load(target.url, target.headers, seconds=seconds, connections=target.connections)
    return Measured(found, 1000 * (target.process.cpu_seconds - used) / found.requests)


def _table(title: str, names: dict[str, Target], rounds: list[dict[str, Measured]]) -> Table:
    table = Table("page", title=title)
    for column in ("a second", "median ms", "p99 ms", "CPU ms", "x constant", "x bare Django"):
        table.add_column(column, justify="right")

    def ratio(name: str, beside: str) -> str:
        each = [one[name].load.per_second / one[beside].load.per_second for one in rounds]
        return f"{statistics.median(each):.3f}"

    for name in names:
        loads = [one[name].load for one in rounds]
        figures = [statistics.median(getattr(one, field) for one in loads) for field in ("per_second", "median", "p99")]
        cpu = statistics.median(one[name].cpu for one in rounds)
        shown = [f"{figures[0]:,.0f}", f"{figures[1]:.2f}", f"{figures[2]:.2f}", f"{cpu:.3f}"]
        table.add_row(name, *shown, ratio(name, CONSTANT), ratio(name, BARE))
    return table


if __name__ == "__main__":
    main()
