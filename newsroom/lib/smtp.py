"""Talking to the mail server: one letter handed over, a line kept open for many, and what the server's answers mean."""

import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.translation import gettext

from newsroom.lib.text import one_line

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

#: Seconds for the server's last word on a letter. It may look for viruses first; who hangs up meanwhile sends it twice.
PATIENCE: Final = 60
#: Characters of an address: RFC 5321, 4.5.3.1.3 (a path of 256, with its brackets).
LONGEST_ADDRESS: Final = 254
#: What says that nobody has this address (RFC 3463, 3.2): no such mailbox, no such host, not an address, moved away
#: without saying where, a host that takes no mail. Not what says that this sender, or this letter, is not liked.
_NOBODY_THERE = re.compile(r"5\.1\.(?:1|2|3|6|10)(?!\d)")


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom letters come. `name` as somebody chose it; `otherwise` where neither that nor NEWSROOM_FROM_EMAIL has
    one; answers go to `reply_to`, or to the sender."""

    name: str = ""
    otherwise: str = ""
    reply_to: str = ""

    @property
    def address(self) -> str:
        own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        return formataddr((_in_header(self.name or own or self.otherwise, longest=80), address))


def send(
    mail: "Mail", connection: BaseEmailBackend | None = None, *, message_id: str = "", sender: Sender | None = None
) -> None:
    """Hand one mail to the server. Raises what smtplib raises; ValueError for an address that cannot be one."""
    sender = sender or Sender()
    headers = {"Auto-Submitted": "auto-generated"}
    if message_id:
        headers["Message-ID"] = message_id
    headers |= {name: _in_header(value, longest=900) for name, value in mail.headers.items()}
    message = EmailMultiAlternatives(
        subject=_in_header(mail.subject),
        body=mail.text,
        from_email=sender.address,
        to=[_one_address(mail.to)],
        reply_to=[sender.reply_to] if sender.reply_to else None,
        headers=headers,
        connection=connection,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


def _in_header(value: str, *, longest: int = 200) -> str:
    """One line, in which nobody hides letters behind the encoding of headers ("=?utf-8?...", RFC 2047)."""
    return one_line(value, longest=longest).replace("=?", "= ?")


def _one_address(to: str) -> str:
    """Exactly one address, as typed; anything else is refused, not repaired: a repaired one is somebody else's."""
    try:
        validate_email(to)
        if len(to) <= LONGEST_ADDRESS:
            return to
    except ValidationError:
        pass
    raise ValueError(gettext("Nobody can be written to at this address."))


class Line:
    """A connection to the mail server, kept from letter to letter. `unreachable`: it could not be opened."""

    def __init__(self, sender: Sender | None = None) -> None:
        self._sender = sender
        self._connection: BaseEmailBackend | None = None
        #: Whether the server may have the letter that is being handed over: from then on nobody may offer it again.
        self._offered = False
        self.unreachable = False
        self.answer = ""

    def give(self, mail: "Mail", *, message_id: str = "") -> None:
        """Hand one letter over. A server that hung up since the last one is called once more. Raises as `send` does."""
        was_open = self._connection is not None
        try:
            self._give(mail, message_id)
        except Exception as error:
            if not _listens_on(error):
                self.hang_up()
            if not was_open or self._offered or not _hung_up(error):
                raise
            self._give(mail, message_id)

    def _give(self, mail: "Mail", message_id: str) -> None:
        self._offered = False
        self._open()
        send(mail, self._connection, message_id=message_id, sender=self._sender)

    def _open(self) -> None:
        if self._connection is not None:
            return
        connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
        try:
            connection.open()
        except Exception:
            self.unreachable = True
            raise
        self._connection = connection
        server = getattr(connection, "connection", None)
        if isinstance(server, smtplib.SMTP):
            self._watch(server)

    def _watch(self, server: smtplib.SMTP) -> None:
        """Wait longer for the answer to a letter than for the others, and remember it."""
        data = server.data

        def patient(message: Any) -> tuple[int, bytes]:
            self._offered = True
            if server.sock:
                server.sock.settimeout(PATIENCE)
            code, words = data(message)
            if server.sock:
                server.sock.settimeout(settings.EMAIL_TIMEOUT)
            self.answer = one_line(f"{code} {_words(words)}", longest=300)
            return code, words

        server.data = patient  # type: ignore[method-assign, assignment]

    def hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):  # it had hung up already
                connection.close()


def send_and_listen(mail: "Mail", sender: Sender | None = None) -> str:
    """Send at once, in the caller's own time, and return the server's last words. Raises as `send` does."""
    line = Line(sender)
    try:
        line.give(mail)
    finally:
        line.hang_up()
    return line.answer


def _listens_on(error: Exception) -> bool:
    """Whether the server only refused the letter, and takes the next one on the same line."""
    return isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError))


def _hung_up(error: Exception) -> bool:
    closing = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code == 421
    return closing or isinstance(error, (smtplib.SMTPServerDisconnected, ConnectionError))


def is_permanent(error: Exception) -> bool:
    """Whether another attempt is pointless: the server refuses this recipient or this letter, or it cannot be written."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def is_settings_fault(error: Exception) -> bool:
    """A refused log-in or sender is no letter's fault: all of them wait until somebody has mended the settings."""
    return isinstance(
        error, (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError)
    )


def nobody_has(error: Exception) -> bool:
    """Whether the server says for good that there is no such mailbox; its rules and its doubts say no such thing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPDataError):
        answers = [(error.smtp_code, error.smtp_error)]  # type: ignore[list-item]  # bytes, whatever the stubs say
    else:
        return False
    return bool(answers) and all(code in {550, 551, 553} and _NOBODY_THERE.match(_words(say)) for code, say in answers)


def explain(error: Exception) -> str:
    """The server's own words where there are any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_words(answer)}" for code, answer in error.recipients.values()]
        return one_line("; ".join(answers), longest=300)
    if isinstance(error, smtplib.SMTPResponseException):
        return one_line(f"{error.smtp_code} {_words(error.smtp_error)}", longest=300)
    if isinstance(error, ValueError):
        return one_line(str(error), longest=300)
    return one_line(f"{type(error).__name__}: {error}", longest=300)


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
