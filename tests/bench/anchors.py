"""How much CPU it costs to find 200 passages again in a megabyte of text, in words of one reading of that text.

.venv/bin/python -m tests.bench.anchors
"""

import random
import statistics
import time
from collections.abc import Callable

from articles.passages import Place
from comments.anchoring import Anchor, Text, anchor_at, locate

ROUNDS = 5
FEW = "bridge crack hanger tunnel ferry harbour morning inspector deck cable water traffic closed opened".split()
MANY = [f"word{n}" for n in range(4000)]


def edited_megabyte(vocabulary: list[str]) -> tuple[list[Anchor], dict[str, str]]:
    """200 anchors and the text after an edit that left none as it was: every third is gone, the others edited inside."""
    chance = random.Random(7)
    blocks = {f"{n:08x}": " ".join(chance.choices(vocabulary, k=60)) for n in range(2500)}
    names = chance.sample(sorted(blocks), 200)
    anchors = [anchor_at(Place(name, 20, 200), blocks[name]) for name in names]
    for number, name in enumerate(names):
        words = blocks[name].split()
        gone = chance.choices(vocabulary, k=60)
        blocks[name] = " ".join(gone if number % 3 == 0 else [*words[:12], "rather", *words[13:]])
    return anchors, blocks


def main() -> None:
    for said, vocabulary in (("14 words", FEW), ("4,000 words", MANY)):
        anchors, edited = edited_megabyte(vocabulary)
        read, found = [], []
        for _round in range(ROUNDS):
            read.append(_cpu(lambda edited=edited: Text(edited).words))
            text = Text(edited)
            found.append(_cpu(lambda text=text, anchors=anchors: [locate(anchor, text) for anchor in anchors]))
        ratio = statistics.median(one / other for one, other in zip(found, read, strict=True))
        print(
            f"{said}: {statistics.median(found):.2f} s, {ratio:.1f} readings of the text ({statistics.median(read):.2f} s)"
        )


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
