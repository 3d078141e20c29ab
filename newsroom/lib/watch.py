"""Kept pages are answered by one thread of a process, and before an environ for Django is made."""

import threading
from collections.abc import Callable
from typing import Any, Final

from newsroom.lib.pagecache import PageCache

#: Seconds after which a thread that rests looks for a request all the same.
REST: Final = 1.0

#: How granian asks: with what takes the answer (its `WSGIProtocol`), and with what a WSGI environ says of this request alone.
Call = Callable[[Any, dict[str, Any]], object]
#: How granian makes one of those (`granian.wsgi._callback_wrapper`): of an application, what all its requests have in common, and
#: the format of an access log, or None.
MakeCall = Callable[..., Call]


def kept_at_once(make_call: MakeCall) -> MakeCall:
    """`make_call`, but a call answers at once what the page cache keeps."""

    def make(application: Any, common: dict[str, Any], access_log: str | None = None) -> Call:
        in_full = make_call(application, common, access_log)
        # Only in full, granian writes a log, and takes the prefix of the site off an address.
        if not isinstance(application, PageCache) or access_log or common.get("url_path_prefix"):
            return in_full
        at_once, watch = application.at_once, Watch()

        def call(answer: Any, environ: dict[str, Any]) -> None:
            if kept := at_once(environ):
                answer.response_bytes(*kept)
                watch.keep(environ)
            else:
                watch.leave()
                in_full(answer, environ)

        return call

    return make


class Watch:
    """Of the threads that take requests from one queue, one is enough while all that is asked for is kept: Python computes in one at
    a time, and several that hand this over for each page take a fifth more processor time (tests.bench.serving). The others rest,
    until the one that watches turns to what takes longer.
    """

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._here = _Here()

    def keep(self, environ: dict[str, Any]) -> None:
        """After an answer at once: the thread that watches does so further, another one rests."""
        if self._here.turn is None and not _has_body(environ) and self._free.acquire(timeout=REST):
            self._here.turn = _Turn(self._free)

    def leave(self) -> None:
        """Before anything that takes longer."""
        self._here.turn = None


class _Here(threading.local):
    turn: "_Turn | None" = None


class _Turn:
    """To watch. It ends when nobody holds it, so with its thread, too: granian ends those that have nothing to do, but the first."""

    def __init__(self, free: threading.Lock) -> None:
        self._free = free

    def __del__(self) -> None:
        self._free.release()


def _has_body(environ: dict[str, Any]) -> bool:
    """granian takes what nobody read off the line when the call is over, so that must not rest."""
    return "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
