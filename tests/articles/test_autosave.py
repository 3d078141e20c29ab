"""What an editor types survives the tab, the session and the machine; nobody writes over anybody."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Autosave, EditSession
from tests.articles.test_publishing import change, fields
from tests.make import make_article, make_author, make_draft, make_topic

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/article/add/"


def address(story=None):
    return f"/admin/articles/article/{story.pk}/autosave/" if story else "/admin/articles/article/autosave/"


def type_in(client, story, section, token="a1", **over):
    return client.post(address(story), fields(section, draft_token=token, **over))


def form_of(response):
    return response.context["adminform"].form


def test_what_was_typed_is_offered_restored_whole_and_forgotten_when_it_is_saved(client_of, editor, section) -> None:
    desk, story = client_of(editor), make_draft("As it was", section=section)
    first, second, topic = make_author("Ines"), make_author("Jonah"), make_topic("Bridges")
    names = {"bylines_0": second.pk, "bylines_2": first.pk, "bylines_3": "Words by", "bylines_6": "", "bylines_7": ""}
    typed = {
        "headline": "Half a sen",
        "topics": [topic.pk],
        "embargo_until_0": "2026-12-01",
        "embargo_until_1": "06:00",
    }
    answer = type_in(desk, story, section, ratings_on="", **typed, **names)
    assert answer.json()["says"].startswith("Kept at ")
    story.refresh_from_db()
    assert (story.headline, story.version) == ("As it was", 0)

    page = f"/admin/articles/article/{story.pk}/change/"
    opened = desk.get(page)
    assert "You have unsaved changes from" in opened.text
    assert form_of(opened)["headline"].value() == "As it was"
    form = form_of(desk.get(f"{page}?unsaved=a1"))
    assert form["headline"].value() == "Half a sen"
    assert [str(part) for part in form["bylines"].value()[:4]] == [str(second.pk), "", str(first.pk), "Words by"]
    assert form["topics"].value() == [str(topic.pk)]
    assert form["embargo_until"].value() == ["2026-12-01", "06:00"]
    assert (form["draft_token"].value(), form["base_version"].value()) == ("a1", "0")

    change(desk, story, headline="Half a sentence", draft_token="a1")
    assert not Autosave.objects.exists()
    assert desk.cookies["saved_form"].value == "a1"
    assert "unsaved changes" not in desk.get(page).text


def test_a_story_that_was_never_saved_is_offered_too(client_of, editor, reporter, section) -> None:
    desk = client_of(editor)
    type_in(desk, None, section, headline="Not saved once")
    type_in(client_of(reporter), None, section, headline="Somebody else’s")
    opened = desk.get(ADD)
    assert "Not saved once" in opened.text
    assert "Somebody else" not in opened.text
    assert form_of(desk.get(f"{ADD}?unsaved=a1"))["headline"].value() == "Not saved once"
    desk.post(ADD, fields(section, draft_token="a1"))
    assert list(Autosave.objects.values_list("user", flat=True)) == [reporter.pk]


def test_two_forms_of_one_person_never_write_over_each_other(client_of, editor, section) -> None:
    desk, story = client_of(editor), make_draft(section=section)
    assert type_in(desk, story, section, token="a1", headline="In the first tab").status_code == 200
    second = type_in(desk, story, section, token="b2", headline="In the second tab")
    assert second.status_code == 409
    assert "this browser only" in second.json()["says"]
    assert Autosave.objects.get().headline == "In the first tab"
    change(desk, story, draft_token="b2")
    assert Autosave.objects.get().headline == "In the first tab"


def test_unsaved_text_can_be_compared_and_discarded_without_a_script(client_of, editor, section) -> None:
    desk, story = client_of(editor), make_draft("As it was", section=section)
    type_in(desk, story, section, headline="As I typed it", body="<p>New words.</p>")
    unsaved = Autosave.objects.get()
    page = desk.get(f"/admin/articles/article/unsaved/{unsaved.pk}/")
    said = " ".join(re.sub(r"<[^>]+>", "", page.text).split())
    assert all(words in said for words in ("As it was", "As I typed it", "New words.", "Engineers lowered"))
    assert desk.get(f"/admin/articles/article/unsaved/{unsaved.pk}/discard/").status_code == 405
    desk.post(f"/admin/articles/article/unsaved/{unsaved.pk}/discard/", follow=True)
    assert not Autosave.objects.exists()


def test_what_is_restored_on_top_of_a_newer_version_meets_it(client_of, editor, front_editor, section) -> None:
    desk, story = client_of(editor), make_draft(section=section)
    type_in(desk, story, section, headline="From before")
    change(client_of(front_editor), story, headline="From Mira")
    opened = desk.get(f"/admin/articles/article/{story.pk}/change/")
    assert "The story was saved since" in opened.text
    late = change(desk, story, headline="From before", base_version=0, draft_token="a1")
    assert late.status_code == 409
    assert Article.objects.get().headline == "From Mira"


def test_the_text_of_who_comes_second_is_kept_whatever_they_do_next(client_of, editor, front_editor, section) -> None:
    story = make_draft(section=section)
    change(client_of(front_editor), story, headline="From Mira")
    change(client_of(editor), story, headline="From Oskar", base_version=0, draft_token="c3")
    assert Autosave.objects.get(user=editor).headline == "From Oskar"


def test_an_expired_session_is_told_from_a_forbidden_story_and_the_form_gets_a_new_token(
    client, client_of, editor, reporter, section
) -> None:
    story = make_draft(section=section, created_by=editor)
    assert type_in(client, story, section).status_code == 401
    assert client.get(address(story)).status_code == 401
    assert len(client_of(editor).get(address(story)).json()["csrf"]) > 20
    assert "not open to you" in type_in(client_of(reporter), story, section).json()["says"]


@pytest.mark.parametrize("status", ["draft", "review", "published"])
def test_a20_a_reporter_cannot_autosave_over_or_read_anothers_story_by_its_number(
    client_of, editor, reporter, moderator, section, status
) -> None:
    make = make_article if status == "published" else make_draft
    story = make(section=section, created_by=editor, status=status)
    type_in(client_of(editor), story, section, headline="A secret")
    unsaved = Autosave.objects.get()
    for forger in (client_of(reporter), client_of(moderator)):
        assert type_in(forger, story, section).status_code == 403
        assert type_in(forger, story, section, token="a1").status_code == 403
        for path in (f"unsaved/{unsaved.pk}/", f"unsaved/{unsaved.pk}/discard/", f"{story.pk}/change/?unsaved=a1"):
            answer = forger.post(f"/admin/articles/article/{path}", follow=True)
            assert "A secret" not in answer.text
    assert Autosave.objects.get().user == editor
    assert not EditSession.objects.exclude(user=editor).exists()


def test_a_reader_who_knows_the_address_gets_nothing(client_of, member, section) -> None:
    assert type_in(client_of(member), None, section).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"body": "x" * 1_060_000}, 413),
        ({"draft_token": ""}, 400),
        ({"draft_token": "../../etc"}, 400),
        ({"draft_token": "a" * 41}, 400),
        ({"base_version": "one"}, 400),
        ({"base_version": "9" * 30}, 400),
    ],
)
def test_what_no_form_would_send_is_refused_with_a_sentence(client_of, editor, section, wrong, status) -> None:
    answer = client_of(editor).post(address(), fields(section, draft_token="a1") | wrong)
    assert answer.status_code == status
    assert answer.json()["says"]
    assert not Autosave.objects.exists()


def test_who_else_is_writing_is_said_until_they_are_gone(client_of, editor, front_editor, section) -> None:
    story = make_draft(section=section)
    client_of(front_editor).post(address(story), {"base_version": "0"})
    EditSession.objects.update(since=timezone.now() - timedelta(minutes=2))
    here = client_of(editor).post(address(story), {"base_version": "0"}).json()
    assert here["others"] == "Mira Solane is editing (2 min)"
    assert "Mira Solane is editing" in client_of(editor).get(f"/admin/articles/article/{story.pk}/change/").text
    EditSession.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert client_of(editor).post(address(story), {"base_version": "0"}).json()["others"] == ""
    assert client_of(front_editor).post(address(story), {"base_version": "0"}).json()["others"]
    assert client_of(editor).post(address(story), {"base_version": "0"}).json()["others"].endswith("(0 min)")


def test_a_form_that_is_open_hears_that_somebody_saved_before_anybody_presses_save(
    client_of, editor, front_editor, section
) -> None:
    story = make_draft(section=section)
    assert client_of(editor).post(address(story), {"base_version": "0"}).json()["newer"] == ""
    change(client_of(front_editor), story)
    told = client_of(editor).post(address(story), {"base_version": "0"}).json()["newer"]
    assert told.startswith("Mira Solane saved this story at")


def test_an_autosave_asks_little_of_the_database(client_of, editor, section, django_assert_max_num_queries) -> None:
    desk, story = client_of(editor), make_draft(section=section)
    type_in(desk, story, section)
    with django_assert_max_num_queries(8):
        type_in(desk, story, section, headline="Another word")
