"""Requests of one process take turns, and none holds up the others for long."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from newsroom.lib.turn import InTurn

ENDLESS = 10.0


def test_a_request_waits_until_another_is_computed() -> None:
    inside, most = 0, 0

    def count(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        inside -= 1
        return []

    site = InTurn(count, patience=ENDLESS)
    readers = [threading.Thread(target=lambda: site({}, print)) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(ENDLESS)
    assert most == 1


def test_a_request_that_takes_long_holds_up_nobody_and_a_failure_ends_its_turn() -> None:
    going, done = threading.Event(), threading.Event()

    def search(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/search/":
            going.set()
            done.wait(ENDLESS)
            raise OSError("the disk is away")
        return [b"read"]

    def ask() -> None:
        with contextlib.suppress(OSError):
            site({"PATH_INFO": "/search/"}, print)

    site = InTurn(search)
    slow = threading.Thread(target=ask)
    slow.start()
    assert going.wait(ENDLESS)
    assert site({"PATH_INFO": "/"}, print) == [b"read"], "beside the slow one"
    done.set()
    slow.join(ENDLESS)
    assert site._turn.acquire(blocking=False), "whoever failed gave the turn back"
