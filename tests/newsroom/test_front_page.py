"""The front page, as a reader finds it and as an editor arranges it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Alert, Article, Section, SiteSettings, Slot
from newsroom.lib import stamps
from tests.donations.test_asks import make_campaign
from tests.make import make_article, make_author, make_section


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def page(client: Client, path: str = "/") -> str:
    stamps.drop_kept()
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def link(article: Article) -> str:
    return f'<a href="{article.get_absolute_url()}">'


def test_an_empty_site_tells_the_editor_what_to_do(site: SiteSettings, client: Client) -> None:
    text = page(client)
    assert "No story has been published yet." in text
    assert "/admin/articles/article/add/" in text


def test_the_newest_story_leads_on_a_calm_day(section: Section, client: Client) -> None:
    older = make_article("Older", publish_at=ago(hours=2))
    newer = make_article("Newer", publish_at=ago(hours=1))
    text = page(client)
    assert text.index(link(newer)) < text.index(link(older))
    assert "splash__title" not in text
    assert "lamp--on" not in text


def test_a_breaking_story_takes_the_page_and_the_alert_does_not_repeat_it(
    breaking: Article, article: Article, client: Client
) -> None:
    text = page(client)
    assert 'class="splash"' in text
    assert "data-alert" not in text
    assert 'content="#c5280c"' in text
    assert text.count(link(breaking)) == 1
    assert "data-alert" in page(client, article.section.get_absolute_url())


def test_a_typed_breaking_is_not_printed_beside_the_label(section: Section, client: Client) -> None:
    make_article("BREAKING: Kestrel Bridge closed", breaking_until=timezone.now() + timedelta(hours=1))
    assert ">Kestrel Bridge closed</a></h2>" in page(client)


def test_when_breaking_ends_the_page_is_calm_again(section: Section, client: Client) -> None:
    story = make_article("Over", breaking_until=ago(minutes=1))
    text = page(client)
    assert "splash__title" not in text
    assert link(story) in text


def test_a_slot_leads_until_its_end_and_may_bear_another_headline(section: Section, client: Client) -> None:
    old = make_article("Old but chosen", publish_at=ago(days=3))
    new = make_article("New")
    slot = Slot.objects.create(zone="lead", position=1, article=old, headline="Chosen words")
    text = page(client)
    assert text.index(link(old)) < text.index(link(new))
    assert "Chosen words" in text
    slot.until = ago(minutes=1)
    slot.save()
    text = page(client)
    assert text.index(link(new)) < text.index(link(old))


def test_top_slots_stand_before_newer_stories(section: Section, client: Client) -> None:
    old = make_article("Old but chosen", publish_at=ago(days=3))
    newer = [make_article(f"Newer {n}", publish_at=ago(hours=n)) for n in range(1, 6)]
    Slot.objects.create(zone="top", position=1, article=old)
    text = page(client)
    assert text.index(link(newer[0])) < text.index(link(old)) < text.index(link(newer[1]))


def test_no_story_stands_twice(section: Section, client: Client) -> None:
    science = make_section("Science")
    stories = [
        make_article(f"Story {n}", section=(section, science)[n % 2], publish_at=ago(hours=n)) for n in range(24)
    ]
    Slot.objects.create(zone="lead", position=1, article=stories[5])
    Slot.objects.create(zone="top", position=1, article=stories[7])
    text = page(client)
    assert [story.headline for story in stories if text.count(link(story)) > 1] == []
    assert "Science" in text


@pytest.mark.parametrize("state", ["draft", "scheduled", "expired", "withdrawn"])
def test_what_is_not_live_is_not_there_even_in_a_slot(section: Section, client: Client, state: str) -> None:
    live = make_article("Live story")
    over: dict[str, Any] = {
        "draft": {"status": "draft"},
        "scheduled": {"publish_at": timezone.now() + timedelta(hours=1)},
        "expired": {"expire_at": ago(minutes=1)},
        "withdrawn": {"status": "withdrawn", "withdrawn_at": ago(minutes=1)},
    }[state]
    hidden = make_article("Hidden story", **over)
    Slot.objects.create(zone="lead", position=1, article=hidden)
    text = page(client)
    assert link(live) in text
    assert "Hidden story" not in text


def test_opinion_and_video_stand_in_rows_of_their_own(section: Section, client: Client) -> None:
    make_article("News")
    for n in range(3):
        make_article(f"View {n}", kind="opinion", authors=[make_author(f"Writer {n}")], publish_at=ago(days=1, hours=n))
        make_article(f"Film {n}", kind="video", video_duration=374, publish_at=ago(days=1, hours=n))
    text = page(client)
    assert text.count("card--opinion") == 3
    assert "Writer 2" in text
    assert 'class="bleed"' in text
    assert "6:14" in text


def test_an_alert_of_the_desk_stands_above_every_page_but_the_one_it_leads_to(article: Article, client: Client) -> None:
    Alert.objects.create(text="Ferries stop at six", article=article)
    assert "Ferries stop at six" in page(client)
    assert "Ferries stop at six" in page(client, "/latest/")
    assert "Ferries stop at six" not in page(client, article.get_absolute_url())


def test_an_alert_of_the_front_page_stays_there(article: Article, client: Client) -> None:
    Alert.objects.create(text="Only here", scope="front", url="https://example.com/")
    assert "Only here" in page(client)
    assert "Only here" not in page(client, "/latest/")


def test_an_alert_ends_by_itself(article: Article, client: Client) -> None:
    Alert.objects.create(text="Over", starts_at=ago(hours=2), ends_at=ago(hours=1))
    assert "Over" not in page(client)


@pytest.mark.parametrize("stories", [4, 60])
def test_the_front_page_costs_seven_queries_at_the_most(
    section: Section, client: Client, stories: int, client_of: Callable[[Any], Client]
) -> None:
    sections = [section, *(make_section() for _ in range(5))]
    for n in range(stories):
        kind = "live" if n % 4 == 0 else "story"
        make_article(section=sections[n % 6], authors=[make_author()], publish_at=ago(hours=n), kind=kind)
    page(client)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert len(queries) <= 7, [query["sql"][:120] for query in queries]


def test_the_page_says_until_when_it_stays_as_it_is(section: Section, rf: Any) -> None:
    from newsroom.middleware import clock_and_language
    from newsroom.pages.front import front_page

    make_article("Now")
    soon = timezone.now() + timedelta(seconds=30)
    make_article("Soon", publish_at=soon)
    stamps.drop_kept()
    request = rf.get("/")
    request.user = None
    response = clock_and_language(front_page)(request)
    assert response["X-Newsroom-Share"].startswith(f"{soon.timestamp():.6f} site")


def test_the_ask_of_the_front_page_can_be_hidden_and_brought_back(article: Article, client: Client) -> None:
    make_campaign("front")
    assert "Help us grow" in page(client)
    client.cookies["ask"] = f"close.{int(timezone.now().timestamp())}"
    hidden = client.get("/").content.decode()
    assert "Help us grow" not in hidden
    assert '<button class="act" name="why" value="show">' in hidden


def test_asks_cost_the_front_page_no_query(article: Article, client: Client) -> None:
    make_campaign("front")
    page(client)
    with CaptureQueriesContext(connection) as queries:
        assert "Help us grow" in client.get("/").content.decode()
    assert len(queries) <= 8
