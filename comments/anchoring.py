"""Finding a passage again in a text that was edited since. Pure, and linear in the length of the text.

First the same words in the same block; then the same words elsewhere, if what stands around them agrees; then words that
are close enough to be recognised. An edit elsewhere never moves an anchor, because its own block is asked first.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate
from typing import Final, cast

from articles.passages import Place

#: Characters around a passage that are kept.
AROUND: Final = 32
#: How far the surroundings of the same words must agree elsewhere, from 0 to 1; longer words need none where they are
#: the only ones.
AGREES: Final = 0.5
SPEAKS_FOR_ITSELF: Final = 32
#: What share of a passage's words must be there, in their order, for it to be recognised.
RECOGNISED: Final = 0.6
#: A word that a text holds more often says nothing about where a passage stands.
_COMMON: Final = 60
#: Between two blocks; no sanitised text holds it.
_BORDER: Final = "\x00"
#: One after the other, so that a script without spaces has words too.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A passage as it was chosen: its block, its words, and up to `AROUND` characters before and after them."""

    block: str
    exact: str
    prefix: str = ""
    suffix: str = ""


def anchor_at(place: Place, words: str) -> Anchor:
    """The anchor of a passage, from the words of its block."""
    return Anchor(
        place.block,
        words[place.start : place.end],
        words[max(0, place.start - AROUND) : place.start],
        words[place.end : place.end + AROUND],
    )


def locate(anchor: Anchor, blocks: "Mapping[str, str] | Text") -> Place | None:
    """Where a passage stands in the words of `blocks`; None where it is not to be recognised any more."""
    text = blocks if isinstance(blocks, Text) else Text(blocks)
    if not anchor.exact or _BORDER in anchor.exact:
        return None
    if place := _in_its_block(anchor, text):
        return place
    same = _occurrences(anchor, text)
    return (
        _where_it_agrees(same)
        or _recognised(anchor, text, own=True)
        or _where_it_stands_alone(anchor, same)
        or (_recognised(anchor, text, own=False) if len(anchor.exact) >= SPEAKS_FOR_ITSELF else None)
    )


def locate_exactly(anchor: Anchor, text: "Text") -> Place | None:
    """Where these very words stand: in the anchor's block, else where the surroundings agree, else where they stand once."""
    if not anchor.exact or _BORDER in anchor.exact:
        return None
    same = _occurrences(anchor, text)
    alone = same[0][1] if len(same) == 1 else None
    return _in_its_block(anchor, text) or _where_it_agrees(same) or alone


class Text:
    """A text, block by block, and the index of its words, made when the first passage needs it."""

    def __init__(self, blocks: Mapping[str, str]) -> None:
        self.blocks = blocks

    @cached_property
    def whole(self) -> tuple[str, list[int], list[str]]:
        """All blocks as one text, where each begins in it, and their names in that order."""
        starts, at = [], 0
        for text in self.blocks.values():
            starts.append(at)
            at += len(text) + 1
        return _BORDER.join(self.blocks.values()), starts, list(self.blocks)

    def find(self, exact: str) -> Iterator[Place]:
        whole, starts, names = self.whole
        for at in _find(exact, whole):
            number = bisect_right(starts, at) - 1
            start = at - starts[number]
            yield Place(names[number], start, start + len(exact))

    @cached_property
    def words(self) -> dict[str, list[tuple[str, int, int]]]:
        """The words of each block, folded, with their offsets."""
        return {name: list(_words(text)) for name, text in self.blocks.items()}

    @cached_property
    def places(self) -> dict[str, dict[str, list[int]]]:
        """Which words stand where, by word and block: their numbers in the block."""
        found: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for name, words in self.words.items():
            for number, (word, _start, _end) in enumerate(words):
                found[word].setdefault(name, []).append(number)
        return found

    def standing(self, word: str, block: str, *, own: bool) -> Iterator[tuple[str, int]]:
        """Where a word stands in a block, or in the others; nowhere, where it is too common to say anything."""
        places = self.places.get(word, {})
        if own or len(places) <= _COMMON:
            for name in [block] if own else places:
                numbers = places.get(name, [])
                if len(numbers) <= _COMMON and (name == block) == own:
                    yield from ((name, number) for number in numbers)


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    return ((found[0].casefold(), found.start(), found.end()) for found in _WORD.finditer(text))


def _in_its_block(anchor: Anchor, text: Text) -> Place | None:
    words = text.blocks.get(anchor.block, "")
    start = max(_find(anchor.exact, words), key=lambda at: (_agreement(anchor, words, at), -at), default=-1)
    return None if start < 0 else Place(anchor.block, start, start + len(anchor.exact))


def _occurrences(anchor: Anchor, text: Text) -> list[tuple[float, Place]]:
    """The same words in the other blocks, each with how far its surroundings agree."""
    return [
        (_agreement(anchor, text.blocks[place.block], place.start), place)
        for place in text.find(anchor.exact)
        if place.block != anchor.block
    ]


def _where_it_agrees(same: list[tuple[float, Place]]) -> Place | None:
    agreement, place = max(same, key=lambda found: found[0], default=(0.0, None))
    return place if agreement >= AGREES else None


def _where_it_stands_alone(anchor: Anchor, same: list[tuple[float, Place]]) -> Place | None:
    return same[0][1] if len(same) == 1 and len(anchor.exact) >= SPEAKS_FOR_ITSELF else None


def _find(exact: str, words: str, most: int = 200) -> list[int]:
    found: list[int] = []
    at = words.find(exact)
    while at >= 0 and len(found) < most:
        found.append(at)
        at = words.find(exact, at + 1)
    return found


def _agreement(anchor: Anchor, words: str, at: int) -> float:
    """How far what stands around the words at `at` is what stood around them, from 0 to 1."""
    end = at + len(anchor.exact)
    before = _same_end(anchor.prefix, words[max(0, at - AROUND) : at])
    return (before + _same_end(anchor.suffix[::-1], words[end : end + AROUND][::-1])) / 2


def _same_end(one: str, other: str) -> float:
    longest = max(len(one), len(other))
    same = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        same += 1
    return same / longest if longest else 1.0


def _recognised(anchor: Anchor, text: Text, *, own: bool) -> Place | None:
    """The stretch of words, in the anchor's own block or in the others, that is most like the passage."""
    wanted = [word for word, _start, _end in _words(anchor.exact)]
    found = [_most_alike(wanted, name, first, text) for name, first in _windows(wanted, anchor, text, own=own)]
    score, place = max(found, key=lambda compared: compared[0], default=(0.0, None))
    return place if score >= RECOGNISED else None


def _windows(wanted: list[str], anchor: Anchor, text: Text, *, own: bool) -> list[tuple[str, int]]:
    """Where it is worth looking: block and number of the first word, by what the rarer words of the passage say."""
    votes: Counter[tuple[str, int]] = Counter()
    width = max(4, len(wanted) // 2)
    for offset, word in enumerate(wanted):
        for name, number in text.standing(word, anchor.block, own=own):
            votes[name, (number - offset) // width] += 1
    return [(name, bucket * width) for (name, bucket), _count in votes.most_common(3)]


def _most_alike(wanted: list[str], name: str, first: int, text: Text) -> tuple[float, Place | None]:
    """The best stretch of one window, and how alike it is: 1 where every word is there, in order, and no other.

    Words weigh by their letters: “the” alone is not “the Sound”.
    """
    window = text.words[name][max(0, first - len(wanted)) : first + 3 * len(wanted) + 8]
    weights = [0, *accumulate(len(word) for word, _start, _end in window)]
    whole = sum(map(len, wanted))
    matcher = SequenceMatcher(None, wanted, [word for word, _start, _end in window], autojunk=False)
    same = [found for found in matcher.get_matching_blocks() if found.size]
    best, gain = (0.0, cast("Place | None", None)), 0.0
    for number, begin in enumerate(same):
        matched = 0
        for end in same[number:]:
            stop = end.b + end.size
            matched += weights[stop] - weights[end.b]
            length = weights[stop] - weights[begin.b]
            if matched - (length - matched) / 2 > gain:  # a word more is worth a gap of twice its length
                gain = matched - (length - matched) / 2
                best = (2 * matched / (whole + length), Place(name, window[begin.b][1], window[stop - 1][2]))
    return best
