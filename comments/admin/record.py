"""The record of moderation and who follows what: to look at."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from comments.models import ModerationAction, ProtectedDomain, Subscription


class _ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModerationAction)
class ModerationActionAdmin(_ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "from_status", "to_status", "reason", "comment")
    list_filter = ("action", "created_at")
    list_select_related = ("actor", "comment")
    search_fields = ("note", "comment__text", "actor__email")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The record has a page of its own, which counts nothing and takes decisions back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("moderation_record")


@admin.register(Subscription)
class SubscriptionAdmin(_ReadOnlyAdmin):
    list_display = ("reader", "kind", "article", "started_at", "ended_at")
    list_filter = ("kind",)
    list_select_related = ("reader", "reader__user", "article")
    search_fields = ("reader__email", "article__headline")


@admin.register(ProtectedDomain)
class ProtectedDomainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    search_fields = ("domain",)
