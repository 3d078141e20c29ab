"""Addresses that moved, and links that lead nowhere."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import links
from articles.models import BrokenLink, Redirect
from newsroom.lib.admin import ShortPaginator, StampedAdmin
from newsroom.lib.models import Stamp


class RedirectForm(forms.ModelForm):  # type: ignore[type-arg]
    """Written by hand: leads from where nothing stands to where something does, in one step and never in a circle."""

    class Meta:
        model = Redirect
        fields = ("old_path", "article", "new_path", "status")

    def clean_old_path(self) -> str:
        """As a path; what is pasted with the site's own name is taken for what it is."""
        old = _without_host(self.cleaned_data["old_path"])
        path, query, asked = old.partition("?")
        if query and asked.partition("=")[0] not in Redirect.WORDPRESS_QUERIES:
            raise forms.ValidationError(gettext("What follows “?” is not looked at: leave it out."))
        if old.startswith("/") and not query and links.page_at(path, timezone.now()) != links.NOT_FOUND:
            raise forms.ValidationError(
                gettext(
                    "A page stands at that address: readers would go on seeing it, and the redirect would do nothing."
                )
            )
        return old

    def clean_new_path(self) -> str:
        return _without_host(self.cleaned_data["new_path"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        Stamp.objects.bump(Stamp.SITE)  # one after the other: two halves of a circle never pass each other
        if data.get("article") and data.get("new_path"):
            self.add_error("new_path", gettext("Choose a story or write an address, not both."))
        elif data.get("new_path") and data.get("status") != Redirect.Status.GONE and "old_path" in data:
            self._clean_target(data)
        return data

    def _clean_target(self, data: dict[str, Any]) -> None:
        new, old = data["new_path"], data["old_path"]
        way = Redirect.objects.way_from(links.path_of(new) or "")
        if new == old or any(old in {step.old_path, step.new_path} for step in way):
            self.add_error("new_path", gettext("That address leads back to the old one: a circle."))
        elif links.path_of(new) is not None and links.answers([new], timezone.now())[new] != links.FOUND:
            self.add_error("new_path", gettext("Nothing stands at that address: readers would find no page."))
        elif way:  # straight to where the way ends
            data["new_path"], data["article"] = way[-1].new_path, way[-1].article


def _without_host(address: str) -> str:
    address = address.strip()
    if "://" not in address or (path := links.path_of(address)) is None:
        return address
    query = address.partition("#")[0].partition("?")[2]
    return f"{path}?{query}" if query else path


@admin.register(Redirect)
class RedirectAdmin(StampedAdmin):
    form = RedirectForm
    list_display = ("old_path", "leads_to", "status", "automatic", "hits", "hit_at")
    list_filter = ("automatic", "status")
    list_select_related = ("article",)
    search_fields = ("old_path", "new_path")
    ordering = ("-id",)
    autocomplete_fields = ("article",)
    readonly_fields = ("hits", "hit_at", "created_at")
    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("leads to"))
    def leads_to(self, redirect: Redirect) -> SafeString | str:
        target = redirect.target
        return format_html('<a href="{}">{}</a>', target, target) if target else gettext("nowhere: it is gone")

    def save_model(self, request: HttpRequest, obj: Redirect, form: Any, change: bool) -> None:
        obj.automatic = False
        super().save_model(request, obj, form, change)
        obj.shorten_ways()


@admin.register(BrokenLink)
class BrokenLinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A report: links are mended in the stories, and vanish from here when the worker next looks."""

    list_display = ("story", "link", "status", "found_at")
    list_display_links = None
    list_filter = ("status",)
    list_select_related = ("article",)
    search_fields = ("link",)
    ordering = ("-id",)
    actions = None
    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("story"))
    def story(self, row: BrokenLink) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:articles_article_change", args=[row.article_id]), row.article
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BrokenLink]:
        return super().get_queryset(request).defer("article__body", "article__body_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
