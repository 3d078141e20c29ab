"""Somebody asked that nothing of them is kept: it waits for a day, in which they may think again."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models.letter import Letter
from newsroom.accounts.models.reader import Reader


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def open(self) -> Self:
        return self.filter(done_at=None, cancelled_at=None)

    def due(self, now: datetime) -> Self:
        """Those whose day is over; one that was begun and not finished is due again."""
        return self.open().filter(due_at__lte=now)

    def of(self, reader: Reader) -> "Erasure | None":
        return self.open().filter(reader__in=reader.identities).first()

    @transaction.atomic
    def ask(self, reader: Reader, now: datetime) -> "Erasure":
        """Begin the wait, and write to the reader's address, if that is confirmed; asking twice changes nothing."""
        to = reader.address if reader.has_confirmed_address else ""
        asked = Erasure(reader=reader, to=to, asked_at=now, due_at=now + Erasure.WAITS)
        self.bulk_create([asked], ignore_conflicts=True)
        erasure = self.open().get(reader=reader)
        if to and erasure.asked_at == now:
            Letter.objects.create(kind=Letter.Kind.ERASURE_ASKED, to=to, context={"erasure": erasure.pk})
        return erasure


class Erasure(models.Model):
    WAITS: ClassVar[timedelta] = timedelta(hours=24)

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="erasures", verbose_name=_("reader"))
    #: Where the last letter goes; forgotten when that is written.
    to = models.EmailField(_("e-mail address"), blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    #: From here on it cannot be taken back.
    begun_at = models.DateTimeField(_("begun"), null=True)
    cancelled_at = models.DateTimeField(_("taken back"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    objects: ClassVar[models.Manager["Erasure"]] = models.Manager.from_queryset(ErasureQuerySet)()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["reader"], condition=Q(done_at=None, cancelled_at=None), name="one_open_erasure_per_reader"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(done_at__isnull=True, cancelled_at__isnull=True), name="erasure_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id}: {self.due_at:%Y-%m-%d %H:%M}"

    def cancel(self) -> bool:
        """Keep everything; False where it came too late or was taken back before."""
        mine = Erasure.objects.open().filter(pk=self.pk, begun_at=None)
        return mine.update(cancelled_at=timezone.now(), to="") == 1

    def begin(self) -> bool:
        """From now on nobody takes it back; False where somebody has."""
        if self.begun_at is not None:
            return True
        return Erasure.objects.open().filter(pk=self.pk).update(begun_at=timezone.now()) == 1

    @transaction.atomic
    def finish(self) -> None:
        """Done: the last letter, whose row forgets the address when it has left."""
        if Erasure.objects.open().filter(pk=self.pk).update(done_at=timezone.now(), to="") and self.to:
            Letter.objects.create(kind=Letter.Kind.ERASED, to=self.to)
