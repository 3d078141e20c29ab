"""The server as docs/operations.md starts it: restarts lose nothing, and nobody waits for somebody else's slow line."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from articles.models import Article, Reading
from tests.browser.conftest import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Server:
    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.process, self.log = port, process, log

    def get(self, path: str) -> int:
        """The status, after the whole body; on a connection of its own, as proxies ask by default."""
        ask = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            ask.request("GET", path, headers={"User-Agent": FIREFOX, "Connection": "close"})
            answer = ask.getresponse()
            answer.read()
            return answer.status
        finally:
            ask.close()

    def get_again(self, path: str) -> int:
        try:
            return self.get(path)
        except http.client.RemoteDisconnected:  # not a byte of an answer came
            return self.get(path)

    def open(self, said: bytes) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        line.sendall(said)
        return line

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)


def database_url() -> str:
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    user, password = (quote(str(there[what] or ""), safe="") for what in ("USER", "PASSWORD"))
    host = str(there["HOST"])
    place = (
        f"/{host}" if host.startswith("/") else f"{host}:{there['PORT'] or 5432}"
    )  # the folder of a socket, or a machine
    return f"postgres://{user}:{password}@{place}/{there['NAME']}"


@pytest.fixture
def server(tmp_path: Path, article: Article) -> Iterator[Server]:
    """Two processes on the database of this test."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("NEWSROOM_")} | {
        "NEWSROOM_URL": f"http://127.0.0.1:{port}", "NEWSROOM_VAR": str(tmp_path), "NEWSROOM_LIMITS": "0",
        "NEWSROOM_SECRET_KEY": "for-tests-only-" + "x" * 40, "DATABASE_URL": database_url(),
    }  # fmt: skip
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, env=env, cwd=settings.BASE_DIR, check=True)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2"]
    command += ["--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "20"]
    command += ["newsroom.wsgi:application"]
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=settings.BASE_DIR, stdout=output, stderr=output)
    running = Server(port, process, log)
    try:
        wait_for(lambda: log.read_text().count("Started worker-") == 2 and running.get("/healthz") == 200)
        yield running
    finally:
        running.stop()


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("It did not happen in time")


def test_a_restart_under_load_answers_every_request_and_loses_no_reading(server: Server, article: Article) -> None:
    """A connection that an old process has taken and not read yet is closed without a word: granian cannot help it, and a
    proxy repeats the request, once, as RFC 9110 (9.2.2) allows. Whatever else fails is a fault."""
    path = article.get_absolute_url()
    enough, statuses, failures = threading.Event(), [], []

    def load() -> None:
        while not enough.is_set():
            try:
                statuses.append(server.get_again(path))
            except Exception as error:
                failures.append(repr(error))
            time.sleep(0.005)

    readers = [threading.Thread(target=load, daemon=True) for _ in range(6)]
    for one in readers:
        one.start()
    try:
        wait_for(lambda: len(statuses) > 50)
        before = server.log.read_text().count("Stopped old worker-")
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: server.log.read_text().count("Stopped old worker-") >= before + 2)
        served = len(statuses)
        wait_for(lambda: len(statuses) > served + 50)
    finally:
        enough.set()
    for one in readers:
        one.join()
    assert failures == []
    assert set(statuses) == {200}
    server.stop()
    assert sum(Reading.objects.filter(article=article).values_list("n", flat=True)) == len(statuses)


def test_half_heads_of_requests_and_slow_readers_block_nobody(server: Server, article: Article) -> None:
    slow_read = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (article.get_absolute_url().encode(), server.port)
    lines: list[Any] = []
    try:
        for said in (b"GET / HTTP/1.1\r\nHost: 127", b"GET /", b"", slow_read):
            lines += [server.open(said) for _ in range(20)]
        time.sleep(0.5)
        assert [server.get(path) for path in (article.get_absolute_url(), "/", "/healthz")] == [200, 200, 200]
    finally:
        for line in lines:
            line.close()
