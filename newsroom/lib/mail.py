"""Delivery: what waits in any outbox becomes a mail and leaves, at least once, however often the worker is killed."""

import logging
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, close_old_connections, models, transaction
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils.translation import gettext

from newsroom.lib.models import Outbox
from newsroom.lib.smtp import Line, Sender, explain, is_permanent, is_settings_fault, nobody_has

log = logging.getLogger(__name__)

#: A lease is made longer before a letter that would begin with less than this part of it left. The rest of the default
#: (five minutes) is more than the slowest answers can take that are waited for, so nobody else takes a letter meanwhile.
HELD: Final = 0.8
BATCH: Final = 50
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
    return gettext("waits for another try") if row.last_error else gettext("waiting")


def message_id_of(row: Outbox) -> str:
    """The same for every attempt, so that a repeat is recognised as one."""
    return f"<{row.message_key.hex}@{urlsplit(settings.NEWSROOM_URL).hostname}>"


def wait_after(attempts: int) -> timedelta:
    """A minute, two, four ... up to `LONGEST_WAIT`, never twice the same, so that letters do not come back in a crowd."""
    minutes = min(1 << max(0, attempts - 1), 10_000)
    wait = min(LONGEST_WAIT, timedelta(minutes=minutes))
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def never() -> bool:
    return False


def deliver_due(now: datetime, *, sender: Sender | None = None, stop: Callable[[], bool] = never) -> Counter[str]:
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
        round_.line.hang_up()
    return round_.counts


class _Round:
    """One call of `deliver_due`: its clock, its line to the server and what became of the letters."""

    def __init__(self, now: datetime, sender: Sender | None, stop: Callable[[], bool]) -> None:
        self._started, self._now = time.monotonic(), now
        self._stop = stop
        self._worker = uuid.uuid4().hex
        self._lease = timedelta(seconds=settings.NEWSROOM_MAIL_LEASE)
        self.line = Line(sender)
        self.counts: Counter[str] = Counter()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def deliver(self, model: type[Outbox]) -> bool:
        """One batch of `model`; whether there may be more."""
        if self._is_over():
            return False
        objects: Any = model._default_manager
        rows = objects.claim(self.now(), worker=self._worker, lease=self._lease, most=BATCH)
        for row in rows:
            if self._is_over():
                row.release()
            elif self._holds(row):
                self._deliver(row)
        return len(rows) == BATCH and not self._is_over()

    def _is_over(self) -> bool:
        return self._stop() or self.counts["unreachable"] > 0

    def _holds(self, row: Outbox) -> bool:
        """Whether the letter is ours for as long as sending it can take."""
        assert row.leased_until is not None
        return row.leased_until - self.now() > self._lease * HELD or row.keep(self.now() + self._lease)

    def _deliver(self, row: Outbox) -> None:
        if not row.attempts and row.due_at < self.now() - STALE:
            self._bury(row, gettext("It was kept for too long before a mail server was there."))
            return
        try:
            mail = row.compose()
        except Exception as error:
            log.exception("Letter %s %s cannot be written", type(row).__name__, row.pk)
            self._try_again(row, error)
            return
        if mail is None:
            self._bury(row, row.last_error or gettext("It must not be sent any more."))
            return
        try:
            self.line.give(mail, message_id=message_id_of(row))
        except Exception as error:
            log.warning("Letter to %s: %s", mail.to, type(error).__name__)
            self._refused(row, mail, error)
        else:
            self._sent(row)

    def _sent(self, row: Outbox) -> None:
        """The server has it: that is written down however the database feels, or the letter would leave once more."""
        self.counts["sent"] += 1
        at = self.now()
        for pause in (1, 2, 4, 8, 16, 32):
            try:
                row.mark_sent(at)
            except DatabaseError:
                log.exception("A letter that was sent cannot be marked yet")
                time.sleep(pause)
                close_old_connections()
            else:
                return
        row.mark_sent(at)

    def _refused(self, row: Outbox, mail: Mail, error: Exception) -> None:
        if self.line.unreachable or is_settings_fault(error):
            # Not this letter's fault: it loses no try, and the others are not tried against a server that is not there.
            self.counts["unreachable"] += 1
            row.release(due_at=self.now() + wait_after(1), last_error=explain(error))
        elif is_permanent(error):
            with transaction.atomic():
                self._bury(row, explain(error), attempts=models.F("attempts") + 1)
                if nobody_has(error):
                    row.no_such_mailbox(mail.to, explain(error))
        else:
            self._try_again(row, error)

    def _try_again(self, row: Outbox, error: Exception) -> None:
        tries = row.attempts + 1
        if tries >= MOST_ATTEMPTS:
            self._bury(row, explain(error), attempts=tries)
            return
        self.counts["retried"] += 1
        row.release(due_at=self.now() + wait_after(tries), last_error=explain(error), attempts=tries)

    def _bury(self, row: Outbox, reason: str, **marks: Any) -> None:
        self.counts["dead"] += 1
        row.release(dead_at=self.now(), last_error=reason[:300], **marks)
