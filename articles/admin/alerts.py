"""Alerts above every page, and the letters about them."""

import re
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from articles.models import Alert
from newsroom.accounts.models import User
from newsroom.lib.admin import StampedAdmin
from newsroom.lib.models import Stamp


class Address(forms.URLField):
    """Of any site; of this one the path will do."""

    def to_python(self, value: Any) -> Any:
        is_path = isinstance(value, str) and re.match(r"/(?!/)", value.strip())
        return super().to_python(settings.NEWSROOM_URL + value.strip() if is_path else value)


class AlertForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Alert
        fields = ("text", "level", "article", "url", "scope", "starts_at", "ends_at")
        field_classes: ClassVar = {"url": Address}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        article, url = data.get("article"), data.get("url")
        if article and url:
            self.add_error("url", _("Choose the story or another address, not both."))
        if article and not article.is_out(timezone.now()):
            self.add_error("article", _("Readers cannot open that story: publish it first, or break it in one step."))
        if data.get("scope") == Alert.Scope.SECTION and not article:
            self.add_error("article", _("Choose a story: the alert is shown in its section."))
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The alert must end after it starts."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        # The database's own sentence about the times was said at its field already.
        if "ends_at" in self.errors:
            self.errors.pop("__all__", None)


@admin.register(Alert)
class AlertAdmin(StampedAdmin):
    form = AlertForm
    list_display = ("text", "level", "scope", "starts_at", "ends_at", "stopped_at", "made_by")
    list_filter = ("level", "scope")
    list_select_related = ("made_by",)
    autocomplete_fields = ("article",)
    fields = ("text", "level", "article", "url", "scope", ("starts_at", "ends_at"))
    actions = ("stop",)

    def save_model(self, request: HttpRequest, obj: Alert, form: Any, change: bool) -> None:
        obj.made_by = obj.made_by or request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Stop the chosen alerts"), permissions=["change"])
    def stop(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        by = request.user if isinstance(request.user, User) else None
        n = Alert.objects.filter(pk__in=alerts.values("pk")).stop(by=by)
        Stamp.objects.bump(Stamp.SITE)
        messages.success(request, ngettext("%d alert is off every page.", "%d alerts are off every page.", n) % n)
