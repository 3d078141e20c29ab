"""Letters leave, at least once and in good order, whatever the server says and however often the worker dies."""

import asyncio
import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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

from newsroom.accounts.models import Letter
from newsroom.lib import mail
from newsroom.lib.mail import Mail, deliver_due
from newsroom.lib.smtp import Sender, send


class Sink:
    """A mail server that keeps what it gets and answers as it is told: one answer per recipient, then 250."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, list[str]] = {}
        self.slow = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(email.message_from_bytes(envelope.content, policy=policy.default))
        if self.slow:
            await asyncio.sleep(self.slow)
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


@contextmanager
def running_worker(settings: Any, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
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
    }
    command = [sys.executable, "manage.py", "worker", "--skip-checks"]
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
def test_a_killed_worker_loses_no_letter(sink: Sink, settings: Any, tmp_path: Path) -> None:
    sink.slow = 0.02
    for n in range(60):
        letter_to(f"reader{n}@example.org")
    for kills in (5, 25):
        with running_worker(settings, tmp_path) as worker:
            wait_until(lambda kills=kills: len(sink.letters) >= kills)
            worker.send_signal(signal.SIGKILL)
    # The leases of the killed ones are over by then.
    deliver_due(timezone.now() + timedelta(seconds=settings.NEWSROOM_MAIL_LEASE * 2))
    assert not Letter.objects.filter(sent_at=None).exists()
    everybody = {f"reader{n}@example.org" for n in range(60)}
    assert {letter["To"] for letter in sink.letters} == everybody
    assert len(sink.letters) <= 62, "at most one repeat for every kill"
    assert len({letter["Message-ID"] for letter in sink.letters}) == 60, "and a repeat bears the same id"


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
