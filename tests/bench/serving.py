"""A page from the cache beside what is as fast as can be, in one run and in turns: constant bytes from the same server, a
bare Django view, nginx with a written file, and other systems.

    .venv/bin/python -m tests.bench.serving [--seconds 3] [--rounds 5] [NAME=URL[,also=PORT+PORT] ...]

Takes (5 + the others) x (seconds + 1) x rounds, and a minute to begin with: about three minutes. Nothing else should run.
The story has 1,000 comments and stands in the demo newsroom; everything sends as many bytes as a browser gets of it. Other
systems are asked without compression, which is cheapest for them; `also` are the ports of their database or PHP, whose
processor time counts. What is printed is the median of the ratios of each round, beside what they are meant to be.
"""

import argparse
import sys
import urllib.request
from contextlib import ExitStack
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.load import tool
from tests.bench.processes import behind
from tests.bench.site import floor, nginx, served
from tests.bench.turns import BROWSER, MANY, Target, Turns, cpu, p99, per_second

OURS, CONSTANT, BARE, NGINX = "the cached page", "constant bytes", "a bare Django view", "nginx, a written file"
#: What the cached page is meant to reach beside each: requests a second, at least.
GOALS = {CONSTANT: 0.65, BARE: 1.9, NGINX: 0.5}
OTHERS = 2.5
#: At most: milliseconds of processor time, and times the constant answer's slowest in a hundred.
CPU, SLOWEST = 0.04, 2.0


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.serving")
    options.add_argument("--seconds", type=int, default=3, help="of load on each in each round")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("others", nargs="*", metavar="NAME=URL", help="other systems, in turn with this one")
    chosen = options.parse_args()
    with ExitStack() as stack:
        targets = _targets(stack) | dict(map(other, chosen.others))
        turns = Turns(targets, seconds=chosen.seconds, rounds=chosen.rounds)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(f"{MANY} connections by {tool()}", targets, turns))
    for line in _beside_goals(targets, turns):
        console.print(line, highlight=False)


def _targets(stack: ExitStack) -> dict[str, Target]:
    site = stack.enter_context(served(articles=100, comments=2000, largest=1000, demo=True))
    url = site.url + site.largest
    with urllib.request.urlopen(urllib.request.Request(url, headers=BROWSER)) as page:
        size = len(page.read())
    constant, bare = (stack.enter_context(floor(name)) for name in ("constant", "bare_django"))
    file = stack.enter_context(nginx(size))
    return {
        OURS: Target(url, BROWSER, site),
        CONSTANT: Target(f"{constant.url}/{size}", BROWSER, constant),
        BARE: Target(f"{bare.url}/{size}", BROWSER, bare),
        NGINX: Target(f"{file.url}/page.html", BROWSER, file),
        f"{OURS}, uncompressed": Target(url, {"User-Agent": BROWSER["User-Agent"]}, site),
    }


def other(said: str) -> tuple[str, Target]:
    """A line of `NAME=URL[,also=PORT+PORT]`."""
    name, _, rest = said.partition("=")
    url, _, also = rest.partition(",also=")
    return name, Target(url, {}, behind(url, [int(port) for port in also.split("+") if port]))


def table(title: str, targets: dict[str, Target], turns: Turns) -> Table:
    """The first of the targets beside each of the others."""
    ours = next(iter(targets))
    made = Table("", title=title)
    for column in ("a second", "median ms", "p99 ms", "CPU ms", "it / this"):
        made.add_column(column, justify="right")
    for name in targets:
        figures: list[tuple[Any, str]] = [(per_second, ",.0f"), (lambda one: one.load.median, ".2f"), (p99, ".2f")]
        shown = [format(turns.median(name, figure), form) for figure, form in [*figures, (cpu, ".3f")]]
        made.add_row(name, *shown, f"{turns.ratio(ours, name, per_second):.3g}")
    made.columns[-1].header = f"{ours} / this"
    return made


def _beside_goals(targets: dict[str, Target], turns: Turns) -> list[str]:
    rates = {name: GOALS.get(name, OTHERS) for name in targets if not name.startswith(OURS)}
    lines = [
        (f"{name}: x {turns.ratio(OURS, name, per_second):.3g}", f"at least {goal}") for name, goal in rates.items()
    ]
    lines.append((f"processor time: {turns.median(OURS, cpu):.3f} ms", f"at most {CPU}"))
    lines.append((f"p99 / p99 of {CONSTANT}: {turns.ratio(OURS, CONSTANT, p99):.2f}", f"at most {SLOWEST}"))
    return [f"{said} ({meant})" for said, meant in lines]


if __name__ == "__main__":
    main()
