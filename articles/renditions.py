"""The sizes of a picture: a fixed ladder, made by the worker; the page shows the original until they are there."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

import PIL.Image
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import features

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
#: Of squares our own pages show small ones only.
_SQUARE_SHOWN: Final = 320
#: How each format is drawn. AVIF in one thread: the other processors belong to readers.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    Rendition.Format.AVIF: {"quality": 50, "speed": 6, "max_threads": 1},
    Rendition.Format.WEBP: {"quality": 78, "method": 4},
    Rendition.Format.JPEG: {"quality": 80, "optimize": True, "progressive": True},
}
#: What is made first, because it takes a moment; AVIF takes seconds a picture and follows.
_AT_ONCE: Final = (Rendition.Format.WEBP, Rendition.Format.JPEG)
_LATER: Final = (Rendition.Format.AVIF,)


class Plan(NamedTuple):
    crop: str
    format: str
    width: int
    height: int
    box: tuple[float, float, float, float]

    @property
    def part(self) -> str:
        """Which part of the picture it shows, as `Rendition.box` says it."""
        return ",".join(str(round(side)) for side in self.box)


def never() -> bool:
    return False


def can_avif() -> bool:
    """Whether this machine's Pillow writes AVIF; where it does not, pictures are WebP and JPEG."""
    return features.check("avif") is True


def next_due(besides: Collection[int] = ()) -> Image | None:
    """The picture that is drawn next: none in AVIF while one waits for its first sizes. `besides`: keys that are passed over."""
    first = Image.objects.waiting().exclude(pk__in=besides).first()
    return first or (Image.objects.waiting_for_avif().exclude(pk__in=besides).first() if can_avif() else None)


def draw(image: Image, stop: Callable[[], bool] = never) -> bool:
    """What it waits for: WebP and JPEG, or later AVIF."""
    make_renditions(image, _LATER if image.renditions_at else _AT_ONCE, stop)
    return True


def make_renditions(image: Image, formats: Sequence[str] = _AT_ONCE, stop: Callable[[], bool] = never) -> None:
    """The sizes of one picture that are not there yet, recorded together.

    A picture that cannot be read is marked and not tried again. After `stop()` nothing is kept: it still waits.
    """
    have = {(row.crop, row.format, row.width, row.box) for row in image.renditions.all()}
    made: list[tuple[Plan, bytes]] = []
    try:
        with image.file.open("rb") as file, PIL.Image.open(file) as opened:
            original = opened.convert("RGBA" if opened.mode in {"RGBA", "LA", "P"} else "RGB")
        every = list(plans(original.size, (image.focal_x, image.focal_y)))
        for plan in every:
            if stop():
                return
            if plan.format in formats and (plan.crop, plan.format, plan.width, plan.part) not in have:
                made.append((plan, _draw(original, plan)))
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        now = timezone.now()
        said = {"renditions_at": now, "avif_at": now, "renditions_error": str(error)[:300]}
        Image.objects.filter(pk=image.pk, file=image.file.name).update(**said)
        return
    _record(image, made, keep=every, done="avif_at" if formats is _LATER else "renditions_at")


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
    if crop != Rendition.Crop.SQUARE or width <= _SQUARE_SHOWN:
        yield Plan(crop, Rendition.Format.AVIF, width, height, box)
        yield Plan(crop, Rendition.Format.WEBP, width, height, box)
    if width in _JPEG_WIDTHS or width < min(_JPEG_WIDTHS) or crop == Rendition.Crop.SQUARE:
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
    if plan.format == Rendition.Format.JPEG and picture.mode == "RGBA":
        ground = PIL.Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    out = BytesIO()
    picture.save(out, plan.format, **_OPTIONS[plan.format])
    return out.getvalue()


def _record(image: Image, made: Iterable[tuple[Plan, bytes]], *, keep: Iterable[Plan], done: str) -> None:
    """Old sizes go and new ones come in one step; their files have new names, because caches keep the old ones for ever.

    Nothing is recorded where the file or the focal point changed meanwhile, or another worker was first: the row decides.
    """
    rows = list(_stored(image, made))
    same = {"file": image.file.name, "focal_x": image.focal_x, "focal_y": image.focal_y, done: None}
    with transaction.atomic():
        if not Image.objects.filter(pk=image.pk, **same).update(**{done: timezone.now(), "renditions_error": ""}):
            _forget_files(image, [row.file.name for row in rows])
            return
        kept = {(plan.crop, plan.format, plan.width, plan.part) for plan in keep}
        kept -= {(row.crop, row.format, row.width, row.box) for row in rows}
        old = [row for row in image.renditions.all() if (row.crop, row.format, row.width, row.box) not in kept]
        if done == "avif_at":  # the others are none of its business
            old = [row for row in old if row.format in _LATER]
        Rendition.objects.filter(pk__in=[row.pk for row in old]).delete()
        Rendition.objects.bulk_create(rows)
        Stamp.objects.bump(Stamp.SITE)
        # Pages that were rendered before name the old files for up to a minute more; then nothing does.
        transaction.on_commit(lambda: _forget_files(image, [row.file.name for row in old]))


def _stored(image: Image, made: Iterable[tuple[Plan, bytes]]) -> Iterator[Rendition]:
    """Rows to be written, their files stored under short names: a page holds dozens of them."""
    stem = f"sizes/{image.pk}-{secrets.token_hex(4)}"
    for plan, data in made:
        extension = "jpg" if plan.format == Rendition.Format.JPEG else plan.format
        name = image.file.storage.save(f"{stem}-{plan.crop}-{plan.width}.{extension}", ContentFile(data))
        yield Rendition(
            image=image,
            crop=plan.crop,
            format=plan.format,
            width=plan.width,
            height=plan.height,
            box=plan.part,
            file=name,
        )


def _forget_files(image: Image, names: Iterable[str]) -> None:
    for name in names:
        image.file.storage.delete(name)
