"""The loop beside the web server: small tasks in turn, until it is enough."""

import fcntl
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
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

    def accompany(self, lock: Path) -> None:
        """Called in the main thread; works in another for as long as that runs and gets no TERM, and finishes what is under way
        then. Of all processes that call this with the same file one works; when it ends, another does so.
        """
        ears, said = socket.socketpair()
        said.setblocking(False)
        signal.set_wakeup_fd(said.fileno())  # told beside the handler that the main thread may set
        threading.Thread(target=self._listen, args=(ears, said), daemon=True).start()
        threading.Thread(target=self._work_alone, args=(lock,)).start()

    def _listen(self, ears: socket.socket, _said: socket.socket) -> None:
        """`_said` stays open, because somebody has it."""
        ears.settimeout(PAUSE)
        heard: set[int] = set()
        while threading.main_thread().is_alive() and heard.isdisjoint({signal.SIGTERM, signal.SIGINT}):
            with suppress(TimeoutError):
                heard.update(ears.recv(64))
        self.stop()

    def _work_alone(self, lock: Path) -> None:
        while not self._enough.is_set():
            try:
                with lock.open("a") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self._run(once=False)
            except BlockingIOError:
                self._enough.wait(PAUSE)
            except Exception:
                log.exception("The worker failed and begins again")
                self._enough.wait(LONGEST_PAUSE)
        connections.close_all()

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
