"""An editor takes a story from its first draft to readers, and away from them again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Redirect, Revision, Transition
from articles.models.workflow import StepRefused
from newsroom.lib.models import Stamp
from tests.make import ANYWAY, BODY, make_article, make_author, make_draft, make_section

pytestmark = pytest.mark.django_db


def fields(section, **over):
    """What the form posts when an editor has filled in the least that it takes."""
    return {
        "headline": "Ferries doubled", "kicker": "", "standfirst": "", "body": BODY, "key_points": "", "kind": "story",
        "section": section.pk, "comments_mode": "open", "ratings_on": "on", "base_version": "0", "accept": ANYWAY,
        **{f"bylines_{n}": "" for n in range(6)},
    } | over  # fmt: skip


def write(client, section, **over):
    return client.post("/admin/articles/article/add/", fields(section, **over), follow=True)


def change(client, article, **over):
    article.refresh_from_db()
    posted = fields(article.section, headline=article.headline, slug=article.slug, body=article.body)
    posted["base_version"] = article.version
    return client.post(f"/admin/articles/article/{article.pk}/change/", posted | over, follow=True)


def test_an_editor_writes_publishes_and_breaks_a_story(client_of, front_editor, section, client) -> None:
    desk = client_of(front_editor)
    first, second = make_author("Ines"), make_author("Jonah")
    response = write(desk, section, bylines_0=second.pk, bylines_2=first.pk, bylines_3="Translated by", _step="publish")
    assert "Published." in response.text
    story = Article.objects.get()
    assert story.is_live(timezone.now())
    assert [(b.author.name, b.role) for b in story.bylines.all()] == [("Jonah", ""), ("Ines", "Translated by")]
    posted = {"text": story.headline, "hours": 4}
    assert "Breaking until" in desk.post(f"/admin/articles/article/{story.pk}/break/", posted, follow=True).text
    story.refresh_from_db()
    assert story.is_breaking
    assert client.get(story.get_absolute_url()).status_code == 200
    assert [t.action for t in Transition.objects.order_by("pk")] == ["publish", "break"]


def test_every_save_keeps_the_whole_story_and_raises_the_stamp(client_of, editor, section) -> None:
    desk, author = client_of(editor), make_author()
    write(desk, section, bylines_0=author.pk)
    story = Article.objects.get()
    before = Stamp.objects.get(scope=Stamp.STORIES).n
    change(desk, story, headline="Ferries doubled again", bylines_0=author.pk, note="Typo")
    kept = Revision.objects.order_by("number")
    assert [r.data["headline"] for r in kept] == ["Ferries doubled", "Ferries doubled again"]
    assert kept[1].data["bylines"] == [[author.pk, ""]]
    assert (kept[1].user, kept[1].note) == (editor, "Typo")
    assert Stamp.objects.get(scope=Stamp.STORIES).n > before


def test_a_scheduled_story_appears_by_itself(client_of, editor, section) -> None:
    due = timezone.now() + timedelta(hours=3)
    local = timezone.localtime(due)
    when = {"publish_on_0": f"{local:%Y-%m-%d}", "publish_on_1": f"{local:%H:%M:%S}"}
    assert "Scheduled for" in write(client_of(editor), section, _step="schedule", **when).text
    story = Article.objects.get()
    assert story.is_scheduled(timezone.now())
    assert "<h2>Scheduled</h2>" in client_of(editor).get(f"/admin/articles/article/{story.pk}/change/").text
    assert not Article.objects.live(due - timedelta(minutes=1)).exists()
    assert Article.objects.live(due).exists()


def test_the_desk_says_of_a_story_whose_time_is_over_that_it_has_expired(client_of, editor, section) -> None:
    now = timezone.now()
    story = make_article(section=section, publish_at=now - timedelta(days=2), expire_at=now - timedelta(days=1))
    desk = client_of(editor)
    assert "<h2>Expired</h2>" in desk.get(f"/admin/articles/article/{story.pk}/change/").text
    assert '<td class="field-state">Expired</td>' in desk.get("/admin/articles/article/").text


def test_scheduling_without_a_time_says_what_is_missing_and_keeps_every_word(client_of, editor, section) -> None:
    told = write(client_of(editor), section, headline="Kept as typed", _step="schedule").text
    assert "choose a day and a time in the future" in told
    assert "Kept as typed" in told


def test_withdrawing_needs_a_reason_that_readers_are_shown(client_of, editor, article) -> None:
    desk = client_of(editor)
    assert "write the reason" in change(desk, article, _step="withdraw").text
    assert "Withdrawn" in change(desk, article, _step="withdraw", note="The photograph was not ours.").text
    article.refresh_from_db()
    assert (article.status, article.withdrawn_reason, article.withdrawn_by) == (
        "withdrawn",
        "The photograph was not ours.",
        editor,
    )


def test_a_typed_breaking_stays_in_the_headline_until_the_editor_moves_it(client_of, editor, section) -> None:
    desk = client_of(editor)
    write(desk, section, headline="BREAKING: Bridge closed")
    story = Article.objects.get()
    assert (story.headline, story.is_breaking) == ("BREAKING: Bridge closed", False)
    change(desk, story, move_label="on")
    story.refresh_from_db()
    assert (story.headline, story.kicker, story.is_breaking) == ("Bridge closed", "Breaking", False)


def test_a_changed_slug_of_a_public_story_keeps_leading_to_it_and_back_makes_no_loop(
    client_of, editor, article
) -> None:
    desk, old = client_of(editor), article.get_absolute_url()
    first_slug = article.slug
    change(desk, article, slug="another-name", _step="publish_update")
    assert Redirect.objects.get().old_path == old
    assert Redirect.objects.get().target != old
    article.refresh_from_db()
    change(desk, article, slug=first_slug, _step="publish_update")
    assert [r.old_path.split("/")[-2] for r in Redirect.objects.all()] == ["another-name"]


def test_a_reporter_sees_and_changes_own_drafts_only_and_cannot_publish(client_of, reporter, editor, section) -> None:
    desk = client_of(reporter)
    other = make_draft("Somebody else's", section=section, created_by=editor)
    assert "Somebody else" not in desk.get("/admin/articles/article/").text
    assert desk.get(f"/admin/articles/article/{other.pk}/change/").status_code == 302
    write(desk, section, _step="publish")
    own = Article.objects.get(created_by=reporter)
    assert own.status == "draft"
    change(desk, own, _step="submit", note="Please read")
    own.refresh_from_db()
    assert own.status == "review"
    change(desk, own, headline="After handing in")
    own.refresh_from_db()
    assert own.headline == "Ferries doubled"
    other.refresh_from_db()
    assert other.headline == "Somebody else's"


def test_what_was_public_is_never_deleted_and_a_draft_may_be(client_of, admin_user, article, section) -> None:
    desk, draft = client_of(admin_user), make_draft(section=section)
    assert desk.post(f"/admin/articles/article/{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/articles/article/{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(Article.objects.all()) == [article]


def test_only_a_change_that_matters_moves_the_updated_time(client_of, editor, article) -> None:
    desk = client_of(editor)
    change(desk, article, headline="A comma", _step="publish_update")
    article.refresh_from_db()
    assert (article.headline, article.updated_at) == ("A comma", None)
    change(desk, article, headline="A number", material="on")
    article.refresh_from_db()
    assert article.updated_at is None
    change(desk, article, headline="A number", material="on", _step="publish_update")
    article.refresh_from_db()
    assert article.updated_at is not None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"headline": ""}, "This field is required"),
        ({"key_points": "a\nb\nc\nd\ne\nf"}, "Up to five key points; these are 6"),
        ({"kind": "video"}, "A video story needs the address of its video"),
    ],
)
def test_a_form_with_errors_says_so_beside_the_field_and_keeps_every_word(
    client_of, editor, section, wrong, sentence
) -> None:
    response = write(client_of(editor), section, standfirst="Kept as typed", **wrong)
    assert sentence in response.text
    assert "Kept as typed" in response.text
    assert not Article.objects.exists()


def test_the_same_author_twice_or_two_stories_at_one_address_are_refused(client_of, editor, article) -> None:
    desk, author = client_of(editor), make_author()
    assert "stands in two lines" in change(desk, article, bylines_0=author.pk, bylines_2=author.pk).text
    other = make_article(section=article.section, slug="taken", publish_at=article.publish_at)
    assert "Another story of that day has this slug" in change(desk, article, slug=other.slug).text


def test_an_embargo_cannot_be_published_past(editor, section) -> None:
    story = make_draft(section=section, embargo_until=timezone.now() + timedelta(hours=1))
    with pytest.raises(StepRefused, match="embargo"):
        story.publish(by=editor)
    story.publish(by=editor, at=timezone.now() + timedelta(hours=2))


def test_a_published_story_is_not_published_again_but_a_scheduled_one_may_go_out_early(
    editor, section, article
) -> None:
    with pytest.raises(StepRefused):
        article.publish(by=editor)
    scheduled = make_article(section=section, publish_at=timezone.now() + timedelta(hours=2))
    scheduled.publish(by=editor)
    assert scheduled.is_live(timezone.now())


def test_of_two_who_decide_at_once_the_second_is_told(editor, front_editor, section) -> None:
    story = make_draft(section=section)
    same = Article.objects.get(pk=story.pk)
    story.publish(by=editor)
    with pytest.raises(StepRefused, match="Published"):
        same.publish(by=front_editor)
    assert Transition.objects.count() == 1


def test_a_section_with_stories_cannot_be_deleted(client_of, admin_user, article) -> None:
    empty = make_section()
    desk = client_of(admin_user)
    assert desk.post(f"/admin/articles/section/{article.section_id}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/articles/section/{empty.pk}/delete/", {"post": "yes"}).status_code == 302
