"""How well the site's own classifier knows spam: `python -m tests.bench.spam [FOLDER]`.

FOLDER: the real data, `spam/tubespam/*.csv` below it (default: NEWSROOM_REAL_DATA, else ../shared/data). Prints precision
and recall, once for a split of all comments and once for each set that the others teach; how little it may have seen; and
the time of one decision.
"""

import csv
import html
import os
import random
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from comments import bayes
from comments.screening import SPAM_AT


class Said(NamedTuple):
    text: str
    name: str
    is_spam: bool


def read(folder: Path) -> dict[str, list[Said]]:
    sets = {}
    for path in sorted((folder / "spam" / "tubespam").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            sets[path.stem] = [Said(plain(row["CONTENT"]), row["AUTHOR"], row["CLASS"] == "1") for row in rows]
    return sets


def plain(content: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", content))


class Taught:
    """A classifier in memory."""

    def __init__(self, lessons: Iterable[Said]) -> None:
        counts = bayes.count((bayes.tokens(said.text, said.name), said.is_spam, 1) for said in lessons)
        self._seen = {word: bayes.Seen(spam, ham) for word, (spam, ham) in counts.items()}
        self._totals = self._seen.pop("", bayes.Seen(0, 0))

    def probability(self, said: Said) -> float:
        verdict = bayes.judge(bayes.tokens(said.text, said.name), self._seen, self._totals)
        return verdict.probability if verdict else 0.0


def measured(name: str, lessons: list[Said], asked: list[Said]) -> None:
    taught = Taught(lessons)
    begun = time.perf_counter()
    held = [taught.probability(said) >= SPAM_AT for said in asked]
    each = (time.perf_counter() - begun) / len(asked)
    right = sum(spam and said.is_spam for spam, said in zip(held, asked, strict=True))
    wrong = sum(held) - right
    spam = sum(said.is_spam for said in asked)
    precision = right / sum(held) if any(held) else 1.0
    print(
        f"{name:34} taught by {len(lessons):5}, asked {len(asked):4}: precision {precision:.3f}, recall {right / spam:.3f},"
        f" {wrong} of {len(asked) - spam} good ones held, {each * 1e6:.0f} µs each"
    )


def main(folder: Path) -> None:
    sets = read(folder)
    if not sets:
        raise SystemExit(f"No spam/tubespam/*.csv below {folder}")
    every = [said for rows in sets.values() for said in rows]
    random.Random(1).shuffle(every)
    two_thirds = len(every) * 2 // 3
    measured("two thirds teach, a third is asked", every[:two_thirds], every[two_thirds:])
    for few in (60, 200):
        measured(f"only {few} teach", every[:few], every[two_thirds:])
    for name, rows in sets.items():
        others = [said for other, lessons in sets.items() if other != name for said in lessons]
        measured(f"without {name}", others, rows)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("NEWSROOM_REAL_DATA")
    main(Path(given) if given else Path(__file__).resolve().parents[3] / "shared" / "data")
