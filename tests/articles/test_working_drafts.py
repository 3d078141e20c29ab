"""A published story is changed in a working draft: readers see nothing of it until somebody publishes the update."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Redirect, Revision, Transition
from articles.models.snapshot import SETS, snapshot
from articles.models.workflow import StepRefused
from newsroom.lib.models import Stamp
from tests.articles.test_publishing import change
from tests.make import make_article, make_author, make_draft, make_image, make_section, make_topic

pytestmark = pytest.mark.django_db


def everything(article: Article) -> dict[str, object]:
    """What the form posts when an editor changes all that readers see."""
    one, two = make_author("Mira"), make_author("Jonah")
    return {
        "headline": "Ferries trebled", "slug": "ferries-trebled", "standfirst": "New words.", "kicker": "New",
        "body": "<p>All of it is new.</p>", "key_points": "One\nTwo", "section": make_section("Sea").pk,
        "topics": [make_topic().pk, make_topic().pk], "also_in": [make_section().pk],
        "bylines_0": two.pk, "bylines_1": "Translated by", "bylines_2": one.pk, "bylines_3": "",
        "lead_image": make_image(alt="A ferry", credit="Ana Reyes").pk, "lead_caption": "At dawn", "seo_title": "For machines",
        "related": [make_article(section=article.section).pk],
    }  # fmt: skip


def stored(article: Article) -> dict[str, object]:
    return snapshot(Article.objects.get(pk=article.pk))


def test_readers_see_nothing_of_a_working_draft_and_all_of_it_at_once_when_it_is_published(
    client_of, editor, article, client
) -> None:
    desk, before, changed = client_of(editor), stored(article), everything(article)
    page, stamp = client.get(article.get_absolute_url()).text, Stamp.objects.filter(scope=Stamp.STORIES).first()
    saved = change(desk, article, **changed)
    assert "Readers see nothing of it until" in saved.text
    assert stored(article) == before
    assert client.get(article.get_absolute_url()).text == page
    assert Stamp.objects.filter(scope=Stamp.STORIES).first() == stamp
    article.refresh_from_db()
    assert article.working_draft is not None
    wanted = article.working_draft.data
    change(desk, article, **as_posted(wanted), _step="publish_update")
    after = stored(article)
    assert after == wanted
    assert [after["headline"], len(after["bylines"]), *(len(after[name]) for name in SETS)] == [
        "Ferries trebled", 2, 2, 1, 1
    ]  # fmt: skip
    shown = client.get(Article.objects.get(pk=article.pk).get_absolute_url()).text
    assert "Ferries trebled" in shown
    assert shown.index("Jonah") < shown.index("Mira")
    assert Transition.objects.get().action == "publish_update"


def as_posted(data: dict) -> dict[str, object]:
    """A form that is opened and saved as it stands."""
    flat = {f"bylines_{n}": part for n, part in enumerate(part for pair in data["bylines"] for part in pair)}
    names = ("headline", "slug", "standfirst", "kicker", "body", "key_points", "lead_caption", "seo_title")
    keys = {"section": data["section_id"], "lead_image": data["lead_image_id"] or ""}
    return {**{name: data[name] for name in names}, **keys, **flat, **{name: data[name] for name in SETS}}


def test_the_form_opens_with_the_working_draft_and_says_so(client_of, editor, front_editor, article) -> None:
    change(client_of(editor), article, headline="Ferries trebled", bylines_0=make_author("Mira").pk)
    opened = client_of(front_editor).get(f"/admin/articles/article/{article.pk}/change/")
    form = opened.context["adminform"].form
    assert form["headline"].value() == "Ferries trebled"
    assert form["bylines"].value() == [form.instance.working_draft.data["bylines"][0][0], ""]
    assert "Working draft: readers do not see this yet" in opened.text
    assert "Saved by Oskar Lind" in opened.text
    assert "Ferries doubled" in client_of(front_editor).get(article.get_absolute_url()).text


def test_a_draft_that_says_what_readers_see_is_none(client_of, editor, article) -> None:
    desk = client_of(editor)
    author = article.bylines.get().author_id
    assert "Nothing differs" in change(desk, article, standfirst=article.standfirst, bylines_0=author).text
    assert Article.objects.get().working_draft is None
    change(desk, article, headline="Else", standfirst=article.standfirst, bylines_0=author)
    assert Article.objects.get().working_draft is not None
    change(desk, article, standfirst=article.standfirst, bylines_0=author)
    assert Article.objects.get().working_draft is None


def test_two_editors_of_one_working_draft_meet_in_the_version(client_of, editor, front_editor, article) -> None:
    change(client_of(editor), article, headline="By the first")
    late = change(client_of(front_editor), article, headline="By the second", base_version=0)
    assert (late.status_code, "Oskar Lind saved this story" in late.text) == (409, True)
    conflict = re.sub(r"<[^>]+>", "", late.text[late.text.index('class="conflict"') :])
    assert "By the first" in " ".join(conflict.split())
    assert "By the second" in late.text
    assert Article.objects.get().working_draft.data["headline"] == "By the first"


def test_a_story_published_while_a_form_was_open_is_changed_in_a_draft_only(client_of, editor, reporter) -> None:
    story = make_draft("As it was", created_by=editor)
    Article.objects.get(pk=story.pk).publish(by=editor)
    change(client_of(editor), story, headline="Typed before")
    story.refresh_from_db()
    assert (story.headline, story.working_draft.data["headline"]) == ("As it was", "Typed before")


def test_a_scheduled_story_is_changed_itself_and_keeps_its_time(client_of, editor, section) -> None:
    story = make_article("As it was", section=section, publish_at=timezone.now() + timedelta(hours=3))
    change(client_of(editor), story, headline="A typo less")
    story.refresh_from_db()
    assert (story.headline, story.working_draft) == ("A typo less", None)
    assert story.is_scheduled(timezone.now())


def test_of_two_who_publish_an_update_at_once_the_second_is_told(editor, front_editor, article) -> None:
    article.keep_draft(snapshot(article) | {"headline": "Else"}, base=0, by=editor)
    same = Article.objects.get(pk=article.pk)
    article.publish_update(base=article.version, by=editor)
    with pytest.raises(StepRefused, match="meanwhile"):
        same.publish_update(base=same.version, by=front_editor)
    with pytest.raises(StepRefused, match="nothing to publish"):
        article.publish_update(base=article.version, by=editor)
    assert Transition.objects.count() == 1


def test_an_update_whose_slug_was_taken_meanwhile_is_refused_whole(editor, article) -> None:
    article.keep_draft(snapshot(article) | {"headline": "Else", "slug": "taken"}, base=0, by=editor)
    make_article(section=article.section, slug="taken", publish_at=article.publish_at)
    with pytest.raises(StepRefused, match="taken"):
        article.publish_update(base=article.version, by=editor)
    kept = Article.objects.get(pk=article.pk)
    assert (kept.headline, kept.working_draft.data["slug"]) == ("Ferries doubled across the Sound", "taken")
    assert not Redirect.objects.exists()


def test_what_an_import_wrote_is_kept_before_an_update_replaces_it(editor, article) -> None:
    article.keep_draft(snapshot(article) | {"headline": "Else"}, base=0, by=editor)
    Article.objects.filter(pk=article.pk).update(standfirst="By a script")
    article.publish_update(base=article.version, by=editor)
    kept = [(row.live, row.data["headline"], row.data["standfirst"]) for row in Revision.objects.order_by("number")]
    assert kept == [
        (True, "Ferries doubled across the Sound", "What is known."),
        (False, "Else", "What is known."),
        (True, "Ferries doubled across the Sound", "By a script"),
        (True, "Else", "What is known."),
    ]


def test_a_discarded_draft_leaves_the_form_and_stays_in_the_history(editor, article) -> None:
    article.keep_draft(snapshot(article) | {"headline": "Else"}, base=0, by=editor)
    article.discard_draft(base=1, by=editor)
    assert Article.objects.get().working_draft is None
    assert [row.data["headline"] for row in Revision.objects.filter(live=False)] == ["Else"]
    assert Transition.objects.get().said == "working draft discarded"


def test_every_field_that_an_editor_may_change_is_in_the_form_and_so_in_the_snapshot() -> None:
    from articles.forms import ArticleForm

    columns = {field.name for field in Article._meta.concrete_fields if field.editable and not field.primary_key}
    assert columns | set(SETS) == set(ArticleForm.Meta.fields)
