"""What was wrong is said in public, from the story's own page, and never edited away."""

import json
import re

import pytest
from django.utils import timezone

from articles.models import Article, Correction
from articles.models.workflow import StepRefused
from tests.articles.test_publishing import change
from tests.make import make_draft

pytestmark = pytest.mark.django_db


def correct(client, article, **over):
    posted = {"kind": "correction", "text": "It was the western deck.", "position": "bottom", "material": "on"} | over
    return client.post(f"/admin/articles/article/{article.pk}/correct/", posted, follow=True)


def everywhere(client, article) -> list[str]:
    """Every place where readers and machines learn of a correction."""
    page = client.get(article.get_absolute_url()).text
    return [page, *(client.get(where).text for where in ("/corrections/", "/rss.xml", "/atom.xml", "/feed.json"))]


def test_a_correction_stands_at_the_story_on_its_page_in_feeds_and_in_structured_data(
    client_of, editor, article, client
) -> None:
    assert all("western deck" not in text for text in everywhere(client, article))
    told = correct(client_of(editor), article)
    assert "Said in public" in told.text
    seen = everywhere(client, article)
    assert all("western deck" in text for text in seen)
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', seen[0], re.S)[1])
    story = next(node for node in data["@graph"] if "correction" in node)
    assert story["correction"][0]["@type"] == "CorrectionComment"
    article.refresh_from_db()
    assert article.updated_at == Correction.objects.get().made_at
    assert (Correction.objects.get().made_by, article.transitions.get().said) == (editor, "corrected")


def test_a_plain_save_and_a_quiet_update_change_none_of_them(client_of, editor, article, client) -> None:
    desk, before = client_of(editor), everywhere(client, article)
    change(
        desk,
        article,
        standfirst=article.standfirst,
        seo_title="For machines",
        bylines_0=article.bylines.get().author_id,
    )
    assert everywhere(client, article) == before
    change(desk, article, headline="A comma", standfirst=article.standfirst, _step="publish_update")
    article.refresh_from_db()
    assert (article.headline, article.updated_at, Correction.objects.count()) == ("A comma", None, 0)


def test_a_correction_that_matters_little_leaves_the_updated_time(client_of, editor, article) -> None:
    correct(client_of(editor), article, kind="clarification", material="")
    article.refresh_from_db()
    assert (article.updated_at, Correction.objects.get().kind) == (None, "clarification")


def test_a_retraction_is_marked_above_the_headline_and_stands_above_the_text(
    client_of, editor, article, client
) -> None:
    correct(client_of(editor), article, kind="retraction", text="We could not confirm it.", position="bottom")
    page = client.get(article.get_absolute_url()).text
    head = page[page.index('<header class="head') : page.index("</header>", page.index('<header class="head'))]
    assert "Retracted" in head
    assert page.index("We could not confirm it.") < page.index('class="prose"')
    assert "Retracted: Ferries doubled" in client.get("/rss.xml").text


@pytest.mark.parametrize("wrong", [{"text": "  \n "}, {"text": ""}, {"kind": "apology"}, {"position": "middle"}])
def test_a_correction_that_says_nothing_or_is_none_is_refused_beside_its_field(
    client_of, editor, article, wrong
) -> None:
    told = correct(client_of(editor), article, **wrong)
    assert told.status_code == 422
    assert "errorlist" in told.text
    assert not Correction.objects.exists()


def test_a_correction_is_never_edited_nor_deleted_and_only_what_readers_see_is_corrected(
    client_of, admin_user, editor, article, section
) -> None:
    correct(client_of(editor), article)
    row, desk = Correction.objects.get(), client_of(admin_user)
    for rest in ("change/", "delete/"):
        assert desk.post(f"/admin/articles/correction/{row.pk}/{rest}", {"post": "yes", "text": "x"}).status_code == 403
    assert desk.get("/admin/articles/correction/add/").status_code == 403
    assert correct(desk, make_draft(section=section)).status_code == 403
    draft = make_draft(section=section)
    with pytest.raises(StepRefused):
        draft.correct(by=editor, kind="correction", text="x")
    row.refresh_from_db()
    assert row.text == "It was the western deck."


def test_a_withdrawn_story_is_gone_with_its_reason_from_every_list_and_feed(client_of, editor, article, client) -> None:
    path = article.get_absolute_url()
    lists = [
        "/",
        "/latest/",
        article.section.get_absolute_url(),
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/news-sitemap.xml",
    ]
    assert all(article.slug in client.get(where).text for where in lists)
    change(client_of(editor), article, _step="withdraw", note="The photograph was not ours.")
    gone = client.get(path)
    assert (gone.status_code, "The photograph was not ours." in gone.text) == (410, True)
    assert not [where for where in lists if article.slug in client.get(where).text]
    assert client.post(f"/comments/on/{article.pk}/post/", {"text": "Still here?", "name": "A"}).status_code in {
        404,
        410,
    }
    assert not Article.objects.live(timezone.now()).exists()
