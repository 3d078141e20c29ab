"""For the admin of any app: a base for what readers see on shared pages, and lists that count only so far."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from newsroom.lib.models import Stamp


class ShortPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to a limit and no further: counting every row of an old site costs more than showing the page."""

    LIMIT = 2000

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk", flat=True)[: self.LIMIT])  # type: ignore[attr-defined]


class StampedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Bumps a stamp in the transaction of each save and deletion, so that every cached page is rendered anew."""

    stamp = Stamp.SITE

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A moment is two inputs under one label in the admin: each says which of the two it is."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, AdminSplitDateTime):
            for half, name in zip(field.widget.widgets, (_("date"), _("time")), strict=True):
                half.attrs["aria-label"] = f"{field.label}: {name}"
        return field

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        """A form without an address is sent to the part of the page that a skip link led to, and the answer opens there:
        what it wants looked at (`autofocus`) would not get the focus."""
        return super().render_change_form(request, context, add, change, form_url or request.get_full_path(), obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        Stamp.objects.bump(self.stamp)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        Stamp.objects.bump(self.stamp)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        Stamp.objects.bump(self.stamp)
