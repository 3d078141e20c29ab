"""How much a comment reads like what moderators marked as spam. Pure: the counts are passed in.

Gary Robinson, "A Statistical Approach to the Spam Problem", Linux Journal 107 (2003), as SpamBayes carried it out: each
word's probability is drawn towards one half while little is known of it, and the telling ones are combined by Fisher's
method, once as evidence for spam and once against it. Words that say neither way, and long polite texts, weigh nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from comments.words import folded_words

#: Comments of each sort that must have been seen before anything is said.
SEEN_MIN: Final = 20
#: Tokens of a comment that are looked up, and of those the most telling that count.
TOKENS_MAX: Final = 240
TELLING_MAX: Final = 60
TOKEN_LENGTH: Final = 40
#: Robinson's s (weight of the assumption) and x (what is assumed of an unknown word); how far a word must tell.
ASSUMED_WEIGHT: Final = 0.45
ASSUMED: Final = 0.5
TELLS_FROM: Final = 0.1

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,300}", re.IGNORECASE)


class Seen(NamedTuple):
    """In how many comments of each sort."""

    spam: int
    ham: int


class Verdict(NamedTuple):
    """`probability` from 0 (fine) to 1 (spam); `words`: the few that speak most for spam."""

    probability: float
    words: tuple[str, ...]


def tokens(text: str, name: str) -> list[str]:
    """What a comment is known by, each once: its words, pairs of neighbours, whom it links to, the name above it."""
    hosts = [_host(found) for found in _ADDRESS.findall(text)]
    said = folded_words(_ADDRESS.sub(" ", text))
    marks = ["link:none" if not hosts else "link:one" if len(hosts) == 1 else "link:many"]
    every = [
        *marks,
        *(f"link:{host}" for host in hosts if host),
        *(f"name:{word}" for word in folded_words(name)),
        *said,
        *(f"{first} {second}" for first, second in pairwise(said)),
    ]
    return [token for token in dict.fromkeys(every) if len(token) <= TOKEN_LENGTH][:TOKENS_MAX]


def _host(address: str) -> str:
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def judge(found: Sequence[str], seen: Mapping[str, Seen], totals: Seen) -> Verdict | None:
    """None while too little was learned. `seen` may leave out tokens that never occurred."""
    if min(totals) < SEEN_MIN:
        return None
    known = [(token, _probability(seen[token], totals)) for token in found if token in seen]
    telling = sorted(known, key=lambda one: -abs(one[1] - 0.5))[:TELLING_MAX]
    telling = [one for one in telling if abs(one[1] - 0.5) >= TELLS_FROM]
    spammy = tuple(token for token, probability in telling if probability > 0.5)[:8]
    return Verdict(_combined([probability for _, probability in telling]), spammy)


def _probability(seen: Seen, totals: Seen) -> float:
    spam, ham = seen.spam / totals.spam, seen.ham / totals.ham
    n = seen.spam + seen.ham
    if n <= 0 or spam + ham <= 0:
        return ASSUMED
    return (ASSUMED_WEIGHT * ASSUMED + n * spam / (spam + ham)) / (ASSUMED_WEIGHT + n)


def _combined(probabilities: Sequence[float]) -> float:
    """Fisher's method in both directions: near 1 spam, near 0 not, one half where the words say both or nothing."""
    n = len(probabilities)
    if not n:
        return 0.5
    for_spam = 1 - _chi2_tail(-2 * sum(math.log(1 - p) for p in probabilities), 2 * n)
    for_ham = 1 - _chi2_tail(-2 * sum(math.log(p) for p in probabilities), 2 * n)
    return (1 + for_spam - for_ham) / 2


def _chi2_tail(x: float, degrees: int) -> float:
    """The probability that chi-square with so many (an even number of) degrees of freedom is at least x."""
    half = x / 2
    term = total = math.exp(-half)
    for i in range(1, degrees // 2):
        term *= half / i
        total += term
    return min(total, 1.0)


def count(lessons: Iterable[tuple[Sequence[str], bool, int]]) -> dict[str, list[int]]:
    """By token how much spam and ham these lessons add: (tokens, is spam, 1 to learn or -1 to forget). '' counts them."""
    sums: dict[str, list[int]] = {}
    for found, is_spam, sign in lessons:
        for token in ("", *found):
            sums.setdefault(token, [0, 0])[0 if is_spam else 1] += sign
    return sums
