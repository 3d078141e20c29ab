"""Pictures as they come in: checked before they are opened, drawn anew on a fresh canvas, stored once."""

import hashlib
import warnings
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import PIL.Image
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _
from PIL import ImageCms, ImageOps

from articles.models import Article, Image, LiveUpdate, Page
from newsroom.lib.text import one_line

if TYPE_CHECKING:
    from newsroom.accounts.models import User

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
BYTES_MAX: Final = 15 * 1024 * 1024
PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 12_000
SIDE_MIN: Final = 1
#: What is kept of a picture: the largest side in px. Readers never get more than `Image.WIDTHS`.
KEPT_MAX: Final = 3200


#: Bytes of a colour profile that is still believed; those of printing presses have two or three million.
PROFILE_MAX: Final = 4 * 1024 * 1024
#: Pictures that other programs write, by how their files begin.
_FOREIGN: Final = {b"II*\0": "TIFF", b"MM\0*": "TIFF", b"BM": "BMP", b"8BPS": "Photoshop", b"%PDF": "PDF"}


class PictureRefused(ValueError):
    """The file is no picture that we take; the message says why, in an editor's words."""


class Received(NamedTuple):
    image: Image
    #: The library had this very file already, with the words that it has.
    known: bool = False
    #: The file moved; its first frame is what was kept.
    stilled: bool = False

    @property
    def said(self) -> str:
        """What whoever brought the file should know; "" where there is nothing to say."""
        if self.known:
            return _("You have this picture: it is number %(n)d of the library.") % {"n": self.image.pk}
        return _("The picture moved: its first frame was kept.") if self.stilled else ""


class Redrawn(NamedTuple):
    data: bytes
    extension: str
    moved: bool


class Prepared(NamedTuple):
    """A file that was read and drawn anew, and is not stored yet."""

    sha256: str
    name: str
    drawn: Redrawn


def take_in(file: IO[bytes] | bytes, *, by: "User | None" = None, **words: Any) -> Image:
    """The row of a picture, with its file drawn anew: no metadata, sRGB, upright. Raises PictureRefused."""
    return receive(file, by=by, **words).image


def receive(file: IO[bytes] | bytes, *, by: "User | None" = None, **words: Any) -> Received:
    """Take a picture in, and say what is worth saying about it. Raises PictureRefused.

    `words` are further fields (alt, caption, credit, source ...). The same file again returns the row that there is.
    """
    data = _read(file)
    digest = hashlib.sha256(data).hexdigest()
    if found := Image.objects.filter(sha256=digest).first():
        return Received(found, known=True)
    new = _prepared(file, data, digest)
    image = Image(uploaded_by=by, **words)
    _put(image, new)
    try:
        with transaction.atomic():
            image.save()
    except IntegrityError:
        # Somebody else uploaded the same file in this very moment.
        image.file.storage.delete(image.file.name)
        return Received(Image.objects.get(sha256=digest), known=True)
    return Received(image, stilled=new.drawn.moved)


def replacement(image: Image, file: IO[bytes]) -> Prepared:
    """Another file for a picture that there is, read but not stored. Raises PictureRefused, also for one that is known."""
    data = _read(file)
    digest = hashlib.sha256(data).hexdigest()
    if digest == image.sha256:
        raise PictureRefused(_("This is the file that the picture has already."))
    if other := Image.objects.filter(sha256=digest).first():
        raise PictureRefused(_("This file is picture number %(n)d of the library: use that one.") % {"n": other.pk})
    return _prepared(file, data, digest)


def replace(image: Image, new: Prepared) -> None:
    """Give a picture another file, inside the caller's transaction: its places, words and number stay, texts that show it
    name the new file, and its sizes are made anew. Raises PictureRefused where the library got that file meanwhile."""
    storage, address = image.file.storage, image.file.url
    old = [image.file.name, *image.renditions.values_list("file", flat=True)]
    _put(image, new)
    image.renditions_at = image.avif_at = None
    image.renditions_error = ""
    try:
        with transaction.atomic():
            image.save()
    except IntegrityError as error:
        storage.delete(image.file.name)
        raise PictureRefused(
            _("Somebody else brought this file into the library just now: use that picture.")
        ) from error
    image.renditions.all().delete()
    follow = {"body": Replace("body", Value(address), Value(image.file.url))}
    Article.objects.filter(pk__in=image.shown_in.values("pk")).update(**follow)
    for model in (LiveUpdate, Page):
        model._default_manager.filter(body__contains=address).update(**follow)
    transaction.on_commit(lambda: [storage.delete(name) for name in old])


def _prepared(file: IO[bytes] | bytes, data: bytes, digest: str) -> Prepared:
    name = str(getattr(file, "name", "") or "").replace("\\", "/").rpartition("/")[2]
    return Prepared(digest, one_line(name), redraw(data))


def _put(image: Image, new: Prepared) -> None:
    """Store the drawn file as the picture's own; the row is left to the caller."""
    image.sha256, image.original_name = new.sha256, new.name
    image.file.save(f"picture.{new.drawn.extension}", ContentFile(new.drawn.data), save=False)
    # Only now: Django empties both while it stores the file.
    image.width, image.height = PIL.Image.open(BytesIO(new.drawn.data)).size


def _read(file: IO[bytes] | bytes) -> bytes:
    data = file if isinstance(file, bytes) else file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise PictureRefused(_("The file is larger than %d MB.") % (BYTES_MAX // 1024 // 1024))
    if not data:
        raise PictureRefused(_("The file is empty."))
    return data


def redraw(data: bytes) -> Redrawn:
    """The picture in `data` as clean bytes. Raises PictureRefused, and nothing else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(BytesIO(data), formats=FORMATS) as opened:
                _refuse_size(opened)
                moved = bool(getattr(opened, "is_animated", False))
                opened.seek(0)
                return Redrawn(*_encode(_upright_srgb(opened)), moved)
    except PictureRefused:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise PictureRefused(_too_large()) from error
    except PIL.UnidentifiedImageError as error:
        raise PictureRefused(_unreadable(data)) from error
    except (
        Exception
    ) as error:  # decoders raise many kinds: OSError, SyntaxError, ValueError, struct.error, EOFError ...
        raise PictureRefused(_("The picture is damaged: open it in a picture editor and save it anew.")) from error


def _unreadable(data: bytes) -> str:
    """The sentence for a file that is none of our formats, by what it looks like."""
    start = data[:1024].lstrip().lower()
    if b"<svg" in start:
        return _("This is an SVG drawing, which can hold programs: export it as PNG.")
    if start[4:8] == b"ftyp" and start[8:12] in {b"heic", b"heix", b"hevc", b"mif1", b"msf1"}:
        return _("This is a HEIC photograph, which few browsers show: export it as JPEG.")
    for signature, kind in _FOREIGN.items():
        if data.startswith(signature):
            return _("This is a %s file, which browsers do not show: export it as JPEG or PNG.") % kind
    return _("This is no picture that we can read: choose a JPEG, PNG, WebP, GIF or AVIF file.")


def _refuse_size(picture: PIL.Image.Image) -> None:
    width, height = picture.size
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise PictureRefused(_too_large())
    if min(width, height) < SIDE_MIN:
        raise PictureRefused(_("The picture has no size."))


def _too_large() -> str:
    return _("The picture is too large: at most %(million)d million pixels, and %(side)d along a side.") % {
        "million": PIXELS_MAX // 1_000_000,
        "side": SIDE_MAX,
    }


def _upright_srgb(opened: PIL.Image.Image) -> PIL.Image.Image:
    """The first frame, turned as its camera says, in 8 bits of sRGB (RGB or RGBA)."""
    if opened.format == "JPEG":
        opened.draft("RGB", (KEPT_MAX, KEPT_MAX))  # decodes large photographs at a half or a quarter: less memory
    opened.load()
    profile = opened.info.get("icc_profile")
    # Small first: what follows makes copies.
    if max(opened.size) > KEPT_MAX:
        if opened.mode in {"P", "1"}:
            opened = opened.convert("RGBA" if "transparency" in opened.info else "RGB")
        exif = opened.getexif()
        opened.thumbnail((KEPT_MAX, KEPT_MAX), PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)
        opened.info["exif"] = exif.tobytes() if exif else b""
    picture = ImageOps.exif_transpose(opened)
    return _to_srgb(_eight_bits(picture), profile)


def _eight_bits(picture: PIL.Image.Image) -> PIL.Image.Image:
    """16-bit and floating grey scaled down instead of clipped to white."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode in {"I", "F"}:
        _low, high = picture.getextrema()
        scale = 255 / high if isinstance(high, (int, float)) and high > 255 else 1
        return picture.point(lambda value: value * scale).convert("L")
    return picture


def _to_srgb(picture: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """RGB, or RGBA where something shines through; the colours as their profile means them."""
    if "transparency" in picture.info or picture.mode in {"PA", "RGBa", "La"}:
        picture = picture.convert("RGBA")
    alpha = picture.getchannel("A") if picture.mode in {"RGBA", "LA"} else None
    plain = picture if picture.mode in {"RGB", "CMYK", "L"} else picture.convert("L" if picture.mode == "LA" else "RGB")
    if profile and len(profile) <= PROFILE_MAX:
        try:
            meant = ImageCms.ImageCmsProfile(BytesIO(profile))
            plain = ImageCms.profileToProfile(plain, meant, ImageCms.createProfile("sRGB"), outputMode="RGB") or plain
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one of another kind of colours: as they are
    plain = plain.convert("RGB")
    if alpha is not None:
        plain.putalpha(alpha)
    return plain


def _encode(picture: PIL.Image.Image) -> tuple[bytes, str]:
    """On a fresh canvas: EXIF, GPS, XMP, comments and colour profiles stay behind with the old one."""
    canvas = PIL.Image.new(picture.mode, picture.size)
    canvas.paste(picture)
    out = BytesIO()
    if canvas.mode == "RGBA" and canvas.getchannel("A").getextrema() == (255, 255):
        canvas = canvas.convert("RGB")
    if canvas.mode == "RGBA":
        canvas.save(out, "WEBP", quality=90, method=4)
        return out.getvalue(), "webp"
    canvas.save(out, "JPEG", quality=90, optimize=True, progressive=True)
    return out.getvalue(), "jpg"
