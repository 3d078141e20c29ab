"""Before a story is published, what readers would miss is said; what must be mended blocks, the rest asks."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from articles.checklist import Facts, Picture, check
from articles.models import Article, Correction, Image
from tests.articles.test_publishing import change, fields, write
from tests.make import BODY, make_article, make_author, make_draft, make_image, make_topic

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("UTC"))
#: A story that nothing is wrong with.
GOOD: dict[str, Any] = {
    "now": NOW, "headline": "Ferries doubled across the Sound", "slug": "ferries-doubled", "standfirst": "From Monday.",
    "body": BODY, "bylines": 1, "lead": Picture("lead_image", 1, (), 1600),
}  # fmt: skip


def codes(**over: Any) -> list[str]:
    return [finding.code for finding in check(Facts(**GOOD | over)).findings]


def test_a_complete_story_has_nothing_against_it() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("over", "code", "blocks"),
    [
        ({"headline": "  "}, "headline", True),
        ({"headline": "A" + " long" * 30}, "headline-long", False),
        ({"headline": "KESTREL BRIDGE CLOSED"}, "headline-capitals", False),
        ({"same_headline": True}, "headline-again", False),
        ({"standfirst": " "}, "standfirst", False),
        ({"body": ""}, "text", True),
        ({"body": "<p>It cost [TK: sum] crowns.</p>"}, "placeholder", True),
        ({"standfirst": "Lorem ipsum dolor"}, "placeholder", True),
        ({"body": "<p>It cost TK crowns.</p>"}, "placeholder-perhaps", False),
        ({"body": "<h2> </h2><p>Text</p>"}, "heading-empty", True),
        ({"body": "<h2>One</h2><h4>Two</h4>"}, "heading-order", False),
        ({"body": '<p>Read it <a href="/x/">here</a>.</p>'}, "link-words", False),
        ({"dead_links": ("/no/",)}, "links-1", False),
        ({"lone_addresses": ("https://video.example/1",)}, "embed", False),
        ({"section": False}, "section", True),
        ({"bylines": 0}, "byline", False),
        ({"kind": "opinion"}, "disclaimer", False),
        ({"slug": "2026"}, "slug", False),
        ({"lead": None}, "picture", False),
        ({"lead": Picture("lead_image", 1, ("No credit.",), 1600)}, "picture-0", True),
        ({"lead": Picture("lead_image", 1, (), 800)}, "picture-small", False),
        ({"pictures": (Picture("body", 2, ("No description.", "No credit."), 900),)}, "picture-1", True),
        ({"kind": "video", "video_seconds": 60}, "video", True),
        ({"kind": "video", "video_url": "https://vimeo.com/1"}, "video-length", True),
        ({"video_url": "https://tube.example/1", "video_plays": False}, "video-link", False),
        ({"seo_description": "x" * 200}, "description-long", False),
        ({"embargo_until": NOW + timedelta(hours=1)}, "embargo", True),
        ({"embargo_until": NOW + timedelta(hours=2), "publish_at": NOW + timedelta(hours=1)}, "embargo", True),
        ({"expire_at": NOW + timedelta(hours=1), "publish_at": NOW + timedelta(hours=2)}, "expires", True),
        ({"publish_at": NOW + timedelta(days=400)}, "far", False),
        ({"retracted": True}, "retracted", False),
    ],
)
def test_each_thing_that_readers_would_miss_is_found(over: dict[str, Any], code: str, blocks: bool) -> None:
    found = {finding.code: finding for finding in check(Facts(**GOOD | over)).findings}
    assert code in found
    assert found[code].blocks is blocks
    assert found[code].sentence.endswith((".", ":", over.get("dead_links", "?")[0], "?"))


@pytest.mark.parametrize(
    "over",
    [
        {"embargo_until": NOW + timedelta(hours=1), "publish_at": NOW + timedelta(hours=1)},
        {"kind": "live", "body": "", "lead": None},
        {"headline": "NASA"},
        {"body": "<p>She works at TKTs.</p>"},
        {"body": '<h2>One</h2><h3>Two</h3><h2>Three</h2><p><a href="/x/">The <b>report</b> here</a></p>'},
    ],
)
def test_what_is_fine_is_not_complained_of(over: dict[str, Any]) -> None:
    assert codes(**over) == []


def test_what_must_be_mended_is_said_first() -> None:
    found = check(Facts(**GOOD | {"standfirst": "", "bylines": 0, "lead": Picture("lead_image", 1, ("No credit.",))}))
    assert [finding.blocks for finding in found.findings] == [True, False, False]
    assert found.accept == "standfirst byline"
    assert [finding.code for finding in found.unanswered("byline")] == ["standfirst"]


@pytest.mark.django_db
def test_a_warning_asks_and_the_editor_may_publish_all_the_same(client_of, editor, section) -> None:
    desk = client_of(editor)
    page = write(desk, section, accept="", _step="publish")
    story = Article.objects.get()
    assert story.status == "draft"
    assert "Saved, but: look at this first" in page.text
    assert "Nobody stands in the byline." in page.text
    assert 'name="accept" value="standfirst byline picture"' in page.text
    assert "Published." in change(desk, story, accept="standfirst byline picture", _step="publish").text


@pytest.mark.django_db
def test_a_yes_to_some_warnings_is_no_yes_to_others(client_of, editor, section) -> None:
    desk = client_of(editor)
    page = write(desk, section, accept="byline", _step="publish")
    assert "There is no standfirst, and search engines get no description." in page.text
    assert Article.objects.get().status == "draft"


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["publish", "schedule"])
def test_what_must_be_mended_blocks_publishing_and_scheduling(client_of, editor, section, step) -> None:
    desk = client_of(editor)
    when = {"publish_on_0": f"{timezone.localdate() + timedelta(days=2)}", "publish_on_1": "06:00"}
    page = write(desk, section, lead_image=make_image(credit="").pk, _step=step, **when)
    story = Article.objects.get()
    assert story.status == "draft"
    assert "The lead picture: Say whose picture it is" in page.text
    assert f'href="/admin/articles/image/{story.lead_image_id}/change/"' in page.text
    assert 'name="accept"' not in page.text
    story.lead_image.credit = "Photograph: Ana Reyes"
    story.lead_image.save()
    done = "Published." if step == "publish" else "Scheduled for"
    assert done in change(desk, story, lead_image=story.lead_image_id, _step=step, **when).text


@pytest.mark.django_db
def test_an_update_of_what_readers_see_is_looked_at_as_it_will_be(client_of, editor, article) -> None:
    desk, was = client_of(editor), article.body
    page = change(desk, article, body="<p>[TK]</p>", _step="publish_update")
    assert "“[TK]” still stands in the story" in page.text
    article.refresh_from_db()
    assert article.body == was
    assert article.working_draft is not None  # and what was written is kept


@pytest.mark.django_db
def test_the_list_is_there_when_a_story_is_opened_and_costs_few_queries(
    client_of, editor, section, django_assert_max_num_queries
) -> None:
    image = make_image(credit="")
    body = f'<p>See <a href="/no/such/page/">the report</a>.</p><figure class="image"><img data-image="{image.pk}" src="{image.file.url}" alt="x"></figure>'
    story = make_draft(section=section, body=body, authors=[make_author()], slug="1907")
    desk = client_of(editor)
    desk.get("/admin/")
    with django_assert_max_num_queries(45):
        page = desk.get(f"/admin/articles/article/{story.pk}/change/").text
    assert "1 link leads nowhere on this site: /no/such/page/" in page
    assert "A picture of the text: Say whose picture it is" in page
    assert "The slug is only digits" in page
    assert "2 things must be mended." not in page


@pytest.mark.django_db
def test_the_list_follows_what_is_typed_and_keeps_nothing_of_it(client_of, editor, article) -> None:
    desk, image = client_of(editor), make_image(alt="", decorative=True)
    posted = fields(article.section, headline="NOT YET STORED AT ALL", base_version=article.version, slug="")
    posted["body"] = f'<p>[TK] <img src="{image.file.url}" alt="Typed here"></p>'
    answer = desk.post(f"/admin/articles/article/{article.pk}/checklist/", posted)
    assert answer.status_code == 200
    assert "The headline is written in capitals." in answer.text
    assert "“[TK]” still stands in the story" in answer.text
    assert "<html" not in answer.text
    article.refresh_from_db()
    assert article.headline == "Ferries doubled across the Sound"
    assert Image.objects.values_list("alt", flat=True).get(pk=image.pk) == ""


@pytest.mark.django_db
def test_the_list_of_a_story_that_was_never_saved(client_of, reporter, section) -> None:
    answer = client_of(reporter).post("/admin/articles/article/add/checklist/", fields(section))
    assert "Nobody stands in the byline." in answer.text
    assert "Publish all the same" not in answer.text  # a reporter publishes nothing
    assert not Article.objects.exists()


@pytest.mark.django_db
def test_the_list_of_anothers_draft_is_nobodys_business(
    client_of, reporter, moderator, member, editor, section
) -> None:
    draft = make_draft(section=section, created_by=editor)
    for path in (f"/admin/articles/article/{draft.pk}/checklist/", "/admin/articles/article/999999/checklist/"):
        assert client_of(reporter).post(path, fields(section)).status_code in {302, 403, 404}
        assert client_of(moderator).post(path, fields(section)).status_code in {302, 403, 404}
        assert client_of(member).post(path, fields(section)).status_code == 302
        assert client_of(editor).get(path).status_code == 405


@pytest.mark.django_db
def test_a_correction_is_done_and_asked_about_no_more_but_a_retraction_is(client_of, editor, article) -> None:
    desk, form = client_of(editor), f"/admin/articles/article/{article.pk}/change/"
    before = desk.get(form).context["checklist"].findings
    Correction.objects.create(article=article, text="The sum was wrong.")
    assert desk.get(form).context["checklist"].findings == before
    Correction.objects.create(article=article, kind="retraction", text="It does not stand.")
    assert "is it meant to be read on?" in desk.get(form).text


@pytest.mark.django_db
def test_the_headline_of_another_story_of_the_week_is_noticed(client_of, editor, article) -> None:
    draft = make_draft(article.headline, section=article.section)
    make_topic()
    page = client_of(editor).get(f"/admin/articles/article/{draft.pk}/change/").text
    assert "A story of the last seven days has the same headline." in page
    own = client_of(editor).get(f"/admin/articles/article/{article.pk}/change/").text
    assert "the same headline" not in own
    make_article(article.headline, section=article.section, publish_at=timezone.now() - timedelta(days=9))
    assert "the same headline" not in client_of(editor).get(f"/admin/articles/article/{article.pk}/change/").text
