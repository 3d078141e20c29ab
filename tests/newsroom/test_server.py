"""The server as docs/operations.md starts it: restarts lose nothing, and nobody waits for somebody else's slow line."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from articles.models import Article, MostRead, Reading
from comments.models import Comment
from tests.bench.processes import tree
from tests.place import Place, database_url, options_of_the_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Line(http.client.HTTPConnection):
    """To the name of the site's socket."""

    def __init__(self, name: Path) -> None:
        super().__init__("127.0.0.1", timeout=30)
        self._name = name

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(self._name))


class Server:
    def __init__(self, name: Path, process: subprocess.Popen[bytes], log: Path, key: Path) -> None:
        self.name, self.process, self.log, self.key = name, process, log, key

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> int:
        """The status, after the whole body; on a connection of its own, and never twice."""
        line = Line(self.name)
        named = {"User-Agent": FIREFOX, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}
        if form:
            named["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, urlencode(form) if form else None, named)
            answer = line.getresponse()
            answer.read()
            return answer.status
        finally:
            line.close()

    def get(self, path: str) -> int:
        return self.ask("GET", path)

    def reload(self, times: int = 1) -> None:
        """As `systemctl reload` does, and until it is over; more often: each time before the one before is over."""
        before = self.said()
        for _ in range(times):
            self.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
        wait_for(lambda: self.said() == before + times)

    def said(self) -> int:
        return len(re.findall("the old one (?:finishes|stays)", self.log.read_text()))

    def open(self, said: bytes) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(30)
        line.connect(str(self.name))
        line.sendall(said)
        return line

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=90)


@pytest.fixture
def server(tmp_path: Path, article: Article) -> Iterator[Server]:
    """The command of docs/deploy/newsroom-web.service, on the database of this test."""
    key, name, log = tmp_path / "secret_key", tmp_path / "web.sock", tmp_path / "server.log"
    key.write_text("for-tests-only-" + "x" * 40)
    env = {word: value for word, value in os.environ.items() if not word.startswith("NEWSROOM_")} | {
        "NEWSROOM_URL": "http://127.0.0.1", "NEWSROOM_VAR": str(tmp_path), "NEWSROOM_LIMITS": "0",
        "NEWSROOM_SECRET_KEY_FILE": str(key), "DATABASE_URL": database_url(),
        "NEWSROOM_DEBUG": "1",  # so that no static file needs to be collected
    }  # fmt: skip
    command = [sys.executable, "-m", "newsroom.serve", str(name), *options_of_the_unit()]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=settings.BASE_DIR, stdout=output, stderr=output)
    running = Server(name, process, log, key)
    try:
        wait_for(lambda: running.get("/healthz") == 200)
        yield running
    finally:
        running.stop()


def wait_for(true: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("It did not happen in time")


def test_the_processes_share_what_they_loaded_and_where_one_dies_a_new_server_takes_its_place(
    server: Server, article: Article
) -> None:
    """Two for readers, of which one has the worker; and no third that would keep what they loaded."""

    def processes() -> set[int]:
        return set(tree([server.process.pid])) - {server.process.pid}

    def counted() -> bool:
        """By the worker, every half a minute."""
        return MostRead.objects.filter(article=article).exists()

    assert len(processes()) == 2
    for pid in processes():
        figures = Path(f"/proc/{pid}/smaps_rollup").read_text()
        assert int(re.findall(r"Shared_Dirty: +(\d+) kB", figures)[0]) > 20 * 1024
    Reading.objects.create(article=article, hour=int(time.time()) // 3600, n=3)
    for one in (min, max):
        wait_for(counted)
        MostRead.objects.all().delete()
        before = processes()
        os.kill(one(before), signal.SIGKILL)
        wait_for(lambda known=before: len(processes()) == 2 and not processes() & known)
        assert {server.get("/") for _ in range(8)} == {200}
    wait_for(counted)


def test_the_server_starts_while_the_database_is_away(tmp_path: Path) -> None:
    with Place(tmp_path, database="postgres://nobody@127.0.0.1:1/none").behind_a_proxy() as name:
        assert name.is_symlink()  # it points to a server that answers


def test_three_reloads_under_load_lose_no_request_no_comment_and_no_reading(server: Server, article: Article) -> None:
    """Nobody repeats anything: each request is made once, and answered."""
    path, post = article.get_absolute_url(), f"/comments/on/{article.pk}/post/"
    enough, read, written, failures = threading.Event(), [], [], []

    def keep(what: Callable[[int], int], statuses: list[int]) -> None:
        while not enough.is_set():
            try:
                statuses.append(what(len(statuses)))
            except Exception as error:
                failures.append(repr(error))
            time.sleep(0.05)

    def write(n: int) -> int:
        return server.ask(
            "POST", post, {"name": "Noor", "email": "noor@example.com", "text": f"The ferry is late {n}."}
        )

    people = [threading.Thread(target=keep, args=(lambda _: server.get(path), read), daemon=True) for _ in range(3)]
    people.append(threading.Thread(target=keep, args=(write, written), daemon=True))
    for one in people:
        one.start()
    try:
        server.reload()
        server.reload(times=2)
        wait_for(lambda: bool(failures) or len(written) > 10)
    finally:
        enough.set()
    for one in people:
        one.join()
    assert failures == []
    assert set(read) == {200}
    assert set(written) == {303}
    a_version_that_does_not_start_changes_nothing(server)
    server.stop()
    assert sorted(Comment.objects.values_list("text", flat=True)) == sorted(
        f"The ferry is late {n}." for n in range(len(written))
    )
    assert sum(Reading.objects.filter(article=article).values_list("n", flat=True)) == len(read)
    assert list(server.name.parent.glob("web.sock.*")) == []


def a_version_that_does_not_start_changes_nothing(server: Server) -> None:
    server.key.unlink()
    server.reload()
    assert "The new server does not answer, so the old one stays" in server.log.read_text()
    assert server.get("/healthz") == 200


@pytest.mark.once
def test_half_heads_of_requests_and_slow_readers_block_nobody(server: Server, article: Article) -> None:
    slow_read = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % article.get_absolute_url().encode()
    lines: list[Any] = []
    try:
        for said in (b"GET / HTTP/1.1\r\nHost: 127", b"GET /", b"", slow_read):
            lines += [server.open(said) for _ in range(20)]
        time.sleep(0.5)
        assert [server.get(path) for path in (article.get_absolute_url(), "/", "/healthz")] == [200, 200, 200]
    finally:
        for line in lines:
            line.close()


def test_a_kept_page_comes_with_all_that_the_application_says_of_it(tmp_path: Path, article: Article) -> None:
    path = article.get_absolute_url()
    with Place(tmp_path, database=database_url()).served("--workers", "1") as url:
        line = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)

        def ask(method: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
            line.request(method, path, headers={"User-Agent": FIREFOX, "Accept-Encoding": "gzip"} | headers)
            answer = line.getresponse()
            return answer.status, dict(answer.headers), answer.read()

        _, rendered, page = ask("GET")
        status, kept, again = ask("GET")
        assert (status, rendered.pop("x-cache"), kept.pop("x-cache"), again) == (200, "miss", "hit", page)
        assert {name: said for name, said in kept.items() if name != "date"} == {
            name: said for name, said in rendered.items() if name != "date"
        }
        status, head, nothing = ask("HEAD")
        assert (status, head["content-length"], head["etag"], nothing) == (200, str(len(page)), kept["etag"], b"")
        assert ask("GET", **{"If-None-Match": kept["etag"]})[::2] == (304, b"")
        assert ask("GET", Cookie="mine=1")[1].get("x-cache") is None
        line.close()


@pytest.mark.once
def test_where_a_thread_had_nothing_to_do_and_ended_kept_pages_are_answered_all_the_same(
    tmp_path: Path, article: Article
) -> None:
    path = article.get_absolute_url()
    with Place(tmp_path, database=database_url()).served("--blocking-threads-idle-timeout", "5") as url:

        def read(times: int) -> None:
            for n in range(times):
                urllib.request.urlopen(url + ("/search/?q=ferry" if n % 20 == 10 else path), timeout=30).close()

        people = [threading.Thread(target=read, args=(60,)) for _ in range(8)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        time.sleep(7)
        begun = time.monotonic()
        for _ in range(40):
            urllib.request.urlopen(url + path, timeout=30).close()
        assert time.monotonic() - begun < 5  # those that rest look every second only
