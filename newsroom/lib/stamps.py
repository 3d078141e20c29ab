"""Reading stamps: what this process knows of the counters in `lib_stamp`, and values kept until one moves."""

import functools
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import close_old_connections, connection, transaction

#: Seconds for which a process believes what it read: the site's stamp, and the stamps of single articles.
SITE_BELIEVED = 0.2
ARTICLE_BELIEVED = 1.0

_lock = threading.Lock()
_known: dict[str, tuple[float, int]] = {}
_writes = 0

Value = TypeVar("Value")


def read(scopes: Iterable[str], *, outside_request: bool = False) -> dict[str, int]:
    """The counters of `scopes`; one query for those that this process has not read lately, none otherwise.

    `outside_request`: for code in front of Django's request cycle, which would else keep a connection that died.
    """
    now = time.monotonic()
    scopes = list(scopes)
    known = {scope: entry[1] for scope in scopes if (entry := _known.get(scope)) and entry[0] > now}
    stale = [scope for scope in scopes if scope not in known]
    if not stale:
        return known
    with _lock:
        writes = _writes
    fresh = dict.fromkeys(stale, 0) | (_select_outside_request(stale) if outside_request else _select(stale))
    with _lock:
        # A write of this process that came between must not be hidden behind what was read before it.
        if writes == _writes:
            for scope, n in fresh.items():
                believed = SITE_BELIEVED if scope == "site" else ARTICLE_BELIEVED
                _known[scope] = (now + believed, n)
            if len(_known) > 10_000:
                _known.clear()
    return known | fresh


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
    global _writes
    with _lock:
        _writes += 1
        for scope in list(_known) if scopes is None else scopes:
            _known.pop(scope, None)


def forget_on_commit(scopes: Iterable[str]) -> None:
    """The process that wrote sees its own change at once, as soon as it is committed."""
    forget(scopes)
    transaction.on_commit(lambda: forget(scopes))


_kept: list[dict[str, tuple[int, object]]] = []


def kept_until_change(function: Callable[[], Value]) -> Callable[[], Value]:
    """Keep what `function()` returns in this process until the site's stamp moves (settings, sections, menu, asks)."""
    cell: dict[str, tuple[int, Value]] = {}
    _kept.append(cell)  # type: ignore[arg-type]

    @functools.wraps(function)
    def wrapper() -> Value:
        if connection.in_atomic_block and connection.needs_rollback:
            return function()
        stamp = read(["site"])["site"]
        entry = cell.get("")
        if entry is None or entry[0] != stamp:
            cell[""] = entry = (stamp, function())
        return entry[1]

    return wrapper


def drop_kept() -> None:
    """Forget stamps and everything kept under them (tests that roll back; a restored database)."""
    forget()
    for cell in _kept:
        cell.clear()
