"""Files of the media folder: as they are, for ever, and nothing else of the machine."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils.http import http_date

from articles.intake import take_in
from tests.articles.test_images import picture

pytestmark = pytest.mark.django_db


def put(name: str, data: bytes = b"<script>alert(1)</script>") -> Path:
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_picture_is_served_so_that_it_can_do_nothing_and_is_kept_for_ever(client) -> None:
    image = take_in(picture(), alt="x")
    response = client.get(image.file.url)
    assert response.status_code == 200
    with image.file.open("rb") as file:
        assert response.getvalue() == file.read()
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in response.headers
    again = client.get(image.file.url, headers={"If-Modified-Since": response.headers["Last-Modified"]})
    assert again.status_code == 304
    newer = client.get(image.file.url, headers={"If-Modified-Since": http_date(0)})
    assert newer.status_code == 200
    assert newer.getvalue()
    assert client.post(image.file.url).status_code == 405


def test_a_file_that_is_no_picture_is_only_offered_for_download(client) -> None:
    put("page.html")
    response = client.get("/media/page.html")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.getvalue()


def test_nothing_outside_of_the_folder_is_served(client) -> None:
    put("images/a.jpg", b"x")
    secret = Path(settings.MEDIA_ROOT).parent / "secret.txt"
    secret.write_text("secret")
    link = Path(settings.MEDIA_ROOT) / "link.txt"
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    put(".hidden.jpg")
    for path in (
        "images/",
        "images",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "link.txt",
        ".hidden.jpg",
        "a%00b",
        "no.jpg",
        "//etc/passwd",
    ):
        assert client.get(f"/media/{path}").status_code == 404, path
