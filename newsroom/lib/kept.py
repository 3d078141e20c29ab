"""A process beside this one that is there as long as it: the worker beside the server."""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Final

log = logging.getLogger(__name__)

PAUSE: Final = 1.0
#: After a process that ended the next one waits longer and longer, until one lives for more than this.
LONGEST_PAUSE: Final = 30.0


class Kept:
    """There for as long as the block lasts: one that ends is replaced, and at the end of the block it gets TERM and is waited for.

    `task` is called in the main thread of the process; where processes are not forked it is found by its name.
    """

    def __init__(self, name: str, task: Callable[[], None]) -> None:
        self._name, self._task = name, task
        self._enough = threading.Event()

    def __enter__(self) -> None:
        self._process = self._started()  # not by the thread: its fork could fall into the middle of an import
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        self._process.terminate()
        self._thread.join()

    def _started(self) -> BaseProcess:
        process = multiprocessing.Process(target=self._task)
        process.start()
        return process

    def _keep(self) -> None:
        pause = PAUSE
        while True:
            began = time.monotonic()
            self._wait()
            if self._enough.is_set():
                return
            pause = PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
            log.warning("%s ended with %s; the next one begins in %d s", self._name, self._process.exitcode, pause)
            if self._enough.wait(pause):
                return
            self._process = self._started()

    def _wait(self) -> None:
        """Until the process has ended. It is told to stop again and again, because it may not have had ears yet."""
        while self._process.is_alive():
            self._process.join(PAUSE)
            if self._enough.is_set():
                self._process.terminate()
