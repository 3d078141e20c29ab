"""Any outbox in the admin: what the letters say, what became of them, and another try for those that failed."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final

from csp.constants import UNSAFE_INLINE
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsroom.lib.admin import ShortPaginator
from newsroom.lib.mail import state_of
from newsroom.lib.models import Outbox

#: A letter's inline styles and the site's logo, and nothing else: no script, no other request.
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
#: A signed token in an address (`newsroom.lib.signing`).
_SIGNED = re.compile(r"/[\w-]+:[\w-]+:[\w-]{20,}")
#: A letter that is due for so long says that no worker runs, or that it does not get through.
LATE: Final = timedelta(minutes=10)


def looks_of(html: str) -> dict[str, str]:
    """The HTML of a letter as it looks in the light and in the dark, whatever the looker's own screen prefers."""
    asks, both = "(prefers-color-scheme:dark)", "color-scheme:light dark"
    return {
        "light": html.replace(asks, "not all").replace(both, "color-scheme:light"),
        "dark": html.replace(asks, "all").replace(both, "color-scheme:dark"),
    }


def with_letters(response: HttpResponse) -> HttpResponse:
    """A page of the desk that shows letters in sandboxed frames: they inherit its policy, and style themselves inline."""
    response._csp_update = {"style-src": [UNSAFE_INLINE]}  # type: ignore[attr-defined]
    return response


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", gettext_lazy("waiting")),
            ("sent", gettext_lazy("sent")),
            ("dead", gettext_lazy("given up")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kinds = {
            "waiting": Q(sent_at=None, dead_at=None),
            "sent": Q(sent_at__isnull=False),
            "dead": Q(dead_at__isnull=False),
        }
        return queryset.filter(kinds.get(self.value() or "", Q()))


class OutboxAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # for every Outbox model
    list_display = ("to", "state", "why", "__str__", "next_try", "created_at", "attempts")
    list_filter: ClassVar[Any] = (StateFilter,)
    ordering = ("-created_at", "-id")
    actions = ("try_again",)
    fields = ("to", "state", "why", "created_at", "due_at", "sent_at", "attempts", "letter")
    readonly_fields = fields
    show_full_result_count = False
    paginator = ShortPaginator
    change_list_template = "admin/lib/outbox_list.html"
    change_form_template = "admin/lib/outbox_row.html"

    class Media:
        css = {"all": ("newsroom/admin/letters.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        found: QuerySet[Any] = rows.with_addressee()
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With its letter. Only a superuser gets links that act for the reader whom they were made for."""
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None:
            row.mail = row.compose()
            if row.mail and not getattr(request.user, "is_superuser", False):
                texts = {part: _SIGNED.sub("/…", getattr(row.mail, part)) for part in ("text", "html")}
                row.mail = replace(row.mail, **texts)
        return row

    @admin.display(description=gettext_lazy("to"))
    def to(self, row: Outbox) -> str:
        return row.addressee

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Outbox) -> str:
        return state_of(row, timezone.now())

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: Outbox) -> str:
        """The mail server's words, or the reason for which it must not leave."""
        return row.last_error

    @admin.display(description=gettext_lazy("next try"), ordering="due_at")
    def next_try(self, row: Outbox) -> Any:
        return None if row.sent_at or row.dead_at else row.due_at

    @admin.display(description=gettext_lazy("letter"))
    def letter(self, row: Any) -> str:
        """As it would leave now: a letter has no words of its own until it does."""
        if row.mail is None:
            return f"{_('It must not be sent any more.')} {row.last_error}"
        context = {"mail": row.mail, "looks": looks_of(row.mail.html), "url": reverse(self._view_name(), args=[row.pk])}
        return render_to_string("admin/lib/_letter.html", context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        facts = {"may_retry": self.has_retry_permission(request)}
        response = super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **facts})
        return with_letters(response) if isinstance(response, TemplateResponse) else response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        objects: Any = self.model._default_manager
        waiting = objects.waiting().filter(due_at__lte=timezone.now()).order_by("due_at")
        due = list(waiting.values_list("due_at", flat=True)[: ShortPaginator.LIMIT])
        late = bool(due) and settings.EMAIL_GIVEN and due[0] < timezone.now() - LATE
        facts = {"waiting": len(due), "oldest": due[0] if due else None, "late": late, "most": ShortPaginator.LIMIT}
        return super().changelist_view(request, {**(extra_context or {}), **facts})

    def _view_name(self) -> str:
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_letter"

    def get_urls(self) -> list[URLPattern]:
        name = self._view_name().partition(":")[2]
        letter = path("<int:pk>/letter/", self.admin_site.admin_view(self.letter_view), name=name)
        return [letter, *super().get_urls()]

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML as a mail program would show it, under a policy of its own; its links work."""
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if row.mail is None or not row.mail.html:
            return render(request, "admin/lib/no_letter.html", {"row": row, **self.admin_site.each_context(request)})
        response = HttpResponse(row.mail.html)
        response["Content-Security-Policy"] = _LETTER_POLICY
        return response

    @admin.action(description=gettext_lazy("Try again now"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        n = queryset.filter(free, sent_at=None).update(dead_at=None, due_at=now, attempts=0, last_error="")
        messages.success(request, ngettext("%d letter will be tried again.", "%d letters will be tried again.", n) % n)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
