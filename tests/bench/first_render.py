"""What the first reader of a story costs: its whole page, rendered.

    .venv/bin/python -m tests.bench.first_render [--largest 100000] [--seconds 3] [--rounds 5] [NAME=URL[,also=PORT+PORT] ...]

Theme, pictures, stars, asks, related and most read, and 20 threads of 1,000 comments; the same of a story with 100,000. Beside
pages of other systems (a bare Wagtail article), in one run and in turns, one request at a time; processor time is what
counts. Takes (4 + the others) x (seconds + 1) x rounds, and a minute or two to begin with (DATABASE_URL names another database).
"""

import argparse
import sys
import urllib.request
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from tests.bench.newsdesk import newsdesk
from tests.bench.serving import other
from tests.bench.site import served, served_again
from tests.bench.turns import BROWSER, Target, Turns, cpu

#: Rendering is measured, not compressing: the others are asked without, too.
PLAIN = {name: value for name, value in BROWSER.items() if name != "Accept-Encoding"}
SMALL, LARGE = "1,000 comments", "most comments"
#: How much more the very first page after something was published costs a process.
PUBLISHED, MISS = "1,000 comments, just after a publish", "the same, compressed and kept"
QUERIES = 10


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.first_render")
    options.add_argument("--largest", type=int, default=100_000, help="comments of the largest story")
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("others", nargs="*", metavar="NAME=URL")
    chosen = options.parse_args()
    with ExitStack() as stack:
        stories, each = 20, 1000
        comments = chosen.largest + (stories - 1) * each
        site = stack.enter_context(served(articles=stories, comments=comments, largest=chosen.largest, demo=True))
        with newsdesk(site) as desk:
            desk.tell("readers")
        render, published, miss = (
            stack.enter_context(served_again(site, name)) for name in ("render", "published", "miss")
        )
        targets = {
            SMALL: Target(render.url + site.typical, PLAIN, render, 1),
            LARGE: Target(render.url + site.largest, PLAIN, render, 1),
            PUBLISHED: Target(published.url + site.typical, PLAIN, published, 1),
            MISS: Target(miss.url + site.typical, BROWSER, miss, 1),
        }
        queries = {name: _queries(target) for name, target in targets.items()}
        targets |= {name: target._replace(connections=1) for name, target in map(other, chosen.others)}
        turns = Turns(targets, seconds=chosen.seconds, rounds=chosen.rounds)
    table = Table("the first render of a page", "queries", "CPU ms", "CPU / ours", title="one request at a time")
    for name in targets:
        figures = f"{turns.median(name, cpu):.1f}", f"{turns.ratio(name, SMALL, cpu):.2f}"
        table.add_row(name, queries.get(name, ""), *figures)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(
        f"at most {QUERIES} queries; the others' processor time at least 1.00 x ours; {chosen.largest:,} comments: as 1,000"
    )


def _queries(target: Target) -> str:
    asked = urllib.request.Request(target.url, headers=target.headers)
    for _ in range(20):  # what a process reads once in its life is no part of it
        with urllib.request.urlopen(asked) as answer:
            said = answer.headers["X-Queries"]
    return str(said)


if __name__ == "__main__":
    main()
