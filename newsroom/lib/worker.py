"""The loop beside the web server: small tasks in turn, until a signal says that it is enough."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

from django.db import close_old_connections, connections
from django.utils import timezone

from newsroom.lib.models import Hit

log = logging.getLogger(__name__)

#: One task: does what is due, asks `stop()` between two pieces of work, and says whether it did anything.
Task = Callable[[Callable[[], bool]], bool]

PAUSE: Final = 1.0
#: After a task failed (the database is away, say) the next try waits longer and longer.
LONGEST_PAUSE: Final = 30.0
#: No window of the limiter is longer than a day.
HITS_KEPT: Final = 2 * 24 * 3600


class Worker:
    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._enough = threading.Event()

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """What is under way is finished; nothing new is begun."""
        self._enough.set()

    def run(self, *, once: bool = False) -> None:
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._run(once)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run(self, once: bool) -> None:
        pause = PAUSE
        while not self._enough.is_set():
            busy, failed = self._round()
            if once:
                return
            pause = min(LONGEST_PAUSE, pause * 2) if failed else PAUSE
            if failed or not busy:
                self._enough.wait(pause)

    def _round(self) -> tuple[bool, bool]:
        """Every task once; whether one did something, and whether one failed."""
        busy = failed = False
        for task in self._tasks:
            if self._enough.is_set():
                break
            try:
                close_old_connections()
                busy |= task(self._enough.is_set)
            except Exception:
                failed = True
                log.exception("The worker's task failed and is tried again")
                connections.close_all()
        return busy, failed


def in_a_child(task: Task) -> Task:
    """`task` in a process of its own, which ends when it is done: the memory that it took goes back to the system, and where
    that was more than there is the worker lives on. For a task that is known to have something to do.

    The child is forked: it has everything loaded, and the worker's ears for TERM, which is passed on to it.
    """

    def apart(stop: Callable[[], bool]) -> bool:
        connections.close_all()  # two processes cannot speak through one connection
        child = multiprocessing.get_context("fork").Process(target=task, args=(stop,))
        child.start()
        while child.is_alive():
            child.join(PAUSE)
            if stop():
                child.terminate()
        if child.exitcode:
            raise ChildProcessError(f"The worker's child ended with {child.exitcode}")
        return True

    return apart


def ends_with(process: int) -> Task:
    """Ends the worker soon after the process of this number, which started it and could not tell it to stop."""

    def look(stop: Callable[[], bool]) -> bool:
        if os.getppid() != process:
            signal.raise_signal(signal.SIGTERM)
        return False

    return look


def every(seconds: float, task: Task) -> Task:
    """`task` at most once in so many seconds."""
    last = -seconds

    def seldom(stop: Callable[[], bool]) -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return task(stop)

    return seldom


def forget_old_hits(stop: Callable[[], bool]) -> bool:
    """Windows of the limiter that are over; the key ends with its length in seconds, the bucket counts such windows."""
    lengths = {key.rpartition(":")[2] for key in Hit.objects.values_list("key", flat=True).iterator()}
    now = timezone.now().timestamp()
    for length in filter(str.isdigit, lengths):
        over = int((now - HITS_KEPT) // int(length)) if int(length) else 0
        Hit.objects.filter(key__endswith=f":{length}", bucket__lt=over).delete()
    return False
