"""Delivery: what waits in any outbox becomes a mail and leaves, at least once, however often the worker is killed."""

import logging
import random
import re
import smtplib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils.translation import gettext

from newsroom.lib.models import Outbox
from newsroom.lib.text import one_line

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
#: Nothing more is sent under a lease that ends within this time: another worker may hold the letter by then.
MARGIN: Final = timedelta(seconds=30)
BATCH: Final = 10
#: With the waits below, a server that is down for most of a day loses nothing.
MOST_ATTEMPTS: Final = 12
LONGEST_WAIT: Final = timedelta(hours=6)
#: A letter that nobody tried to send for so long (no mail server was configured) would only confuse its reader.
STALE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that is ready to leave. `headers` may set its own Message-ID; every value is made one line."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def write(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """The text and the HTML of a letter: `template`.txt, where nothing is escaped, and `template`.html."""
    plain = Engine.get_default().get_template(f"{template}.txt").render(Context(dict(context), autoescape=False))
    text = re.sub(r"\n{3,}", "\n\n", plain).strip() + "\n"
    return text, render_to_string(f"{template}.html", dict(context)).strip()


def absolute(path: str) -> str:
    """A link that works outside the site."""
    return f"{settings.NEWSROOM_URL}{path}"


def outboxes() -> list[type[Outbox]]:
    """Every model whose rows are letters, account letters first: somebody waits for those in front of a form."""
    return [model for model in apps.get_models() if issubclass(model, Outbox)]


def sender_named(name: str) -> str:
    """The site's address with `name` in front, unless NEWSROOM_FROM_EMAIL brings a name of its own."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((one_line(own or name, longest=80), address))


def send(mail: Mail, connection: BaseEmailBackend | None = None, *, message_id: str = "", sender: str = "") -> None:
    """Hand one mail to the server. Raises what smtplib raises; ValueError for an address that cannot be one."""
    headers = {"Auto-Submitted": "auto-generated"}
    if message_id:
        headers["Message-ID"] = message_id
    headers |= {name: one_line(value, longest=900) for name, value in mail.headers.items()}
    message = EmailMultiAlternatives(
        subject=one_line(mail.subject),
        body=mail.text,
        from_email=sender or settings.DEFAULT_FROM_EMAIL,
        to=[one_line(mail.to, longest=320)],
        headers=headers,
        connection=connection,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


def send_and_listen(mail: Mail) -> str:
    """Send at once, in the caller's own time, and return the server's last words. Raises as `send` does."""
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    answers: list[str] = []
    try:
        connection.open()
        server = getattr(connection, "connection", None)
        if isinstance(server, smtplib.SMTP):
            say = server.data

            def say_and_remember(message: Any) -> tuple[int, bytes]:
                code, words = say(message)
                answers.append(f"{code} {_words(words)}")
                return code, words

            server.data = say_and_remember  # type: ignore[method-assign, assignment]
        send(mail, connection)
    finally:
        connection.close()
    return one_line("; ".join(answers), longest=300)


def state_of(row: Outbox, now: datetime) -> str:
    """One word or two for the admin."""
    if row.sent_at:
        return gettext("sent")
    if row.dead_at:
        return gettext("given up")
    if not settings.EMAIL_GIVEN:
        return gettext("kept on this machine")
    if row.leased_until and row.leased_until > now:
        return gettext("being sent")
    return gettext("waits for another try") if row.attempts else gettext("waiting")


def message_id_of(row: Outbox) -> str:
    """The same for every attempt, so that a repeat is recognised as one."""
    return f"<{row.message_key.hex}@{urlsplit(settings.NEWSROOM_URL).hostname}>"


def is_permanent(error: Exception) -> bool:
    """Whether another attempt is pointless: the server refuses this recipient or this letter, or it cannot be written.

    A refused log-in or sender is the fault of the settings, not of the letter, which waits until they are mended.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def explain(error: Exception) -> str:
    """The server's own words where there are any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_words(answer)}" for code, answer in error.recipients.values()]
        return one_line("; ".join(answers), longest=300)
    if isinstance(error, smtplib.SMTPResponseException):
        return one_line(f"{error.smtp_code} {_words(error.smtp_error)}", longest=300)
    return one_line(f"{type(error).__name__}: {error}", longest=300)


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def wait_after(attempts: int) -> timedelta:
    """A minute, two, four ... up to `LONGEST_WAIT`, never twice the same, so that letters do not come back in a crowd."""
    minutes = min(1 << max(0, attempts - 1), 10_000)
    wait = min(LONGEST_WAIT, timedelta(minutes=minutes))
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def never() -> bool:
    return False


def deliver_due(now: datetime, *, sender: str = "", stop: Callable[[], bool] = never) -> Counter[str]:
    """Send every letter that is due, until none is left, `stop()` says so or the server cannot be reached.

    Counts `sent`, `retried`, `dead` and `unreachable`. Without EMAIL_URL letters are planned but kept on
    this machine, readable in the admin, and neither tried nor given up.
    """
    for model in outboxes():
        planned: Any = model._default_manager
        planned.plan(now)
    if not settings.EMAIL_GIVEN:
        return Counter()
    round_ = _Round(now, sender, stop)
    try:
        more = True
        while more:  # batch by batch, so that a flood of notifications does not hold up a log-in code
            more = False
            for model in outboxes():
                more |= round_.deliver(model)
    finally:
        round_.hang_up()
    return round_.counts


class _Round:
    """One call of `deliver_due`: its clock, its connection to the server and what became of the letters."""

    def __init__(self, now: datetime, sender: str, stop: Callable[[], bool]) -> None:
        self._started, self._now = time.monotonic(), now
        self._sender, self._stop = sender, stop
        self._worker = uuid.uuid4().hex
        self._connection: BaseEmailBackend | None = None
        self.counts: Counter[str] = Counter()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def deliver(self, model: type[Outbox]) -> bool:
        """One batch of `model`; whether there may be more."""
        if self._is_over():
            return False
        until = self.now() + LEASE - MARGIN
        objects: Any = model._default_manager
        rows = objects.claim(self.now(), worker=self._worker, lease=LEASE, most=BATCH)
        for row in rows:
            if self._is_over() or self.now() > until:
                row.release(attempts=max(0, row.attempts - 1))
            else:
                self._deliver(row)
        return len(rows) == BATCH and not self._is_over()

    def _is_over(self) -> bool:
        return self._stop() or self.counts["unreachable"] > 0

    def _deliver(self, row: Outbox) -> None:
        if row.attempts <= 1 and row.due_at < self.now() - STALE:
            self._bury(row, gettext("It was kept for too long before a mail server was there."))
            return
        try:
            mail = row.compose()
        except Exception as error:
            log.exception("Letter %s %s cannot be written", type(row).__name__, row.pk)
            self._failed(row, error, permanent=False)
            return
        if mail is None:
            self._bury(row, row.last_error or gettext("It must not be sent any more."))
            return
        try:
            self._open()
            send(mail, self._connection, message_id=message_id_of(row), sender=self._sender)
        except Exception as error:
            log.warning("Letter to %s: %s", mail.to, type(error).__name__)
            self.hang_up()
            self._failed(row, error, permanent=is_permanent(error))
        else:
            self.counts["sent"] += 1
            row.release(sent_at=self.now(), last_error="")

    def _open(self) -> None:
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except Exception:
                # Not this letter's fault: the others are not tried against a server that is not there.
                self.counts["unreachable"] += 1
                raise
            self._connection = connection

    def hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (OSError, smtplib.SMTPException):
                log.info("The mail server had closed the connection already")

    def _failed(self, row: Outbox, error: Exception, *, permanent: bool) -> None:
        if permanent or row.attempts >= MOST_ATTEMPTS:
            self._bury(row, explain(error))
            return
        self.counts["retried"] += 1
        row.release(due_at=self.now() + wait_after(row.attempts), last_error=explain(error))

    def _bury(self, row: Outbox, reason: str) -> None:
        self.counts["dead"] += 1
        row.release(dead_at=self.now(), last_error=reason[:300])
