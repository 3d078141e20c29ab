"""The web server of a public site: granian behind the name of a socket, which changes hands without losing a request.

    python -m newsroom.serve /run/newsroom/web.sock --with-worker --workers 2 --blocking-threads 4

What follows the name is for newsroom.web; granian's options about processes that fail, grow or live long have no effect,
because this one watches them. HUP puts the code that is there now in the place of the old: a second server starts on a socket
of its own, and when it answers, the name is made to point to it, which no client can see half done. Then nobody new comes to the
old one, and it is told to finish what it has. (granian's own reload closes connections that an old process has taken and not
read yet.) A version that does not start changes nothing. A server one of whose processes failed is replaced in the same way.
TERM stops in good order.
"""

import argparse
import ctypes
import logging
import math
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

log = logging.getLogger("newsroom.serve")

#: Seconds in which a server has to answer its first request.
BEGINNING: Final = 60.0
#: Seconds in which whoever reached the old server by the name has said what they want.
LEAVING: Final = 2.0
#: Seconds in which a process finishes what it has in hand: a mail server may take a minute over a letter. The unit's
#: TimeoutStopSec is longer.
FINISHING: Final = 80.0
#: Seconds in which a new server is not replaced for a process that failed; twice as long after each time, should they all fail.
SETTLING: Final = 5.0
LONGEST: Final = 300.0
#: A name that the site answers to.
HOST: Final = os.environ.get("NEWSROOM_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".").encode()
#: A connection carries one request: one that waits for a second could be closed while that is on its way.
OPTIONS: Final = "--no-http1-keep-alive --uds-permissions 666".split()
#: Whether the process that loads the site can hand the others over to this one.
ADOPTS: Final = sys.platform == "linux"
#: linux/prctl.h, since 3.4.
PR_SET_CHILD_SUBREAPER: Final = 36


class Server:
    """One granian (newsroom.web), on a socket of its own beside the name."""

    def __init__(self, name: Path, number: int, options: list[str]) -> None:
        self.address = name.with_name(f"{name.name}.{number}")
        self.address.unlink(missing_ok=True)  # of one that was killed
        command = [sys.executable, "-m", "newsroom.web", "--uds", str(self.address), *options, *OPTIONS]
        self._first = subprocess.Popen([*command, *(["--hand-over"] if ADOPTS else [])])  # noqa: S603 - the words of whoever runs the site
        self._many = how_many(options) if ADOPTS else 1
        self._told: set[int] = set()
        self._end = math.inf

    @property
    def processes(self) -> list[int]:
        """Those that run. They are this one's children, once the one that forked them has ended, and keep its command line."""
        if not ADOPTS:
            return [self._first.pid] if self._first.poll() is None else []
        return [pid for pid in _children() if os.fsencode(self.address) in _command_line(pid)]

    @property
    def lacks_one(self) -> bool:
        return len(self.processes) < self._many

    def begins(self) -> bool:
        """Whether it answers in good time."""
        end = time.monotonic() + BEGINNING
        while ADOPTS and self._first.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        while self.processes and time.monotonic() < end:
            if self._answers():
                return True
            time.sleep(0.1)
        return False

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            try:
                line.connect(str(self.address))
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Proto: https\r\n\r\n" % HOST)
                return line.recv(64).startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))
            except OSError:
                return False

    def take(self, name: Path) -> None:
        """From now on, whoever connects to `name` reaches this one."""
        link = name.with_name(f"{name.name}.next")
        link.unlink(missing_ok=True)
        link.symlink_to(self.address.name)
        link.replace(name)

    def leave(self) -> None:
        """What it has begun is answered; the letter that its worker has in hand is sent."""
        self._end = min(self._end, time.monotonic() + FINISHING)
        self.has_gone()

    def has_gone(self) -> bool:
        """Whether it has, after it was to leave. Each process is told so once, when it is met: granian's block at the third time.
        One that takes too long is killed."""
        for pid in self.processes:
            if pid not in self._told:
                self._told.add(pid)
                _tell(pid, signal.SIGTERM)
            elif time.monotonic() > self._end:
                log.error("A process took too long to finish and is killed: a letter may be sent twice")
                _tell(pid, signal.SIGKILL)
        _reap()
        if self._first.poll() is None or self.processes:
            return False
        self.address.unlink(missing_ok=True)
        return True


def serve(name: Path, options: list[str]) -> int:
    """Until the server ends, which is its own doing: a status that says so."""
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGHUP, lambda number, _frame: asked.put(number))
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, _leave)
    started, settled = 1, time.monotonic() + SETTLING
    servers = [Server(name, started, options)]
    try:
        if not servers[0].begins():
            return 1
        servers[0].take(name)
        pause = SETTLING
        while servers[-1].processes:
            servers[:-1] = [server for server in servers[:-1] if not server.has_gone()]
            _reap()
            if _was_asked(asked):
                pause = SETTLING
            elif servers[-1].lacks_one and time.monotonic() > settled:
                log.error("A process of the server failed: a new server takes its place")
                pause = SETTLING if time.monotonic() > settled + LONGEST else min(pause * 2, LONGEST)
            else:
                continue
            started += 1
            servers.append(Server(name, started, options))
            _replace(servers, name)
            settled = time.monotonic() + pause
        return 1
    finally:
        for end in (signal.SIGTERM, signal.SIGINT):
            signal.signal(end, signal.SIG_IGN)
        for server in servers:
            server.leave()
        while servers := [server for server in servers if not server.has_gone()]:
            time.sleep(0.05)


def _was_asked(asked: queue.SimpleQueue[int]) -> bool:
    """Within a second; more than once is once."""
    try:
        asked.get(timeout=1)
    except queue.Empty:
        return False
    with suppress(queue.Empty):
        while True:
            asked.get_nowait()
    return True


def _replace(servers: list[Server], name: Path) -> None:
    """The last but one by the last, if that answers."""
    old, new = servers[-2:]
    if new.begins():
        new.take(name)
        time.sleep(LEAVING)
        log.warning("A new server answers; the old one finishes")
    else:
        log.error("The new server does not answer, so the old one stays")
        old, new = new, old
    old.leave()
    servers[-2:] = [old, new]


def how_many(options: list[str]) -> int:
    """Processes that granian starts."""
    option = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    option.add_argument("--workers", type=int, default=os.environ.get("GRANIAN_WORKERS", "1"))
    return int(option.parse_known_args(options)[0].workers)


def adopt() -> None:
    """From now on, the processes that a child leaves behind are this one's children."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _command_line(pid: int) -> list[bytes]:
    """Of a process that has ended there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _tell(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _leave(_number: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    if ADOPTS:
        adopt()
    raise SystemExit(serve(Path(sys.argv[1]), sys.argv[2:]))
