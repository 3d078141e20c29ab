"""Who may what, in words: the roles as they are now, with what an admin has given on top."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsroom.accounts.roles import IN_WORDS, ROLES, grants


@dataclass(frozen=True)
class Cell:
    """Whether a role may do it, and whether that is more or less than the role had at first."""

    role: str
    may: bool
    is_changed: bool


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """For everybody who works here: no secret, and it answers most questions about who can help."""
    given = _given()
    rows = [
        (words, [Cell(role, *_compare(given.get(role, set()), ROLES[role], permissions)) for role in ROLES])
        for words, permissions in IN_WORDS
    ]
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Who may what"),
        "roles": list(ROLES),
        "rows": rows,
        "mine": set(request.user.groups.values_list("name", flat=True)) if request.user.pk else set(),
        "anything_changed": any(cell.is_changed for _words, cells in rows for cell in cells),
    }
    return render(request, "admin/desk/roles.html", context)


def _given() -> dict[str, set[str]]:
    """What each group has in the database."""
    groups = Group.objects.filter(name__in=ROLES).prefetch_related("permissions__content_type")
    return {
        group.name: {f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.all()}
        for group in groups
    }


def _compare(given: set[str], at_first: tuple[str, ...], permissions: tuple[str, ...]) -> tuple[bool, bool]:
    may = grants(given, permissions)
    return may, may != grants(at_first, permissions)
