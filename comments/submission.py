"""A comment on its way in: who writes, how often, is it the same click again, and what screening says."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from articles.models import Article
from comments.facts import Draft, Reminder, remind, screen
from comments.forms import CommentForm, EditForm
from comments.limits import SAME_WORDS, Pace, Refused, SaidBefore, SameClick, is_echo, pace_of_a_post
from comments.models import Comment, InlineAnchor, NoSuchParent
from comments.names import has_a_name_here
from comments.screening import ECHOES_MAX, Decision
from comments.spam_checker import ask_about, until_checked
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.ratelimit import give_back, network
from newsroom.lib.signing import digest

#: The same text by the same writer in the same place is the same submission for this long (and the window before).
WINDOW: Final = 600


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

        Raises Refused, NotInTheText, and Reminder where it holds banned words that the writer was not asked about yet.
        """
        known = reader_of(self.request)
        tokens = self._tokens(known)
        passage = self._passage()
        try:
            pace = self._pace(known, passage, tokens[-2])
        except Refused as refusal:
            if found := self._sent_before(known, tokens, refusal):
                return found, found.reader
            raise self._with_a_link(refusal) from refusal
        try:
            self.remind(known)
            comment = self._post(self._writer(known), pace, tokens, passage)
        except (Reminder, NoSuchParent):
            give_back(pace.counted)
            raise
        if comment.is_repeat:
            give_back(pace.counted)
        return comment, comment.reader

    def _sent_before(self, known: Reader | None, tokens: list[str], refusal: Refused) -> Comment | None:
        """What is stored of a submission that is refused because it comes again; what another request stores of it at
        this moment, as it was counted."""
        # Nobody knows the sender of a form that is sent again before the cookie of its first answer came.
        if known is None and (found := Comment.objects.stored(self.article, tokens)):
            return found
        for _attempt in range(40 if isinstance(refusal, SameClick) else 0):
            if found := Comment.objects.submitted(self.article, tokens):
                return found
            time.sleep(0.05)
        return None

    def _post(self, writer: Reader, pace: Pace, tokens: list[str], passage: InlineAnchor | None) -> Comment:
        decision = self._screened(writer, pace)
        return Comment.objects.post(
            self.article, self.parent, writer, self.text,
            status=decision.status, reason=decision.reason, findings=decision.findings,
            badge=badge_of(writer, self.article), tokens=tokens, network=network(self.request),
            anchor=InlineAnchor.objects.keep(passage) if passage and not passage.pk else passage,
            also=lambda comment: ask_about(comment, self.request),
        )  # fmt: skip

    def _pace(self, known: Reader | None, passage: InlineAnchor | None, token: str) -> Pace:
        typed = self.form.cleaned_data.get("email", "")
        is_marking = passage is not None and not passage.pk
        return pace_of_a_post(self.request, self.article, self.text, known, typed, token, is_marking=is_marking)

    def _with_a_link(self, refusal: Refused) -> Refused:
        """Said before: to where this reader said the words, as far as we can tell who it is."""
        if not isinstance(refusal, SaidBefore) or (reader := reader_of(self.request)) is None:
            return refusal
        recent = now_of(self.request) - timedelta(seconds=SAME_WORDS)
        said = Comment.objects.filter(reader__in=reader.identities, created_at__gt=recent, text__iexact=self.text)
        earlier = said.order_by("-created_at").first()
        if earlier is None:
            return refusal
        link = format_html('<a href="{}">{}</a>', earlier.get_absolute_url(), _("Read it there."))
        return SaidBefore(format_html("{} {}", refusal.sentence, link))

    def _passage(self) -> InlineAnchor | None:
        """The words of the story that the comment is about, as the story has them."""
        if not isinstance(self.form, CommentForm) or self.form.passage is None or self.parent:
            return None
        return InlineAnchor.objects.chosen(self.article.pk, self.form.passage)

    def _tokens(self, known: Reader | None) -> list[str]:
        """Names of this submission, the one to store first: of this ten-minute window and of the one before.

        By the reader, and by what was typed: the same form sent again comes with the cookie that its first answer set.
        """
        typed = (self.form.cleaned_data.get("email") or (known.email if known else "")).lower()
        writers = [f"reader {known.pk}"] if known else []
        if typed:
            writers.append(f"{typed} {network(self.request)}")
        window = int(now_of(self.request).timestamp()) // WINDOW
        parent = self.parent.pk if self.parent else 0
        place = f"{self.article.pk}\0{parent}\0{self.text}"
        if isinstance(self.form, CommentForm) and self.form.passage:  # the same words may be said of two passages
            place += f"\0{self.form.passage.fields}"
        return [digest(f"{place}\0{writer}\0{number}") for writer in writers for number in (window, window - 1)]

    def _writer(self, known: Reader | None) -> Reader:
        """The known reader; a device that votes gets the name and address it types; another address is another person."""
        name, email = self.form.cleaned_data.get("name", ""), self.form.cleaned_data.get("email", "")
        if known is None or (email and known.email and email.lower() != known.email.lower()):
            writer = Reader(name=name, email=email)  # stored with the comment
            writer.identities = set()  # nobody was found to be this person yet
            return writer
        changes = {"name": name} if name and name != known.name and not known.is_member else {}
        if email and not known.email and not known.is_member:
            changes["email"] = email
        for field, value in changes.items():
            setattr(known, field, value)
        if changes:
            known.save(update_fields=list(changes))
        return known

    def remind(self, known: Reader | None) -> None:
        """Raises Reminder where the words are banned and the writer was not asked about them yet."""
        name = self.form.cleaned_data.get("name", "") or (known.display_name if known else "")
        if not self.form.trapped:
            remind(self.text, name, network(self.request), by=known)

    def screened_again(self, comment: Comment) -> Decision:
        """What is to become of the words that replace a comment's text; the old ones vouch for nothing."""
        return self._screened(comment.reader, Pace(is_echo=is_echo(self.text)), editing=comment)

    def _screened(self, writer: Reader, pace: Pace, editing: Comment | None = None) -> Decision:
        decision = screen(
            Draft(
                self.article, writer, self.text, editing=editing,
                trapped=self.form.trapped,
                echoes=ECHOES_MAX + 1 if pace.is_echo else 0,
                network_busy=pace.network_is_busy,
                site_busy=pace.site_is_busy,
                is_another=settings.NEWSROOM_LIMITS and self.parent is None and editing is None,
                seconds=self.form.seconds if settings.NEWSROOM_LIMITS and isinstance(self.form, CommentForm) else None,
            )
        )  # fmt: skip
        return decision if writer.user and writer.user.is_staff else until_checked(decision)


def badge_of(writer: Reader, article: Article) -> str:
    """Only ever from the account: of somebody in the story's byline, or of somebody who works here."""
    user = writer.user
    if user is None or not has_a_name_here(user):
        return Comment.Badge.NONE
    if article.authors.filter(user=user).exists():
        return Comment.Badge.AUTHOR
    return Comment.Badge.STAFF if user.is_staff else Comment.Badge.NONE
