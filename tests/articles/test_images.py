"""Pictures come in clean, stand upright, get their sizes, and a bad file is refused with a sentence."""

import re
import resource
from io import BytesIO

import PIL.Image
import pytest
from django.template import Context, Template
from PIL import ImageDraw, features
from PIL.PngImagePlugin import PngInfo

from articles.intake import PictureRefused, redraw, take_in
from articles.models import Image, Rendition
from articles.renditions import crop_box, make_renditions
from newsroom.checks import pictures_can_be_avif
from newsroom.lib.models import Stamp
from tests.make import make_avif_due, make_due, make_image

pytestmark = pytest.mark.django_db


def picture(kind="PNG", size=(800, 600), mode="RGB", colour="teal", **options) -> bytes:
    out = BytesIO()
    PIL.Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def photo(size=(1800, 1200)) -> bytes:
    """Left half red, right half blue: one sees which part a crop took."""
    image = PIL.Image.new("RGB", size, "red")
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill="blue")
    out = BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def exif(**tags) -> bytes:
    data = PIL.Image.Exif()
    data[0x0112] = tags.get("orientation", 1)
    data[0x010E] = "The secret garden"
    data.get_ifd(0x8825)[1] = "N"
    return data.tobytes()


def test_a_picture_is_stored_under_a_random_name_without_what_the_camera_knew(editor) -> None:
    image = take_in(picture("JPEG", exif=exif(), comment=b"secret comment"), by=editor, alt="A teal square")
    with image.file.open("rb") as file:
        stored = file.read()
    assert b"secret" not in stored
    assert not PIL.Image.open(BytesIO(stored)).getexif()
    assert image.file.name.startswith("images/")
    assert (image.width, image.height, image.uploaded_by, image.decorative) == (800, 600, editor, False)


def test_text_in_a_png_is_gone_too() -> None:
    info = PngInfo()
    info.add_text("Comment", "secret place")
    data, _extension, _moved = redraw(picture(pnginfo=info))
    assert b"secret" not in data


def test_the_same_file_again_is_the_same_row() -> None:
    first = take_in(picture(), alt="One")
    assert take_in(picture(), alt="Two").pk == first.pk
    assert Image.objects.get().alt == "One"


def test_a_picture_taken_on_its_side_stands_upright() -> None:
    data, _extension, _moved = redraw(picture("JPEG", size=(80, 40), exif=exif(orientation=6)))
    assert PIL.Image.open(BytesIO(data)).size == (40, 80)


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("L", "PNG"), ("P", "GIF"), ("I;16", "PNG"), ("1", "PNG")]
)
def test_whatever_the_colours_are_stored_as_they_come_out_as_eight_bits_of_rgb(mode, kind) -> None:
    data, _extension, _moved = redraw(picture(kind, mode=mode, size=(64, 64), colour=0))
    assert PIL.Image.open(BytesIO(data)).mode in {"RGB", "RGBA"}


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    data, _extension, _moved = redraw(picture(mode="I;16", size=(64, 64), colour=0x8000))
    assert abs(PIL.Image.open(BytesIO(data)).getpixel((30, 30))[0] - 128) < 4


def test_transparency_stays() -> None:
    data, extension, _moved = redraw(picture(mode="RGBA", colour=(10, 20, 30, 0)))
    assert extension == "webp"
    assert PIL.Image.open(BytesIO(data)).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG drawing, .* export it as PNG"),
        (b"%PDF-1.4", "PDF file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC photograph, .* export it as JPEG"),
        (b"MZ\x90 no picture at all", "no picture that we can read"),
        (b"GIF89a<script>alert(1)</script>", "damaged|no picture"),
        (picture("BMP"), "BMP file, .* export it as JPEG"),
        (picture("TIFF"), "TIFF file, .* export it as JPEG"),
        (photo()[:9000], "damaged"),
        (picture(size=(12001, 10), mode="1", colour=0), "too large"),
        (picture(size=(9000, 9000), mode="1", colour=0), "too large"),
        (b"x" * (15 * 1024 * 1024 + 1), "larger than 15 MB"),
    ],
    ids=["empty", "svg", "pdf", "heic", "program", "polyglot", "bmp", "tiff", "truncated", "long", "bomb", "heavy"],
)
def test_a_file_that_is_no_picture_for_us_is_refused_with_a_sentence(data, sentence) -> None:
    with pytest.raises(PictureRefused, match=sentence):
        take_in(data, alt="x")
    assert not Image.objects.exists()


def test_the_worker_makes_every_size_once_and_pages_hear_of_it() -> None:
    image = take_in(photo(), alt="Two halves")
    before = Stamp.objects.filter(scope="site").values_list("n", flat=True).first() or 0
    assert make_due(5) == 1
    assert make_due(5) == 0
    assert Stamp.objects.get(scope="site").n > before
    full = image.renditions.filter(crop="full", format="webp").values_list("width", flat=True)
    assert sorted(full) == list(Image.WIDTHS)
    for row in Rendition.objects.all():
        with row.file.open("rb") as file:
            assert PIL.Image.open(file).size == (row.width, row.height)
    assert set(image.renditions.values_list("crop", flat=True)) == {"full", "16x9", "4x3", "1x1"}
    assert image.renditions.filter(format="jpeg", crop="16x9", width=1280).exists()


def test_avif_follows_when_nothing_waits_for_its_first_sizes(client) -> None:
    image = take_in(photo((700, 400)), alt="Two halves")
    assert make_avif_due() == 0  # WebP and JPEG first
    make_due()
    assert (make_avif_due(), make_avif_due()) == (1, 0)
    for row in image.renditions.filter(format="avif"):
        with row.file.open("rb") as file:
            opened = PIL.Image.open(file)
            assert (opened.format, opened.size) == ("AVIF", (row.width, row.height))
    shown = Template("{% load furniture %}{% picture image %}").render(Context({"image": image}))
    kinds = re.findall(r"image/\w+|\.jpg", shown)
    assert kinds[:3] == ["image/avif", "image/webp", ".jpg"]
    listed = {int(width) for width in re.findall(r"avif (\d+)w", shown)}
    assert listed == set(image.renditions.filter(crop="full", format="avif").values_list("width", flat=True))


def test_without_avif_on_this_machine_pictures_are_webp_and_jpeg_and_a_check_says_so(monkeypatch) -> None:
    assert pictures_can_be_avif() == []
    monkeypatch.setattr(features, "check", lambda name: False)
    take_in(picture(), alt="x")
    make_due()
    assert make_avif_due() == 0
    assert "WebP and JPEG" in pictures_can_be_avif()[0].msg


def test_a_worker_that_is_stopped_leaves_a_picture_waiting_and_the_next_one_makes_it() -> None:
    image = take_in(picture(size=(500, 400)), alt="x")
    steps = iter([False, False, False, True])
    make_due(stop=lambda: next(steps))
    assert list(Image.objects.waiting()) == [image]
    assert not image.renditions.exists()
    make_due()
    assert image.renditions.exists()


def test_a_new_focal_point_draws_only_the_crops_that_change() -> None:
    image = take_in(photo((700, 394)), alt="x")  # as wide as 16:9 wants it
    make_due()
    make_avif_due()
    before = dict(image.renditions.values_list("file", "crop"))
    Image.objects.filter(pk=image.pk).update(focal_x=90, renditions_at=None, avif_at=None)
    make_due()
    kept = set(image.renditions.values_list("file", flat=True)) & before.keys()
    assert {before[name] for name in kept} == {"full", "16x9"}
    assert set(image.renditions.exclude(crop__in=["full", "16x9"]).values_list("format", flat=True)) == {"webp", "jpeg"}
    make_avif_due()
    assert image.renditions.filter(crop="1x1", format="avif").exists()


def test_sizes_drawn_for_an_older_focal_point_are_not_recorded() -> None:
    image = take_in(picture(size=(500, 400)), alt="x")
    Image.objects.filter(pk=image.pk).update(focal_x=10)  # an editor clicks while the worker draws
    make_renditions(image)
    assert not image.renditions.exists()
    assert list(Image.objects.waiting()) == [image]


def test_what_a_picture_lacks_before_a_story_may_show_it() -> None:
    bare, plain = make_image(alt="", credit=" "), make_image(alt="", decorative=True, credit="Archive")
    assert [sentence[:10] for sentence in bare.missing_to_publish()] == ["Say what t", "Say whose "]
    assert plain.missing_to_publish() == []
    Image.objects.filter(pk=bare.pk).update(credit="")
    assert list(Image.objects.incomplete()) == [bare]


def test_the_library_knows_what_no_page_shows(article) -> None:
    lead, inside, free = make_image(), make_image(), make_image(alt="", original_name="IMG_4711.JPG")
    article.lead_image = lead
    article.body += f'<p><img src="/media/x.jpg" alt="1" data-image="{inside.pk}"></p>'
    article.save()
    assert list(Image.objects.unused()) == [free]
    assert list(Image.objects.search("Unused img_4711")) == [free]
    assert list(Image.objects.search("without alt")) == [free]
    article.body = "<p>Without it.</p>"
    article.save()
    assert set(Image.objects.unused()) == {free, inside}


def test_nothing_is_enlarged() -> None:
    image = take_in(picture(size=(500, 400)), alt="Small")
    make_due()
    assert max(image.renditions.values_list("width", flat=True)) == 500


@pytest.mark.once
def test_crops_keep_the_focal_point() -> None:
    take_in(photo(), alt="x", focal_x=90)
    make_due()
    row = Rendition.objects.filter(crop="1x1", format="jpeg").first()
    with row.file.open("rb") as file:
        red, _green, blue = PIL.Image.open(file).getpixel((row.width // 2, row.height // 2))
    assert blue > 200 > red
    assert crop_box((100, 100), 2.0, (0, 0)) == (0, 0, 100, 50)
    assert crop_box((200, 100), 1.0, (100, 50)) == (100, 0, 200, 100)


def test_a_picture_whose_file_is_gone_is_marked_and_does_not_stop_the_others() -> None:
    lost, fine = take_in(picture(colour="red"), alt="1"), take_in(picture(colour="blue"), alt="2")
    lost.file.storage.delete(lost.file.name)
    assert make_due(5) == 2
    assert Image.objects.exclude(renditions_error="").get().pk == lost.pk
    assert fine.renditions.exists()


def test_a_moved_focal_point_makes_the_crops_anew(client_of, editor) -> None:
    image = take_in(photo(), alt="x")
    make_due()
    posted = {"alt": "Two halves", "focal_x": 10, "focal_y": 50}
    assert client_of(editor).post(f"/admin/articles/image/{image.pk}/change/", posted).status_code == 302
    assert Image.objects.waiting().get().pk == image.pk


def test_an_editor_adds_a_picture_and_is_told_what_is_wrong_with_another(client_of, editor) -> None:
    desk = client_of(editor)
    good, bad = BytesIO(picture()), BytesIO(b"no picture at all")
    good.name, bad.name = "evil.html", "x.png"
    words = {"alt": "A square", "focal_x": 50, "focal_y": 50}
    assert "no picture that we can read" in desk.post("/admin/articles/image/add/", {"upload": bad, **words}).text
    assert desk.post("/admin/articles/image/add/", {"upload": good, **words}).status_code == 302
    assert Image.objects.get().file.name.endswith(".jpg")


def test_a_picture_that_a_story_shows_is_not_deleted(client_of, admin_user, article) -> None:
    shown, unused = take_in(picture(colour="red"), alt="1"), take_in(picture(colour="blue"), alt="2")
    article.body += f'<p><img src="{shown.file.url}" alt="1" data-image="{shown.pk}"></p>'
    article.save()
    desk = client_of(admin_user)
    assert desk.post(f"/admin/articles/image/{shown.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/articles/image/{unused.pk}/delete/", {"post": "yes"}).status_code == 302


@pytest.mark.once
@pytest.mark.real_data
@pytest.mark.slow
def test_no_awkward_picture_breaks_anything_or_eats_the_memory(real_data) -> None:
    taken = refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in sorted((real_data / "images").rglob("*")):
        if not path.is_file():
            continue
        try:
            data, *_rest = redraw(path.read_bytes())
        except PictureRefused as error:
            refused += len(str(error)) > 20
        else:
            PIL.Image.open(BytesIO(data)).load()
            taken += 1
    assert taken > 100
    assert refused > 50
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


def test_a_picture_without_words_still_has_a_name_in_the_library(client_of, editor) -> None:
    image = make_image(alt="", decorative=True)
    assert f'alt="Picture {image.pk}"' in client_of(editor).get("/admin/articles/image/").text
