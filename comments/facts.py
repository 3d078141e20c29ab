"""What screening must know about a comment: gathered here, for a new one and for an edited one, decided in `screening`.

It costs three queries (who else this person is, their record, what the classifier knows of the words), and one more where
banned words were found. Settings and word lists are in memory.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments import markup
from comments.models import Comment, Phrase, Sanction, SpamWord, word_lists
from comments.names import is_a_members, is_of_the_newsroom
from comments.screening import Decision, Facts, Reason, decide
from newsroom.accounts.models import Reader
from newsroom.lib.prepared import prepared
from newsroom.lib.ratelimit import hit

#: A person's last comments that make the record, and the days that count for the share of rejected ones.
RECORD_MAX: Final = 200
RECORD_DAYS: Final = 7
#: For so long the same words are not asked about again: whoever sends them unchanged means them.
REMINDED: Final = 3600
#: Words that a reminder or a finding names.
NAMED_MAX: Final = 10


class Reminder(Exception):
    """The comment holds banned words, and the writer has not been asked about them: nothing is stored yet."""


@dataclass(frozen=True)
class Draft:
    """A comment on its way in, or the new text of one (`editing`). `seconds`: how long it was written, if measured.

    An edit is screened by the rules for new comments, with the comment itself left out of its writer's record: what a
    moderator let pass as a first comment is looked at again.
    """

    article: Article
    writer: Reader
    text: str
    editing: Comment | None = None
    trapped: bool = False
    echoes: int = 0
    network_busy: bool = False
    site_busy: bool = False
    #: It begins a thread, and how many one may begin is limited.
    is_another: bool = False
    seconds: float | None = None

    @property
    def is_staff(self) -> bool:
        return bool(self.writer.user and self.writer.user.is_staff)

    @property
    def name(self) -> str:
        return self.editing.name if self.editing else self.writer.display_name


class Record(NamedTuple):
    """What became of a person's last comments; `is_watched`: a moderator looks at everything they write first."""

    approved: int
    decided: int
    rejected: int
    is_watched: bool
    #: Threads begun under the article in question that nobody answered.
    unanswered: int = 0


def screen(draft: Draft) -> Decision:
    """Where the comment belongs, and why. Call `remind` before anything is stored."""
    site, article, writer = site_settings(), draft.article, draft.writer
    if draft.is_staff and not draft.trapped:
        return Decision("published")
    record = record_of(writer, under=article, without=draft.editing)
    found = _words(draft.text, draft.name, writer.address)
    spam = SpamWord.objects.judge(draft.text, draft.name)
    return decide(
        Facts(
            is_staff=draft.is_staff,
            is_member=writer.is_member,
            approved=record.approved,
            decided=record.decided,
            rejected=record.rejected,
            guests_held=site.guests_held,
            members_held=site.members_held,
            trapped=draft.trapped,
            impersonates=_is_somebody_elses(draft.name, writer),
            site_held=site.comments_premoderated,
            section_held=article.section.comments_premoderated,
            article_held=article.comments_mode == Article.Comments.PREMODERATED,
            person_held=record.is_watched,
            links=markup.links(draft.text),
            echoes=draft.echoes,
            network_busy=draft.network_busy,
            site_busy=draft.site_busy,
            unanswered=record.unanswered if draft.is_another else 0,
            seconds=draft.seconds,
            banned=found[Phrase.Kind.BANNED],
            suspect=found[Phrase.Kind.SUSPECT],
            banned_become=site.banned_words,
            spam=spam.probability if spam else None,
            spam_words=spam.words if spam else (),
            approved_before=draft.editing is not None and draft.editing.was_approved,
        )
    )


def _is_somebody_elses(name: str, writer: Reader) -> bool:
    """A name that looks like one of the newsroom's; of a guest also a member's name or address."""
    if is_of_the_newsroom(name, writer):
        return True
    return not writer.is_member and is_a_members(name, writer.address)


def remind(text: str, name: str, network: str, *, by: Reader | None) -> None:
    """Ask a writer once about banned words, before anything is stored. Raises Reminder, with the words in its message.

    The same words from the same network are asked about once an hour: sent again unchanged, they are recorded.
    """
    if by is not None and by.user and by.user.is_staff:
        return
    banned = _words(text, name, by.address if by else "")[Phrase.Kind.BANNED]
    if banned and hit(f"reminded:{network}:{_digest(text)}", limit=1, seconds=REMINDED):
        words = ", ".join(f"“{word}”" for word in banned)
        raise Reminder(
            _(
                "This may break our rules, because of %s. Do you want to change it? Sent again as it is, it goes to the"
                " moderators as it is."
            )
            % words
        )


def record_of(reader: Reader, *, under: Article | None = None, without: Comment | None = None) -> Record:
    """By every row that is this person's: of the confirmed address or this device, never of an address that was typed."""
    rows = _last_comments(reader.identities, under.pk if under else None, without.pk if without else None)
    recent = timezone.now() - timedelta(days=RECORD_DAYS)
    approved = decided = rejected = unanswered = 0
    watched = reader.premoderated_at is not None
    for status, reason, created_at, premoderated_at, is_unanswered in rows:
        published = status == Comment.Status.PUBLISHED
        turned_away = status in _TURNED_AWAY and reason not in _NOT_BY_MODERATORS
        watched |= premoderated_at is not None
        unanswered += bool(is_unanswered)
        approved += published
        if created_at >= recent:
            decided += published or turned_away
            rejected += turned_away
    return Record(approved, decided, rejected, watched, unanswered)


@prepared
def _last_comments(readers: set[int], under: int | None, without: int | None) -> "QuerySet[Any, Any]":
    """What became of each, and whether it is a thread under the story that nobody answered."""
    rows = Comment.objects.filter(reader__in=readers).order_by("-created_at", "-id")
    if without is not None:
        rows = rows.exclude(pk=without)
    waits = Q(article=under, root=None, reply_count=0, status__in=[Comment.Status.PUBLISHED, Comment.Status.PENDING])
    waits_there = ExpressionWrapper(waits, BooleanField())
    return rows.values_list("status", "reason", "created_at", "reader__premoderated_at", waits_there)[:RECORD_MAX]


def release(reader: Reader) -> int:
    """Let appear what waits as a first comment of somebody who turned out to have a record; how many that were."""
    if Sanction.objects.against(reader, addresses=[reader.address], now=timezone.now()):
        return 0
    site = site_settings()
    if record_of(reader).approved < (site.members_held if reader.is_member else site.guests_held):
        return 0
    waiting = Comment.objects.filter(reader__in=reader.identities, status=Comment.Status.PENDING, reviewed_at=None)
    return len(waiting.filter(reason=Reason.FIRST.value).decide("approve", by=None).done)


_TURNED_AWAY: Final = {Comment.Status.REJECTED, Comment.Status.SPAM, Comment.Status.REMOVED}
#: Decided by a rule, or taken back by the writer: says nothing about what moderators think.
_NOT_BY_MODERATORS: Final = set(Reason.values)


def _words(*texts: str) -> dict[str, tuple[str, ...]]:
    """By list what was found, as it was typed."""
    text = "\n".join(texts)
    found: dict[str, dict[str, None]] = {kind: {} for kind in Phrase.Kind.values}
    for match in word_lists().find(text):
        found[match.kind][text[match.start : match.end][:80]] = None
    return {kind: tuple(words)[:NAMED_MAX] for kind, words in found.items()}


def _digest(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
