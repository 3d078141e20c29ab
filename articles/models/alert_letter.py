"""Letters about alerts: planned by the worker from one row, so that an editor's click costs the same for any number."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Self

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from articles.models.alert import Alert
from articles.models.alert_subscription import AlertSubscription
from newsroom.accounts.models import Suppression
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

#: Subscriptions that one transaction writes letters for.
AT_ONCE: Final = 1000


class AlertLetterQuerySet(OutboxQuerySet["AlertLetter"]):
    def plan(self, now: datetime) -> int:
        """Write a letter to everybody who wants news of an alert's story; for how many alerts."""
        asked = Alert.objects.filter(letters_at__isnull=False, letters_written_at=None).order_by("letters_at")
        alerts = list(asked.values_list("pk", flat=True))
        for alert in alerts:
            while self._write_some(alert, now):
                pass
        return len(alerts)

    @transaction.atomic
    def _write_some(self, pk: int, now: datetime) -> bool:
        """The next ones in the order of their subscriptions; whether there may be more. The alert's row is the lock."""
        alerts = Alert.objects.select_for_update(of=("self",)).filter(pk=pk)
        alert = alerts.select_related("article__section").defer("article__body", "article__body_text").get()
        people: list[AlertSubscription] = []
        if alert.article and alert.letters_written_at is None and alert.is_on_air(now):
            wanting = AlertSubscription.objects.wanting(alert.article).filter(pk__gt=alert.letters_reached)
            people = list(wanting.select_related("reader__user", "reader__merged_into__user").order_by("pk")[:AT_ONCE])
        if not people:
            alerts.filter(letters_written_at=None).update(letters_written_at=now)
            return False
        letters = [AlertLetter(alert=alert, subscription=one, to=one.reader.survivor.address.lower()) for one in people]
        refused = Suppression.objects.among(letter.to for letter in letters)
        self.bulk_create(
            [letter for letter in letters if letter.to and letter.to not in refused], ignore_conflicts=True
        )
        alerts.update(letters_reached=people[-1].pk)
        return True

    def with_addressee(self) -> Self:
        related = self.select_related(
            "alert__article__section", "alert__article__lead_image", "subscription__reader__user",
            "subscription__reader__merged_into__user",
        )  # fmt: skip
        return related.defer("alert__article__body", "alert__article__body_text")

    def claim(self, now: datetime, *, worker: str, lease: timedelta, most: int) -> list["AlertLetter"]:
        """Whether they may leave is asked for a whole batch."""
        from articles.alert_letter import decide

        rows = super().claim(now, worker=worker, lease=lease, most=most)
        decide(rows, now)
        return rows


class AlertLetter(Outbox):
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="letters", verbose_name=_("alert"))
    subscription = models.ForeignKey(AlertSubscription, models.CASCADE, related_name="letters", verbose_name=_("to"))
    #: In small letters: one person may be two readers.
    to = models.EmailField(_("address"))

    #: When it was last asked whether it may leave, and why not: see `articles.alert_letter.decide`.
    decided_at: datetime | None = None
    refusal = ""

    objects: ClassVar[models.Manager["AlertLetter"]] = models.Manager.from_queryset(AlertLetterQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("letter about an alert")
        verbose_name_plural = _("letters about alerts")
        constraints = [models.UniqueConstraint(fields=["alert", "to"], name="one_letter_per_alert_and_address")]

    def __str__(self) -> str:
        return f"{self.alert} → {self.to}"

    @property
    def addressee(self) -> str:
        return self.to

    def compose(self) -> "Mail | None":
        from articles.alert_letter import about_alert

        return about_alert(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from articles.alert_letter import samples

        return samples()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)
