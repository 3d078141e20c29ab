"""Many comments in one letter: for readers who asked for that, and for those whom single letters would flood."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.site_settings import site_settings
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

#: When the digest of a day leaves, on the site's clock.
MORNING: Final = time(7)


class DigestQuerySet(OutboxQuerySet["Digest"]):
    def open_for(self, due: Mapping[int, datetime]) -> dict[int, int]:
        """The open digest of each of these readers (a new one is due as said), locked until the transaction ends.

        A worker that wants to send one meanwhile waits, or goes without it: nothing is put into a letter that has left.
        """
        found: dict[int, int] = {}
        while missing := sorted(due.keys() - found.keys()):
            fresh = [Digest(reader_id=reader, due_at=due[reader]) for reader in missing]
            self.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
            ready = self.filter(reader__in=missing, closed_at=None).order_by("reader").select_for_update()
            found |= dict(ready.values_list("reader", "pk"))
        return found

    def follow_the_pace_of(self, reader: Reader, now: datetime) -> None:
        """The reader chose another pace: what is gathered leaves when the new one says, at once where nothing is gathered."""
        at_once = reader.pace in {Reader.Pace.INSTANT, Reader.Pace.NEVER}
        due = now if at_once else due_at(reader.pace, now, site_settings().zone)
        self.filter(reader=reader, closed_at=None).update(due_at=due)

    def claim(self, now: datetime, *, worker: str, lease: timedelta, most: int) -> list["Digest"]:
        """What is claimed is closed: what comes from now on goes into the next one, and a repeat says the same."""
        with transaction.atomic(using=self.db):
            rows = super().claim(now, worker=worker, lease=lease, most=most)
            if rows:
                self.filter(pk__in=[row.pk for row in rows], closed_at=None).update(closed_at=now)
        return rows

    def with_addressee(self) -> Self:
        return self.select_related("reader__user", "reader__merged_into__user")


class Digest(Outbox):
    """A letter about every notification that is attached to it. Open until a worker claims it."""

    reader = models.ForeignKey(Reader, models.CASCADE, db_index=False, related_name="digests", verbose_name=_("to"))
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects: ClassVar[models.Manager["Digest"]] = models.Manager.from_queryset(DigestQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("digest of comments")
        verbose_name_plural = _("digests of comments")
        constraints = [
            models.UniqueConstraint(fields=["reader"], condition=Q(closed_at=None), name="one_open_digest_per_reader")
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(sent_at__isnull=True, dead_at__isnull=True), name="digest_due"
            ),
            models.Index(fields=["reader"], name="digest_of_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} → {self.reader}"

    @property
    def addressee(self) -> str:
        return self.reader.survivor.address

    def compose(self) -> "Mail | None":
        from comments.digest_letter import about_many

        return about_many(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from comments.sample_letters import digests

        return digests()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)

    def release(self, **marks: Any) -> bool:
        """Its notifications are settled together with it."""
        with transaction.atomic():
            held = super().release(**marks)
            if held and "dead_at" in marks:
                self.notifications.filter(sent_at=None, dead_at=None).update(dead_at=marks["dead_at"])
        return held

    def mark_sent(self, at: datetime) -> None:
        with transaction.atomic():
            super().mark_sent(at)
            self.notifications.filter(sent_at=None, dead_at=None).update(sent_at=at)


def due_at(pace: str, now: datetime, zone: ZoneInfo) -> datetime:
    """When a digest that is begun now leaves: at the end of this hour, or (daily) at the next morning of the site."""
    if pace != Reader.Pace.DAILY:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    local = now.astimezone(zone)
    morning = local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0, fold=0)
    if morning <= local:
        morning = (morning + timedelta(days=1)).replace(hour=MORNING.hour)
    return morning.astimezone(UTC)
