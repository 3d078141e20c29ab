"""The look of letters is set on one screen, looked at before it is saved, and tried in one's own mail."""

from typing import Any

import pytest

from articles.models import Letterhead, SiteSettings
from articles.models.letterhead import contrast_with_white
from newsroom.accounts.models import User
from newsroom.lib import stamps
from newsroom.lib.mail import outboxes
from tests.lib.test_mail import Sink, sink
from tests.make import make_comment, make_image

__all__ = ["sink"]

pytestmark = pytest.mark.django_db
SCREEN = "/admin/articles/letterhead/1/change/"
LOOK = "/admin/articles/letterhead/look/"
EMPTY = {"logo": "", "accent": "", "sender_name": "", "reply_to": "", "footer": ""} | {
    f"opening_{kind}": "" for kind in Letterhead.KINDS
}


@pytest.fixture
def desk(client_of: Any, admin_user: User, site: SiteSettings) -> Any:
    Letterhead.row()
    return client_of(admin_user)


def test_what_is_saved_is_in_the_next_letter(desk: Any) -> None:
    assert desk.get("/admin/articles/letterhead/")["Location"] == SCREEN
    form = EMPTY | {"accent": "#1a4d8f", "opening_reply": "Somebody answered you.", "footer": "Saltmere, No. 1907"}
    assert desk.post(SCREEN, form).status_code == 302
    letter = samples()["reply"].write()
    assert "background:#1a4d8f" in letter.html
    for words in ("Somebody answered you.", "Saltmere, No. 1907"):
        assert words in letter.html
        assert words in letter.text
    assert "Somebody answered you." not in samples()["comment"].write().html


def samples() -> dict[str, Any]:
    return {kind: sample for model in outboxes() for kind, sample in model.samples().items()}


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("#ffcc00", "#ffcc00 is too pale: the white words of a button have a contrast of 1.5 to 1"),
        ("#777777", "a contrast of 4.4 to 1"),
        ("blue", "“blue” is no colour. Write it like #1a4d8f."),
        ("#12345", "is no colour"),
        ("#1a4d8f;}", "at most 7 characters"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_a_sentence(desk: Any, colour: str, words: str) -> None:
    page = desk.post(SCREEN, EMPTY | {"accent": colour, "footer": "What was typed"})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "What was typed" in page.content.decode()
    answer = desk.post(LOOK, EMPTY | {"accent": colour, "kind": "reply"})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast_with_white("#000000"), 2) == 21
    assert round(contrast_with_white("#ffffff"), 2) == 1
    assert round(contrast_with_white("#767676"), 2) == 4.54


def test_letters_are_looked_at_before_anything_is_saved(desk: Any, article: Any) -> None:
    make_comment(article, text="A real reader's words")
    form = EMPTY | {"accent": "#1a4d8f", "opening_digest": "Not saved.", "opening_reply": "Not saved yet."}
    for kind in samples():
        page = desk.post(LOOK, form | {"kind": kind})
        html = page.content.decode()
        assert page.status_code == 200
        assert html.count("<iframe sandbox srcdoc=") == 4
        assert "A real reader" not in html
        assert "#1a4d8f" in html
    assert Letterhead.row().accent == ""
    assert "Not saved yet." in desk.post(LOOK, form | {"kind": "reply"}).content.decode()
    assert "Not saved yet." not in desk.get(f"{LOOK}?kind=reply").content.decode()


def test_a_look_is_light_and_dark_whatever_the_looker_s_screen(desk: Any) -> None:
    looks = desk.get(LOOK).context["looks"]
    assert "prefers-color-scheme" not in looks["light"] + looks["dark"]
    assert "@media all{" in looks["dark"]
    assert "@media not all{" in looks["light"]


def test_the_frames_may_style_themselves_and_run_nothing(desk: Any) -> None:
    page = desk.get(LOOK)
    # The directives stand in any order.
    policy = page["Content-Security-Policy"].rstrip("; ").split("; ")
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy


def test_a_test_letter_goes_to_oneself_with_what_stands_in_the_form(
    desk: Any, admin_user: User, sink: Sink, site: Any
) -> None:
    form = EMPTY | {"sender_name": "The Kestrel desk", "reply_to": "desk@news.example", "send": "reply"}
    page = desk.post(LOOK, form | {"opening_reply": "Not saved."})
    assert "The server says: 250" in page.content.decode()
    (letter,) = sink.to(admin_user.email)
    assert letter["From"].startswith("The Kestrel desk <")
    assert letter["Reply-To"] == "desk@news.example"
    assert "c.0.0@" not in letter["Message-ID"]
    assert "Not saved." in str(letter.get_body(("plain",)))
    sink.answers[admin_user.email] = ["550 5.7.1 relaying denied"]
    assert "550 5.7.1 relaying denied" in desk.post(LOOK, form).content.decode()


def test_a_test_letter_says_that_nothing_leaves_the_machine(desk: Any) -> None:
    assert "EMAIL_URL is not set" in desk.post(LOOK, EMPTY | {"send": "reply"}).content.decode()


@pytest.mark.parametrize("who", ["editor", "moderator", "reporter"])
def test_only_admins_change_the_letterhead(client_of: Any, request: Any, site: Any, who: str) -> None:
    browser = client_of(request.getfixturevalue(who))
    for url in (SCREEN, LOOK, "/admin/articles/letterhead/"):
        assert browser.get(url).status_code == 403


def test_a_logo_is_a_jpeg_with_its_size_and_its_words(site: SiteSettings, settings: Any) -> None:
    settings.NEWSROOM_URL = "https://news.example"
    head = Letterhead.row()
    head.logo = make_image(width=1600, height=400, alt="The Kestrel")
    head.save()
    stamps.drop_kept()
    html = samples()["reply"].write().html
    assert 'src="https://news.example/media/renditions/' in html
    assert '.jpeg" width="192" height="48" alt="The Kestrel"' in html
    assert html.count("<img") == 1


def test_a_logo_without_sizes_yet_is_the_nameplate(site: SiteSettings) -> None:
    head = Letterhead.row()
    head.logo = make_image(renditions=False)
    head.save()
    stamps.drop_kept()
    html = samples()["reply"].write().html
    assert "<img" not in html
    assert "The Kestrel" in html


def test_a_logo_in_use_cannot_be_deleted(desk: Any) -> None:
    head = Letterhead.row()
    head.logo = make_image()
    head.save()
    assert desk.post(f"/admin/articles/image/{head.logo.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_letterhead_is_read_once(site: SiteSettings, django_assert_num_queries: Any) -> None:
    sample = samples()["login_code"]
    sample.write()
    with django_assert_num_queries(0):
        for _ in range(3):
            sample.write()
