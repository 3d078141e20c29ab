"""Names that belong to somebody: who writes under one of them must be that person."""

from collections import defaultdict
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from articles.models import Author
from comments.words import folded_words
from newsroom.accounts.models import Reader, User
from newsroom.lib.prepared import prepared
from newsroom.lib.stamps import kept_until_change


def is_of_the_newsroom(name: str, writer: Reader) -> bool:
    """Whether somebody else works here, or writes here, under a name that looks like this one."""
    owners = newsroom_names().get(_compared(name))
    return owners is not None and writer.user_id not in owners


def has_a_name_here(user: User) -> bool:
    """Whether somebody works here, or ever wrote a story."""
    return any(user.pk in owners for owners in newsroom_names().values())


def is_a_members(name: str, address: str) -> bool:
    """Whether somebody with an account has this name or this address."""
    return any(True for _user in _members_known_as(name.lower(), address.lower()))


@prepared
def _members_known_as(name: str, address: str) -> "QuerySet[Any, Any]":
    """Two look-ups in indexes."""
    named = User.objects.annotate(low_name=Lower("name"), low_address=Lower("email"))
    return named.filter(Q(low_name=name) & ~Q(name="") | Q(low_address=address)).values_list("pk", flat=True)[:1]


@kept_until_change
def newsroom_names() -> dict[str, set[int]]:
    """Whose each name is, by its looks; read once per process and change of the site."""
    names: defaultdict[str, set[int]] = defaultdict(set)
    for name, user in User.objects.filter(is_staff=True).values_list("name", "pk"):
        names[_compared(name)].add(user)
    for name, user in Author.objects.values_list("name", "user"):
        names[_compared(name)].update([user] if user else [])
    names.pop("", None)
    return dict(names)


def _compared(name: str) -> str:
    """As eyes compare: without spaces, accents, capitals, invisible characters, and with look-alikes of other scripts."""
    return "".join(folded_words(name))
