"""Kept pages are answered by one thread of a process, and nobody waits for it."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from newsroom.lib import watch
from newsroom.lib.pagecache import PageCache
from newsroom.lib.pagecache.page import Answer

ENDLESS = 10.0
KEPT, SEARCH, END = {"PATH_INFO": "/"}, {"PATH_INFO": "/search/"}, {"PATH_INFO": "end"}


class Said:
    """What takes the answer, as granian's does."""

    def __init__(self) -> None:
        self.said: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

    def response_bytes(self, _status: int, _headers: list[tuple[str, str]], body: bytes) -> None:
        self.said.put((threading.current_thread().name, body))


class Site(PageCache):
    def at_once(self, environ: dict[str, Any]) -> Answer | None:
        time.sleep(0.0001)  # so that a thread that waits for this one gets its turn
        return Answer(200, [], b"kept") if environ["PATH_INFO"] == "/" else None


class Server:
    """Threads that take requests from one line, as granian's do, for a site that keeps every page but the search."""

    def __init__(self) -> None:
        self.asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.answer, self.going, self.done = Said(), threading.Event(), threading.Event()
        self.searched: list[str] = []
        self.over: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._call = watch.kept_at_once(lambda *_: self._search)(Site(_nothing), {})
        self.threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in "abcd"]

    def start(self, threads: int) -> "Server":
        for thread in self.threads[:threads]:
            thread.start()
        return self

    def ask(self, *requests: dict[str, Any]) -> None:
        for environ in requests:
            self.asked.put(environ)

    def hear(self, n: int, within: float = ENDLESS) -> list[str]:
        """Who answered the next `n`."""
        end = time.monotonic() + within
        return [self.answer.said.get(timeout=max(end - time.monotonic(), 0.01))[0] for _ in range(n)]

    def read(self, n: int = 200, within: float = ENDLESS) -> list[str]:
        self.ask(*[KEPT] * n)
        return self.hear(n, within)

    def _work(self) -> None:
        while (environ := self.asked.get()) is not END:
            self._call(self.answer, environ)
            self.over.put(None)

    def _search(self, _answer: Any, _environ: dict[str, Any]) -> None:
        self.searched.append(threading.current_thread().name)
        self.going.set()
        self.done.wait(ENDLESS)


def _nothing(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    return []


def test_while_all_that_is_asked_for_is_kept_one_thread_answers_and_the_others_rest() -> None:
    server = Server().start(4)
    ((_, most),) = Counter(server.read()).most_common(1)
    assert most > 190


def test_when_it_turns_to_what_takes_longer_another_one_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "REST", ENDLESS)
    server = Server().start(2)
    server.read()
    server.ask(SEARCH)
    assert server.going.wait(1)
    assert set(server.read(within=2)).isdisjoint(server.searched)
    server.done.set()


def test_when_it_ends_another_one_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """granian ends a thread that nothing came to for half a minute."""
    monkeypatch.setattr(watch, "REST", ENDLESS)
    server = Server().start(2)
    server.read()
    server.ask(END)
    assert len(set(server.read(within=2))) == 1


def test_one_that_rests_looks_again_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should anything hold up the one that watches."""
    monkeypatch.setattr(watch, "REST", 0.05)
    server = Server().start(4)
    for _ in range(20):
        server.ask(KEPT)
        time.sleep(0.02)
    (_, (_, second), *_) = Counter(server.hear(20)).most_common()
    assert second > 1


def test_a_request_with_a_body_holds_up_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "REST", ENDLESS)
    server = Server().start(4)
    server.ask(*[KEPT | {"CONTENT_LENGTH": "7"}] * 40)
    server.hear(40)
    wait_for(lambda: server.over.qsize() == 40)


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + ENDLESS / 2
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize(("common", "access_log"), [({"url_path_prefix": "/news"}, None), ({}, "%(path)s")])
def test_with_a_prefix_or_an_access_log_granian_does_all_of_it(common: dict[str, Any], access_log: str | None) -> None:
    def in_full(*_: Any) -> None: ...

    assert watch.kept_at_once(lambda *_: in_full)(PageCache(_nothing), common, access_log) is in_full
