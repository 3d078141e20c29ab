"""Letters about accounts, and the invitations that some of them carry."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models.reader import Suppression
from newsroom.accounts.models.user import User
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample
from newsroom.lib.signing import BadToken, sign, unsign

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail


#: How long the link to one's own page works, and the one that confirms another address.
OWN_PAGE_FOR: Final = timedelta(hours=1)
NEW_ADDRESS_FOR: Final = timedelta(days=1)


class LetterQuerySet(OutboxQuerySet["Letter"]):
    def behind(self, kind: str, token: str, *, within: timedelta) -> "Letter | None":
        """The letter whose link was followed, while that works: for some time, and once."""
        try:
            pk = unsign(f"letter.{kind}", token, within=within)
        except BadToken:
            return None
        return self.filter(pk=pk, kind=kind, used_at=None).first()


class Letter(Outbox):
    """A letter about an account. It says what is meant; links are made when it is sent or looked at, never stored."""

    class Kind(models.TextChoices):
        CONFIRM_EMAIL = "confirm_email", _("confirm your address")
        LOGIN_CODE = "login_code", _("log-in code")
        RESET_PASSWORD = "reset_password", _("set a new password")
        UNKNOWN_ACCOUNT = "unknown_account", _("no account with this address")
        ACCOUNT_EXISTS = "account_exists", _("this address has an account")
        INVITATION = "invitation", _("invitation")
        NOTICE = "notice", _("security notice")
        OWN_PAGE = "own_page", _("link to one’s own page")
        NEW_ADDRESS = "new_address", _("confirm another address")
        ALERTS = "alerts", _("confirm breaking news by mail")
        ERASURE_ASKED = "erasure_asked", _("erasure asked for")
        ERASED = "erased", _("erasure done")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    to = models.EmailField(_("to"))
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="letters")
    # What the words need and the rows don't say: a template prefix, a sealed one-time code. Never a link.
    context = models.JSONField(default=dict, blank=True, editable=False)
    #: When its link did what it is for, where that is done once.
    used_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["Letter"]] = models.Manager.from_queryset(LetterQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("account letter")
        verbose_name_plural = _("account letters")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"

    @property
    def addressee(self) -> str:
        return self.to

    def compose(self) -> "Mail | None":
        from newsroom.accounts import letters

        return letters.compose(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from newsroom.accounts import letters

        return letters.samples()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        """Account letters are asked for and go on; what follows discussions need not try again."""
        if self.kind != self.Kind.ERASED:
            Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)

    def token(self) -> str:
        """For a link that works for some time, and once (see `behind`)."""
        return sign(f"letter.{self.kind}", self.pk)

    def use(self) -> bool:
        """Do what the link is for, now; False where somebody did."""
        return Letter.objects.filter(pk=self.pk, used_at=None).update(used_at=timezone.now()) == 1

    def release(self, **marks: Any) -> bool:
        return super().release(**marks | (self._forgotten() if "dead_at" in marks else {}))

    @transaction.atomic
    def mark_sent(self, at: datetime) -> None:
        super().mark_sent(at)
        if forgotten := self._forgotten():
            Letter.objects.filter(pk=self.pk).update(**forgotten)

    def _forgotten(self) -> dict[str, str]:
        """The last letter to somebody who was erased does not keep the address that it went to."""
        return {"to": ""} if self.kind == self.Kind.ERASED else {}


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, created_at__gt=now - Invitation.LASTS)

    def behind(self, token: str, now: datetime) -> "Invitation | None":
        """The open invitation that a mailed link names."""
        try:
            pk = unsign("invitation", token, within=Invitation.LASTS)
        except BadToken:
            return None
        return self.open(now).select_related("role").filter(pk=pk).first()


class Invitation(models.Model):
    """A colleague is asked to join in a role; whoever opens the mailed link sets a password.

    Nothing opens before that: the user is made when the invitation is accepted.
    """

    LASTS: ClassVar[timedelta] = timedelta(days=7)

    email = models.EmailField(_("e-mail address"))
    role = models.ForeignKey(Group, models.PROTECT, verbose_name=_("role"))
    user = models.ForeignKey(User, models.CASCADE, null=True, editable=False, related_name="invitations")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    objects: ClassVar[models.Manager["Invitation"]] = models.Manager.from_queryset(InvitationQuerySet)()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @property
    def ends_at(self) -> datetime:
        return self.created_at + self.LASTS

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and now < self.ends_at

    def path(self) -> str:
        """Where the mailed link leads; made anew whenever the letter is sent or looked at."""
        return reverse("account_invitation", args=[sign("invitation", self.pk)])

    @transaction.atomic
    def send(self) -> None:
        """Save the invitation and its letter; it takes the place of an earlier one to the same address."""
        earlier = Invitation.objects.filter(email__iexact=self.email, accepted_at=None, revoked_at=None)
        earlier.update(revoked_at=timezone.now())
        self.save()
        Letter.objects.create(kind=Letter.Kind.INVITATION, to=self.email, context={"invitation": self.pk})

    def revoke(self) -> bool:
        """Take it back; False if it was accepted or taken back before."""
        mine = Invitation.objects.filter(pk=self.pk, accepted_at=None, revoked_at=None)
        return mine.update(revoked_at=timezone.now()) == 1

    @transaction.atomic
    def accept(self, *, name: str, password: str) -> User | None:
        """Make the colleague's account, or give an account of that address the role; None if it came too late."""
        now = timezone.now()
        if not Invitation.objects.open(now).filter(pk=self.pk).update(accepted_at=now):
            return None
        user = User.objects.filter(email__iexact=self.email).first()
        if user is None:
            user = User.objects.create_user(self.email, password, name=name, is_staff=True)
        else:
            user.name, user.is_staff = name, True
            user.set_password(password)
            user.save()
            user.confirm_address()
        user.groups.add(self.role)
        Invitation.objects.filter(pk=self.pk).update(user=user)
        return user
