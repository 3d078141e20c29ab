"""The web server of a public site: granian behind the name of a socket, which changes hands without losing a request.

    python -m newsroom.serve /run/newsroom/web.sock --with-worker --workers 2 --blocking-threads 4

What follows the name is for newsroom.web. HUP puts the code that is there now in the place of the old: a second server starts
on a socket of its own, and when it answers, the name is made to point to it, which no client can see half done. Then
nobody new comes to the old one, and it is told to finish what it has. (granian's own reload closes connections that an
old process has taken and not read yet.) A version that does not start changes nothing. TERM stops in good order.
"""

import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, NoReturn

log = logging.getLogger("newsroom.serve")

#: Seconds in which a server has to answer its first request.
BEGINNING: Final = 60.0
#: Seconds in which whoever reached the old server by the name has said what they want.
LEAVING: Final = 2.0
#: A name that the site answers to.
HOST: Final = os.environ.get("NEWSROOM_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".").encode()
#: A connection carries one request: one that waits for a second could be closed while that is on its way.
OPTIONS: Final = "--no-http1-keep-alive --uds-permissions 666".split()


class Server:
    """One granian (newsroom.web), on a socket of its own beside the name."""

    def __init__(self, name: Path, number: int, options: list[str]) -> None:
        self.address = name.with_name(f"{name.name}.{number}")
        self.address.unlink(missing_ok=True)  # of one that was killed
        command = [sys.executable, "-m", "newsroom.web", "--uds", str(self.address), *options, *OPTIONS]
        self.process = subprocess.Popen(command)  # noqa: S603 - the words of whoever runs the site

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def begins(self) -> bool:
        """Whether it answers in good time."""
        end = time.monotonic() + BEGINNING
        while self.runs and time.monotonic() < end:
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
        if self.runs:
            self.process.terminate()

    def finish(self) -> None:
        """What it has begun is answered, for as long as granian's --workers-kill-timeout allows; the letter that its worker
        has in hand is sent, over which a mail server may take a minute.
        """
        self.leave()
        self.process.wait()
        self.address.unlink(missing_ok=True)


def serve(name: Path, options: list[str]) -> int:
    """Until the server ends, which is its own doing: a status that says so."""
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGHUP, lambda number, _frame: asked.put(number))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    started = 1
    servers = [Server(name, started, options)]
    try:
        if not servers[0].begins():
            return servers[0].process.poll() or 1
        servers[0].take(name)
        while servers[0].runs:
            if _was_asked(asked):
                started += 1
                servers.append(Server(name, started, options))
                _replace(servers, name)
        return servers[0].process.returncode or 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for server in servers:
            server.leave()
        for server in servers:
            server.finish()


def _leave(_number: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)


def _was_asked(asked: queue.SimpleQueue[int]) -> bool:
    try:
        asked.get(timeout=1)
    except queue.Empty:
        return False
    return True


def _replace(servers: list[Server], name: Path) -> None:
    """The last of two by the first, if it answers; one of them is left."""
    old, new = servers
    if new.begins():
        new.take(name)
        time.sleep(LEAVING)
        log.warning("A new server answers; the old one finishes")
    else:
        log.error("The new server does not answer, so the old one stays")
        old, new = new, old
    old.finish()
    servers[:] = [new]


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    raise SystemExit(serve(Path(sys.argv[1]), sys.argv[2:]))
