"""Whom a sanction would meet: exactly which people, how many of them are members, and what they wrote lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from comments.models import Comment, Sanction
from newsroom.accounts.models import Reader

#: What somebody wrote in so many days counts as lately.
LATELY: Final = timedelta(days=30)
#: People that a preview names.
NAMED: Final = 100


@dataclass(frozen=True)
class Reach:
    """`named`: the first of the people; `members_with_record`: how many of them are members with published comments."""

    named: list[Reader]
    people: int
    members: int
    members_with_record: int
    comments: int

    @property
    def seen(self) -> str:
        """What a moderator looked at: a decision that carries other numbers is made on something else."""
        return f"{self.people}-{self.members}-{self.members_with_record}-{self.comments}"

    @property
    def unnamed(self) -> int:
        return self.people - len(self.named)

    @classmethod
    def of(cls, sanction: Sanction, now: datetime) -> "Reach":
        """People who work here are never met; somebody who was here as a guest and is a member now is one person."""
        readers = _readers(sanction).exclude(user__is_staff=True).exclude(merged_into__user__is_staff=True)
        published = Comment.objects.filter(reader=OuterRef("pk"), status=Comment.Status.PUBLISHED)
        found: dict[int, tuple[bool, bool]] = {}
        rows = readers.annotate(has_record=Exists(published)).order_by("pk")
        for pk, survivor, user, survivors_user, has_record in rows.values_list(
            "pk", "merged_into", "user", "merged_into__user", "has_record"
        ):
            person = survivor or pk
            member, record = found.get(person, (False, False))
            found[person] = (member or bool(user or survivors_user), record or has_record)
        ids = list(found)[:NAMED]
        return cls(
            named=list(Reader.objects.filter(pk__in=ids).select_related("user").order_by("pk")),
            people=len(found),
            members=sum(member for member, _record in found.values()),
            members_with_record=sum(member and record for member, record in found.values()),
            comments=_comments(sanction, readers).filter(created_at__gt=now - LATELY).count(),
        )


def _readers(sanction: Sanction) -> "QuerySet[Reader]":
    value = sanction.value
    if sanction.scope == Sanction.Scope.READER:
        return Reader.objects.filter(pk__in=sanction.reader.identities if sanction.reader else ())
    if sanction.scope == Sanction.Scope.NETWORK:
        return Reader.objects.filter(pk__in=Comment.objects.filter(network=value).exclude(network="").values("reader"))
    if sanction.scope == Sanction.Scope.DOMAIN:
        return Reader.objects.filter(_ends_with(f"@{value}") | _ends_with(f".{value}"))
    return Reader.objects.filter(Q(email__iexact=value) | Q(user__email__iexact=value))


def _ends_with(end: str) -> Q:
    return Q(email__iendswith=end) | Q(user__email__iendswith=end)


def _comments(sanction: Sanction, readers: "QuerySet[Reader]") -> "QuerySet[Comment]":
    if sanction.scope == Sanction.Scope.NETWORK:
        return Comment.objects.filter(network=sanction.value)
    return Comment.objects.filter(reader__in=readers)
