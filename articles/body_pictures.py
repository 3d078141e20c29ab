"""Pictures that an editor put into a text: tied to their row in the library, and described once for every use."""

import re
from typing import Final

from django.conf import settings
from selectolax.lexbor import LexborHTMLParser

from articles.blocks import image_ids
from articles.models.image import Image
from newsroom.lib.models import Stamp

_PICTURE: Final = re.compile(r"<img\b", re.IGNORECASE)


def adopt(html: str) -> str:
    """The same text, every picture of the library under its number.

    A description typed for a picture that has none becomes the picture's own; a picture that is described elsewhere
    already brings its words along.
    """
    if not _PICTURE.search(html):
        return html
    holder = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert holder is not None
    nodes = holder.css("img")
    ours = _by_file({node.attributes.get("src") or "" for node in nodes})
    known = Image.objects.in_bulk(image_ids(html) - {image.pk for image in ours.values()})
    for node in nodes:
        number = node.attributes.get("data-image") or "0"
        image = ours.get(node.attributes.get("src") or "") or known.get(int(number) if number.isdecimal() else 0)
        if image is None:
            if "data-image" in node.attributes:
                del node.attrs["data-image"]
            continue
        # The number leads to the file that the picture has now, also where a text comes from before its replacement.
        node.attrs["data-image"], node.attrs["src"] = str(image.pk), image.file.url
        alt = (node.attributes.get("alt") or "").strip()
        if alt and not image.alt:
            image.alt, image.decorative = alt[:300], False
            if Image.objects.filter(pk=image.pk, alt="").update(alt=image.alt, decorative=False):
                Stamp.objects.bump(Stamp.SITE)  # a letterhead may show it
        elif image.alt and not alt:
            node.attrs["alt"] = image.alt
    return holder.inner_html or ""


def undescribed(html: str) -> int:
    """How many pictures of a text nobody has described."""
    if not _PICTURE.search(html):
        return 0
    nodes = LexborHTMLParser(html).css("img")
    return sum(1 for node in nodes if not (node.attributes.get("alt") or "").strip())


def _by_file(addresses: set[str]) -> dict[str, Image]:
    names = {src.removeprefix(settings.MEDIA_URL): src for src in addresses if src.startswith(settings.MEDIA_URL)}
    found = Image.objects.filter(file__in=list(names)) if names else []
    return {names[image.file.name]: image for image in found}
