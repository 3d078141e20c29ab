"""What two sequences share, and what lies in between. Pure.

What stands once on either side anchors the comparison (Bram Cohen's patience diff): the work grows with the length and not
with its square, and the result keeps sentences together instead of catching on every “the”.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

#: Where nothing stands once, stretches up to this product of lengths are compared item by item; longer ones are new.
_SMALL: Final = 20_000


class Run(NamedTuple):
    """A stretch of either sequence: the same on both sides, or what one gave way to in the other."""

    same: bool
    old: slice
    new: slice


def ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int]:
    """How many items they share at the beginning, and how many more at the end."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    return head, tail


def runs(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Run]:
    """Both sequences from beginning to end, equal and changed stretches in turn."""
    a = b = 0
    for start_a, start_b, length in [*_joined(sorted(_matches(old, new))), (len(old), len(new), 0)]:
        if (a, b) != (start_a, start_b):
            yield Run(False, slice(a, start_a), slice(b, start_b))
        a, b = start_a + length, start_b + length
        if length:
            yield Run(True, slice(start_a, a), slice(start_b, b))


def _joined(matches: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Stretches that touch become one."""
    whole: list[tuple[int, int, int]] = []
    for a, b, length in matches:
        if whole and (whole[-1][0] + whole[-1][2], whole[-1][1] + whole[-1][2]) == (a, b):
            length += whole[-1][2]
            a, b, _ = whole.pop()
        whole.append((a, b, length))
    return whole


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """(place in old, place in new, length) of what is the same, in no order."""
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a0, a1, b0, b1 = waiting.pop()
        left, right = old[a0:a1], new[b0:b1]
        head, tail = ends(left, right)
        if head:
            yield a0, b0, head
        if tail:
            yield a1 - tail, b1 - tail, tail
        a0, a1, b0, b1 = a0 + head, a1 - tail, b0 + head, b1 - tail
        if a0 == a1 or b0 == b1:
            continue
        anchors = _anchors(old[a0:a1], new[b0:b1])
        if anchors:
            places = [(a0 - 1, b0 - 1), *((a0 + a, b0 + b) for a, b in anchors), (a1, b1)]
            yield from ((a, b, 1) for a, b in places[1:-1])
            for (a, b), (next_a, next_b) in pairwise(places):
                waiting.append((a + 1, next_a, b + 1, next_b))
        elif (a1 - a0) * (b1 - b0) <= _SMALL:
            found = SequenceMatcher(None, old[a0:a1], new[b0:b1], autojunk=False).get_matching_blocks()
            yield from ((a0 + a, b0 + b, length) for a, b, length in found if length)


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of what stands once on either side, as many as come in the same order on both."""
    times_old, times_new = Counter(old), Counter(new)
    place = {item: n for n, item in enumerate(new) if times_new[item] == 1}
    pairs = [(n, place[item]) for n, item in enumerate(old) if times_old[item] == 1 and item in place]
    # The longest rising row of places in `new`, by piles: each pair remembers the one that lies before it.
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for n, (_, b) in enumerate(pairs):
        pile = bisect(tops, b)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [b]
        piles[pile : pile + 1] = [n]
    row: list[tuple[int, int]] = []
    n = piles[-1] if piles else -1
    while n >= 0:
        row.append(pairs[n])
        n = before[n]
    return row[::-1]
