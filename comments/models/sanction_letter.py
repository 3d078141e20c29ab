"""The letter that tells somebody of a sanction: the row is the queue."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.sanction import Sanction
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail


class SanctionLetterQuerySet(OutboxQuerySet["SanctionLetter"]):
    def tell(self, sanction: Sanction) -> None:
        """Plan a letter where there is a confirmed address; in the transaction of the sanction."""
        reader = sanction.reader
        if sanction.scope == Sanction.Scope.ADDRESS:
            reader = Reader.objects.at_address(sanction.value)
        if reader and reader.has_confirmed_address and reader.address:
            self.create(sanction=sanction, reader=reader)


class SanctionLetter(Outbox):
    sanction = models.OneToOneField(Sanction, models.CASCADE, related_name="letter", verbose_name=_("about"))
    reader = models.ForeignKey(Reader, models.CASCADE, related_name="+", verbose_name=_("to"))

    objects: ClassVar[models.Manager["SanctionLetter"]] = models.Manager.from_queryset(SanctionLetterQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("letter about a sanction")
        verbose_name_plural = _("letters about sanctions")

    def __str__(self) -> str:
        return f"{self.sanction.get_kind_display()} → {self.reader}"

    def compose(self) -> "Mail | None":
        """The letter; None where the sanction has ended before it left, or nobody is to be written to."""
        from comments.sanction_letter import about_sanction

        return about_sanction(self, timezone.now())

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from comments.sanction_letter import samples

        return samples()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)
