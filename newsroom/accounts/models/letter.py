"""Letters about accounts, and the invitations that some of them carry."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models.user import User
from newsroom.lib.models import Outbox, OutboxQuerySet


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
        TEST = "test", _("test letter")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    to = models.EmailField(_("to"))
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="letters")
    # What the words need and the rows don't say: a template prefix, a sealed one-time code. Never a link.
    context = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[models.Manager["Letter"]] = models.Manager.from_queryset(OutboxQuerySet["Letter"])()

    class Meta(Outbox.Meta):
        verbose_name = _("account letter")
        verbose_name_plural = _("account letters")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, created_at__gt=now - Invitation.LASTS)


class Invitation(models.Model):
    """A colleague is asked to join in a role; whoever opens the mailed link sets a password."""

    LASTS: ClassVar[timedelta] = timedelta(days=7)

    email = models.EmailField(_("e-mail address"))
    role = models.ForeignKey(Group, models.PROTECT, verbose_name=_("role"))
    user = models.ForeignKey(User, models.CASCADE, null=True, editable=False, related_name="invitations")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    objects: ClassVar[models.Manager["Invitation"]] = models.Manager.from_queryset(InvitationQuerySet)()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"
