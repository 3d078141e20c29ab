"""A reader: whoever comments, votes, rates or follows, as a member, a guest or just a device."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models.user import User
from newsroom.lib.prepared import prepared


class ReaderQuerySet(models.QuerySet["Reader"]):
    def verified(self) -> Self:
        return self.filter(verified_at__isnull=False)

    def reachable(self) -> Self:
        """People whose address is known to be theirs: everybody else is written to once, to ask."""
        member = models.Q(user__is_active=True)
        return self.filter(member | models.Q(user=None, verified_at__isnull=False), merged_into=None, erased_at=None)

    def with_address(self) -> Self:
        """Each with `to`, the address that letters go to in small letters: two readers of one address are one person."""
        return self.annotate(to=Lower(Coalesce("user__email", "email")))

    def at_address(self, email: str) -> "Reader | None":
        """Whose confirmed address this is; a member before a guest."""
        found: models.QuerySet[Any] = self.reachable().with_address()
        owner: Reader | None = found.filter(to=email.lower()).order_by(models.F("user").asc(nulls_last=True)).first()
        return owner

    def for_user(self, user: User) -> "Reader":
        """The member behind a log-in; made at the first use, one for ever."""
        reader = next(iter(_of_user(user.pk)), None)
        if reader is None:
            try:
                with transaction.atomic():
                    # A member's address is that of the log-in: it is not copied here, so that it cannot disagree.
                    reader = self.create(user=user, name=user.get_full_name())
            except IntegrityError:  # the same member's other request was faster
                reader = self.get(user=user)
        reader.user = user
        return reader

    def take_over(self, user: User, email: str) -> "Reader":
        """The user has proved to own `email`: what a guest did under that confirmed address is the member's now."""
        with transaction.atomic():
            member = self.for_user(user)
            guests = self.verified().filter(email__iexact=email, user=None, merged_into=None)
            if guests.update(merged_into=member):
                member.unite()
        return member


class Reader(models.Model):
    """Whom comments, votes, ratings and subscriptions belong to.

    A member has a `user`. A guest has an address as it was typed, which proves nothing until `verified_at` is set. A
    device has neither: only the signed cookie that names it.
    """

    class Pace(models.TextChoices):
        INSTANT = "instant", _("at once")
        HOURLY = "hourly", _("once an hour, together")
        DAILY = "daily", _("once a day, at 7 in the morning")
        NEVER = "never", _("no letters")

    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="reader")
    name = models.CharField(_("name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    verified_at = models.DateTimeField(_("address confirmed"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("same person as")
    )
    #: Since when, and by whom, every comment of this person is looked at before it appears.
    premoderated_at = models.DateTimeField(_("looked at first since"), null=True, blank=True, editable=False)
    premoderated_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)
    #: How letters about comments come.
    pace = models.CharField(_("letters"), max_length=7, choices=Pace, default=Pace.INSTANT)
    #: Whether a member is told on the site as well.
    notices_on = models.BooleanField(_("notices on the site"), default=True)
    #: Since when nothing is kept of this person; the row stays where comments of theirs leave a place in a thread.
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    #: Raised to make the address of the feed of replies to this reader a new one.
    feed_key = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Reader"]] = models.Manager.from_queryset(ReaderQuerySet)()

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=models.Q(verified_at__isnull=False), name="one_reader_per_confirmed_address"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_at=None) | ~models.Q(email=""), name="confirmed_reader_has_an_address"
            ),
        ]
        indexes = [models.Index(Lower("email"), name="reader_email")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or (self.user.get_full_name() if self.user else "") or str(_("A reader"))

    @property
    def survivor(self) -> "Reader":
        """This reader, or whoever they were found to be."""
        reader = self
        for _hop in range(10):
            if reader.merged_into is None:
                break
            reader = reader.merged_into
        return reader

    @cached_property
    def identities(self) -> set[int]:
        """The ids of this reader and of every reader who was found to be the same person: rows keep the id they began with."""
        # Step by step, each by index and mostly one: a nested search makes PostgreSQL read every reader per reader
        # while its statistics are young.
        known, found = {self.pk}, {self.pk}
        while found:
            found = set(_merged_into(sorted(found))) - known
            known |= found
        return known

    def unite(self) -> None:
        """Others were found to be this person: what one person gives once (a vote, stars) counts once from here on.

        In the transaction that found it. Whatever such things an app keeps, their manager says so by a verb `unite`.
        """
        # One at a time: two devices that are joined at the same moment must see each other's votes.
        Reader.objects.select_for_update(no_key=True).get(pk=self.pk)
        self.__dict__.pop("identities", None)
        for relation in self._meta.related_objects:
            if unite := getattr(relation.related_model._default_manager, "unite", None):  # type: ignore[union-attr]
                unite(self)

    def premoderate(self, *, by: User) -> bool:
        """Look at every comment of this person before it appears; False where that is so already."""
        rows = Reader.objects.filter(pk=self.survivor.pk, premoderated_at=None)
        return rows.update(premoderated_at=timezone.now(), premoderated_by=by) == 1

    def trust(self) -> bool:
        """The opposite, for every row that is this person's; False where none was looked at first."""
        rows = Reader.objects.filter(models.Q(pk=self.survivor.pk) | models.Q(merged_into=self.survivor.pk))
        return rows.exclude(premoderated_at=None).update(premoderated_at=None, premoderated_by=None) > 0

    def replace_feed(self) -> None:
        """Whoever has the address of this reader's feed reads nothing there any more."""
        Reader.objects.filter(pk__in=self.identities).update(feed_key=models.F("feed_key") + 1)

    def is_also(self, other: "Reader") -> bool:
        """Whether `other` is this reader, or was found to be the same person: `identities` for one row, without a query."""
        return self.pk in {other.pk, other.merged_into_id}

    @property
    def is_member(self) -> bool:
        return self.user_id is not None

    @property
    def address(self) -> str:
        """Where letters to this reader go: a member's log-in address, a guest's as typed; '' where there is none."""
        return self.user.email if self.user else self.email

    @property
    def has_confirmed_address(self) -> bool:
        return self.verified_at is not None or bool(self.user_id)


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def among(self, addresses: Iterable[str]) -> set[str]:
        """Which of these are suppressed, in small letters."""
        asked = {address.lower() for address in addresses}
        rows = self.annotate(address=Lower("email")).filter(address__in=asked)
        return set(rows.values_list("address", flat=True))


@prepared
def _of_user(user: int) -> "models.QuerySet[Reader]":
    return Reader.objects.filter(user=user)


@prepared
def _merged_into(readers: list[int]) -> "models.QuerySet[Any, Any]":
    return Reader.objects.filter(merged_into__in=readers).values_list("pk", flat=True)


class Suppression(models.Model):
    """An address that no letter goes to any more, and why."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("asked never to be written to")
        BOUNCE = "bounce", _("the address does not exist")
        COMPLAINT = "complaint", _("reported a letter as spam")

    email = models.EmailField(_("e-mail address"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    #: What the mail server said of it.
    note = models.CharField(_("why"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Suppression"]] = models.Manager.from_queryset(SuppressionQuerySet)()

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_suppression_per_address")]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def holds(cls, email: str) -> bool:
        return bool(Suppression.objects.among([email]))

    @classmethod
    def add(cls, email: str, reason: str, *, note: str = "") -> None:
        """The first reason stays."""
        row = Suppression(email=email, reason=reason, note=note[:300])
        Suppression.objects.bulk_create([row], ignore_conflicts=True)
