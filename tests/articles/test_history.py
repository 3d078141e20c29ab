"""What became of a story: its versions and steps, what differs between two of them, and the way back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.comparison import kind_of
from articles.diff import passages
from articles.models import Article, Revision, Topic
from articles.models.snapshot import snapshot
from tests.articles.test_publishing import change, fields
from tests.make import ANYWAY, make_article, make_author, make_draft, make_image, make_topic

pytestmark = pytest.mark.django_db


def page(client, article, rest):
    return client.get(f"/admin/articles/article/{article.pk}/{rest}")


def test_versions_and_steps_are_told_together_with_who_when_why_and_how_much(client_of, editor, reporter) -> None:
    story = make_draft("Ferries doubled", created_by=reporter)
    change(client_of(reporter), story, headline="Ferries doubled again", note="First words")
    change(client_of(reporter), story, headline="Ferries doubled", note="Please read", _step="submit")
    change(client_of(editor), story, headline="Ferries doubled", _step="approve", note="Good")
    told = page(client_of(editor), story, "history/")
    assert [line["note"] for line in told.context["lines"] if "step" in line] == ["Good", "Please read"]
    assert [line["revision"].number for line in told.context["lines"] if "revision" in line] == [3, 2, 1]
    text = " ".join(told.text.split())
    for words in ("Ines Halloran", "Oskar Lind", "handed in for review", "approved", "First words"):
        assert words in text
    assert [(row.words_come, row.words_gone) for row in story.revisions.order_by("number")] == [
        (None, None), (0, 1), (0, 0)
    ]  # fmt: skip


def test_a_long_history_goes_on_on_a_second_page(client_of, editor, section, django_assert_max_num_queries) -> None:
    story = make_draft(section=section)
    start = timezone.now() - timedelta(days=1)
    Revision.objects.bulk_create(
        Revision(article=story, number=n, data=snapshot(story), created_at=start + timedelta(minutes=n))
        for n in range(1, 60)
    )
    desk = client_of(editor)
    with django_assert_max_num_queries(16):
        first = page(desk, story, "history/")
    second = page(desk, story, f"history/?before={first.context['older'].replace('+', '%2B')}")
    numbers = [line["revision"].number for told in (first, second) for line in told.context["lines"]]
    assert sorted(set(numbers), reverse=True) == list(range(59, 0, -1))
    assert second.context["older"] == ""


def test_the_form_says_how_many_changes_wait_and_the_comparison_shows_each(client_of, editor, article) -> None:
    desk, image, topic = client_of(editor), make_image(alt="A ferry at dawn"), make_topic("Bridges")
    body = article.body.replace("Tuesday", "Monday") + '<p><a href="https://two.example/">More</a></p>'
    saved = change(
        desk, article, headline="Ferries trebled across the Sound", body=body, topics=[topic.pk], lead_image=image.pk,
        standfirst=article.standfirst, bylines_0=make_author("Mira").pk, bylines_1="Words by", _continue="1",
    )  # fmt: skip
    assert "6 changes since live" in saved.text
    assert "Headline, Lead image, Byline, Topics, Text" in saved.text
    told = page(desk, article, "compare/")
    text = " ".join(told.text.split())
    for gone, come in [("doubled", "trebled"), ("Ines Halloran", "Words by Mira"), ("Tuesday", "Monday")]:
        assert f"{gone}</span></del>" in text, gone
        assert f"{come}</span></ins>" in text, come
    assert "A ferry at dawn" in text
    assert "https://two.example/" in text
    assert "2 passages are the same" in text
    assert "Publish update" in text


def test_what_a_changed_link_or_picture_was_and_is_can_be_read(client_of, editor, section) -> None:
    one = '<p>See <a href="https://one.example/">it</a>.</p><figure class="image"><img src="/media/a.jpg" alt="A ferry"></figure>'
    story = make_article(section=section, body=one)
    change(client_of(editor), story, body=one.replace("one.example", "two.example").replace("A ferry", "A bridge"))
    text = page(client_of(editor), story, "compare/").text
    for words in ("https://one.example/", "https://two.example/", "“A ferry”", "“A bridge”"):
        assert words in text


def test_markup_in_a_story_is_shown_and_never_run(client_of, editor, section) -> None:
    story = make_article("<script>alert(1)</script>", section=section)
    change(
        client_of(editor), story, headline="<img src=x onerror=alert(1)>", body="<p>&lt;script&gt;x&lt;/script&gt;</p>"
    )
    text = page(client_of(editor), story, "compare/").text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text


def test_an_update_is_published_from_the_page_that_shows_it_and_only_as_it_was_shown(
    client_of, editor, front_editor, article
) -> None:
    desk, where = client_of(editor), f"/admin/articles/article/{article.pk}/draft/"
    change(desk, article, headline="Shown")
    shown = page(desk, article, "compare/").context["story"].version
    change(client_of(front_editor), article, headline="Saved meanwhile")
    late = desk.post(where, {"step": "publish_update", "base": shown, "material": "on", "accept": ANYWAY}, follow=True)
    assert "Somebody saved the story meanwhile" in late.text
    article.refresh_from_db()
    assert article.headline == "Ferries doubled across the Sound"
    desk.post(where, {"step": "publish_update", "base": article.version, "material": "on", "accept": ANYWAY})
    article.refresh_from_db()
    assert (article.headline, article.updated_at is None) == ("Saved meanwhile", False)


def test_a_draft_that_lacks_something_is_not_published_from_the_comparison_either(client_of, editor, article) -> None:
    desk, where = client_of(editor), f"/admin/articles/article/{article.pk}/draft/"
    change(desk, article, body="<p>Say who [TK] is.</p>")
    assert "Mend:" in page(desk, article, "compare/").text
    told = desk.post(where, {"step": "publish_update", "base": 1, "accept": ANYWAY}, follow=True)
    assert "must be mended before readers see this" in told.text
    assert "[TK]" not in Article.objects.get().body


def test_a_draft_is_discarded_after_a_look_and_can_be_brought_back(client_of, editor, article) -> None:
    desk = client_of(editor)
    change(desk, article, headline="Thought better of")
    desk.post(f"/admin/articles/article/{article.pk}/draft/", {"step": "discard_draft", "base": 1})
    assert Article.objects.get().working_draft is None
    draft = Revision.objects.get(live=False)
    desk.post(f"/admin/articles/article/{article.pk}/restore/{draft.number}/", {"base": 2})
    assert Article.objects.get().working_draft.data["headline"] == "Thought better of"


def test_restoring_the_first_version_of_a_live_story_brings_everything_back_as_a_draft(
    client_of, editor, article, client
) -> None:
    desk, author = client_of(editor), article.bylines.get().author_id
    first = snapshot(article)
    change(
        desk, article, headline="Second", bylines_0=make_author().pk, topics=[make_topic().pk], _step="publish_update"
    )
    seen = client.get(article.get_absolute_url()).text
    shown = page(desk, article, "restore/1/")
    assert "Readers see nothing of it until you publish" in shown.text
    done = desk.post(
        f"/admin/articles/article/{article.pk}/restore/1/", {"base": shown.context["story"].version}, follow=True
    )
    assert "Readers see nothing of it yet" in done.text
    form = done.context["adminform"].form
    assert (form["headline"].value(), form["bylines"].value()[0]) == (first["headline"], author)
    assert client.get(article.get_absolute_url()).text == seen
    draft = Article.objects.get(pk=article.pk).working_draft
    assert (draft.data, draft.note) == (first, "Version 1 restored")


def test_restoring_a_version_of_an_unpublished_story_replaces_its_text_and_leaves_out_what_is_gone(
    client_of, editor, section
) -> None:
    desk, gone, kept = client_of(editor), make_topic(), make_topic()
    desk.post("/admin/articles/article/add/", fields(section, topics=[gone.pk, kept.pk]))
    story = Article.objects.get()
    change(desk, story, headline="Second")
    Topic.objects.get(pk=gone.pk).delete()
    desk.post(f"/admin/articles/article/{story.pk}/restore/1/", {"base": 2})
    story.refresh_from_db()
    assert (story.headline, list(story.topics.all()), story.working_draft) == ("Ferries doubled", [kept], None)
    assert [row.number for row in story.revisions.all()] == [3, 2, 1]


def test_a_revision_of_another_story_and_a_state_that_is_none_are_not_found(
    client_of, editor, article, section
) -> None:
    other = make_draft(section=section)
    Revision.take(other, user=editor)
    desk = client_of(editor)
    assert page(desk, article, "restore/1/").status_code == 404
    for asked in ("compare/?old=7", "compare/?old=draft", "compare/?new=x", "compare/?old=9999999999999"):
        assert page(desk, article, asked).status_code == 404
    assert desk.post(f"/admin/articles/article/{article.pk}/draft/", {"step": "delete"}).status_code == 404
    assert desk.get(f"/admin/articles/article/{article.pk}/draft/").status_code == 405


def test_a_passage_is_called_what_an_editor_calls_it() -> None:
    html = (
        '<p dir="rtl">One</p><figure class="image align-left"><img src="/a.webp" alt="A"></figure><aside class="related">b</aside>'
        '<figure class="embed" data-embed="https://x.com/a"><a href="https://x.com/a">a</a></figure><blockquote>c</blockquote>'
    )
    kinds = [kind_of(passage.kind) for passage in passages("", html)]
    assert kinds == [
        "Paragraph (rtl)",
        "Picture (align-left)",
        "Related story",
        "Video or post (https://x.com/a)",
        "Quote",
    ]
