"""The site's settings, on one screen."""

import re
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import MenuItem, SiteSettings
from articles.models.letterhead import letterhead
from articles.models.site_settings import site_settings
from newsroom.lib.mail import Mail, write
from newsroom.lib.models import Stamp
from newsroom.lib.smtp import explain, send_and_listen

_LINK: Final = re.compile(r"(?P<label>\S.*?)\s+(?P<url>(?:https?://|mailto:|/)\S*)\Z")


class LinksField(forms.CharField):
    """Links as people write them, one a line: `Mastodon https://social.example/@kestrel`."""

    def __init__(self, label: Any, *, longest: int = 40) -> None:
        hint = gettext_lazy("One a line: the label, a space, the address. Mastodon https://social.example/@us")
        super().__init__(label=label, required=False, help_text=hint, widget=forms.Textarea(attrs={"rows": 4}))
        self._longest = longest

    def clean(self, value: Any) -> list[dict[str, str]]:
        links = []
        for n, line in enumerate(filter(None, map(str.strip, super().clean(value).splitlines())), 1):
            found = _LINK.match(line)
            if not found:
                raise ValidationError(_("Line %(n)d has no address: “%(line)s”"), params={"n": n, "line": line})
            if len(found["label"]) > self._longest or len(found["url"]) > 300:
                raise ValidationError(_("Line %(n)d is too long."), params={"n": n})
            links.append({"label": found["label"], "url": found["url"]})
        return links


def as_lines(links: Any) -> str:
    return "\n".join(f"{link['label']} {link['url']}" for link in links)


class SiteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
    )
    support_url = forms.URLField(
        label=gettext_lazy("Support address"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Where “Support us” leads; empty: /support/"),
    )
    social_links = LinksField(gettext_lazy("Social links"))
    menu = LinksField(gettext_lazy("More lines of the menu"))
    footer = LinksField(gettext_lazy("More lines of the footer"))

    class Meta:
        model = SiteSettings
        fields = "__all__"  # noqa: DJ007 - the fieldsets below name them, and a test says that none is missing

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["social_links"] = as_lines(self.instance.social_links)
        for place in MenuItem.Place.values:
            self.initial[place] = as_lines(MenuItem.objects.filter(place=place).values("label", "url"))

    def save_links(self) -> None:
        """The lines of the menu and the footer, as they stand in the form now."""
        MenuItem.objects.all().delete()
        MenuItem.objects.bulk_create(
            MenuItem(place=place, position=n, **link)
            for place in MenuItem.Place.values
            for n, link in enumerate(self.cleaned_data[place], 1)
        )


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = SiteSettingsForm
    autocomplete_fields = ()
    raw_id_fields = ("logo", "default_image")
    fieldsets = (
        (None, {"fields": ("name", "nameplate", "tagline", "description", "logo", "default_image")}),
        (gettext_lazy("Where and how"), {"fields": ("postal_address", "contact_email", "time_zone", "language")}),
        (gettext_lazy("Menu and footer"), {"fields": ("menu", "footer", "social_links", "footer_text")}),
        (
            gettext_lazy("Disclaimers"),
            {"fields": ("disclaimer_story", "disclaimer_opinion", "disclaimer_video", "disclaimer_live")},
        ),
        (
            gettext_lazy("Readers"),
            {
                "fields": (
                    *("comments_open", "comments_premoderated", "comments_close_after_days"),
                    *("guests_held", "members_held", "banned_words", "down_votes", "ratings_on"),
                )
            },
        ),
        (gettext_lazy("Support"), {"fields": ("asks_on", "support_url")}),
        (gettext_lazy("Search engines"), {"fields": ("robots_allowed",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        test = path("test-letter/", self.admin_site.admin_view(self.test_letter), name="test_letter")
        return [test, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: its screen is the list."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect("admin:articles_sitesettings_change", SiteSettings.row().pk)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return redirect("admin:index")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.save_links()
        Stamp.objects.bump(Stamp.SITE)

    def test_letter(self, request: HttpRequest) -> HttpResponse:
        """Sent while the admin waits, on purpose: the server's answer is what is asked for."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        if not settings.EMAIL_GIVEN:
            messages.warning(request, _("EMAIL_URL is not set: nothing leaves this machine."))
        else:
            self._send_test(request, str(getattr(request.user, "email", "")))
        return redirect(reverse("admin:articles_sitesettings_changelist"))

    def _send_test(self, request: HttpRequest, to: str) -> None:
        words = {"subject": _("A test letter"), "paragraphs": [_("Letters of this site reach you.")], "footnote": ""}
        text, html = write("accounts/mail/letter", words)
        try:
            answer = send_and_listen(
                Mail(to=to, subject=str(words["subject"]), text=text, html=html),
                letterhead().sender(site_settings().plate),
            )
        except Exception as error:  # whatever it is, it is the answer
            messages.error(request, _("The server refused: %s") % explain(error))
        else:
            messages.success(request, _("Sent to %(to)s. The server says: %(answer)s") % {"to": to, "answer": answer})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
