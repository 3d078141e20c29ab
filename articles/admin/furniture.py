"""What stories hang on: sections, topics, authors and the site's own pages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.admin.editing import WithEditor
from articles.models import Article, Author, Page, Redirect, Section, Topic
from newsroom.lib.admin import StampedAdmin


class WithStories(StampedAdmin):
    """Something that has an address of its own: a changed slug keeps leading to it, and what has stories stays."""

    prepopulated_fields = {"slug": ("name",)}
    search_fields = ("name",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        old = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        if old and old.slug != obj.slug:
            Redirect.objects.moved(old.get_absolute_url(), obj.get_absolute_url())


@admin.register(Section)
class SectionAdmin(WithStories):
    list_display = ("name", "position", "parent", "on_front", "in_menu")
    list_select_related = ("parent",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "parent", "position", "description")}),
        (_("Shown"), {"fields": ("on_front", "in_menu")}),
        (_("Under every story"), {"fields": ("disclaimer", "comments_premoderated")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        used = obj is not None and Article.objects.in_section(obj).exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(Topic)
class TopicAdmin(WithStories):
    list_display = ("name", "slug", "merged_into")
    list_select_related = ("merged_into",)
    autocomplete_fields = ("merged_into",)
    fields = ("name", "slug", "description")


@admin.register(Author)
class AuthorAdmin(WithStories):
    list_display = ("name", "role", "is_active", "user")
    list_filter = ("is_active",)
    list_select_related = ("user",)
    raw_id_fields = ("photo", "user")
    fields = ("name", "slug", "role", "bio", "photo", "email_public", "user", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Author | None = None) -> bool:
        used = obj is not None and obj.bylines.exists()
        return not used and super().has_delete_permission(request, obj)


class PageForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Page
        fields = ("title", "slug", "body", "in_menu", "in_footer", "position", "is_live")

    def clean_slug(self) -> str:
        """An address that the site uses itself cannot be a page's."""
        from django.urls import Resolver404, resolve

        slug: str = self.cleaned_data["slug"]
        try:
            taken = resolve(f"/{slug}/").url_name != "page"
        except Resolver404:
            taken = False
        if taken:
            raise forms.ValidationError(_("“%(slug)s” is an address that the site uses itself."), params={"slug": slug})
        return slug


@admin.register(Page)
class PageAdmin(WithEditor, WithStories):
    form = PageForm
    list_display = ("title", "slug", "is_live", "in_menu", "in_footer", "position")
    list_filter = ("is_live",)
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)
