"""Pictures of a copied uploads folder, and what such a folder must not be able to do."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from articles.models import Article, Image
from newsroom.wordpress.importer import import_export
from newsroom.wordpress.report import Report
from tests.newsroom.wordpress.exports import item, meta, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    (folder / "2012" / "03").mkdir(parents=True)
    return folder


def draw(path: Path, *, colour: str = "navy", size: tuple[int, int] = (64, 48), **saving: Any) -> Path:
    Pillow.new("RGB", size, colour).save(path, **saving)
    return path


def attachment(number: int, name: str, *, alt: str = "A pier at low tide", parent: int = 1, title: str = "pier") -> str:
    inside = meta("_wp_attached_file", name) + meta("_wp_attachment_image_alt", alt)
    url = f"https://old.example/wp-content/uploads/{name}"
    return item(
        number, title, "", inside, post_type="attachment", status="inherit", post_parent=parent, attachment_url=url
    )


def moved(folder: Path, uploads: Path, *parts: str, **options: Any) -> Report:
    return import_export(written(folder, *parts), uploads, **options)


def test_pictures_of_a_story_come_along_with_their_words(tmp_path: Path, uploads: Path) -> None:
    draw(uploads / "2012" / "03" / "pier.png")
    body = '<img src="https://old.example/wp-content/uploads/2012/03/pier-300x200.png">\n\n[gallery]'
    report = moved(
        tmp_path, uploads, item(1, body=body, inside=meta("_thumbnail_id", "9")), attachment(9, "2012/03/pier.png")
    )
    image = Image.objects.get()
    article = Article.objects.get()
    assert (image.alt, image.width, image.height, report.new["pictures"]) == ("A pier at low tide", 64, 48, 1)
    assert article.lead_image == image
    assert article.body.count(f'data-image="{image.pk}"') == 2
    assert "old.example" not in article.body


def test_a_second_run_stores_no_picture_twice_and_brings_those_that_were_missing(tmp_path: Path, uploads: Path) -> None:
    parts = (
        item(1, body='<img src="/wp-content/uploads/2012/03/pier.png" alt="Pier">'),
        attachment(9, "2012/03/pier.png"),
    )
    moved(tmp_path, uploads, *parts)
    assert "data-image" not in Article.objects.get().body
    draw(uploads / "2012" / "03" / "pier.png")
    assert moved(tmp_path, uploads, *parts).updated["stories"] == 1
    assert "data-image" in Article.objects.get().body
    report = moved(tmp_path, uploads, *parts)
    assert (report.new["pictures"], report.updated["stories"], Image.objects.count()) == (0, 0, 1)


def test_a_dry_run_counts_pictures_and_stores_none(tmp_path: Path, uploads: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    draw(uploads / "2012" / "03" / "pier.png")
    report = moved(tmp_path, uploads, item(1), attachment(9, "2012/03/pier.png"), dry_run=True)
    assert report.new["pictures"] == 1
    assert not Image.objects.exists()
    assert not (tmp_path / "media").exists()


def test_nothing_outside_of_the_folder_is_ever_read(tmp_path: Path, uploads: Path) -> None:
    secret = draw(tmp_path / "secret.png")
    (uploads / "2012" / "03" / "link.png").symlink_to(secret)
    names = ("../secret.png", "2012/../../secret.png", str(secret), "2012/03/link.png", "a\\..\\secret.png")
    report = moved(tmp_path, uploads, item(1), *(attachment(n, name) for n, name in enumerate(names, 10)))
    assert not Image.objects.exists()
    assert report.refused["pictures"] == len(names)


def test_a_file_that_only_calls_itself_a_picture_is_refused(tmp_path: Path, uploads: Path) -> None:
    (uploads / "2012" / "03" / "page.jpg").write_text("<script>alert(1)</script>")
    report = moved(tmp_path, uploads, item(1), attachment(9, "2012/03/page.jpg"))
    assert (Image.objects.count(), report.refused["pictures"]) == (0, 1)


def test_what_a_camera_wrote_into_the_file_stays_behind(tmp_path: Path, uploads: Path) -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "Taken from the window of Mrs X"
    exif[0x0112] = 6  # to be turned by a quarter
    draw(uploads / "2012" / "03" / "pier.jpg", exif=exif, comment=b"secret words")
    moved(tmp_path, uploads, item(1), attachment(9, "2012/03/pier.jpg"))
    image = Image.objects.get()
    with image.file.open() as file:
        content = file.read()
    assert b"Mrs X" not in content
    assert b"secret words" not in content
    assert (image.width, image.height) == (48, 64)


def test_where_only_a_smaller_size_was_copied_the_largest_of_them_serves(tmp_path: Path, uploads: Path) -> None:
    draw(uploads / "2012" / "03" / "pier-150x150.png", size=(150, 150))
    draw(uploads / "2012" / "03" / "pier-300x200.png", size=(300, 200), colour="teal")
    moved(tmp_path, uploads, item(1), attachment(9, "2012/03/pier.png"))
    assert Image.objects.get().width == 300


def test_a_picture_whose_own_name_ends_like_a_size_is_not_taken_for_another(tmp_path: Path, uploads: Path) -> None:
    draw(uploads / "2012" / "03" / "map-580x300.png", size=(580, 300))
    draw(uploads / "2012" / "03" / "map-1200x400.png", size=(120, 40), colour="teal")
    body = '<img src="https://old.example/wp-content/uploads/2012/03/map-580x300.png">'
    moved(
        tmp_path,
        uploads,
        item(1, body=body),
        attachment(8, "2012/03/map-1200x400.png"),
        attachment(9, "2012/03/map-580x300.png"),
    )
    wide = Image.objects.get(width=580)
    assert f'data-image="{wide.pk}"' in Article.objects.get().body


def test_a_picture_without_words_waits_for_somebody_to_describe_it(tmp_path: Path, uploads: Path) -> None:
    draw(uploads / "2012" / "03" / "dsc_0001.png")
    report = moved(tmp_path, uploads, item(1), attachment(9, "2012/03/dsc_0001.png", alt="", title="DSC_0001"))
    assert Image.objects.undescribed().get()
    assert any(line.what == "picture without alternative text" for line in report.lines)


@pytest.mark.once
@pytest.mark.real_data
def test_the_pictures_of_a_real_uploads_folder_are_found(real_data: Path) -> None:
    fixtures = real_data / "wordpress" / "fixtures"
    report = import_export(fixtures / "themeunittestdata.wordpress.xml", fixtures / "wptest-uploads")
    assert report.new["pictures"] == Image.objects.count() >= 25
    assert Article.objects.exclude(lead_image=None).count() >= 2
    assert Article.objects.filter(body__contains="data-image").count() >= 5
