"""What accounts keep of a person: told to them, and forgotten when they ask. `readers` are the ids that are theirs."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from newsroom.accounts.models.erasure import Erasure
from newsroom.accounts.models.letter import Letter
from newsroom.accounts.models.reader import Reader, Suppression
from newsroom.accounts.models.user import User


def export(readers: set[int]) -> dict[str, Any]:
    rows = Reader.objects.filter(pk__in=readers).order_by("pk")
    fields = ("id", "name", "email", "verified_at", "created_at", "pace", "notices_on")
    wanted = ("id", "kind", "to", "created_at", "sent_at")
    users = User.objects.filter(reader__in=readers)
    addresses = [address for reader in rows if reader.has_confirmed_address and (address := reader.address)]
    return {
        "reader": list(rows.values(*fields)),
        "accounts": [_account(user) for user in users],
        "account_letters": list(_letters(readers).order_by("-pk").values(*wanted)),
        "erasures": list(
            Erasure.objects.filter(reader__in=readers).values("asked_at", "due_at", "cancelled_at", "done_at")
        ),
        "no_letters_to": [address for address in addresses if Suppression.holds(address)],
    }


def _account(user: User) -> dict[str, Any]:
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    return {
        "email": user.email,
        "name": user.name,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
    }


def _letters(readers: set[int]) -> Any:
    """To their account, about them as readers, and to an address that is known to be theirs."""
    rows = Reader.objects.filter(pk__in=readers).select_related("user")
    to = Q(user__reader__in=readers) | Q(context__reader__in=list(readers))
    for reader in rows:
        if reader.has_confirmed_address and reader.address:
            to |= Q(to__iexact=reader.address)
    return Letter.objects.filter(to)


@transaction.atomic
def forget(readers: set[int]) -> None:
    """Name and address, the log-in and the letters. From here on no device is known as one of these readers.

    The rows stay, empty, where something that others need points to them.
    """
    Letter.objects.filter(pk__in=list(_letters(readers).values_list("pk", flat=True))).delete()
    for reader in Reader.objects.filter(pk__in=readers).select_related("user"):
        if (
            reader.has_confirmed_address
        ):  # who asked for no letters stays on that list: forgetting it would break our word
            Suppression.objects.filter(email__iexact=reader.address, reason=Suppression.Reason.BOUNCE).delete()
    # Somebody who works here keeps the log-in: an admin ends that first.
    for user in User.objects.filter(reader__in=readers, is_staff=False):
        _close(user)
    Reader.objects.filter(pk__in=readers).update(
        user=None, name="", email="", verified_at=None, erased_at=timezone.now()
    )
    Erasure.objects.filter(reader__in=readers).exclude(pk__in=Erasure.objects.open()).update(to="")


def _close(user: User) -> None:
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.groups.clear()
    user.email, user.name, user.is_active, user.last_login = f"erased-{user.pk}@invalid", "", False, None
    user.set_unusable_password()
    user.save()


def part(readers: set[int]) -> None:
    """The last step: not even that several of these rows were one person is kept."""
    Reader.objects.filter(pk__in=readers).update(merged_into=None)
