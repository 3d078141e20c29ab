"""Requests of one process take turns at computing."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

#: Seconds for which a request waits for its turn; beside one that takes longer, the others go on.
PATIENCE: Final = 0.05

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class InTurn:
    """Wraps a WSGI application. A process of Python computes one thing at a time: requests that share it all the while take
    longer together than one after the other, and hold a lock of SQLite's while they wait for Python's. Comments that come
    in at once are taken a quarter faster in turn (tests.bench.posting).
    """

    def __init__(self, application: Application, patience: float = PATIENCE) -> None:
        self._application, self._patience = application, patience
        self._turn = threading.Semaphore()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        mine = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()
