"""Telling everybody who follows of a published comment: by the worker, a thousand readers at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce

from articles.models.site_settings import site_settings
from comments.models.comment import Comment
from comments.models.digest import Digest, due_at
from comments.models.notice import Notice
from comments.models.notification import Notification
from comments.models.subscription import Subscription
from newsroom.accounts.models import Reader

READERS_AT_ONCE: Final = 1000
#: Letters of their own that a reader gets in an hour, however many articles they follow; more become one digest.
SINGLE_LETTERS: Final = 5
#: The reason that a letter gives, where a reader follows a comment in several ways: the last one that is true.
_CLOSENESS: Final = ("all", "thread", "replies")


def announce(comment: Comment, now: datetime) -> int:
    """Plan the letters and notices about a published comment; how many readers follow it.

    Every thousand readers are one transaction, and only at the end the comment counts as announced. Where a worker is
    killed in between, the next one begins again and finds the rows of the first thousands: nobody is told twice.
    """
    told, last = 0, ""
    while listeners := list(_listeners(comment).filter(to__gt=last)[:READERS_AT_ONCE]):
        with transaction.atomic():
            _tell(comment, listeners, now)
        told += len(listeners)
        last = listeners[-1].to
        if len(listeners) < READERS_AT_ONCE:
            break
    # Held meanwhile? Then it is announced when it is approved.
    Comment.objects.filter(pk=comment.pk, status=Comment.Status.PUBLISHED).update(notified_at=now)
    return told


def followers_of(comment: Comment) -> QuerySet[Any]:
    """The subscriptions; `person` is the reader, or whoever that reader was found to be."""
    person = Coalesce("reader__merged_into__merged_into", "reader__merged_into", "reader")
    return Subscription.objects.running().about(comment).annotate(person=person)


def _listeners(comment: Comment) -> QuerySet[Any]:
    """Everybody but the writer, by address; of two readers with one address the member comes first."""
    writer = comment.reader.survivor
    readers: QuerySet[Any] = (
        Reader.objects.reachable().with_address().filter(pk__in=followers_of(comment).values("person"))
    )
    others = readers.exclude(pk=writer.pk).exclude(to__in=["", writer.address.lower()])
    return others.order_by("to", F("user").asc(nulls_last=True))


def _tell(comment: Comment, listeners: Iterable[Any], now: datetime) -> None:
    by_address: dict[str, Reader] = {}
    for reader in listeners:
        by_address.setdefault(reader.to, reader)
    readers = {reader.pk: reader for reader in by_address.values()}
    reasons = _reasons(comment, readers)
    written_to = {pk: reader for pk, reader in readers.items() if reader.pace != Reader.Pace.NEVER}
    digests = _digests(written_to, now)
    Notification.objects.bulk_create(
        (
            Notification(reader_id=pk, comment=comment, reason=reasons[pk], due_at=now, digest_id=digests.get(pk))
            for pk in written_to
        ),
        ignore_conflicts=True,
        batch_size=READERS_AT_ONCE,
    )
    Notice.objects.bulk_create(
        (
            Notice(reader_id=pk, comment=comment, reason=reasons[pk], created_at=now)
            for pk, reader in readers.items()
            if reader.is_member and reader.notices_on
        ),
        ignore_conflicts=True,
        batch_size=READERS_AT_ONCE,
    )


def _reasons(comment: Comment, readers: Iterable[int]) -> dict[int, str]:
    rows = followers_of(comment).filter(person__in=list(readers)).values_list("person", "kind")
    return dict(sorted(rows, key=lambda row: _CLOSENESS.index(row[1])))


def _digests(readers: dict[int, Reader], now: datetime) -> dict[int, int]:
    """The digests of those who are to get one instead of a letter of its own."""
    paces = {pk: reader.pace for pk, reader in readers.items() if reader.pace != Reader.Pace.INSTANT}
    lately = Notification.objects.filter(
        reader__in=[pk for pk in readers if pk not in paces],
        digest=None,
        dead_at=None,
        created_at__gt=now - timedelta(hours=1),
    )
    flooded = lately.order_by().values("reader").annotate(n=Count("pk")).filter(n__gte=SINGLE_LETTERS)
    paces |= dict.fromkeys(flooded.values_list("reader", flat=True), Reader.Pace.HOURLY)
    zone = site_settings().zone
    return Digest.objects.open_for({pk: due_at(pace, now, zone) for pk, pace in paces.items()}) if paces else {}
