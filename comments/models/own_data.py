"""What this app keeps of a person: told to them, and forgotten when they ask. `readers` are the ids that are theirs."""

import uuid
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from comments.models.authored import THERE_FOR_ITS_WRITER
from comments.models.comment import Comment
from comments.models.digest import Digest
from comments.models.flag import Flag
from comments.models.notice import Notice
from comments.models.notification import ConfirmationLetter, Notification
from comments.models.person_note import PersonNote
from comments.models.revision import CommentRevision
from comments.models.sanction import Sanction
from comments.models.sanction_letter import SanctionLetter
from comments.models.spam import SpamCheck
from comments.models.stats import CommentStats
from comments.models.subscription import Subscription
from comments.models.vote import Vote
from newsroom.accounts.models import Reader

#: What stands where a person's words were; a comment without any cannot be stored.
ERASED: Final = "–"
#: Rows that one transaction takes.
AT_ONCE: Final = 500


def export(readers: set[int]) -> dict[str, Any]:
    """Everything, newest first, as JSON can say it."""
    mine: dict[str, Any] = {"reader__in": readers}
    return {
        "comments": [_comment(comment) for comment in _comments(readers)],
        "votes": _rows(Vote.objects.filter(**mine), "comment_id", "value", "voted_at"),
        "reports": _rows(Flag.objects.filter(**mine), "comment_id", "reason", "note", "flagged_at"),
        "subscriptions": _rows(
            Subscription.objects.filter(**mine), "article_id", "comment_id", "kind", "started_at", "ended_at"
        ),
        "letters": _rows(Notification.objects.filter(**mine), "comment_id", "reason", "created_at", "sent_at"),
        "digests": _rows(Digest.objects.filter(**mine), "created_at", "due_at", "sent_at"),
        "confirmation_letters": _rows(
            ConfirmationLetter.objects.filter(**mine), "to", "article_id", "created_at", "sent_at"
        ),
        "sanctions": _rows(_sanctions(readers), "kind", "scope", "reason", "note", "made_at", "until", "lifted_at"),
        "sanction_letters": _rows(SanctionLetter.objects.filter(**mine), "created_at", "sent_at"),
        "notes": _rows(PersonNote.objects.filter(**mine), "text", "made_at"),
        "notices": _rows(Notice.objects.filter(**mine), "comment_id", "reason", "created_at", "seen_at"),
    }


def _rows(rows: "QuerySet[Any]", *fields: str) -> list[dict[str, Any]]:
    return list(rows.order_by("-pk").values(*fields))


def _sanctions(readers: set[int]) -> "QuerySet[Sanction]":
    """Of these readers, and of their confirmed addresses."""
    rows = Reader.objects.filter(pk__in=readers).select_related("user")
    addresses = [reader.address.lower() for reader in rows if reader.has_confirmed_address and reader.address]
    return Sanction.objects.filter(Q(reader__in=readers) | Q(scope=Sanction.Scope.ADDRESS, value__in=addresses))


def _comments(readers: set[int]) -> "QuerySet[Comment]":
    mine = Comment.objects.filter(reader__in=readers).select_related("article").prefetch_related("revisions")
    rows: QuerySet[Comment] = mine.defer("article__body", "article__body_text").order_by("-created_at", "-id")
    return rows


def _comment(comment: Comment) -> dict[str, Any]:
    fields = ("id", "article_id", "name", "text", "created_at", "published_at", "edited_at", "withdrawn_at", "network")
    told = {field: getattr(comment, field) for field in (*fields, "up", "down")}
    told["article"] = comment.article.headline
    told["url"] = comment.get_absolute_url()
    told["answers"] = comment.parent_id
    # What looks like spam to us is not called so to its writer.
    told["state"] = "pending" if comment.status == "spam" else comment.status
    told["earlier_texts"] = [{"text": row.text, "replaced_at": row.created_at} for row in comment.revisions.all()]
    return told


def forget(readers: set[int]) -> None:
    """All but the comments: subscriptions, letters, notices and reports go; votes stay in the totals, without a voter."""
    mine: dict[str, Any] = {"reader__in": readers}
    with transaction.atomic():
        for model in (Subscription, Notification, Digest, Notice, ConfirmationLetter, SanctionLetter, PersonNote):
            model._default_manager.filter(**mine).delete()
        Sanction.objects.filter(**mine).delete()  # a ban of an address stays until it ends: else erasing would end it
    while _forget_reports(readers) or _forget_votes(readers):
        pass


@transaction.atomic
def _forget_reports(readers: set[int]) -> int:
    flags = dict(Flag.objects.filter(reader__in=readers).order_by("pk").values_list("pk", "comment")[:AT_ONCE])
    Comment.objects.filter(pk__in=set(flags.values())).locked()
    Flag.objects.filter(pk__in=flags).delete()
    Flag.objects.weigh(set(flags.values()))
    return len(flags)


@transaction.atomic
def _forget_votes(readers: set[int]) -> int:
    """Fold votes into the counters of those that came without a voter; `up` and `down` count both."""
    votes = list(Vote.objects.select_for_update().filter(reader__in=readers).order_by("reader", "pk")[:AT_ONCE])
    for reader in {vote.reader_id for vote in votes}:  # one person may have voted twice, as a guest and as a member
        for value, counter in ((1, "brought_up"), (-1, "brought_down")):
            voted = [vote.comment_id for vote in votes if vote.reader_id == reader and vote.value == value]
            Comment.objects.filter(pk__in=voted).update(**{counter: F(counter) + 1})
    Vote.objects.filter(pk__in=[vote.pk for vote in votes]).delete()
    return len(votes)


def forget_comments(readers: set[int]) -> int:
    """Take the next comments' words and names; how many those were. A place stays where visible ones answer it."""
    left = Comment.objects.filter(reader__in=readers).exclude(text=ERASED, name="", network="")
    due = list(left.order_by("id").values_list("pk", "article")[:AT_ONCE])
    for pk, article in due:
        _erase(pk, article)
    return len(due)


@transaction.atomic
def _erase(pk: int, article: int) -> None:
    CommentStats.objects.move(article)  # the lock of the discussion
    comment = Comment.objects.get(pk=pk)
    if comment.status in THERE_FOR_ITS_WRITER:
        comment.withdraw()
    Comment.objects.filter(pk=pk).update(
        text=ERASED, html="", name="", badge="", network="", findings=[], submit_token=uuid.uuid4().hex,
        withdrawn_at=comment.withdrawn_at or timezone.now(),
    )  # fmt: skip
    CommentRevision.objects.filter(comment=pk).delete()
    SpamCheck.objects.filter(comment=pk).delete()
