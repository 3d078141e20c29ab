"""Letters leave, at least once and in good order, whatever the server says and however often the worker dies."""

import asyncio
import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.core import mail as outgoing
from django.db import connection
from django.utils import timezone

from newsroom.accounts.models import Letter, Suppression
from newsroom.lib import mail
from newsroom.lib.mail import Mail, deliver_due
from newsroom.lib.smtp import Sender, send
from newsroom.management.commands.worker import letters


class Sink:
    """A mail server that keeps what it gets and answers as it is told: one answer per recipient, then 250."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, list[str]] = {}
        self.sender = "250 OK"
        self.slow = 0.0
        self.calls = 0
        #: Closes the line after each letter; dies with so many letters in hand, accepted but not answered.
        self.hangs_up = False
        self.dies_at_data = 0
        self.meanwhile: Callable[[], None] | None = None

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:
        self.calls += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.sender.startswith("250"):
            envelope.mail_from = address
        return self.sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(email.message_from_bytes(envelope.content, policy=policy.default))
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.meanwhile:
            self.meanwhile()
        if self.dies_at_data:
            self.dies_at_data -= 1
            server.transport.abort()
        if self.hangs_up:
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["To"] == address]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    handler = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


def letter_to(address: str, **over: Any) -> Letter:
    return Letter.objects.create(**{"kind": "unknown_account", "to": address} | over)


@pytest.mark.django_db
def test_a_letter_arrives_with_text_html_and_a_stable_id(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org")
    assert deliver_due(timezone.now(), sender=Sender(otherwise="The Kestrel"))["sent"] == 1
    assert deliver_due(timezone.now())["sent"] == 0
    row.refresh_from_db()
    assert row.sent_at
    (arrived,) = sink.letters
    assert arrived["Message-ID"] == mail.message_id_of(row)
    assert arrived["From"].startswith("The Kestrel <")
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in arrived.walk()} >= {"text/plain", "text/html"}


@pytest.mark.django_db
def test_a_server_that_is_busy_is_asked_again_later(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org")
    sink.answers["noor@example.org"] = ["451 4.3.0 try again"]
    now = timezone.now()
    assert deliver_due(now) == {"retried": 1}
    row.refresh_from_db()
    assert "451" in row.last_error
    assert timedelta(seconds=40) < row.due_at - now < timedelta(minutes=2)
    assert deliver_due(now + timedelta(minutes=3))["sent"] == 1
    row.refresh_from_db()
    assert row.last_error == ""


@pytest.mark.django_db
def test_a_refused_address_is_given_up_and_the_others_are_not(sink: Sink, site: Any) -> None:
    dead, alive = letter_to("gone@example.org"), letter_to("noor@example.org")
    sink.answers["gone@example.org"] = ["550 5.1.1 no such user"] * 9
    counts = deliver_due(timezone.now())
    assert (counts["dead"], counts["sent"]) == (1, 1)
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert dead.dead_at
    assert "550" in dead.last_error
    assert alive.sent_at


@pytest.mark.django_db
def test_twelve_attempts_are_enough(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org")
    sink.answers["noor@example.org"] = ["451 busy"] * 20
    now = timezone.now()
    for _ in range(mail.MOST_ATTEMPTS):
        now += timedelta(hours=9)
        deliver_due(now)
    row.refresh_from_db()
    assert row.dead_at
    assert row.attempts == mail.MOST_ATTEMPTS


@pytest.mark.django_db
def test_a_server_that_is_away_costs_the_other_letters_nothing(settings: Any, site: Any) -> None:
    settings.EMAIL_GIVEN, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for n in range(5):
        letter_to(f"reader{n}@example.org")
    counts = deliver_due(timezone.now())
    assert counts == {"unreachable": 1}
    assert set(Letter.objects.values_list("attempts", flat=True)) == {0}, "an absent server is no letter's fault"
    assert Letter.objects.exclude(last_error="").count() == 1
    assert not Letter.objects.exclude(leased_by="").exists()


@pytest.mark.django_db
def test_without_a_mail_server_letters_are_kept_and_not_given_up(site: Any) -> None:
    row = letter_to("noor@example.org")
    assert not deliver_due(timezone.now() + timedelta(days=30))
    row.refresh_from_db()
    assert (row.attempts, row.dead_at, row.sent_at) == (0, None, None)


@pytest.mark.django_db
def test_letters_from_before_there_was_a_server_do_not_all_leave_at_once(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org", due_at=timezone.now() - timedelta(days=20))
    assert deliver_due(timezone.now()) == {"dead": 1}
    row.refresh_from_db()
    assert row.last_error
    assert not sink.letters


@pytest.mark.django_db
def test_a_letter_that_must_not_be_sent_any_more_says_why(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org", kind="reset_password", user=None)
    assert deliver_due(timezone.now()) == {"dead": 1}
    row.refresh_from_db()
    assert "gone" in row.last_error


@pytest.mark.django_db
def test_a_server_that_hangs_up_after_every_letter_is_called_again_at_once(sink: Sink, site: Any) -> None:
    sink.hangs_up = True
    for n in range(4):
        letter_to(f"reader{n}@example.org")
    assert deliver_due(timezone.now()) == {"sent": 4}
    assert [letter["To"] for letter in sink.letters] == [f"reader{n}@example.org" for n in range(4)]


@pytest.mark.django_db
def test_a_letter_that_the_server_may_have_is_not_offered_again_at_once(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org")
    sink.dies_at_data = 1
    now = timezone.now()
    assert deliver_due(now) == {"retried": 1}
    assert deliver_due(now + timedelta(minutes=3)) == {"sent": 1}
    assert {letter["Message-ID"] for letter in sink.letters} == {mail.message_id_of(row)}


@pytest.mark.django_db
def test_one_refused_recipient_does_not_cost_the_line(sink: Sink, site: Any) -> None:
    for n in range(3):
        letter_to(f"reader{n}@example.org")
    sink.answers["reader1@example.org"] = ["550 5.7.1 not here"]
    assert deliver_due(timezone.now()) == {"sent": 2, "dead": 1}
    assert sink.calls == 1


@pytest.mark.django_db
def test_a_refused_sender_is_the_settings_fault_and_no_letter_s(sink: Sink, site: Any) -> None:
    row = letter_to("noor@example.org")
    letter_to("other@example.org")
    sink.sender = "553 5.7.1 you are not allowed to write as this sender"
    assert deliver_due(timezone.now()) == {"unreachable": 1}
    row.refresh_from_db()
    assert (row.attempts, row.dead_at) == (0, None)
    assert "not allowed" in row.last_error


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.1 The email account that you tried to reach does not exist",
        "550 5.1.1 <noor@example.org>: Recipient address rejected: User unknown",
        "550 5.1.2 no such domain",
        "553 5.1.3 bad address syntax",
        "551 5.1.6 user has moved, no forwarding address",
        "550 5.1.10 recipient not found",
    ],
)
def test_an_address_that_does_not_exist_is_remembered(sink: Sink, site: Any, answer: str) -> None:
    letter_to("noor@example.org")
    sink.answers["noor@example.org"] = [answer]
    assert deliver_due(timezone.now()) == {"dead": 1}
    row = Suppression.objects.get()
    assert (row.email, row.reason) == ("noor@example.org", "bounce")
    assert answer in row.note


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 message refused: looks like spam",
        "550 5.7.26 this mail is not authenticated",
        "550 5.4.1 relay access denied",
        "552 5.2.2 mailbox full",
        "550 5.2.1 mailbox disabled for now",
        "550 5.1.8 sender address rejected: domain not found",
        "550 5.1.0 address rejected",
        "550 blocked by our policy",
        "554 5.1.1 transaction failed",
        "450 4.1.1 not there yet",
        "550 5.1.11 something else",
    ],
)
def test_a_server_s_rules_and_doubts_suppress_nobody(sink: Sink, site: Any, answer: str) -> None:
    letter_to("noor@example.org")
    sink.answers["noor@example.org"] = [answer]
    deliver_due(timezone.now())
    assert not Suppression.objects.exists()


@pytest.mark.django_db
def test_a_suppressed_address_is_seen_and_set_free_in_the_admin(
    sink: Sink, client_of: Any, admin_user: Any, site: Any
) -> None:
    letter_to("noor@example.org")
    sink.answers["noor@example.org"] = ["550 5.1.1 no such user here"]
    deliver_due(timezone.now())
    browser = client_of(admin_user)
    page = browser.get("/admin/accounts/suppression/").content.decode()
    assert "550 5.1.1 no such user here" in page
    assert "the address does not exist" in page
    row = Suppression.objects.get()
    browser.post(f"/admin/accounts/suppression/{row.pk}/delete/", {"post": "yes"})
    assert not Suppression.holds("noor@example.org")


@pytest.mark.django_db
def test_a_lease_that_was_lost_is_noticed_before_the_letter_leaves(sink: Sink, settings: Any, site: Any) -> None:
    letter_to("first@example.org")
    taken = letter_to("taken@example.org")
    # While the first leaves, another worker takes the second: this one's lease was too short for a slow server.
    settings.NEWSROOM_MAIL_LEASE = 1
    sink.slow = 1.1

    def another_takes_it() -> None:
        Letter.objects.filter(pk=taken.pk).update(
            leased_by="another", leased_until=timezone.now() + timedelta(minutes=5)
        )

    counts = deliver_due(timezone.now(), stop=lambda: bool(sink.letters and another_takes_it()))
    assert counts == {"sent": 1}
    assert not sink.to("taken@example.org")


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_left_is_marked_though_the_database_went_away_meanwhile(sink: Sink) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
    row = letter_to("noor@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()

    def cut() -> None:
        with connection.copy().cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [ours])

    sink.meanwhile = cut
    assert deliver_due(timezone.now()) == {"sent": 1}
    row.refresh_from_db()
    assert row.sent_at
    assert len(sink.letters) == 1


@pytest.mark.django_db
def test_a_hostile_name_cannot_add_a_header(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    headers = {"List-Id": "a\r\nBcc: everybody@example.org"}
    send(Mail("noor@example.org", "Hello\r\nBcc: all@example.org", "text", headers=headers))
    sent = outgoing.outbox[0].message()
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Hello Bcc: all@example.org"


@pytest.mark.django_db
def test_logs_hold_the_address_and_the_kind_of_error_only(sink: Sink, site: Any, caplog: Any) -> None:
    letter_to("gone@example.org")
    sink.answers["gone@example.org"] = ["550 5.1.1 secret words of the server"] * 3
    deliver_due(timezone.now())
    assert "gone@example.org: SMTPRecipientsRefused" in caplog.text
    assert "secret words" not in caplog.text


@pytest.mark.django_db
def test_nothing_is_begun_after_stop(sink: Sink, site: Any) -> None:
    for n in range(3):
        letter_to(f"reader{n}@example.org")
    deliver_due(timezone.now(), stop=lambda: len(sink.letters) >= 1)
    assert len(sink.letters) == 1
    rest = Letter.objects.filter(sent_at=None)
    assert {(row.leased_by, row.attempts) for row in rest} == {("", 0)}


@pytest.mark.django_db
def test_a_flood_of_letters_lets_the_worker_s_other_tasks_have_their_turn(sink: Sink, site: Any) -> None:
    sink.slow = 0.1
    for n in range(6):
        letter_to(f"reader{n}@example.org")
    assert letters(mail.never, seconds=0.25)
    assert 0 < len(sink.letters) < 6
    assert letters(mail.never)
    assert len(sink.letters) == 6
    assert not letters(mail.never)


@contextmanager
def running_worker(settings: Any, tmp_path: Path, *, lease: int = 300) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker process on the tests' own database; gone at the end, whatever happened."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{found['NAME']}"
    else:
        host = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else f"/{found['HOST']}"  # a folder: its socket
        url = f"postgres://{found['USER']}:{found['PASSWORD'] or ''}@{host}/{found['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
        "NEWSROOM_SECRET_KEY": settings.SECRET_KEY,
        "NEWSROOM_VAR": str(tmp_path),
        "NEWSROOM_MAIL_LEASE": str(lease),
    }
    command = [sys.executable, "manage.py", "worker"]
    with subprocess.Popen(command, cwd=django_settings.BASE_DIR, env=environment) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def wait_until(true: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_stop_finishes_its_letter_and_goes(sink: Sink, settings: Any, tmp_path: Path) -> None:
    sink.slow = 0.3
    for n in range(9):
        letter_to(f"reader{n}@example.org")
    with running_worker(settings, tmp_path) as worker:
        wait_until(lambda: sink.letters)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=5) == 0
    assert Letter.objects.exclude(sent_at=None).count() == len(sink.letters)
    assert not Letter.objects.exclude(leased_by="").filter(sent_at=None).exists()
