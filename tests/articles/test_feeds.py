"""A reader's own program, or another site, reads the feeds."""

import json
from datetime import timedelta
from typing import Any

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from articles.models import Article, Correction, Section
from newsroom.lib.pagecache import PageCache
from tests.make import make_article, make_author, make_image, make_topic

pytestmark = pytest.mark.django_db

NS = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
}


def items(client: Any, url: str = "/rss.xml") -> list[Any]:
    response = client.get(url)
    assert response.status_code == 200, url
    return ElementTree.fromstring(response.content).findall("channel/item")


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.NEWSROOM_URL = "https://news.example"


def test_rss_holds_the_whole_text_with_addresses_that_work_anywhere(client: Any, section: Section) -> None:
    authors = [make_author("Ines Halloran"), make_author("Mira Solane")]
    body = '<p>Text with <a href="/about/">a link</a>.</p><p><img src="/media/a.jpg" alt="x"></p>'
    article = make_article(
        "A & <b>", section=section, authors=authors, body=body, lead_image=make_image(credit="N. B.")
    )
    article.topics.add(make_topic("Ferries"))
    Correction.objects.create(article=article, text="Once wrong.")
    (item,) = items(client)
    assert item.findtext("title") == "A & <b>"
    assert item.findtext("link") == f"https://news.example{article.get_absolute_url()}"
    assert [row.text for row in item.findall("dc:creator", NS)] == ["Ines Halloran", "Mira Solane"]
    assert [row.text for row in item.findall("category")] == ["Transport", "Ferries"]
    whole = item.findtext("content:encoded", namespaces=NS)
    assert 'href="https://news.example/about/"' in whole
    assert 'src="https://news.example/media/a.jpg"' in whole
    assert "Once wrong." in whole
    media = item.find("media:content", NS)
    assert media.get("url").startswith("https://news.example/")
    assert media.get("medium") == "image"
    assert media.findtext("media:credit", namespaces=NS) == "N. B."


def test_a_story_keeps_its_identity_when_its_address_changes(client: Any, article: Article) -> None:
    before = items(client)[0].find("guid")
    Article.objects.filter(pk=article.pk).update(slug="another")
    after = items(client)[0].find("guid")
    assert before.text == after.text
    assert before.get("isPermaLink") == "false"


def test_the_channel_names_itself(client: Any, article: Article) -> None:
    channel = ElementTree.fromstring(client.get("/rss.xml").content).find("channel")
    assert channel.findtext("title") == "The Kestrel"
    assert channel.findtext("description")
    link = channel.find("atom:link", NS)
    assert (link.get("rel"), link.get("href")) == ("self", "https://news.example/rss.xml")


def test_newest_first_and_neither_scheduled_nor_withdrawn(client: Any, section: Section, editor: Any) -> None:
    now = timezone.now()
    make_article("Old", section=section, publish_at=now - timedelta(days=2))
    make_article("New", section=section, publish_at=now - timedelta(hours=1))
    make_article("Later", section=section, publish_at=now + timedelta(hours=1))
    make_article("Wrong", section=section).withdraw(by=editor, reason="Wrong")
    assert [item.findtext("title") for item in items(client)] == ["New", "Old"]


def test_sections_topics_and_authors_have_feeds_of_their_own(client: Any, section: Section) -> None:
    topic, author = make_topic(), make_author()
    article = make_article("Mine", section=section, authors=[author])
    article.topics.add(topic)
    other = make_article("Other")
    Article.objects.filter(pk=other.pk).update(section=Section.objects.create(name="Else", slug="else"))
    for owner in (section, topic, author):
        assert [item.findtext("title") for item in items(client, f"{owner.get_absolute_url()}rss.xml")] == ["Mine"]
    assert client.get("/section/none/rss.xml").status_code == 404


def test_atom_holds_the_same(client: Any, section: Section) -> None:
    article = make_article("Ferries", section=section, authors=[make_author("Ines Halloran")])
    feed = ElementTree.fromstring(client.get("/atom.xml").content)
    entry = feed.find("atom:entry", NS)
    assert entry.findtext("atom:title", namespaces=NS) == "Ferries"
    assert entry.findtext("atom:author/atom:name", namespaces=NS) == "Ines Halloran"
    assert "Engineers lowered" in entry.findtext("atom:content", namespaces=NS)
    assert entry.findtext("atom:id", namespaces=NS).endswith(f"story-{article.pk}")


def test_json_feed_holds_the_same(client: Any, section: Section) -> None:
    make_article("Ferries", section=section, authors=[make_author("Ines Halloran")])
    response = client.get("/feed.json")
    feed = json.loads(response.content)
    assert response["Content-Type"].startswith("application/feed+json")
    assert feed["feed_url"] == "https://news.example/feed.json"
    assert feed["items"][0]["title"] == "Ferries"
    assert feed["items"][0]["authors"][0]["name"] == "Ines Halloran"
    assert "Engineers lowered" in feed["items"][0]["content_html"]


@pytest.mark.django_db(transaction=True)
def test_a_program_that_has_the_feed_is_told_that_nothing_changed(article: Article) -> None:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    cache = PageCache(WSGIHandler())

    def ask(**headers: str) -> tuple[str, dict[str, str]]:
        answered: list[Any] = []
        environ = RequestFactory().get("/rss.xml", **headers).environ
        b"".join(cache(environ, lambda status, found, exc=None: answered.extend([status, dict(found)])))
        return answered[0], answered[1]

    status, found = ask(HTTP_HOST="localhost")
    assert status == "200 OK"
    assert ask(HTTP_HOST="localhost", HTTP_IF_NONE_MATCH=found["ETag"])[0] == "304 Not Modified"


def test_a_feed_costs_a_fixed_number_of_queries(
    client: Any, section: Section, django_assert_max_num_queries: Any
) -> None:
    for _n in range(5):
        article = make_article(section=section, authors=[make_author()], lead_image=make_image())
        article.topics.add(make_topic())
    client.get("/rss.xml")
    with django_assert_max_num_queries(9):
        client.get("/rss.xml")
