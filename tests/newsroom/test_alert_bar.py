"""The bar above every page, and what pages that are open already are told of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from articles.models import Alert, Article, Section
from newsroom.accounts.models import User
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


def test_a_bar_is_not_on_the_page_of_this_site_that_it_leads_to_however_its_address_is_written(
    section: Section, admin_user: User, client_of: Any, client: Client
) -> None:
    leads_to = section.get_absolute_url()
    for address in (leads_to, f"{settings.NEWSROOM_URL}{leads_to}"):
        begins, ends = (timezone.localtime() + timedelta(hours=hours) for hours in (-1, 1))
        form = {"text": f"By {address}", "level": "info", "scope": "all", "url": address}
        form |= {f"{at}_0": when.strftime("%Y-%m-%d") for at, when in (("starts_at", begins), ("ends_at", ends))}
        form |= {f"{at}_1": when.strftime("%H:%M:%S") for at, when in (("starts_at", begins), ("ends_at", ends))}
        assert client_of(admin_user).post("/admin/articles/alert/add/", form).status_code == 302
        (told,) = on_air(client)
        assert (told["url"], f"By {address}" in told["html"]) == (leads_to, True)
        assert f"By {address}" in client.get("/latest/").content.decode()
        assert f"By {address}" not in client.get(leads_to).content.decode()
        Alert.objects.all().delete()


def test_of_several_bars_the_gravest_is_shown_and_of_these_the_newest(breaking: Article, client: Client) -> None:
    def shown() -> list[str]:
        first, *others = (told["key"] for told in on_air(client))
        assert f'data-alert="{first}"' in client.get("/latest/").content.decode()
        return [first, *others]

    def put_on_air(level: str, minutes: int) -> str:
        at = timezone.now() - timedelta(minutes=minutes)
        return f"alert-{Alert.objects.create(text=level, level=level, starts_at=at).pk}"

    story, notice = f"story-{breaking.pk}", put_on_air("info", 0)
    assert shown() == [story, notice]
    older, newer = put_on_air("breaking", 9), put_on_air("breaking", 1)
    emergency = put_on_air("emergency", 20)
    assert shown() == [emergency, newer, older, story, notice]
