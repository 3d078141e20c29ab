"""Two editors and one story: the second save is refused, and loses no word."""

import re
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.utils.html import escape

from articles.models import Article, Autosave, Revision
from articles.models.versioned import SavedMeanwhile
from tests.articles.test_publishing import change, fields
from tests.comments.test_concurrency import at_once
from tests.make import make_article, make_author, make_draft, make_topic, make_user

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
    said = " ".join(re.sub(r"<[^>]+>", "", panel).split())
    assert all(words in said for words in ("By the second", "By the first", "The second body.", "The first body."))
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
    rows = [row for difference in late.context["differences"] for row in difference.rows]
    told = {row.label: ([p.text for p in row.mine], [p.text for p in row.theirs]) for row in rows}
    assert told["Byline"] == (["Words by Ines Halloran"], [])
    assert told["Topics"] == ([], ["Bridges"])


def test_what_both_have_is_not_repeated_and_a_changed_link_shows(client_of, editor, front_editor, section) -> None:
    one = '<p>Alike.</p><p>Alike too.</p><p>The <a href="/a/">same words</a>.</p>'
    other = one.replace("/a/", "/b/")
    story = make_draft(section=section)
    change(client_of(editor), story, body=one)
    late = change(client_of(front_editor), story, base_version=0, body=other)
    panel = late.text[late.text.index('class="conflict"') : late.text.index("Keep mine")]
    assert "2 passages are the same" in panel
    assert "Alike" not in panel
    assert "/a/" in panel
    assert "/b/" in panel


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


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_eighty_racing_saves_one_wins_each_round_and_no_text_is_lost(client_of) -> None:
    story = make_draft()
    people = [make_user("Editor") for _ in range(8)]
    desks = [client_of(person) for person in people]

    def post(n, desk, typed):
        return n, desk.post(f"/admin/articles/article/{story.pk}/change/", typed)

    for turn in range(10):
        texts = [f"<p>Turn {turn}, written by {person.pk}.</p>" for person in people]
        posted = [
            fields(story.section, headline=f"{turn} by {person.pk}", body=text, base_version=turn, draft_token="a1")
            for person, text in zip(people, texts, strict=True)
        ]
        answers = at_once([partial(post, n, desks[n], posted[n]) for n in range(8)])
        won = [n for n, answer in answers if answer.status_code == 302]
        lost = {n: answer for n, answer in answers if answer.status_code == 409}
        assert (len(won), len(lost)) == (1, 7)
        story.refresh_from_db()
        assert (story.version, story.headline) == (turn + 1, posted[won[0]]["headline"])
        for n, answer in lost.items():
            assert escape(texts[n]) in answer.text  # in the form
            assert Autosave.objects.get(user=people[n]).data["body"] == [texts[n]]
        assert not Autosave.objects.filter(user=people[won[0]]).exists()
    numbers = story.revisions.order_by("number").values_list("number", "data__headline")
    assert [number for number, _headline in numbers] == list(range(1, 11))
    assert [headline.split()[0] for _number, headline in numbers] == [str(turn) for turn in range(10)]


def test_the_log_names_what_somebody_typed_and_nothing_that_is_hidden_in_the_form(client_of, editor, section) -> None:
    story = make_draft(section=section)
    change(client_of(editor), story, headline="Another", draft_token="a1", base_revision="7")
    said = LogEntry.objects.get().get_change_message()
    assert "Headline" in said
    assert "base" not in said
    assert "token" not in said


@pytest.mark.parametrize(("make", "most"), [(make_draft, 42), (make_article, 41)])
def test_a_save_asks_the_database_once_for_each_thing(
    client_of, editor, section, make, most, django_assert_max_num_queries
) -> None:
    desk, story = client_of(editor), make(section=section)
    change(desk, story, body="<p>One.</p>")
    typed = fields(section, headline=story.headline, slug=story.slug, body="<p>Two.</p>", base_version=1)
    with django_assert_max_num_queries(most):
        assert desk.post(f"/admin/articles/article/{story.pk}/change/", typed).status_code == 302
