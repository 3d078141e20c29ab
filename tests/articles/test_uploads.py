"""Pictures that an editor drops, pastes or chooses in the text editor."""

from io import BytesIO

import pytest
from django.test import Client

from articles.models import Article, Image
from tests.articles.test_images import picture
from tests.make import make_draft

pytestmark = pytest.mark.django_db
URL = "/admin/articles/upload/"


def file(data: bytes, name: str = "evil.html") -> BytesIO:
    made = BytesIO(data)
    made.name = name
    return made


def test_an_upload_becomes_a_picture_of_the_library(client_of, reporter) -> None:
    answer = client_of(reporter).post(URL, {"upload": file(picture())}).json()
    image = Image.objects.get()
    assert answer["uploaded"] == 1
    assert answer["url"] == image.file.url
    assert answer["fileName"].endswith(".jpg")
    assert (image.decorative, image.uploaded_by) == (True, reporter)


def test_a_bad_file_gets_a_sentence_and_stores_nothing(client_of, reporter) -> None:
    response = client_of(reporter).post(URL, {"upload": file(b"<html><script>alert(1)</script>", "x.png")})
    assert response.status_code == 400
    assert "no picture" in response.json()["error"]["message"]
    assert client_of(reporter).post(URL).json()["uploaded"] == 0
    assert not Image.objects.exists()


def test_who_may_not_is_refused(client_of, moderator, member, client) -> None:
    for browser in (client, client_of(member), client_of(moderator)):
        response = browser.post(URL, {"upload": file(picture())})
        assert response.status_code == 403
        assert response.json()["uploaded"] == 0
    assert not Image.objects.exists()


def test_without_the_forms_token_nothing_is_taken(editor) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(URL, {"upload": file(picture())}).status_code == 403
    assert browser.get(URL).status_code == 405
    assert not Image.objects.exists()


def test_a_picture_in_a_text_is_tied_to_its_row_and_its_description_kept(client_of, editor, section) -> None:
    desk = client_of(editor)
    url = desk.post(URL, {"upload": file(picture())}).json()["url"]
    posted = {
        "headline": "With a picture", "kind": "story", "section": section.pk, "comments_mode": "open",
        "base_version": 0, "body": f'<p>Text</p><p><img src="{url}" alt="A teal square"></p>',
    }  # fmt: skip
    assert desk.post("/admin/articles/article/add/", posted).status_code == 302
    image = Image.objects.get()
    assert (image.alt, image.decorative) == ("A teal square", False)
    assert f'data-image="{image.pk}"' in Article.objects.get().body


def test_a_picture_described_before_brings_its_words_along(client_of, editor, section) -> None:
    desk = client_of(editor)
    answer = desk.post(URL, {"upload": file(picture())}).json()
    Image.objects.update(alt="A teal square", decorative=False)
    story = make_draft(section=section)
    posted = {
        "headline": story.headline, "kind": "story", "section": section.pk, "comments_mode": "open", "slug": story.slug,
        "base_version": 0, "body": f'<p><img src="{answer["url"]}" alt=""></p>',
    }  # fmt: skip
    assert desk.post(f"/admin/articles/article/{story.pk}/change/", posted).status_code == 302
    story.refresh_from_db()
    assert 'alt="A teal square"' in story.body
