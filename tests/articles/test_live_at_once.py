"""Several reporters in the same moment, while an open page asks: nothing missed, nothing doubled, nothing overwritten."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from articles.live_posts import changes_since
from articles.models import Article, LiveUpdate, Outrun, SentBefore
from tests.make import make_article

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

REPORTERS = 6


@pytest.fixture
def live(transactional_db: None) -> Article:
    return make_article("Bridge closure", kind="live", body="")


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job returned; all begin together, each on a connection of its own."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(run, job) for job in jobs]]


def report(live: Article, name: str) -> None:
    """Ten posts, every other one put right, every fifth pinned, every third taken off."""
    for n in range(10):
        entry = LiveUpdate(article=live, text=f"{name} {n}", pinned=n % 5 == 0)
        entry.post(by=None)
        while n % 2 and entry.edited_at is None:
            entry.refresh_from_db()
            entry.text = f"{name} {n}, put right"
            # What was pinned may give way to somebody's pin in between.
            with contextlib.suppress(Outrun):
                entry.rewrite(base=entry.seq, by=None)
        if n % 3 == 0:
            entry.take_off(by=None)


class OpenPage:
    """What a page that is open knows: the posts by number, and up to which change."""

    def __init__(self, live: Article) -> None:
        self.pk = live.pk
        self.posts: dict[int, tuple[str | None, bool]] = {}
        self.seq = 0
        self.reloads = 0

    def ask(self) -> None:
        article = Article.objects.get(pk=self.pk)
        changes = changes_since(article, self.seq)
        found = changes.posts
        if changes.too_many:  # as a reader who loads the page anew: first its number, then its posts
            self.reloads += 1
            self.posts = {}
            found = list(LiveUpdate.objects.filter(article=article))
        for update in found:
            self.posts[update.pk] = (update.text, update.pinned)
            if update.deleted_at:
                del self.posts[update.pk]
        self.seq = changes.seq

    def ask_until(self, over: threading.Event) -> None:
        while not over.is_set():
            self.ask()
        self.ask()


def test_an_open_page_misses_nothing_while_six_report(live: Article) -> None:
    page, over = OpenPage(live), threading.Event()
    left = threading.Semaphore(REPORTERS - 1)

    def reporter(name: str) -> Callable[[], None]:
        def work() -> None:
            try:
                report(live, name)
            finally:
                if not left.acquire(blocking=False):
                    over.set()

        return work

    at_once(*(reporter(f"Reporter {n}") for n in range(REPORTERS)), lambda: page.ask_until(over))
    truth = {entry.pk: (entry.text, entry.pinned) for entry in LiveUpdate.objects.shown()}
    assert page.posts == truth
    assert page.seq == Article.objects.get(pk=live.pk).live_seq
    assert LiveUpdate.objects.count() == 10 * REPORTERS
    assert LiveUpdate.objects.filter(pinned=True).count() <= 1


def test_one_of_eight_who_edit_the_same_post_is_stored_and_seven_are_told(live: Article) -> None:
    entry = LiveUpdate(article=live, text="As it was.")
    entry.post(by=None)

    def edit(n: int) -> Callable[[], str | None]:
        def work() -> str | None:
            mine = LiveUpdate.objects.get(pk=entry.pk)
            mine.text = f"Words of {n}."
            try:
                mine.rewrite(base=entry.seq, by=None)
            except Outrun:
                return None
            return mine.text

        return work

    stored = [text for text in at_once(*(edit(n) for n in range(8))) if text]
    assert len(stored) == 1
    entry.refresh_from_db()
    assert entry.text == stored[0]
    assert entry.seq == Article.objects.get(pk=live.pk).live_seq == 2  # who lost took no number


def test_a_form_that_arrives_eight_times_at_once_makes_one_post(live: Article) -> None:
    def send() -> int:
        entry = LiveUpdate(article=live, text="Once.", token="a" * 32)
        try:
            entry.post(by=None)
        except SentBefore as sent:
            return sent.first.pk
        return entry.pk

    assert len(set(at_once(*[send] * 8))) == 1
    assert LiveUpdate.objects.count() == 1
