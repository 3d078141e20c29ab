"""Reading stamps: what this process knows of the counters in `lib_stamp`, and values kept until one moves."""

import functools
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final, Generic, NamedTuple, TypeVar

from django.db import close_old_connections, connection, transaction

#: Seconds for which a process believes what it read: the stamps of the site and of its stories, and of single articles.
SITE_BELIEVED = 0.05
ARTICLE_BELIEVED = 1.0

#: Every page depends on these two: what stands around stories (settings, sections, menu, asks), and the stories.
EVERYWHERE: Final = ("site", "stories")
#: How the scopes begin that readers move, by what they add to an article: comments, votes, stars.
BY_READERS: Final = "readers:"

_lock = threading.Lock()
#: Until when a counter is believed (`time.monotonic()`), and what it was.
_Entry = tuple[float, int]
_known: dict[str, _Entry] = {}
#: How often this process was told to believe nothing any more: what was known before such a moment is not known now.
writes = 0

Value = TypeVar("Value")


def read(scopes: Iterable[str], *, outside_request: bool = False) -> dict[str, int]:
    """The counters of `scopes`; one query for those that this process has not read lately, none otherwise.

    `outside_request`: for code in front of Django's request cycle, which would else keep a connection that died.
    """
    return read_with_end(scopes, outside_request=outside_request)[0]


def read_with_end(scopes: Iterable[str], *, outside_request: bool = False) -> tuple[dict[str, int], float]:
    """As `read`, and until when (`time.monotonic()`) they are believed, unless `writes` has moved by then."""
    now = time.monotonic()
    scopes = list(scopes)
    known = _believed(scopes, now)
    if stale := {scope for scope in scopes if scope not in known}:
        if not stale.isdisjoint(EVERYWHERE):
            stale.update(EVERYWHERE)  # one query for both: who asks for one needs the other at once
        known |= _read_anew(sorted(stale), now, _select_outside_request if outside_request else _select)
    return {scope: known[scope][1] for scope in scopes}, min((known[scope][0] for scope in scopes), default=now)


def known_with_end(scopes: Collection[str]) -> tuple[dict[str, int], float] | None:
    """As `read_with_end`, but None where the database would have to be asked."""
    now = time.monotonic()
    known = _believed(scopes, now)
    if len(known) < len(scopes):
        return None
    return {scope: n for scope, (_, n) in known.items()}, min((until for until, _ in known.values()), default=now)


def _believed(scopes: Collection[str], now: float) -> dict[str, _Entry]:
    return {scope: entry for scope in scopes if (entry := _known.get(scope)) and entry[0] > now}


def _read_anew(stale: list[str], now: float, select: Callable[[list[str]], dict[str, int]]) -> dict[str, _Entry]:
    before = writes
    found = dict.fromkeys(stale, 0) | select(stale)
    fresh = {
        scope: (now + (SITE_BELIEVED if scope in EVERYWHERE else ARTICLE_BELIEVED), n) for scope, n in found.items()
    }
    with _lock:
        # A write of this process that came between must not be hidden behind what was read before it.
        if before != writes:
            return {scope: (now, n) for scope, n in found.items()}
        _known.update(fresh)
        if len(_known) > 10_000:
            _known.clear()
    return fresh


def _select(scopes: list[str]) -> dict[str, int]:
    marks = ", ".join(["%s"] * len(scopes))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT scope, n FROM lib_stamp WHERE scope IN ({marks})", scopes)  # noqa: S608 - only marks
        return dict(cursor.fetchall())


def _select_outside_request(scopes: list[str]) -> dict[str, int]:
    try:
        if not connection.in_atomic_block:
            close_old_connections()
        return _select(scopes)
    except Exception:
        connection.close()
        raise


def forget(scopes: Iterable[str] | None = None) -> None:
    """Believe nothing of these any more (None: of all): the next read asks the database."""
    global writes
    with _lock:
        writes += 1
        for scope in list(_known) if scopes is None else scopes:
            _known.pop(scope, None)


def forget_on_commit(scopes: Iterable[str]) -> None:
    """The process that wrote sees its own change at once, as soon as it is committed."""
    forget(scopes)
    transaction.on_commit(lambda: forget(scopes))


class _Kept(NamedTuple, Generic[Value]):
    """A value and the counters that it is kept under, which are asked again at `until` (`time.monotonic()`) or after a write.
    At `ends` the value is made anew whatever they say."""

    value: Value
    found: dict[str, int]
    until: float
    writes: int
    ends: float


_kept: list[dict[str, _Kept[object]]] = []


def kept_until_change_of(
    *scopes: str, seconds: float = math.inf
) -> Callable[[Callable[[], Value]], Callable[[], Value]]:
    """Keep what `function()` returns in this process until one of these stamps moves, and no longer than `seconds`."""

    def keep(function: Callable[[], Value]) -> Callable[[], Value]:
        cell: dict[str, _Kept[Value]] = {}
        _kept.append(cell)  # type: ignore[arg-type]

        @functools.wraps(function)
        def wrapper() -> Value:
            kept, before = cell.get(""), writes
            if kept and kept.writes == before and time.monotonic() < kept.until:
                return kept.value
            if connection.in_atomic_block and connection.needs_rollback:
                return function()
            found, until = read_with_end(scopes)
            now = time.monotonic()
            if kept and kept.found == found and now < kept.ends:
                value, ends = kept.value, kept.ends
            else:
                value, ends = function(), now + seconds
            cell[""] = _Kept(value, found, min(until, ends), before, ends)
            return value

        return wrapper

    return keep


#: For what stands around stories: publishing one does not make it old.
kept_until_change: Final = kept_until_change_of("site")
#: For what says something of stories, too.
kept_until_news: Final = kept_until_change_of(*EVERYWHERE)


def drop_kept() -> None:
    """Forget stamps and everything kept under them (tests that roll back; a restored database)."""
    forget()
    for cell in _kept:
        cell.clear()
