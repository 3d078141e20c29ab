"""What the site's pages cost beside two floors of the same run: the same server with a constant answer, and a bare Django view.

    .venv/bin/python -m tests.bench [--articles 10000] [--comments 1000000] [--largest 100000] [--seconds 3] [--rounds 5]

SQLite in a throw-away folder, or the empty database that DATABASE_URL names (.ci/postgres.sh in front of it: PostgreSQL).
Pages and floors take turns, round by round; what is printed is the median, and the median of the ratios of each round, which
hardly depends on how fast the machine is. Nothing else should run meanwhile. The other modules of this folder measure one thing each.
"""

import argparse
import re
import sys
import urllib.request

from rich.console import Console
from rich.table import Table

from tests.bench.load import tool
from tests.bench.processes import Process
from tests.bench.site import Site, floor, served
from tests.bench.turns import BROWSER, FEW, KNOWN, MANY, Target, Turns, cpu, p99, per_second

CONSTANT, BARE = "a constant 30 kB", "a bare Django view, 30 kB"


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
        turns = Turns(targets, seconds=chosen.seconds, rounds=chosen.rounds)
    title = f"{sizes['articles']:,} stories, {sizes['comments']:,} comments; {MANY} connections ({FEW} where it is rendered) by {tool()}"
    Console(width=None if sys.stdout.isatty() else 120).print(_table(title, targets, turns))


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


def _table(title: str, targets: dict[str, Target], turns: Turns) -> Table:
    table = Table("page", title=title)
    for column in ("a second", "median ms", "p99 ms", "CPU ms", "x constant", "x bare Django"):
        table.add_column(column, justify="right")
    for name in targets:
        rate, slowest = turns.median(name, per_second), turns.median(name, p99)
        shown = [f"{rate:,.0f}", f"{turns.median(name, lambda one: one.load.median):.2f}", f"{slowest:.2f}"]
        shown.append(f"{turns.median(name, cpu):.3f}")
        table.add_row(name, *shown, *(f"{turns.ratio(name, beside, per_second):.3f}" for beside in (CONSTANT, BARE)))
    return table


if __name__ == "__main__":
    main()
