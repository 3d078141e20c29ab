"""A search engine reads the sitemaps."""

from datetime import timedelta
from typing import Any

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from articles import sitemaps
from articles.models import Article, Page, Section
from tests.make import make_article, make_author, make_topic

pytestmark = pytest.mark.django_db

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "news": "http://www.google.com/schemas/sitemap-news/0.9"}


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.NEWSROOM_URL = "https://news.example"


def tree(client: Any, url: str) -> Any:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(response.content)


def addresses(client: Any, url: str = "/sitemap.xml") -> list[str]:
    return [row.text.removeprefix("https://news.example") for row in tree(client, url).iter(f"{{{NS['s']}}}loc")]


def test_a_small_site_has_one_file_with_all_that_is_public(client: Any, section: Section) -> None:
    author, topic = make_author(), make_topic()
    articles = [make_article(section=section, authors=[author]) for _n in range(3)]
    for article in articles:
        article.topics.add(topic)
    Page.objects.create(title="About", slug="about", is_live=True)
    Page.objects.create(title="Draft", slug="draft")
    found = addresses(client)
    wanted = [each.get_absolute_url() for each in (section, author, topic, *articles)]
    assert set(found) == {"/", "/about/", *wanted}
    assert len(found) == len(set(found))


def test_what_search_engines_should_not_keep_is_not_listed(client: Any, section: Section, editor: Any) -> None:
    make_article(section=section, noindex=True, slug="hidden")
    make_article(section=section, canonical_url="https://first.example/", slug="foreign")
    make_article(section=section, publish_at=timezone.now() + timedelta(hours=1), slug="later")
    make_article(section=section, slug="wrong").withdraw(by=editor, reason="Wrong")
    thin = make_topic(slug="thin")
    make_article(section=section).topics.add(thin)
    found = " ".join(addresses(client))
    assert not [slug for slug in ("hidden", "foreign", "later", "wrong", "thin") if slug in found]


def test_changed_is_what_readers_were_told_and_not_the_last_save(client: Any, article: Article, editor: Any) -> None:
    def changed() -> str:
        (row,) = [
            row for row in tree(client, "/sitemap.xml").findall("s:url", NS)
            if row.findtext("s:loc", namespaces=NS).endswith(article.get_absolute_url())
        ]  # fmt: skip
        return row.findtext("s:lastmod", namespaces=NS)

    before = changed()
    Article.objects.update(modified_at=timezone.now())
    assert changed() == before
    article.mark_updated(by=editor)
    assert changed() > before


def test_a_large_site_has_an_index_of_months(client: Any, section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "SMALL", 2)
    now = timezone.now().replace(year=2026, month=5, day=5)
    stories = [make_article(section=section, publish_at=now - timedelta(days=n * 40)) for n in range(3)]
    assert addresses(client) == [
        "/sitemap-places.xml",
        "/sitemap-2026-05.xml",
        "/sitemap-2026-03.xml",
        "/sitemap-2026-02.xml",
    ]
    assert addresses(client, "/sitemap-2026-03.xml") == [stories[1].get_absolute_url()]
    assert section.get_absolute_url() in addresses(client, "/sitemap-places.xml")
    assert client.get("/sitemap-2026-04.xml").status_code == 404
    assert client.get("/sitemap-2026-13.xml").status_code == 404


def test_news_are_the_stories_of_two_days(client: Any, section: Section) -> None:
    now = timezone.now()
    fresh = make_article("Fresh & new", section=section, publish_at=now - timedelta(hours=47))
    make_article("Stale", section=section, publish_at=now - timedelta(hours=49))
    rows = tree(client, "/news-sitemap.xml").findall("s:url", NS)
    assert len(rows) == 1
    assert rows[0].findtext("s:loc", namespaces=NS) == f"https://news.example{fresh.get_absolute_url()}"
    assert rows[0].findtext("news:news/news:title", namespaces=NS) == "Fresh & new"
    assert rows[0].findtext("news:news/news:publication/news:name", namespaces=NS) == "The Kestrel"
    assert rows[0].findtext("news:news/news:publication/news:language", namespaces=NS) == "en"


def test_no_news_is_a_file_too(client: Any, site: Any) -> None:
    assert tree(client, "/news-sitemap.xml").findall("s:url", NS) == []
