"""The letterhead, with a look at every kind of letter before it is saved, and a test letter to oneself."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import Letterhead
from articles.models.letterhead import on_trial
from articles.models.site_settings import site_settings
from newsroom.lib.admin import StampedAdmin
from newsroom.lib.mail import Mail, outboxes
from newsroom.lib.models import Sample
from newsroom.lib.outbox_admin import looks_of, with_letters
from newsroom.lib.smtp import explain, send_and_listen


def samples() -> dict[str, Sample]:
    """A letter of every kind, with made-up content, in the order of the letterhead's openings."""
    found = {kind: sample for model in outboxes() for kind, sample in model.samples().items()}
    return {kind: found[kind] for kind in dict.fromkeys((*Letterhead.KINDS, *found)) if kind in found}


@admin.register(Letterhead)
class LetterheadAdmin(StampedAdmin):
    raw_id_fields = ("logo",)
    fieldsets = (
        (None, {"fields": ("logo", "accent", "footer")}),
        (gettext_lazy("From whom"), {"fields": ("sender_name", "reply_to")}),
        (
            gettext_lazy("The sentence at the top of a letter about …"),
            {"fields": tuple(f"opening_{kind}" for kind in Letterhead.KINDS)},
        ),
    )

    class Media:
        css = {"all": ("newsroom/admin/letters.css",)}

    def get_urls(self) -> list[URLPattern]:
        look = path("look/", self.admin_site.admin_view(self.look), name="letterhead_look")
        return [look, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: its screen is the list."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect("admin:articles_letterhead_change", Letterhead.row().pk)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        kinds = {kind: sample.label for kind, sample in samples().items()}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "kinds": kinds})

    def look(self, request: HttpRequest) -> HttpResponse:
        """A letter as it would look with what stands in the form (POST) or is saved (GET); with `send`, in one's own mail."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = Letterhead.row()
        form = self.get_form(request, row)(request.POST or None, instance=row)
        context: dict[str, Any] = {**self.admin_site.each_context(request), "title": _("Letters"), "form": form}
        if request.method == "POST" and not form.is_valid():
            return TemplateResponse(request, "admin/articles/letterhead/look.html", context, status=422)
        kinds = samples()
        asked = request.POST.get("kind") or request.POST.get("send") or request.GET.get("kind") or ""
        kind = asked if asked in kinds else next(iter(kinds))
        sender = row.sender(site_settings().plate)
        with on_trial(row):
            mail = kinds[kind].write()
        if "send" in request.POST:
            _send(request, mail, row)
        context |= {"kinds": {name: sample.label for name, sample in kinds.items()}, "kind": kind, "mail": mail}
        context |= {"sender": sender, "looks": looks_of(mail.html)}
        return with_letters(TemplateResponse(request, "admin/articles/letterhead/look.html", context))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return redirect("admin:articles_letterhead_change", obj.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _send(request: HttpRequest, mail: Mail, row: Letterhead) -> None:
    """While the admin waits, on purpose: the server's answer is what is asked for. To nobody but themselves."""
    if not settings.EMAIL_GIVEN:
        messages.warning(request, _("EMAIL_URL is not set: nothing leaves this machine."))
        return
    to = str(getattr(request.user, "email", ""))
    # Without the ids of its conversation: a mail program keeps only the first letter of an id.
    headers = {name: value for name, value in mail.headers.items() if name.startswith("List-")}
    try:
        answer = send_and_listen(replace(mail, to=to, headers=headers), row.sender(site_settings().plate))
    except Exception as error:  # whatever it is, it is the answer
        messages.error(request, _("The server refused: %s") % explain(error))
    else:
        messages.success(request, _("Sent to %(to)s. The server says: %(answer)s") % {"to": to, "answer": answer})
