"""Choosing a picture: the library in a window of its own, with what was chosen shown beside the field."""

from typing import Any, Final, NamedTuple

from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from articles.intake import BYTES_MAX
from articles.models import Image, Rendition

#: Pictures that one answer of the picker holds.
PICKED: Final = 24


class PictureWidget(ForeignKeyRawIdWidget):
    """The number of the picture, a look at it, and a link that opens the library."""

    template = "admin/articles/_picture_field.html"

    class Media:
        css = {"all": ("articles/admin/library.css",)}
        js = ("articles/admin/upload.js", "articles/admin/picker.js")

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        number = str(value) if value and str(value).isdigit() else ""
        picture = Image.objects.prefetch_related("renditions").filter(pk=number).first() if number else None
        context |= {"picture": picture, "look": thumbnail(picture) if picture else ""}
        context["library"] = reverse("admin:articles_image_changelist")
        return render_to_string(self.template, context)


def thumbnail(image: Image) -> SafeString:
    """A small look at a picture, described as the picture is."""
    html = '<img class="thumb" src="{}" alt="{}" width="120" height="90" loading="lazy">'
    return format_html(html, thumbnail_url(image), str(image))


def thumbnail_url(image: Image) -> str:
    """The smallest 4:3 crop; the picture itself until the worker has made that."""
    rows = image.renditions.all()
    small = [row for row in rows if row.crop == Rendition.Crop.CLASSIC and row.format == Rendition.Format.WEBP]
    return str(min(small, key=lambda row: row.width).file.url if small else image.file.url)


class Crop(NamedTuple):
    name: str
    label: str
    url: str


def crops_of(image: Image) -> list[Crop]:
    """Each crop as it is shown now; the whole picture where the worker has not made it yet."""
    rows = {row.crop: row.file.url for row in image.renditions.all() if row.format == Rendition.Format.WEBP}
    shapes = (Rendition.Crop.WIDE, Rendition.Crop.CLASSIC, Rendition.Crop.SQUARE)
    return [Crop(str(shape.value), str(shape.label), rows.get(shape, image.file.url)) for shape in shapes]


def told(image: Image) -> dict[str, Any]:
    """A picture as scripts are told of it: to choose it, to put it into a text, to say what it still needs."""
    names = ("width", "height", "alt", "decorative", "caption", "credit", "focal_x", "focal_y")
    return {
        "image": image.pk,
        "url": image.file.url,
        "thumb": thumbnail_url(image),
        "name": str(image),
        "missing": image.missing_to_publish(),
        "change": reverse("admin:articles_image_change", args=[image.pk]),
    } | {name: getattr(image, name) for name in names}


@require_safe
def dialog(request: HttpRequest) -> HttpResponse:
    """The dialog that picker.js fills."""
    if not request.user.has_perm("articles.view_image"):
        raise PermissionDenied
    context = {"bytes_max": BYTES_MAX, "may_add": request.user.has_perm("articles.add_image")}
    return render(request, "admin/articles/image/_picker.html", context)


@require_safe
def pick(request: HttpRequest) -> JsonResponse:
    """The library for a dialog: `q` searches it, `before` is the number that `next` of the answer before gave."""
    if not request.user.has_perm("articles.view_image"):
        raise PermissionDenied
    found = Image.objects.search(request.GET.get("q", "")).prefetch_related("renditions").order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 10:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PICKED + 1])
    following = rows[PICKED - 1].pk if len(rows) > PICKED else None
    return JsonResponse({"pictures": [told(image) for image in rows[:PICKED]], "next": following})
