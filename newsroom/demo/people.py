"""Who can log in to the demo: one person a role, and a reader. Passwords are drawn when they are made and never stored."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import Group

from newsroom.accounts.models import User

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo

#: No letters and digits that look alike.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class LogIn:
    role: str
    email: str
    password: str


def make_log_ins(demo: "Demo") -> list[LogIn]:
    made = []
    for wanted in demo.site["logins"]:
        user = User.objects.filter(email__iexact=wanted["email"]).first()
        if user is None:
            password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
            user = User.objects.create_user(
                wanted["email"],
                password,
                name=wanted["name"],
                is_staff=bool(wanted["role"]),
                is_superuser=wanted["role"] == "Admin",
            )
            if wanted["role"]:
                user.groups.add(Group.objects.get(name=wanted["role"]))
            demo.note([user])
            made.append(LogIn(wanted["role"] or "Reader", user.email, password))
        demo.users[wanted["key"]] = user
    return made
