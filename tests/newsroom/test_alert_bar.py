"""The bar above every page, and what pages that are open already are told of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Alert, Article, Section
from newsroom.lib import stamps
from tests.make import make_article, make_section

pytestmark = pytest.mark.django_db


def on_air(client: Client) -> list[dict[str, Any]]:
    stamps.drop_kept()
    found: list[dict[str, Any]] = client.get("/alert.json").json()["alerts"]
    return found


def break_it(article: Article, text: str = "Bridge closed") -> Alert:
    until = timezone.now() + timedelta(hours=4)
    return Article.objects.get(pk=article.pk).break_story(by=None, until=until, text=text, letters=False)


def test_open_pages_are_told_the_bar_as_pages_show_it(article: Article, client: Client) -> None:
    assert on_air(client) == []
    alert = break_it(article)
    (told,) = on_air(client)
    assert (told["key"], told["url"]) == (f"alert-{alert.pk}", article.get_absolute_url())
    assert (told["front"], told["sections"]) == (False, [])
    assert told["html"] in client.get("/latest/").content.decode()
    Article.objects.get(pk=article.pk).end_breaking(by=None)
    assert on_air(client) == []


def test_a_scope_is_told_so_that_a_page_can_see_whether_it_is_meant(section: Section, client: Client) -> None:
    part = make_section("Trams", parent=section)
    Alert.objects.create(text="In the section", scope="section", article=make_article(section=part))
    Alert.objects.create(text="In front", scope="front", url="https://example.com/")
    assert [(told["front"], told["sections"]) for told in on_air(client)] == [
        (True, []),
        (False, [part.pk, section.pk]),
    ]
    assert f'<body data-section="{section.pk}">' in client.get(section.get_absolute_url()).content.decode()
    assert "<body>" in client.get("/").content.decode()


def test_a_breaking_story_without_an_alert_is_told_of_too(breaking: Article, client: Client) -> None:
    assert [told["key"] for told in on_air(client)] == [f"story-{breaking.pk}"]


def test_words_of_an_editor_stay_words(article: Article, client: Client) -> None:
    break_it(article, "<b>5 > 4</b> & “so”")
    assert "&lt;b&gt;5 &gt; 4&lt;/b&gt; &amp; “so”" in on_air(client)[0]["html"]


def test_an_open_page_costs_nothing_to_answer(article: Article, client: Client, django_assert_num_queries: Any) -> None:
    break_it(article)
    on_air(client)
    with django_assert_num_queries(0):
        client.get("/alert.json")


def test_what_a_reader_hid_is_not_decided_by_the_page(article: Article, client: Client) -> None:
    """It is the same for everybody; the bar's own element looks into the browser's memory before it is painted."""
    break_it(article)
    html = client.get("/latest/").content.decode()
    assert f'<alert-bar data-alert="alert-{Alert.objects.get().pk}"><aside class="alert"' in html
    assert html.index("before-paint.js") < html.index("<alert-bar")
