"""What keeps somebody from taking part: a warning, a suspension or a ban, of a person, an address, a network or a mail domain."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from comments.models.moderated import StepRefused
from comments.models.moderation import ModerationAction
from newsroom.accounts.models import Reader
from newsroom.lib.prepared import prepared

if TYPE_CHECKING:
    from newsroom.accounts.models import User

REASON_MAX: Final = 300


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def running(self, now: datetime) -> Self:
        return self.filter(Q(until=None) | Q(until__gt=now), lifted_at=None)

    def against(
        self, reader: Reader | None, *, addresses: Iterable[str] = (), network: str = "", now: datetime
    ) -> "Sanction | None":
        """What keeps this reader, who types or has these addresses, from writing; the longest, in one query.

        Never somebody who works here: an admin closes a colleague's account instead.
        """
        if reader and reader.user and reader.user.is_staff:
            return None
        typed = {address.lower() for address in addresses if address}
        domains = {domain for address in typed for domain in domains_of(address)}
        return next(iter(_against(now, typed, domains, network or None, reader.pk if reader else None)), None)

    def of(self, reader: Reader) -> Self:
        """Every one that this person ever got, the newest first; by person and by confirmed address."""
        own = Q(reader__in=reader.identities)
        if reader.has_confirmed_address and reader.address:
            own |= Q(scope=Sanction.Scope.ADDRESS, value=reader.address.lower())
        return self.filter(own).order_by("-pk")

    def end(self, now: datetime) -> int:
        """Close those whose time is over; how many. Done by the worker."""
        return sum(one._end(one.until, None) for one in self.filter(lifted_at=None, until__lte=now))


@prepared
def _against(
    now: datetime, addresses: set[str], domains: set[str], network: str | None, reader: int | None
) -> SanctionQuerySet:
    fits = Q(scope=Sanction.Scope.ADDRESS, value__in=addresses) | Q(scope=Sanction.Scope.DOMAIN, value__in=domains)
    if network is not None:
        fits |= Q(scope=Sanction.Scope.NETWORK, value=network)
    if reader is not None:
        fits |= Q(reader=reader) | Q(reader__merged_into=reader) | Q(reader__merged_into__merged_into=reader)
    found = Sanction.objects.running(now).exclude(kind=Sanction.Kind.WARN).filter(fits)
    return found.order_by(F("until").desc(nulls_first=True), "-pk")[:1]


class Sanction(models.Model):
    """Written once; afterwards it can only end: by its time, or lifted by somebody (`lift`)."""

    class Scope(models.TextChoices):
        READER = "reader", _("this person")
        ADDRESS = "address", _("an e-mail address")
        NETWORK = "network", _("a network")
        DOMAIN = "domain", _("a mail domain")

    class Kind(models.TextChoices):
        WARN = "warn", _("warning")
        SUSPEND = "suspend", _("suspension")
        BAN = "ban", _("ban")

    scope = models.CharField(_("whom"), max_length=7, choices=Scope)
    reader = models.ForeignKey(Reader, models.CASCADE, null=True, related_name="sanctions", verbose_name=_("person"))
    #: The domain, the address, or the keyed hash of the network, in small letters. The hash goes when the ban ends; so does an
    #: address that nobody has here any more.
    value = models.CharField(max_length=254, blank=True)
    kind = models.CharField(_("what"), max_length=7, choices=Kind)
    until = models.DateTimeField(_("until"), null=True)
    #: What the person is told.
    reason = models.CharField(_("reason"), max_length=REASON_MAX)
    #: For moderators only.
    note = models.TextField(_("note"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("ended"), null=True)

    objects: ClassVar[models.Manager["Sanction"]] = models.Manager.from_queryset(SanctionQuerySet)()

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        default_permissions = ()
        permissions = [
            ("sanction_reader", _("Can warn, suspend and ban people, and remove what they wrote")),
            ("ban_network", _("Can ban networks and mail domains")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="reader", reader__isnull=False, value="")
                | Q(scope="domain", reader__isnull=True) & ~Q(value="")
                | Q(scope__in=["address", "network"], reader__isnull=True) & (~Q(value="") | Q(lifted_at__isnull=False)),
                name="sanction_has_one_target",
            ),
            models.CheckConstraint(
                condition=Q(kind="ban")
                | Q(kind="suspend", until__isnull=False, scope__in=["reader", "address"])
                | Q(kind="warn", until__isnull=True, scope="reader"),
                name="sanction_ends_as_its_kind_does",
            ),
            models.UniqueConstraint(
                fields=["reader"], condition=Q(kind="ban", lifted_at__isnull=True, reader__isnull=False),
                name="one_ban_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["scope", "value"], condition=Q(kind="ban", lifted_at__isnull=True, reader__isnull=True),
                name="one_ban_of_an_address",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["scope", "value"], condition=Q(lifted_at__isnull=True), name="sanction_runs"),
            models.Index(fields=["until"], condition=Q(lifted_at__isnull=True), name="sanction_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.whom}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A sanction is written once; it can only be lifted.")
        super().save(*args, **kwargs)

    def impose(self, *, by: "User") -> "Sanction":
        """Store it, with its line in the record and its letter. Raises StepRefused, in words."""
        from comments.models.sanction_letter import SanctionLetter

        self.made_by, self.value = by, self.value.lower()
        if self.reader:
            self.reader = self.reader.survivor
        if self.reader and self.reader.user and self.reader.user.is_staff:
            raise StepRefused(say("Somebody who works here is not sanctioned: an admin closes the account."))
        try:
            with transaction.atomic():
                Sanction.objects.filter(reader=self.reader, scope=self.scope, value=self.value).end(self.made_at)
                self.save()
                self._record(self.kind, by, self.reason)
                SanctionLetter.objects.tell(self)
        except IntegrityError as error:
            raise StepRefused(say("There is a ban already: lift that one first.")) from error
        return self

    def lift(self, *, by: "User", note: str = "") -> None:
        """End it before its time. Raises StepRefused where it has ended."""
        with transaction.atomic():
            if not self._end(timezone.now(), by):
                raise StepRefused(say("It had ended already."))
            self._record("lift", by, note)
        self.refresh_from_db()

    def _end(self, at: datetime | None, by: "User | None") -> bool:
        """False where it had ended. A network is forgotten now, and an address that is nobody's here any more."""
        kept = self.value
        if self.scope == Sanction.Scope.NETWORK:
            kept = ""
        elif self.scope == Sanction.Scope.ADDRESS:
            whose = Q(email__iexact=kept) | Q(user__email__iexact=kept)
            kept = kept if Reader.objects.filter(whose).exists() else ""
        running = Sanction.objects.filter(pk=self.pk, lifted_at=None)
        return running.update(lifted_at=at, lifted_by=by, value=kept) == 1

    def _record(self, action: str, by: "User", note: str) -> None:
        # The record outlives addresses and networks: it leads to them by the number of the sanction only.
        said = note if self.reader else f"{self.get_scope_display()} ({self.pk}). {note}".strip()
        line = ModerationAction(actor=by, reader=self.reader, action=action, note=said, batch=None)
        ModerationAction.objects.note([line])

    @property
    def whom(self) -> str:
        """The target as moderators read it."""
        if self.scope == Sanction.Scope.READER:
            return str(self.reader)
        if self.scope == Sanction.Scope.NETWORK:
            return say("network %s") % (self.value[:6] or "–")
        return f"@{self.value}" if self.scope == Sanction.Scope.DOMAIN else self.value or "–"

    def is_running(self, now: datetime) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > now)

    def may_be_explained_to(self, reader: Reader | None) -> bool:
        """Whether the reason is this reader's to read: whoever only types a banned address does not get to know it."""
        if self.scope != Sanction.Scope.ADDRESS:
            return True
        return bool(reader and reader.has_confirmed_address and reader.address.lower() == self.value)


def domains_of(address: str) -> list[str]:
    """The domain of an address, and those that it is a part of: `mail.example.org`, `example.org`."""
    labels = address.lower().rpartition("@")[2].split(".")
    return [".".join(labels[n:]) for n in range(len(labels) - 1)]
