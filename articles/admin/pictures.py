"""Choosing a picture: the library in a window of its own, with what was chosen shown beside the field."""

from typing import Any

from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Image, Rendition


class PictureWidget(ForeignKeyRawIdWidget):
    """The number of the picture, a look at it, and a link that opens the library."""

    template = "admin/articles/_picture_field.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        number = str(value) if value and str(value).isdigit() else ""
        picture = Image.objects.prefetch_related("renditions").filter(pk=number).first() if number else None
        context |= {"picture": picture, "look": thumbnail(picture) if picture else ""}
        context["library"] = reverse("admin:articles_image_changelist")
        return render_to_string(self.template, context)


def thumbnail(image: Image) -> SafeString:
    """A small look at a picture, described as the picture is."""
    small = [row for row in image.renditions.all() if row.crop == Rendition.Crop.CLASSIC]
    url = min(small, key=lambda row: row.width).file.url if small else image.file.url
    return format_html('<img class="thumb" src="{}" alt="{}" width="120" height="90" loading="lazy">', url, str(image))
