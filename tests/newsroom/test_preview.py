"""A story on the readers' page before its readers: for its editor as it stands in the form, for a lawyer by a link."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from articles.models import Article, Autosave, Image, PreviewLink, Revision
from newsroom.lib import signing
from tests.articles.test_publishing import change, fields
from tests.make import make_article, make_author, make_draft, make_image, make_topic

pytestmark = pytest.mark.django_db
NEW = "/admin/articles/article/preview/"


def look(client, story, section, **over):
    """The story's page inside the preview of what the form holds."""
    address = f"/admin/articles/article/{story.pk}/preview/" if story else NEW
    return client.post(address, fields(section) | over)


def page_in(response):
    return unescape(response.text.split('srcdoc="')[1].split('"></iframe>')[0])


def link_to(story, editor, **over):
    link = story.share_preview(by=editor, note="The lawyer")
    if over:
        PreviewLink.objects.filter(pk=link.pk).update(**over)
    return link.get_absolute_url()


def test_a_preview_shows_all_of_what_is_typed_and_stores_none_of_it(client_of, editor, section) -> None:
    story = make_draft("As it is stored", section=section, authors=[make_author("Old Hand")])
    first, second, topic = make_author("Ines Halloran"), make_author("Jonah Ekwall"), make_topic("Bridges")
    chosen, picture = make_article("Chosen by hand", section=section), make_image(alt="A crane at dawn")
    before = Article.objects.values().get(pk=story.pk)
    typed = {
        "headline": "As it is typed", "kicker": "Analysis", "standfirst": "A sentence more.", "key_points": "One\nTwo",
        "body": '<p>Typed words<script>alert(1)</script> <a href="javascript:x">here</a>.</p>', "topics": [topic.pk],
        "bylines_0": second.pk, "bylines_2": first.pk, "bylines_3": "Words by", "lead_image": picture.pk,
        "related": [chosen.pk], "base_version": "0",
    }  # fmt: skip
    response = look(client_of(editor), story, section, **typed)
    page = page_in(response)
    for words in ("As it is typed", "Analysis", "A sentence more.", "Typed words", "Bridges", "A crane at dawn", "Two"):
        assert words in page
    assert page.index("Jonah Ekwall") < page.index("Ines Halloran")
    assert "Chosen by hand" in page
    assert "As it is stored" not in page
    assert "Old Hand" not in page
    assert "alert(1)" not in page
    assert "javascript:" not in page
    assert Article.objects.values().get(pk=story.pk) == before
    assert not Revision.objects.exists()
    assert not Autosave.objects.exists()
    assert list(story.bylines.values_list("author__name", flat=True)) == ["Old Hand"]


def test_a_story_that_was_never_saved_can_be_looked_at(client_of, editor, section) -> None:
    page = page_in(look(client_of(editor), None, section, headline="Not saved once", comments_mode="open"))
    assert "Not saved once" in page
    assert "What do you think?" in page
    assert not Article.objects.exists()


@pytest.mark.parametrize("kind", ["opinion", "video", "live"])
def test_every_kind_of_story_can_be_looked_at(client_of, editor, section, kind) -> None:
    video = {"video_url": "https://www.youtube.com/watch?v=abc", "video_duration": "61"}
    assert "Ferries doubled" in page_in(look(client_of(editor), None, section, kind=kind, **video))


def test_looking_describes_no_picture(client_of, editor, section) -> None:
    picture = make_image(alt="")
    body = f'<figure class="image"><img src="/media/{picture.file.name}" alt="A crane"></figure>'
    assert "A crane" in page_in(look(client_of(editor), None, section, body=body))
    assert Image.objects.get().alt == ""


def test_the_preview_is_the_editors_alone_and_leads_nowhere(client_of, editor, section) -> None:
    response = look(client_of(editor), None, section)
    assert response["Cache-Control"].startswith("private, no-store")
    assert response["X-Robots-Tag"] == "noindex"
    policy = response["Content-Security-Policy"]
    assert "form-action 'none'" in policy
    assert "unsafe" not in policy
    assert '<meta name="robots" content="noindex">' in page_in(response)
    assert "Your stars" not in page_in(response)


def test_a_form_that_lacks_something_says_what(client_of, editor, section) -> None:
    response = look(client_of(editor), None, section, headline="")
    assert response.status_code == 422
    assert "This field is required" in response.text


def test_a20_nobody_looks_at_anothers_story_by_its_number(
    client_of, client, reporter, moderator, editor, section
) -> None:
    story = make_draft("A secret", section=section, created_by=editor)
    for forger in (client_of(reporter), client_of(moderator)):
        assert look(forger, story, section).status_code in {403, 404}
        assert forger.post(f"/admin/articles/article/{story.pk}/links/", {"for": "me"}).status_code == 403
    assert look(client, story, section).status_code == 302
    assert client_of(editor).get(f"/admin/articles/article/{story.pk}/preview/").status_code == 405
    assert look(client_of(editor), Article(pk=999), section).status_code == 404
    assert not PreviewLink.objects.exists()


def test_a_link_shows_a_draft_to_somebody_who_is_logged_out_and_to_nothing_else(client, editor, section) -> None:
    story = make_draft("Under wraps", section=section, authors=[make_author("Ines Halloran")])
    address = link_to(story, editor)
    response = client.get(address)
    assert response.status_code == 200
    assert all(words in response.text for words in ("Under wraps", "Ines Halloran", "Preview, not published"))
    assert "EMBARGOED" not in response.text
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("private, no-store", "noindex")
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies
    for path in ("/", "/latest/", "/sitemap.xml", "/news-sitemap.xml", "/rss.xml", "/search/?q=wraps"):
        shown = client.get(path).text
        assert "Under wraps" not in shown
        assert address not in shown


def test_a_link_shows_the_working_draft_of_a_published_story(client, client_of, editor, section) -> None:
    story = make_article("As readers know it", section=section)
    change(client_of(editor), story, headline="As it will be", bylines_0=make_author("New Name").pk)
    page = client.get(link_to(story, editor)).text
    assert "As it will be" in page
    assert "New Name" in page
    assert "As it will be" not in client.get(story.get_absolute_url()).text


def test_an_embargoed_story_says_so_in_its_title_and_above_its_text(client, editor, section) -> None:
    story = make_draft(section=section, embargo_until=timezone.now() + timedelta(hours=3))
    page = client.get(link_to(story, editor)).text
    assert "<title>EMBARGOED: " in page
    assert page.count("EMBARGOED") == 2


def test_a_link_that_was_tampered_with_does_not_exist(client, editor, section) -> None:
    address = link_to(make_draft("Under wraps", section=section), editor)
    for forged in (address[:-3] + "xx/", "/preview/1/", f"/preview/{signing.sign('confirm', 1)}/", "/preview/a:b:c/"):
        response = client.get(forged)
        assert response.status_code == 404
        assert "Under wraps" not in response.text
    odd = f"/preview/{signing.sign('preview', {'a': 1})}/"
    assert client.get(odd).status_code == 404


def test_a_link_ends_after_three_days_and_says_so(client, editor, section) -> None:
    story = make_draft("Under wraps", section=section)
    assert client.get(link_to(story, editor, made_at=timezone.now() - timedelta(hours=71))).status_code == 200
    over = client.get(link_to(story, editor, made_at=timezone.now() - timedelta(hours=73)))
    assert over.status_code == 410
    assert "The link worked until" in over.text
    assert "Under wraps" not in over.text


def test_one_link_is_revoked_and_then_all_of_them(client, client_of, editor, section) -> None:
    desk, story = client_of(editor), make_draft("Under wraps", section=section)
    panel = f"/admin/articles/article/{story.pk}/links/"
    for whom in ("The lawyer", "The source"):
        assert desk.post(panel, {"for": whom}).status_code == 302
    lawyer, source = PreviewLink.objects.order_by("pk")
    page = desk.get(f"/admin/articles/article/{story.pk}/change/").text
    assert "The lawyer" in page
    assert "/preview/" in page
    desk.post(panel, {"revoke": lawyer.pk})
    gone = client.get(lawyer.get_absolute_url())
    assert gone.status_code == 410
    assert "taken back" in gone.text
    assert client.get(source.get_absolute_url()).status_code == 200
    left = desk.post(panel, {"revoke": "all"}, headers={"X-Fragment": "1"})
    assert "The source" not in left.text
    assert client.get(source.get_absolute_url()).status_code == 410
    desk.post(panel, {"for": "The lawyer again"})
    assert client.get(PreviewLink.objects.latest("pk").get_absolute_url()).status_code == 200


def test_another_storys_link_is_not_revoked_by_its_number(client_of, reporter, editor, section) -> None:
    own, other = make_draft(section=section, created_by=reporter), make_draft(section=section, created_by=editor)
    link = other.share_preview(by=editor)
    for forged in (link.pk, "x", "9" * 30):
        client_of(reporter).post(f"/admin/articles/article/{own.pk}/links/", {"revoke": forged})
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_withdrawn_story_is_withdrawn_from_its_links_too(client, editor, section) -> None:
    story = make_article("Never happened", section=section)
    address = link_to(story, editor)
    story.withdraw(by=editor, reason="It never happened.")
    response = client.get(address)
    assert response.status_code == 410
    assert "Never happened" not in response.text
