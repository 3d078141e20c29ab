"""What an edit changed, in words. Pure, and one pass however long the texts are."""

import re
from typing import NamedTuple

_WORDS = re.compile(r"\s*\S+|\s+\Z")


class Change(NamedTuple):
    """The words before the change, those that went, those that came instead, and the words after it."""

    before: str
    gone: str
    come: str
    after: str


def change(old: str, new: str) -> Change:
    """One change that reaches from the first word that differs to the last one."""
    was, now = _WORDS.findall(old), _WORDS.findall(new)
    most = min(len(was), len(now))
    head = next((n for n in range(most) if was[n] != now[n]), most)
    tail = next((n for n in range(most - head) if was[-1 - n] != now[-1 - n]), most - head)
    gone, come = was[head : len(was) - tail], now[head : len(now) - tail]
    return Change(*("".join(words) for words in (now[:head], gone, come, now[len(now) - tail :])))
