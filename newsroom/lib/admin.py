"""A base for the admin of everything that readers see on shared pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from newsroom.lib.models import Stamp


class StampedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Bumps the site's stamp in the transaction of each save and deletion, so that every cached page is rendered anew."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        Stamp.objects.bump(Stamp.SITE)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        Stamp.objects.bump(Stamp.SITE)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        Stamp.objects.bump(Stamp.SITE)
