"""A user: somebody who logs in, by e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _factors() -> models.QuerySet[Any]:
    from allauth.mfa.models import Authenticator

    rows: models.QuerySet[Any] = Authenticator.objects.all()
    return rows


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user whose address counts as verified: whoever calls this vouches for it."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        with transaction.atomic():
            user.save(using=self._db)
            user.confirm_address()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Logs in by e-mail; `is_staff` opens the admin, the groups say what may be done there."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("As it stands beside comments and notes.")
    )
    is_staff = models.BooleanField(_("works here"), default=False, help_text=_("May open the admin."))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick instead of deleting: what somebody wrote keeps its author.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_user_per_address",
                violation_error_message=_("This address has an account already."),
            )
        ]
        indexes = [models.Index(Lower("name"), name="user_name")]

    def __str__(self) -> str:
        return self.get_full_name()

    def confirm_address(self) -> None:
        """Count the address as verified (allauth would lock the user out otherwise): whoever calls this vouches for it."""
        from allauth.account.models import EmailAddress

        EmailAddress.objects.filter(user=self, primary=True).exclude(email__iexact=self.email).update(primary=False)
        EmailAddress.objects.update_or_create(
            user=self, email=self.email.lower(), defaults={"verified": True, "primary": True}
        )

    @property
    def has_second_factor(self) -> bool:
        """Whether logging in takes an authenticator app or a security key too; one query."""
        return _factors().filter(user=self).exclude(type="recovery_codes").exists()

    @transaction.atomic
    def lose_second_factor(self) -> bool:
        """Take app, keys and recovery codes off the account: the password alone logs in, until new ones are set up.

        False when there were none. Whoever calls this has made sure who asks.
        """
        gone, _rows = _factors().filter(user=self).delete()
        return gone > 0

    @transaction.atomic
    def rename(self, name: str) -> None:
        """Change the name that stands beside what this user wrote."""
        self.name = name
        self.save(update_fields=["name"])
        if reader := getattr(self, "reader", None):
            reader.name = name
            reader.save(update_fields=["name"])

    def get_full_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    def get_short_name(self) -> str:
        return self.get_full_name()
