"""Providers, goals and donations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from newsroom.donations.models import Donation, Goal, Provider
from newsroom.donations.models.goal import money
from newsroom.lib.admin import StampedAdmin


@admin.register(Provider)
class ProviderAdmin(StampedAdmin):
    list_display = ("title", "kind", "base_url", "active")


@admin.register(Goal)
class GoalAdmin(StampedAdmin):
    list_display = ("name", "reached", "wanted", "as_of", "ends_at")
    fieldsets = (
        (None, {"fields": ("name", ("target", "currency"), "show")}),
        (
            _("What has come in"),
            {
                "fields": (("baseline", "as_of"), "baseline_source", "auto_sum"),
                "description": _("Readers see the figure with its source and its date."),
            },
        ),
        (_("When"), {"fields": (("starts_at", "ends_at"),)}),
    )

    @admin.display(description=_("reached"))
    def reached(self, goal: Goal) -> str:
        return money(goal.baseline, goal.currency)

    @admin.display(description=_("target"))
    def wanted(self, goal: Goal) -> str:
        return money(goal.target, goal.currency)


@admin.register(Donation)
class DonationAdmin(StampedAdmin):
    list_display = ("received_at", "amount", "currency", "interval", "provider", "source", "is_test")
    list_filter = ("provider", "source", "is_test")
    list_select_related = ("provider",)
    date_hierarchy = "received_at"
