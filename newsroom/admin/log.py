"""Who changed what at the desk: users, roles, settings, front pages and everything else, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from newsroom.accounts.models import User

PAGE: Final = 50
#: What the log can be narrowed to: (app, model) of each.
KINDS: Final[dict[str, tuple[Any, Sequence[tuple[str, str]]]]] = {
    "people": (
        gettext_lazy("users, invitations and roles"),
        [("accounts", "user"), ("accounts", "invitation"), ("auth", "group")],
    ),
    "settings": (
        gettext_lazy("settings"),
        [("articles", "sitesettings"), ("articles", "letterhead"), ("comments", "phrase")],
    ),
    "pages": (gettext_lazy("front page and sections"), [("articles", "arrangement"), ("articles", "section")]),
    "stories": (gettext_lazy("stories"), [("articles", "article"), ("articles", "correction")]),
}


@dataclass(frozen=True)
class Looking:
    """What the address asks for; anything else than a number or a known kind asks for nothing."""

    who: int = 0
    what: str = ""
    before: int = 0

    @classmethod
    def at(cls, request: HttpRequest) -> "Looking":
        what = request.GET.get("what", "")
        return cls(_number(request.GET.get("who")), what if what in KINDS else "", _number(request.GET.get("before")))

    def lines(self) -> QuerySet[LogEntry]:
        lines = LogEntry.objects.select_related("user", "content_type").order_by("-pk")
        if self.who:
            lines = lines.filter(user=self.who)
        if self.what:
            names = KINDS[self.what][1]
            types = [ContentType.objects.get_by_natural_key(*name).pk for name in names]
            lines = lines.filter(content_type__in=types)
        return lines.filter(pk__lt=self.before) if self.before else lines

    def older_than(self, line: LogEntry) -> str:
        return f"?{urlencode({'who': self.who or '', 'what': self.what, 'before': line.pk})}"


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Fifty lines at a time, by keyset; nothing is counted."""
    if not request.user.has_perm("admin.view_logentry"):
        raise PermissionDenied
    looking = Looking.at(request)
    lines = list(looking.lines()[: PAGE + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Log of the desk"),
        "looking": looking,
        "lines": lines[:PAGE],
        "older": looking.older_than(lines[PAGE - 1]) if len(lines) > PAGE else "",
        "kinds": [(name, label) for name, (label, _names) in KINDS.items()],
        "people": User.objects.filter(is_staff=True).order_by("name", "email"),
    }
    return render(request, "admin/desk/log.html", context)


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
