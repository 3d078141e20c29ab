"""The library of pictures."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from articles.admin.pictures import pick, thumbnail
from articles.intake import BYTES_MAX, PictureRefused, take_in
from articles.models import Article, Author, Image, Letterhead, SiteSettings
from newsroom.lib.admin import ShortPaginator, StampedAdmin
from newsroom.lib.models import Stamp

_WORDS = ("alt", "decorative", "caption", "credit", "credit_url", "source", "licence")


class ImageForm(forms.ModelForm):  # type: ignore[type-arg]
    upload = forms.FileField(
        label=_("file"), help_text=_("JPEG, PNG, WebP, GIF or AVIF; at most %d MB.") % (BYTES_MAX // 1024 // 1024)
    )

    class Meta:
        model = Image
        fields = (*_WORDS, "focal_x", "focal_y")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["upload"]
        else:
            self.fields["upload"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp,image/gif,image/avif"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "upload" in data and not self.errors:
            words = {name: data[name] for name in ImageForm.Meta.fields}
            try:
                # Its own transaction: the form is the only thing that follows.
                self.taken = take_in(data["upload"], by=self.user, **words)
            except PictureRefused as error:
                self.add_error("upload", ValidationError(str(error)))
        return data

    user: Any = None
    taken: Image


class WaitingFilter(admin.SimpleListFilter):
    title = _("description")
    parameter_name = "words"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("not described")), ("no-credit", _("without a credit"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset & Image.objects.undescribed()
        return queryset.filter(credit="") if self.value() == "no-credit" else queryset


@admin.register(Image)
class ImageAdmin(StampedAdmin):
    form = ImageForm
    show_full_result_count = False
    paginator = ShortPaginator
    list_display = ("look", "words", "credit", "size", "uploaded_at")
    list_display_links = ("look", "words")
    list_filter = (WaitingFilter, "decorative")
    search_fields = ("alt", "caption", "credit")
    ordering = ("-id",)
    readonly_fields = ("preview", "size", "renditions_at", "renditions_error", "uploaded_by", "uploaded_at")
    list_per_page = 30

    class Media:
        css = {"all": ("articles/admin/article.css",)}

    def get_urls(self) -> list[URLPattern]:
        return [path("pick/", self.admin_site.admin_view(pick), name="articles_image_pick"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ("preview", *_WORDS) if obj else ("upload", *_WORDS)
        rest = [(_("Focal point"), {"fields": (("focal_x", "focal_y"),), "description": _("Stays in every crop.")})]
        if obj:
            facts = ("size", "renditions_at", "renditions_error", "uploaded_by", "uploaded_at")
            rest.append((_("File"), {"fields": facts}))
        return [(None, {"fields": first}), *rest]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = [*_WORDS, "focal_x", "focal_y"]
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    @admin.display(description=_("picture"))
    def look(self, image: Image) -> SafeString:
        return thumbnail(image)

    @admin.display(description=_("description"))
    def words(self, image: Image) -> str:
        return str(image)

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("picture"))
    def preview(self, image: Image) -> SafeString:
        return format_html('<img class="preview" src="{}" alt="{}">', image.file.url, image.alt)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return super().save_form(request, form, change) if change else form.taken

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:
        if not change:
            return  # stored by the form already
        if {"focal_x", "focal_y"} & set(form.changed_data):
            obj.renditions_at = obj.avif_at = None  # the worker draws anew the crops that change
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        Stamp.objects.bump(Stamp.SITE)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What any story, author or the site itself shows is not deleted."""
        return obj is not None and super().has_delete_permission(request, obj) and not is_used(obj)

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        storage, names = obj.file.storage, [obj.file.name, *obj.renditions.values_list("file", flat=True)]
        super().delete_model(request, obj)
        transaction.on_commit(lambda: [storage.delete(name) for name in names])


def is_used(image: Image) -> bool:
    """Whether anything shows the picture, or showed it: a text of a story counts in its old versions too."""
    mark = f'data-image="{image.pk}"'
    stories = Q(lead_image=image) | Q(social_image=image) | Q(body__contains=mark)
    if Article.objects.filter(stories).exists() or Author.objects.filter(photo=image).exists():
        return True
    if Letterhead.objects.filter(logo=image).exists():
        return True
    return SiteSettings.objects.filter(Q(logo=image) | Q(default_image=image)).exists()
