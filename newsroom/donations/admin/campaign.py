"""Campaigns: drafted by editors, put live by whoever may."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models import Campaign, CampaignChange, CampaignSlot, DailyCount, Exclusion, Variant
from newsroom.lib.admin import StampedAdmin
from newsroom.lib.models import Stamp


class SlotInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CampaignSlot
    extra = 0
    min_num = 1


class VariantInline(admin.StackedInline):  # type: ignore[type-arg]
    """One variant in this version: the control. Further ones are drawn by the reader's browser and come with it."""

    model = Variant
    extra = 0
    min_num = 1
    max_num = 1
    fields = ("heading", "body", "cta", "provider", "enabled")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(StampedAdmin):
    list_display = ("name", "status", "starts_at", "ends_at", "clicks", "hidden")
    list_filter = ("status",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("sections", "topics", "not_sections", "not_topics")
    inlines = (SlotInline, VariantInline)
    actions = ("put_live", "pause")
    fieldsets = (
        (None, {"fields": ("name", "slug", "status", ("starts_at", "ends_at"), "goal")}),
        (_("Where"), {"fields": ("sections", "topics", "not_sections", "not_topics", "breaking", "priority")}),
        (_("After it was hidden"), {"fields": (("close_days", "done_days"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        return super().get_queryset(request).prefetch_related("variants__counts")

    @admin.display(description=_("clicks"))
    def clicks(self, campaign: Campaign) -> int:
        return _total(campaign, DailyCount.Kind.CLICK)

    @admin.display(description=_("hidden"))
    def hidden(self, campaign: Campaign) -> int:
        return _total(campaign, DailyCount.Kind.CLOSE) + _total(campaign, DailyCount.Kind.DONE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.has_perm("donations.publish_campaign") else ("status",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers have acted on is archived, not deleted."""
        used = obj is not None and obj.variants.exclude(frozen_at=None).exists()
        return not used and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            diff = {field: [str(form.initial.get(field)), str(form.cleaned_data[field])] for field in form.changed_data}
            CampaignChange.objects.create(campaign=obj, by_id=request.user.pk, diff=diff)

    @admin.action(description=_("Put live"), permissions=["publish"])
    def put_live(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._set_status(request, queryset, Campaign.Status.LIVE)

    @admin.action(description=_("Pause"), permissions=["publish"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._set_status(request, queryset, Campaign.Status.PAUSED)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.publish_campaign")

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Campaign], status: str) -> None:
        changed = 0
        for campaign in queryset.exclude(status=status):
            changed += Campaign.objects.filter(pk=campaign.pk).exclude(status=status).update(status=status)
            CampaignChange.objects.create(
                campaign=campaign, by_id=request.user.pk, diff={"status": [campaign.status, status]}
            )
        Stamp.objects.bump(Stamp.SITE)
        done = ngettext("%d campaign changed.", "%d campaigns changed.", changed) % changed
        messages.success(request, done if changed else gettext("They were in that state already."))


def _total(campaign: Campaign, kind: str) -> int:
    return sum(count.n for variant in campaign.variants.all() for count in variant.counts.all() if count.kind == kind)


@admin.register(Exclusion)
class ExclusionAdmin(StampedAdmin):
    list_display = ("name", "active", "starts_at", "ends_at")
    autocomplete_fields = ("sections", "topics")


@admin.register(DailyCount)
class DailyCountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at; nobody writes a count by hand."""

    list_display = ("day", "variant", "slot", "kind", "n")
    list_filter = ("kind", "slot")
    date_hierarchy = "day"
    list_select_related = ("variant__campaign",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
