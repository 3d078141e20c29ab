"""What an edit changed, in words. Pure, and one pass however long the texts are."""

import re
from typing import NamedTuple

from newsroom.lib.diff import ends

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
    head, tail = ends(was, now)
    gone, come = was[head : len(was) - tail], now[head : len(now) - tail]
    return Change(*("".join(words) for words in (now[:head], gone, come, now[len(now) - tail :])))
