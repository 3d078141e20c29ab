"""When a moderator wants letters about what waits: a small page of one's own, and the letters that were written to one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from articles.models.site_settings import site_settings
from comments.admin.desk import who_may
from comments.models import DeskLetter, DeskWishes
from newsroom.lib.outbox_admin import OutboxAdmin


class WishesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    from_hour = forms.TypedChoiceField(
        label=gettext_lazy("From"), coerce=int, choices=[(n, f"{n:02}:00") for n in range(24)]
    )
    to_hour = forms.TypedChoiceField(
        label=gettext_lazy("To"), coerce=int, choices=[(n, f"{n:02}:00") for n in range(1, 25)],
        help_text=gettext_lazy("Earlier than the first: over midnight."),
    )  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), coerce=int, choices=WEEKDAYS.items(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose a day, or switch the letters off.")},
    )  # fmt: skip

    class Meta:
        model = DeskWishes
        fields = ("letters_on", "from_hour", "to_hour", "days")

    def clean_days(self) -> int:
        return sum(1 << day for day in self.cleaned_data["days"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "to_hour" in cleaned and cleaned.get("from_hour") == cleaned["to_hour"]:
            self.add_error("to_hour", _("Both are the same hour: for the whole day choose 00:00 and 24:00."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    """One's own hours, on the site's clock."""
    moderator = who_may(request)
    row = DeskWishes.objects.filter(pk=moderator.pk).first() or DeskWishes(user=moderator)
    chosen = [day for day in WEEKDAYS if row.days >> day & 1]
    form = WishesForm(request.POST or None, instance=row, initial={"days": chosen}, use_required_attribute=False)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.Meta.fields}
        DeskWishes.objects.update_or_create(user=moderator, defaults=values)  # what was told meanwhile stays
        messages.success(request, _("Saved."))
        return redirect("moderation_letters")
    context = {**admin.site.each_context(request), "form": form, "zone": site_settings().zone, "to": moderator.email}
    return render(request, "admin/moderation/letters.html", context, status=422 if form.errors else 200)


@admin.register(DeskLetter)
class DeskLetterAdmin(OutboxAdmin):
    """Their links act in somebody's name: a letter is shown to that moderator and to nobody else but a superuser."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(moderator=request.user.pk)
