"""A search engine reads a story's page."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article, Correction, LiveUpdate, Section
from tests.make import make_article, make_author, make_image, make_section, make_topic

pytestmark = pytest.mark.django_db

HOSTILE = "</script><b>&\"'\u2028<!--"


def graph(client: Any, article: Article) -> dict[str, Any]:
    html = client.get(article.get_absolute_url()).content.decode()
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert block
    return {node["@type"]: node for node in json.loads(block[1])["@graph"]}


def test_a_story_is_a_news_article_with_everybody_who_wrote_it(client: Any, section: Section) -> None:
    authors = [make_author("Ines Halloran"), make_author("Mira Solane")]
    article = make_article("Ferries doubled", section=section, authors=authors, lead_image=make_image())
    article.topics.add(make_topic("Ferries"))
    node = graph(client, article)["NewsArticle"]
    assert node["headline"] == "Ferries doubled"
    assert [author["name"] for author in node["author"]] == ["Ines Halloran", "Mira Solane"]
    assert node["author"][0]["url"].startswith("http")
    assert node["datePublished"] == node["dateModified"]
    assert re.search(r"[+-]\d\d:\d\d$", node["datePublished"])
    assert node["publisher"]["name"] == "The Kestrel"
    assert [(picture["width"], picture["height"]) for picture in node["image"]] == [
        (1280, 720),
        (1280, 960),
        (1280, 1280),
    ]
    assert node["isAccessibleForFree"] is True
    assert node["keywords"] == "Ferries"
    assert "aggregateRating" not in node


def test_no_headline_can_end_the_block(client: Any, section: Section) -> None:
    article = make_article(HOSTILE, section=section, standfirst=HOSTILE)
    html = client.get(article.get_absolute_url()).content.decode()
    block = html[html.index('<script type="application/ld+json">') + 35 :]
    block = block[: block.index("</script>")]
    assert not re.search(r"[<>&\u2028]", block)
    assert graph(client, article)["NewsArticle"]["headline"] == HOSTILE


def test_dates_are_those_that_readers_see(client: Any, article: Article, editor: Any) -> None:
    article.mark_updated(by=editor)
    node = graph(client, article)["NewsArticle"]
    html = client.get(article.get_absolute_url()).content.decode()
    assert node["dateModified"] != node["datePublished"]
    assert f'datetime="{node["dateModified"]}"' in html
    assert f'datetime="{node["datePublished"]}"' in html


def test_the_way_to_a_story_is_a_breadcrumb(client: Any, site: Any) -> None:
    county = make_section("County")
    article = make_article("Here", section=make_section("Harbour", parent=county))
    items = graph(client, article)["BreadcrumbList"]["itemListElement"]
    assert [item["name"] for item in items] == ["The Kestrel", "County", "Harbour", "Here"]
    assert [item["position"] for item in items] == [1, 2, 3, 4]
    assert all(item["item"].startswith("http") for item in items)


def test_a_video_says_how_long_it_is_and_where_it_plays(client: Any, section: Section) -> None:
    article = make_article(
        section=section,
        kind="video",
        video_url="https://vimeo.com/76979871",
        video_duration=374,
        lead_image=make_image(),
    )
    node = graph(client, article)["VideoObject"]
    assert node["duration"] == "PT374S"
    assert node["embedUrl"].startswith("https://player.vimeo.com/video/76979871")
    assert node["thumbnailUrl"]


def test_a_live_page_lists_its_posts_and_ends_when_it_ends(client: Any, section: Section) -> None:
    article = make_article(section=section, kind="live")
    LiveUpdate.objects.create(article=article, seq=1, headline="First", body="<p>A &amp; B</p>")
    node = graph(client, article)["LiveBlogPosting"]
    assert node["liveBlogUpdate"][0]["articleBody"] == "A & B"
    assert node["coverageEndTime"] > timezone.now().isoformat()
    ended = make_article(section=section, kind="live", live_ended_at=timezone.now() - timedelta(minutes=5))
    assert graph(client, ended)["LiveBlogPosting"]["coverageEndTime"] < timezone.now().isoformat()


def test_opinion_is_told_apart_and_corrections_are_named(client: Any, section: Section) -> None:
    article = make_article(section=section, kind="opinion")
    Correction.objects.create(article=article, text="Once wrong.")
    node = graph(client, article)["OpinionNewsArticle"]
    assert node["correction"][0]["text"] == "Once wrong."


def test_a_shared_link_has_title_picture_and_one_tag_for_each_topic(client: Any, section: Section) -> None:
    article = make_article("Ferries", section=section, social_headline="Boats!", lead_image=make_image(alt="A ferry"))
    article.topics.add(make_topic("Boats"), make_topic("Bridge"))
    html = client.get(article.get_absolute_url()).content.decode()
    assert 'property="og:title" content="Boats!"' in html
    assert re.search(r'property="og:image" content="http[^"]+-16x9-1280\.jpeg"', html)
    assert 'property="og:image:alt" content="A ferry"' in html
    assert html.count('property="article:tag"') == 2
    assert html.count('name="robots"') == 1
    assert html.count('rel="canonical"') == 1
    assert 'content="max-image-preview:large' in html


def test_canonical_is_the_address_itself_or_where_the_story_first_stood(client: Any, article: Article) -> None:
    html = client.get(f"{article.get_absolute_url()}?sort=newest").content.decode()
    assert re.search(rf'rel="canonical" href="http[^"?]+{re.escape(article.get_absolute_url())}"', html)
    Article.objects.update(canonical_url="https://first.example/story/", noindex=True)
    html = client.get(article.get_absolute_url()).content.decode()
    assert 'rel="canonical" href="https://first.example/story/"' in html
    assert 'name="robots" content="noindex"' in html
