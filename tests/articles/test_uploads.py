"""Pictures that an editor drops, pastes or chooses in the text editor."""

from io import BytesIO

import PIL.Image
import pytest
from django.test import Client

from articles.models import Article, Image
from tests.articles.test_images import picture
from tests.make import make_draft, make_image

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
    assert (image.decorative, image.alt, image.uploaded_by) == (False, "", reporter)
    assert (image.original_name, answer["known"]) == ("evil.html", False)
    assert len(answer["missing"]) == 2


def test_the_same_file_again_is_found_at_once(client_of, reporter, editor) -> None:
    first = client_of(reporter).post(URL, {"upload": file(picture()), "credit": "Ines Halloran"}).json()
    again = client_of(editor).post(URL, {"upload": file(picture(), "copy.png"), "credit": "Another"}).json()
    assert (again["image"], again["known"], again["credit"]) == (first["image"], True, "Ines Halloran")
    assert again["said"] == f"You have this picture: it is number {first['image']} of the library."


def test_of_a_moving_picture_the_first_frame_is_kept_and_that_is_said(client_of, reporter) -> None:
    frames = [PIL.Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    answer = client_of(reporter).post(URL, {"upload": file(out.getvalue(), "cat.gif")}).json()
    assert answer["said"] == "The picture moved: its first frame was kept."
    with Image.objects.get().file.open("rb") as stored:
        red, _green, blue = PIL.Image.open(stored).convert("RGB").getpixel((10, 10))
    assert red > 200 > blue


@pytest.mark.once
@pytest.mark.parametrize("role", ["reporter", "editor", "front_editor", "admin_user", "moderator", "member", None])
@pytest.mark.parametrize("where", ["upload", "pick", "library", "add", "change", "delete"])
def test_a20_who_may_do_what_in_the_library(request, client_of, client, role, where) -> None:
    """Reporters and editors look, upload and describe; deleting is the admin's; nobody else gets in."""
    image = make_image()
    base = "/admin/articles/image/"
    paths = {"upload": URL, "pick": f"{base}pick/", "library": base, "add": f"{base}add/"}
    paths |= {"change": f"{base}{image.pk}/change/", "delete": f"{base}{image.pk}/delete/"}
    browser = client_of(request.getfixturevalue(role)) if role else client
    answer = browser.post(paths[where]) if where == "upload" else browser.get(paths[where])
    works = role in {"reporter", "editor", "front_editor", "admin_user"}
    if where == "upload":
        assert answer.status_code == (400 if works else 403)  # 400: no file arrived
    elif role in {"member", None}:
        assert answer.status_code == 302  # to the log-in
    else:
        may = role == "admin_user" if where == "delete" else works
        assert answer.status_code == (200 if may else 403)


def test_the_picker_searches_the_library_and_goes_on_where_it_ended(client_of, reporter) -> None:
    desk, wanted = client_of(reporter), make_image(alt="A crack in the bridge", credit="M. Solane")
    many = [make_image(renditions=False) for _n in range(30)]
    first = desk.get("/admin/articles/image/pick/").json()
    assert [row["image"] for row in first["pictures"]] == [image.pk for image in many[:5:-1]]
    rest = desk.get("/admin/articles/image/pick/", {"before": first["next"]}).json()
    assert (len(rest["pictures"]), rest["next"]) == (7, None)
    (found,) = desk.get("/admin/articles/image/pick/", {"q": "BRIDGE solane"}).json()["pictures"]
    assert (found["image"], found["missing"], found["alt"]) == (wanted.pk, [], wanted.alt)
    assert found["thumb"].endswith(".webp")
    assert desk.get("/admin/articles/image/pick/", {"before": "x", "q": "nothing such"}).json()["pictures"] == []


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
