"""A comment on its way in: who writes, how often, is it the same click again, and what screening says."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import ngettext

from articles.models import Article, Author
from comments.facts import Draft, remind, screen
from comments.forms import CommentForm, EditForm
from comments.models import Comment, InlineAnchor
from comments.screening import ECHOES_MAX, Decision
from comments.spam_checker import ask_about, until_checked
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader, User
from newsroom.lib.clock import now_of
from newsroom.lib.ratelimit import hit, network
from newsroom.lib.text import one_line

#: The same text by the same writer in the same place is the same submission for this long (and the window before).
WINDOW: Final = 600
#: One comment in so many seconds, and so many an hour.
GUEST_LIMITS: Final = ((1, 15), (10, 3600))
MEMBER_LIMITS: Final = ((1, 3), (30, 3600))
#: A network posts so many a minute under one article; more are held (mobile carriers put thousands behind one
#: address), and past the ceiling refused.
NETWORK_MINUTE: Final = 2
NETWORK_CEILING: Final = 30
#: Passages of stories that one person may mark anew an hour; comments on marked ones are counted as comments.
PASSAGES_HOUR: Final = 10


class TooFast(Exception):
    """The writer's own limit is reached; the message names the seconds."""


@dataclass(frozen=True)
class Submission:
    """A form that was filled in well, by somebody, under an article."""

    request: HttpRequest
    form: CommentForm | EditForm
    article: Article
    parent: Comment | None

    @property
    def text(self) -> str:
        """The comment as it is to be."""
        return self.form.whole if isinstance(self.form, EditForm) else str(self.form.cleaned_data["text"])

    def store(self) -> tuple[Comment, Reader]:
        """The stored comment (the earlier one, if this is the same click again) and its writer.

        Raises TooFast, NotInTheText, and Reminder where it holds banned words that the writer was not asked about yet.
        """
        known = reader_of(self.request)
        tokens = self._tokens(known)
        if found := Comment.objects.submitted(self.article, tokens):
            return found, found.reader
        passage = self._passage()
        if settings.NEWSROOM_LIMITS:
            try:
                self._respect_limits(known)
            except TooFast:
                # A double click: the first of the two began to be stored after we looked.
                if found := Comment.objects.submitted(self.article, tokens):
                    return found, found.reader
                raise
        self.remind(known)
        writer = self._writer(known)
        decision = self.screened(writer)
        anchor = self._kept(passage, known) if passage else None
        with transaction.atomic():
            comment = Comment.objects.post(
                self.article, self.parent, writer, self.text,
                status=decision.status, reason=decision.reason, findings=decision.findings,
                badge=self._badge(writer), tokens=tokens, network=network(self.request), anchor=anchor,
            )  # fmt: skip
            if not comment.is_repeat:
                ask_about(comment, self.request)
        return comment, comment.reader

    def _passage(self) -> InlineAnchor | None:
        """The words of the story that the comment is about, as the story has them."""
        if not isinstance(self.form, CommentForm) or self.form.passage is None or self.parent:
            return None
        return InlineAnchor.objects.chosen(self.article.pk, self.form.passage)

    def _kept(self, passage: InlineAnchor, known: Reader | None) -> InlineAnchor:
        """Marked from now on; only so many passages are marked anew by one person an hour."""
        if passage.pk:
            return passage
        if settings.NEWSROOM_LIMITS and not hit(f"passage:{self._person(known)}", limit=PASSAGES_HOUR, seconds=3600):
            raise TooFast(_wait(3600, now_of(self.request)))
        return InlineAnchor.objects.keep(passage)

    def _tokens(self, known: Reader | None) -> list[str]:
        """Names of this submission, the one to store first: of this ten-minute window and of the one before.

        By the reader, and by what was typed: the same form sent again comes with the cookie that its first answer set.
        """
        typed = self.form.cleaned_data.get("email", "").lower()
        writers = [f"reader {known.pk}"] if known else []
        if typed:
            writers.append(f"{typed} {network(self.request)}")
        window = int(now_of(self.request).timestamp()) // WINDOW
        parent = self.parent.pk if self.parent else 0
        place = f"{self.article.pk}\0{parent}\0{self.text}"
        if isinstance(self.form, CommentForm) and self.form.passage:  # the same words may be said of two passages
            place += f"\0{self.form.passage.fields}"
        return [_digest(f"{place}\0{writer}\0{number}") for writer in writers for number in (window, window - 1)]

    def _person(self, known: Reader | None) -> str:
        """A guest by network and address, not by cookie: throwing the cookie away starts nothing anew."""
        address = self.form.cleaned_data.get("email") or (known.email if known else "")
        person = f"{network(self.request)} {address.lower()}"
        return _digest(f"member {known.pk}" if known and known.is_member else person)

    def _respect_limits(self, known: Reader | None) -> None:
        limits = MEMBER_LIMITS if known and known.is_member else GUEST_LIMITS
        for limit, seconds in limits:
            if not hit(f"post:{self._person(known)}", limit=limit, seconds=seconds):
                raise TooFast(_wait(seconds, now_of(self.request)))
        if not hit(f"post-network:{network(self.request)}", limit=NETWORK_CEILING, seconds=60):
            raise TooFast(_wait(60, now_of(self.request)))

    def _writer(self, known: Reader | None) -> Reader:
        """The known reader; a device that votes gets the name and address it types; another address is another person."""
        name, email = self.form.cleaned_data.get("name", ""), self.form.cleaned_data.get("email", "")
        if known is None or (email and known.email and email.lower() != known.email.lower()):
            return Reader.objects.create(name=name, email=email)
        changes = {"name": name} if name and name != known.name and not known.is_member else {}
        if email and not known.email and not known.is_member:
            changes["email"] = email
        for field, value in changes.items():
            setattr(known, field, value)
        if changes:
            known.save(update_fields=list(changes))
        return known

    def _badge(self, writer: Reader) -> str:
        """Only ever from the account: of somebody in the story's byline, or of somebody who works here."""
        if writer.user is None:
            return Comment.Badge.NONE
        if self.article.authors.filter(user=writer.user).exists():
            return Comment.Badge.AUTHOR
        return Comment.Badge.STAFF if writer.user.is_staff else Comment.Badge.NONE

    def remind(self, known: Reader | None) -> None:
        """Raises Reminder where the words are banned and the writer was not asked about them yet."""
        name = self.form.cleaned_data.get("name", "") or (known.display_name if known else "")
        if not self.form.cleaned_data.get("homepage"):
            remind(self.text, name, network(self.request), by=known)

    def screened(self, writer: Reader, *, instead_of: Comment | None = None) -> Decision:
        """What is to become of the words; `instead_of`: the comment whose text they replace, which vouches for nothing."""
        staff = bool(writer.user and writer.user.is_staff)
        decision = screen(
            Draft(
                self.article, writer, self.text, editing=instead_of,
                trapped=bool(self.form.cleaned_data.get("homepage")),
                impersonates=not staff and impersonates(writer),
                echoes=self._echoes(writer),
                network_busy=instead_of is None and self._network_is_busy(),
            )
        )  # fmt: skip
        return decision if staff else until_checked(decision)

    def _echoes(self, writer: Reader) -> int:
        """More than the most when this text was posted too often within the hour; short ones are said by everybody."""
        if not settings.NEWSROOM_LIMITS or len(self.text) < 20:
            return 0
        said = _digest(" ".join(self.text.casefold().split()))
        return 0 if hit(f"echo:{said}", limit=ECHOES_MAX, seconds=3600) else ECHOES_MAX + 1

    def _network_is_busy(self) -> bool:
        if not settings.NEWSROOM_LIMITS:
            return False
        return not hit(f"post-near:{self.article.pk}:{network(self.request)}", limit=NETWORK_MINUTE, seconds=60)


def impersonates(writer: Reader) -> bool:
    """Whether somebody who does not work here uses the name or the address of somebody who does."""
    name = one_line(writer.name)
    people = User.objects.filter(is_staff=True).filter(Q(name__iexact=name) | Q(email__iexact=writer.address or "-"))
    return people.exists() or (bool(name) and Author.objects.filter(name__iexact=name).exists())


def _digest(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _wait(seconds: int, now: datetime) -> str:
    left = seconds - int(now.timestamp()) % seconds
    return ngettext(
        "That was fast. Your words are kept here: post them again in %(left)d second.",
        "That was fast. Your words are kept here: post them again in %(left)d seconds.",
        left,
    ) % {"left": left}
