"""How long after its publication a change is seen in every process, while 32 connections load the page; needs `wrk`.

    .venv/bin/python -m tests.bench.publishing [--times 30] [--scheduled 10]     (DATABASE_URL names another database)

Takes two minutes, and before that some for the sizes of the demo's pictures. An editor in a process of its own publishes; a
connection to each of the two processes of the server asks over and over. `after the commit`: since the change stood in the
database, which is when a form's answer comes back. `after the click`: since the editor's verb began. A scheduled story counts
from its own time.
"""

import argparse
import random
import statistics
import time
from typing import NamedTuple

from tests.bench.lines import Line, one_to_each
from tests.bench.load import loading
from tests.bench.newsdesk import Newsdesk, newsdesk
from tests.bench.site import served
from tests.bench.turns import BROWSER

CONNECTIONS, PATIENCE = 32, 30
#: Seconds: the longest and the median after a commit, and the longest after a story's own time.
LONGEST, MEDIAN, SCHEDULED = 0.3, 0.15, 0.5


class Seen(NamedTuple):
    """Seconds until every process answers what is new."""

    commit: float
    click: float


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.publishing")
    options.add_argument("--times", type=int, default=30, help="changes, and new stories")
    options.add_argument("--scheduled", type=int, default=10)
    chosen = options.parse_args()
    with served(articles=100, comments=2000, largest=1000, demo=True, worker=True) as site, newsdesk(site) as desk:
        lines = list(one_to_each(site.url).values())
        with loading(site.url + site.largest, BROWSER, connections=CONNECTIONS):
            changed = [_change(desk, lines, site.largest, n) for n in range(chosen.times)]
            fresh = [_publish(desk, lines, n) for n in range(chosen.times)]
        with loading(site.url + site.largest, BROWSER, connections=CONNECTIONS):
            scheduled = [_schedule(desk, lines, n) for n in range(chosen.scheduled)]
    _say("a change, on the story's page", changed)
    _say("a new story, on the front page", fresh)
    for place, name in enumerate(("its own page", "the front page")):
        _say_one(f"a scheduled story, on {name}", [one[place] for one in scheduled], f"at most {SCHEDULED} s")


def _change(desk: Newsdesk, lines: list[Line], path: str, n: int) -> Seen:
    time.sleep(random.uniform(0.1, 0.4))
    words = f"The harbour reopens: report {n} of the day"
    said = desk.tell("change", path=path, words=words)
    seen = _until_all_say(lines, path, words)
    return Seen(seen - said["done"], seen - said["began"])


def _publish(desk: Newsdesk, lines: list[Line], n: int) -> Seen:
    time.sleep(random.uniform(0.1, 0.4))
    words = f"The ferry is back: message {n} of the day"
    said = desk.tell("publish", words=words)
    seen = _until_all_say(lines, "/latest/", words)
    return Seen(seen - said["done"], seen - said["began"])


def _schedule(desk: Newsdesk, lines: list[Line], n: int) -> tuple[float, float]:
    words = f"What was planned: edition {n} of the day"
    said = desk.tell("publish", words=words, seconds=2 + random.random())
    time.sleep(max(0, said["at"] - time.time() - 0.1))
    own = _until_all_say(lines, said["path"], words)
    return own - said["at"], _until_all_say(lines, "/latest/", words) - said["at"]


def _until_all_say(lines: list[Line], path: str, words: str) -> float:
    """The moment at which the last process answers `words`."""
    waiting, end = list(lines), time.time() + PATIENCE
    while time.time() < end:
        waiting = [line for line in waiting if words not in line.get(path)]
        if not waiting:
            return time.time()
        time.sleep(0.002)
    raise TimeoutError(f"{path} never said {words!r}")


def _say(name: str, seen: list[Seen]) -> None:
    _say_one(f"{name}, after the commit", [one.commit for one in seen], f"at most {LONGEST} s, median under {MEDIAN} s")
    _say_one(f"{name}, after the click", [one.click for one in seen], "for information")


def _say_one(name: str, seconds: list[float], meant: str) -> None:
    if seconds:
        print(
            f"{name}: median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s of {len(seconds)} ({meant})"
        )


if __name__ == "__main__":
    main()
