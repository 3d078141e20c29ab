"""The sizes of a picture: a fixed ladder, made by the worker; the page shows the original until they are there."""

from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

import PIL.Image
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from articles.models.image import Image, Rendition
from newsroom.lib.models import Stamp

_RATIOS: Final = {Rendition.Crop.WIDE: 16 / 9, Rendition.Crop.CLASSIC: 4 / 3, Rendition.Crop.SQUARE: 1.0}
#: Widths of the crops: cards, and what networks show (1200 px wide at least for a large card).
_CROP_WIDTHS: Final = {
    Rendition.Crop.WIDE: (320, 640, 1280),
    Rendition.Crop.CLASSIC: (320, 640, 1280),
    Rendition.Crop.SQUARE: (160, 320, 1280),
}
#: The fallback for what knows no WebP needs few sizes; feeds, cards of networks and letters take these.
_JPEG_WIDTHS: Final = frozenset({640, 1280})
_QUALITY: Final[dict[str, int]] = {Rendition.Format.WEBP: 78, Rendition.Format.JPEG: 80}


class Plan(NamedTuple):
    crop: str
    format: str
    width: int
    height: int
    box: tuple[float, float, float, float]


def make_due(limit: int = 1) -> int:
    """Make the sizes of up to `limit` pictures that wait for them. How many there were."""
    images = list(Image.objects.waiting()[:limit])
    for image in images:
        make_renditions(image)
    return len(images)


def make_renditions(image: Image) -> None:
    """Every size of one picture, recorded together; a picture that cannot be read is marked and not tried again."""
    try:
        with image.file.open("rb") as file, PIL.Image.open(file) as opened:
            original = opened.convert("RGBA" if opened.mode in {"RGBA", "LA", "P"} else "RGB")
        made = [(plan, _draw(original, plan)) for plan in plans(original.size, (image.focal_x, image.focal_y))]
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        Image.objects.filter(pk=image.pk).update(renditions_at=timezone.now(), renditions_error=str(error)[:300])
        return
    _record(image, made)


def plans(size: tuple[int, int], focal: tuple[int, int]) -> Iterator[Plan]:
    """What will be made of a picture of this size; nothing is ever enlarged."""
    width, height = size
    for wanted in _ladder(Image.WIDTHS, width):
        box = (0.0, 0.0, float(width), float(height))
        yield from _in_formats(Rendition.Crop.FULL, wanted, max(1, round(wanted * height / width)), box)
    for crop, ratio in _RATIOS.items():
        box = crop_box(size, ratio, focal)
        for wanted in _ladder(_CROP_WIDTHS[crop], int(box[2] - box[0])):
            yield from _in_formats(crop, wanted, max(1, round(wanted / ratio)), box)


def _ladder(widths: tuple[int, ...], most: int) -> list[int]:
    """The widths that the picture can fill; its own as the last step where it falls short of the next."""
    steps = [width for width in widths if width <= most]
    if len(steps) < len(widths) and (not steps or steps[-1] < most):
        steps.append(most)
    return steps


def _in_formats(crop: str, width: int, height: int, box: tuple[float, float, float, float]) -> Iterator[Plan]:
    yield Plan(crop, Rendition.Format.WEBP, width, height, box)
    if width in _JPEG_WIDTHS or width < min(_JPEG_WIDTHS):
        yield Plan(crop, Rendition.Format.JPEG, width, height, box)


def crop_box(size: tuple[int, int], ratio: float, focal: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box of a ratio inside the picture, its middle as near to the focal point (in %) as it gets."""
    width, height = size
    across, down = (height * ratio, float(height)) if width / height > ratio else (float(width), width / ratio)
    left = min(max(width * focal[0] / 100 - across / 2, 0), width - across)
    top = min(max(height * focal[1] / 100 - down / 2, 0), height - down)
    return left, top, left + across, top + down


def _draw(original: PIL.Image.Image, plan: Plan) -> bytes:
    picture = original.resize((plan.width, plan.height), PIL.Image.Resampling.LANCZOS, box=plan.box, reducing_gap=3.0)
    out = BytesIO()
    if plan.format == Rendition.Format.JPEG:
        if picture.mode == "RGBA":
            ground = PIL.Image.new("RGB", picture.size, "white")
            ground.paste(picture, mask=picture.getchannel("A"))
            picture = ground
        picture.save(out, "JPEG", quality=_QUALITY[plan.format], optimize=True, progressive=True)
    else:
        picture.save(out, "WEBP", quality=_QUALITY[plan.format], method=4)
    return out.getvalue()


def _record(image: Image, made: list[tuple[Plan, bytes]]) -> None:
    """Old sizes go and new ones come in one step; their files have new names, because caches keep the old ones for ever."""
    storage = image.file.storage
    stem = f"sizes/{image.file.name.rpartition('/')[2].rpartition('.')[0]}-{timezone.now():%y%m%d%H%M%S}"
    rows = []
    for plan, data in made:
        extension = "jpg" if plan.format == Rendition.Format.JPEG else plan.format
        name = storage.save(f"{stem}-{plan.crop}-{plan.width}.{extension}", ContentFile(data))
        rows.append(
            Rendition(image=image, crop=plan.crop, format=plan.format, width=plan.width, height=plan.height, file=name)
        )
    with transaction.atomic():
        old = list(image.renditions.values_list("file", flat=True))
        image.renditions.all().delete()
        Rendition.objects.bulk_create(rows)
        Image.objects.filter(pk=image.pk).update(renditions_at=timezone.now(), renditions_error="")
        Stamp.objects.bump(Stamp.SITE)
        # Pages that were rendered before name the old files for up to a minute more; then nothing does.
        transaction.on_commit(lambda: _forget_files(image, old))


def _forget_files(image: Image, names: list[str]) -> None:
    for name in names:
        image.file.storage.delete(name)
