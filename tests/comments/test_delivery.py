"""Nothing lost and nothing doubled: real workers, a real mail server, and everything that goes wrong between them."""

import asyncio
import random
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.db.models import F
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, Notification, Subscription
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.mail import deliver_due
from tests.lib.test_mail import running_worker, wait_until
from tests.make import make_article, make_comment, make_section

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
_ID = re.compile(rb"^Message-ID: *(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)


class Post:
    """A mail server of which only this is of interest: which letter came to whom, how often. It can be away."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.recipients: list[str] = []
        self.slow = 0.0
        self.refuses: Callable[[str], str] = lambda address: ""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._controller: Controller | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if no := self.refuses(address):
            return no
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = _ID.search(envelope.content)
        assert found
        self.ids.append(found.group(1).decode())
        self.recipients += envelope.rcpt_tos
        if self.slow:
            await asyncio.sleep(self.slow)
        return "250 OK"

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """From now on connections are refused."""
        if self._controller:
            self._controller.stop()
        self._controller = None

    def repeats(self) -> dict[str, int]:
        return {key: n - 1 for key, n in Counter(self.ids).items() if n > 1}


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    server = Post()
    server.open()
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.close()


@pytest.fixture
def story() -> Article:
    site = SiteSettings.row()
    site.guests_held = site.members_held = 0
    site.save()
    return make_article(section=make_section())


def followers(story: Article, n: int) -> list[str]:
    """So many people who follow every comment on the story; their addresses."""
    people = [Reader(name=f"R{i}", email=f"r{i}@example.org", verified_at=timezone.now()) for i in range(n)]
    rows = Reader.objects.bulk_create(people, batch_size=1000)
    Subscription.objects.bulk_create(
        (Subscription(reader=reader, article=story, kind="all") for reader in rows), batch_size=1000
    )
    return [reader.email for reader in rows]


def all_left() -> bool:
    return not Notification.objects.waiting().exists() and not Comment.objects.filter(notified_at=None).exists()


def test_a16_two_workers_over_300_letters_send_each_once(
    post: Post, story: Article, settings: Any, tmp_path: Path
) -> None:
    addresses = followers(story, 300)
    make_comment(story)
    with running_worker(settings, tmp_path), running_worker(settings, tmp_path):
        wait_until(lambda: len(post.ids) >= 300 and all_left(), 60)
    assert sorted(post.recipients) == sorted(addresses)
    assert post.repeats() == {}
    assert set(Notification.objects.values_list("attempts", flat=True)) == {1}


def test_a16_a_server_slower_than_the_lease_gets_no_letter_twice(
    post: Post, story: Article, settings: Any, tmp_path: Path
) -> None:
    addresses = followers(story, 40)
    make_comment(story)
    post.slow = 0.15  # a batch takes six seconds, the lease is three
    with running_worker(settings, tmp_path, lease=3), running_worker(settings, tmp_path, lease=3):
        wait_until(lambda: len(post.ids) >= 40 and all_left(), 60)
    assert sorted(post.recipients) == sorted(addresses)


def test_a16_approving_and_holding_while_the_worker_runs_tells_everybody_once(
    post: Post, story: Article, settings: Any, tmp_path: Path
) -> None:
    addresses = followers(story, 30)
    comment = make_comment(story, status="pending")
    with running_worker(settings, tmp_path):
        for _ in range(12):
            comment.approve(by=None)
            time.sleep(random.uniform(0, 0.25))
            comment.hold(by=None)
        comment.approve(by=None)
        wait_until(lambda: all_left() and Notification.objects.count() == 30, 60)
    sent = Notification.objects.filter(sent_at__isnull=False).values_list("reader__email", flat=True)
    assert sorted(post.recipients) == sorted(sent), "nobody was told twice"
    refused = Notification.objects.filter(dead_at__isnull=False)
    assert {row.last_error for row in refused} <= {"The comment is not shown any more."}
    assert len(sent) + refused.count() == len(addresses)


def test_a16_a_server_that_is_down_for_ten_minutes_costs_no_letter(
    post: Post, story: Article, settings: Any, tmp_path: Path
) -> None:
    addresses = followers(story, 40)
    make_comment(story)
    post.close()
    with running_worker(settings, tmp_path):
        # Two tries really meet a closed port; each moves its letter into the future.
        wait_until(lambda: Notification.objects.exclude(last_error="").count() >= 2, 60)
        assert post.ids == []
        assert not Notification.objects.exclude(dead_at=None).exists()
        # Ten minutes later, as far as the letters know, it is there again.
        post.open()
        Notification.objects.update(due_at=F("due_at") - timedelta(minutes=10))
        wait_until(all_left, 60)
    assert sorted(post.recipients) == sorted(addresses)
    assert set(Notification.objects.values_list("attempts", "last_error")) == {(1, "")}


def test_a16_ten_minutes_without_a_server_minute_by_minute(post: Post, story: Article) -> None:
    addresses = followers(story, 40)
    make_comment(story)
    post.close()
    now = timezone.now()
    for second in range(0, 600, 30):  # the worker waits at most half a minute between two tries
        assert deliver_due(now + timedelta(seconds=second)) == {"unreachable": 1}
    post.open()
    sent = 0
    for second in range(600, 900, 30):
        sent += deliver_due(now + timedelta(seconds=second))["sent"]
    assert sent == 40
    assert sorted(post.recipients) == sorted(addresses)
    assert set(Notification.objects.values_list("attempts", flat=True)) == {1}


def test_a16_a_server_that_refuses_some_for_good_and_some_for_now(post: Post, story: Article) -> None:
    """Of 60: every sixth does not exist, every sixth is refused by a rule, every sixth is deferred twice."""
    followers(story, 60)
    make_comment(story)
    deferred: Counter[str] = Counter()

    def refuses(address: str) -> str:
        kind = int(address[1 : address.index("@")]) % 6
        if kind == 0:
            return "550 5.1.1 no such user"
        if kind == 1:
            return "550 5.7.1 refused by policy"
        deferred[address] += kind == 2
        return "451 4.7.1 greylisted, try again later" if 0 < deferred[address] < 3 else ""

    post.refuses = refuses
    now = timezone.now()
    assert deliver_due(now) == {"sent": 30, "dead": 20, "retried": 10}
    later = [deliver_due(now + timedelta(minutes=minute)) for minute in (2, 5, 10, 20)]
    assert sum(counts["sent"] for counts in later) == 10
    assert len(post.recipients) == len(set(post.recipients)) == 40
    gone = set(Suppression.objects.values_list("email", flat=True))
    assert gone == {f"r{n}@example.org" for n in range(0, 60, 6)}
    assert Notification.objects.filter(dead_at__isnull=False).count() == 20
    make_comment(story)
    post.refuses = lambda address: ""
    deliver_due(timezone.now())
    assert gone.isdisjoint(post.recipients), "nobody writes to who does not exist again"


def test_a16_eight_kills_lose_no_letter(post: Post, story: Article, settings: Any, tmp_path: Path) -> None:
    addresses = followers(story, 200)
    make_comment(story)
    post.slow = 0.01
    chance = random.Random()
    between: set[str] = set()

    def accepted_but_not_marked() -> set[str]:
        rows = Notification.objects.filter(sent_at=None).values_list("comment", "reader")
        unmarked = {f"<c.{comment}.{reader}@" for comment, reader in rows}
        return {key for key in post.ids if f"{key.partition('@')[0]}@" in unmarked}

    for _kill in range(8):
        had = len(post.ids)
        with running_worker(settings, tmp_path, lease=2) as worker:
            wait_until(lambda had=had: len(post.ids) > had, 60)
            time.sleep(chance.uniform(0, 0.12))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        time.sleep(0.05)  # what was on the line arrives
        fell = accepted_but_not_marked() - between
        assert len(fell) <= 1, "a kill falls between acceptance and mark of one letter at most"
        between |= fell
    assert len(set(post.ids)) < 200, "the kills came too late to mean anything"
    with running_worker(settings, tmp_path, lease=2):
        wait_until(all_left, 60)
    assert set(post.recipients) == set(addresses), "every letter arrived"
    assert len(set(post.ids)) == 200, "and a repeat bears the same id"
    assert set(post.repeats()) <= between, "repeats only where a kill fell between acceptance and mark"
    assert sum(post.repeats().values()) <= 8, "at most one for every kill"


def test_a16_ten_thousand_followers_of_one_comment(
    post: Post, story: Article, client: Any, settings: Any, tmp_path: Path
) -> None:
    SiteSettings.objects.update(guests_held=3)  # what the client posts waits for a moderator, and is not announced
    many = 10_000 if connection.vendor == "sqlite" else 2_000  # the server of the test takes as long as everything else
    addresses = followers(story, many)
    make_comment(story)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(running_worker(settings, tmp_path))
        wait_until(lambda: post.ids, 60)
        begun = time.monotonic()
        answer = client.post(
            f"/comments/on/{story.pk}/post/", {"text": "And I?", "name": "Noor", "email": "n@example.com"}
        )
        assert answer.status_code == 303
        assert time.monotonic() - begun < 5
        assert len(post.ids) < many, "somebody posted while the letters were going out"
        wait_until(lambda: len(post.ids) >= many, 480)
        wait_until(lambda: not Notification.objects.waiting().exists(), 60)
    assert sorted(post.recipients) == sorted(addresses)
    assert post.repeats() == {}
