"""Two editors and one story: the second save is refused, and loses no word."""

import pytest

from articles.models import Article, Revision
from articles.models.versioned import SavedMeanwhile
from tests.articles.test_publishing import change, fields
from tests.make import make_author, make_draft, make_topic

pytestmark = pytest.mark.django_db


def test_who_saves_second_sees_their_text_beside_the_first_and_can_keep_it(
    client_of, editor, front_editor, section
) -> None:
    story = make_draft("As it was", section=section, created_by=editor)
    change(client_of(editor), story, headline="By the first", body="<p>The first body.</p>")
    late = change(
        client_of(front_editor), story, headline="By the second", body="<p>The second body.</p>", base_version=0
    )
    assert late.status_code == 409
    assert "Oskar Lind saved first" in late.text
    panel = late.text[late.text.index('class="conflict"') : late.text.index("Keep mine")]
    assert all(words in panel for words in ("By the second", "By the first", "The second body.", "The first body."))
    assert "Section" not in panel
    story.refresh_from_db()
    assert (story.headline, story.version, Revision.objects.count()) == ("By the first", 1, 1)
    form = late.context["adminform"].form
    assert form["base_version"].value() == "1"
    assert form["body"].value() == "<p>The second body.</p>"
    change(client_of(front_editor), story, headline="By the second", base_version=form["base_version"].value())
    story.refresh_from_db()
    assert (story.headline, story.version) == ("By the second", 2)


def test_what_differs_is_told_in_names_not_in_numbers(client_of, editor, front_editor, section) -> None:
    story, author, topic = make_draft(section=section), make_author("Ines Halloran"), make_topic("Bridges")
    change(client_of(editor), story, topics=[topic.pk])
    late = change(client_of(front_editor), story, base_version=0, bylines_0=author.pk, bylines_1="Words by")
    told = {d.label: (d.mine, d.theirs) for d in late.context["differences"]}
    assert "Words by Ines Halloran" in told["Byline"][0]
    assert "Bridges" in told["Topics"][1]


@pytest.mark.parametrize("version", ["", "99", "-1"])
def test_a_form_that_names_no_version_or_a_wrong_one_writes_nothing(client_of, editor, section, version) -> None:
    story = make_draft("As it was", section=section)
    late = change(client_of(editor), story, headline="Forged", base_version=version)
    assert late.status_code == 409
    assert Article.objects.get().headline == "As it was"


def test_a_conflict_takes_no_step(client_of, editor, front_editor, section) -> None:
    story = make_draft(section=section)
    change(client_of(editor), story)
    change(client_of(front_editor), story, base_version=0, _step="publish")
    assert Article.objects.get().status == "draft"


def test_one_version_is_taken_once(section) -> None:
    story = make_draft(section=section)
    same = Article.objects.get(pk=story.pk)
    story.take_version(0)
    with pytest.raises(SavedMeanwhile):
        same.take_version(0)
    assert (story.version, same.version) == (1, 0)


def test_the_first_save_of_a_new_story_is_its_first_version(client_of, editor, section) -> None:
    client_of(editor).post("/admin/articles/article/add/", fields(section))
    assert Article.objects.get().version == 1
