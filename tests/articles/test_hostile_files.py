"""Files that are not what they seem: cheap to refuse, and nothing of theirs but the picture comes through."""

import os
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO

import PIL.Image
import pytest
from django.conf import settings
from PIL import ImageChops, ImageDraw, ImageOps, ImageStat

from articles.intake import PictureRefused, redraw
from tests.articles.test_images import exif, picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(row: bytes, rows: int) -> bytes:
    return chunk(b"IDAT", zlib.compress((b"\0" + row) * rows))


NOTHING = zlib.compress(bytes(200_000_000), 9)  # 200 kB that unpack to 200 MB
BOMBS = {
    "twenty thousand square": (png(20_000, 20_000, pixels(bytes(10), 1)), "too large"),
    "a text that unpacks": (png(8, 8, chunk(b"zTXt", b"Comment\0\0" + NOTHING), pixels(bytes(24), 8)), "damaged"),
    "a profile that unpacks": (png(8, 8, chunk(b"iCCP", b"icc\0\0" + NOTHING), pixels(bytes(24), 8)), "damaged"),
    "a screen of 65535": (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";", "too large|no picture"),
    "a frame beyond its screen": (
        b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x4c\x01\0;",
        "too large|damaged",
    ),
}  # fmt: skip
_IN_LITTLE_MEMORY = """
import resource, sys
import django
django.setup()
from articles.intake import PictureRefused, redraw
from tests.articles.test_hostile_files import BOMBS
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 64 * 1024 * 1024,) * 2)
for name, (data, _sentence) in BOMBS.items():
    try:
        redraw(data)
    except PictureRefused:
        print("refused", name)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a11_a_bomb_is_refused_with_a_sentence(name) -> None:
    data, sentence = BOMBS[name]
    with pytest.raises(PictureRefused, match=sentence):
        redraw(data)


@pytest.mark.slow
@pytest.mark.once
def test_a11_every_bomb_is_refused_within_64_mb_of_memory() -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.stdout.count("refused") == len(BOMBS), done.stderr


def test_what_hangs_on_to_a_picture_stays_behind() -> None:
    """A picture that is a page, a program or an archive too is a picture only, afterwards."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("evil.js", "alert(1)")
    for tail in (b"<script>alert(1)</script>", archive.getvalue(), b"<?php system($_GET[0]);"):
        for kind in ("JPEG", "PNG", "GIF", "WEBP"):
            data, *_rest = redraw(picture(kind, size=(40, 30)) + tail)
            assert tail not in data
            assert PIL.Image.open(BytesIO(data)).size == (40, 30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_where_and_with_what_a_picture_was_taken_stays_secret(kind) -> None:
    options = {"exif": exif(), "icc_profile": b"secret" * 40}
    options |= {"comment": b"secret"} if kind == "JPEG" else {}
    options |= {"xmp": b"<x:xmpmeta>secret</x:xmpmeta>"} if kind in {"WEBP", "JPEG", "AVIF"} else {}
    before = picture(kind, size=(40, 30), **options)
    assert b"secret" in before
    data, *_rest = redraw(before)
    stored = PIL.Image.open(BytesIO(data))
    assert b"secret" not in data
    assert not stored.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"} & stored.info.keys() == set()


def scene() -> PIL.Image.Image:
    """A picture with an up, a down, a left and a right."""
    upright = PIL.Image.new("RGB", (96, 64), "white")
    draw = ImageDraw.Draw(upright)
    draw.rectangle((0, 0, 40, 24), fill="red")
    draw.rectangle((60, 40, 95, 63), fill="blue")
    return upright


_UNTURN = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # PIL.Image.Transpose: what undoes each orientation


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_however_the_camera_was_held_the_picture_stands_upright(kind, orientation) -> None:
    upright = scene()
    turned = upright.transpose(PIL.Image.Transpose(_UNTURN[orientation]))
    out, data = BytesIO(), PIL.Image.Exif()
    data[0x0112] = orientation
    turned.save(out, kind, quality=95, exif=data.tobytes())
    assert ImageOps.exif_transpose(PIL.Image.open(BytesIO(out.getvalue()))).size == upright.size
    drawn, *_rest = redraw(out.getvalue())
    assert far(PIL.Image.open(BytesIO(drawn)), upright) < 6


def far(one: PIL.Image.Image, other: PIL.Image.Image) -> float:
    """How far two pictures are from each other, as the mean difference of a channel (0 to 255)."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize(
    ("ink", "seen"),
    [((255, 0, 0, 0), (0, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0)), ((0, 0, 0, 0), (255, 255, 255))],
)  # fmt: skip
def test_colours_for_printing_become_colours_for_screens(ink, seen) -> None:
    data, *_rest = redraw(picture("JPEG", mode="CMYK", size=(32, 32), colour=ink, quality=95))
    found = PIL.Image.open(BytesIO(data)).getpixel((16, 16))
    assert max(abs(a - b) for a, b in zip(found, seen, strict=True)) < 6


def test_sixteen_bits_a_colour_become_eight_without_a_shift() -> None:
    row = struct.pack(">HHH", 0x8000, 0x4000, 0xFFFF) * 32
    data, *_rest = redraw(png(32, 32, pixels(row, 32), depth=16))
    found = PIL.Image.open(BytesIO(data)).getpixel((16, 16))
    assert max(abs(a - b) for a, b in zip(found, (128, 64, 255), strict=True)) < 6


def swapped_profile() -> bytes:
    """A colour profile whose red is sRGB's blue and whose blue is sRGB's red: one sees whether it was heeded."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, int(2.2 * 256), 0)
    red, green, blue = xyz(0.4361, 0.2225, 0.0139), xyz(0.3851, 0.7169, 0.0971), xyz(0.1431, 0.0606, 0.7141)
    tags = {b"rXYZ": blue, b"gXYZ": green, b"bXYZ": red, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value
    head = struct.pack(">I4sI4s4s4s", 0, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    whole = head.ljust(128, b"\0") + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_colour_profile_is_heeded_also_where_something_shines_through(mode) -> None:
    red = PIL.Image.new("RGBA", (32, 32), (255, 0, 0, 255))
    if mode == "RGBA":
        red.putpixel((0, 0), (255, 0, 0, 0))
    out = BytesIO()
    red.convert(mode).save(out, "PNG", icc_profile=swapped_profile())
    data, extension, _moved = redraw(out.getvalue())
    r, g, b = PIL.Image.open(BytesIO(data)).convert("RGB").getpixel((16, 16))
    assert b > 200 > 60 > max(r, g)
    assert extension == ("webp" if mode == "RGBA" else "jpg")


@pytest.mark.real_data
def test_the_orientations_of_a_real_camera_come_out_alike(real_data) -> None:
    files = sorted((real_data / "images" / "exif-orientation").glob("Landscape_*.jpg"))
    drawn = [PIL.Image.open(BytesIO(redraw(path.read_bytes())[0])).resize((60, 40)) for path in files]
    assert len(drawn) == 7
    assert max(far(drawn[0], other) for other in drawn[1:]) < 12
