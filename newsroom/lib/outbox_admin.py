"""Any outbox in the admin: what the letters say, what became of them, and another try for those that failed."""

from typing import Any, ClassVar

from csp.constants import UNSAFE_INLINE
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsroom.lib.mail import state_of
from newsroom.lib.models import Outbox

#: A letter's inline styles and nothing else: no script, no request, not even a picture.
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


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
    list_display = ("__str__", "state", "created_at", "attempts", "last_error")
    list_filter: ClassVar[Any] = (StateFilter,)
    ordering = ("-created_at", "-id")
    actions = ("try_again",)
    fields = ("state", "created_at", "due_at", "sent_at", "attempts", "last_error", "subject", "text", "as_html")
    readonly_fields = fields
    show_full_result_count = False

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Outbox) -> str:
        return state_of(row, timezone.now())

    @admin.display(description=gettext_lazy("subject"))
    def subject(self, row: Outbox) -> str:
        mail = row.compose()
        return mail.subject if mail else _("It must not be sent any more.") + " " + row.last_error

    @admin.display(description=gettext_lazy("text"))
    def text(self, row: Outbox) -> str:
        mail = row.compose()
        return render_to_string("admin/lib/_letter.html", {"text": mail.text}) if mail else "-"

    @admin.display(description=gettext_lazy("as the reader sees it"))
    def as_html(self, row: Outbox) -> str:
        words = _("Open the letter")
        return format_html('<a href="{}">{}</a>', reverse(self._view_name(), args=[row.pk]), words)

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
        mail = row.compose()
        if mail is None or not mail.html:
            return render(request, "admin/lib/no_letter.html", {"row": row, **self.admin_site.each_context(request)})
        response = HttpResponse(mail.html)
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
