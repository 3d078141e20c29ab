"""Section, topic, author, latest, archive, search, and the pages about the site."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Alert, Article, Correction, Page, Section, SiteSettings, Slot
from articles.search import index_many
from newsroom.lib import stamps
from tests.make import make_article, make_author, make_section, make_topic


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def page(client: Client, path: str) -> str:
    stamps.drop_kept()
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def headlines(text: str) -> list[str]:
    return re.findall(r'card__title"><a href="[^"]+">([^<]+)</a>', text)


def older(text: str) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', text)
    return found[1].replace("&amp;", "&") if found else ""


def read_to_the_end(client: Client, path: str) -> list[str]:
    seen: list[str] = []
    while path:
        text = page(client, path)
        seen += headlines(text)
        path = older(text)
    return seen


def test_a_list_is_read_to_its_end_page_by_page_without_gap_or_repetition(section: Section, client: Client) -> None:
    same = ago(hours=1)
    for n in range(45):  # many of the same second: the key breaks the tie
        make_article(f"Story {n:02d}", publish_at=same - timedelta(hours=n // 10))
    seen = read_to_the_end(client, "/latest/")
    assert len(seen) == 45
    assert len(set(seen)) == 45


def test_the_next_page_has_the_same_address_as_long_as_nothing_changes(section: Section, client: Client) -> None:
    """The page cache keeps one copy for it, and a page that is rendered anew stays the same page (304)."""
    for n in range(25):
        make_article(f"Story {n:02d}", publish_at=ago(hours=n + 1))
    first = older(page(client, "/latest/"))
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        assert older(page(client, "/latest/")) == first != ""


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "' OR 1=1 --", "%00", "9" * 500, "\U0001f600"])
def test_a_cursor_that_was_tampered_with_is_page_one(section: Section, client: Client, cursor: str) -> None:
    make_article("First")
    stamps.drop_kept()
    response = client.get("/latest/", {"after": cursor})
    assert response.status_code == 200
    assert headlines(response.content.decode()) == ["First"]


def test_later_pages_stay_out_of_search_engines(section: Section, client: Client) -> None:
    for n in range(22):
        make_article(f"Story {n}", publish_at=ago(hours=n))
    first = page(client, "/latest/")
    assert "noindex" not in first
    assert 'name="robots" content="noindex, follow"' in page(client, older(first))


def test_a_section_shows_its_own_its_parts_and_what_has_it_as_a_further_section(
    client: Client, section: Section
) -> None:
    ferries = make_section("Ferries", slug="ferries", parent=section)
    elsewhere = make_section("Science")
    make_article("Own", section=section)
    make_article("Of a part", section=ferries)
    further = make_article("Further", section=elsewhere)
    further.also_in.add(section)
    make_article("Not here", section=elsewhere)
    assert set(headlines(page(client, "/section/transport/"))) == {"Own", "Of a part", "Further"}
    assert headlines(page(client, "/section/ferries/")) == ["Of a part"]


def test_a_story_of_a_section_and_its_part_stands_once(client: Client, section: Section) -> None:
    part = make_section("Ferries", slug="ferries", parent=section)
    story = make_article("Both", section=section)
    story.also_in.add(part, section)
    assert headlines(page(client, "/section/transport/")) == ["Both"]


def test_a_slot_of_the_section_leads_its_first_page_only(client: Client, section: Section) -> None:
    chosen = make_article("Chosen", publish_at=ago(days=9))
    for n in range(30):
        make_article(f"Story {n}", publish_at=ago(hours=n))
    Slot.objects.create(zone="section", section=section, position=1, article=chosen, headline="Chosen words")
    text = page(client, "/section/transport/")
    assert headlines(text)[0] == "Chosen words"
    second = headlines(page(client, older(text)))
    assert "Chosen words" not in second
    assert len(set(headlines(text)) | set(second)) == 32  # 30, the chosen one, and it again under its own headline


def test_breaking_news_leads_its_section(client: Client, section: Section) -> None:
    for n in range(6):
        make_article(f"Story {n}", publish_at=ago(minutes=n))
    make_article("It broke", publish_at=ago(hours=5), breaking_until=timezone.now() + timedelta(hours=1))
    assert headlines(page(client, "/section/transport/"))[0] == "It broke"


def test_an_alert_of_a_section_stands_on_its_page_only(client: Client, article: Article) -> None:
    Alert.objects.create(text="For travellers", scope="section", article=article)
    make_section("Science", slug="science")
    assert "For travellers" in page(client, "/section/transport/")
    assert "For travellers" not in page(client, "/section/science/")


def test_an_empty_section_says_so(client: Client, section: Section) -> None:
    assert "There is nothing here yet." in page(client, "/section/transport/")


def test_a_topic_lists_its_stories_and_a_merged_one_leads_on(client: Client, section: Section) -> None:
    topic, old = make_topic("Bridges", slug="bridges"), make_topic("Bridge", slug="bridge")
    make_article("About bridges").topics.add(topic)
    make_article("About nothing")
    old.merged_into = topic
    old.save()
    assert headlines(page(client, "/topic/bridges/")) == ["About bridges"]
    moved = client.get("/topic/bridge/")
    assert (moved.status_code, moved["Location"]) == (301, "/topic/bridges/")


def test_an_author_lists_what_they_wrote_alone_or_with_others(client: Client, section: Section) -> None:
    ines, noor = make_author("Ines", slug="ines"), make_author("Noor")
    make_article("Alone", authors=[ines])
    make_article("Together", authors=[noor, ines])
    make_article("Other", authors=[noor])
    assert set(headlines(page(client, "/author/ines/"))) == {"Alone", "Together"}


def test_the_archive_is_asked_by_year_month_and_day(client: Client, section: Section) -> None:
    at = timezone.now().replace(year=2025, month=3, day=9, hour=12)
    make_article("Then", publish_at=at)
    make_article("Now")
    for path in ("/2025/", "/2025/03/", "/2025/03/09/"):
        assert headlines(page(client, path)) == ["Then"]
    for path in ("/2025/04/", "/2025/02/30/", "/2025/13/", "/0000/", "/2024/"):
        assert client.get(path).status_code == 404, path


def test_a_list_costs_the_same_whatever_its_length(client: Client, section: Section) -> None:
    def cost() -> int:
        page(client, "/section/transport/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/section/transport/")
        return len(queries)

    make_article(authors=[make_author()])
    few = cost()
    for n in range(24):
        make_article(authors=[make_author()], publish_at=ago(hours=n))
    assert cost() <= few <= 8


def test_search_finds_marks_and_narrows(client: Client, section: Section) -> None:
    science = make_section("Science", slug="science")
    ines = make_author("Ines", slug="ines")
    make_article("Hanger in a warehouse", section=science, authors=[ines], body="<p>The lighthouse keeper waits.</p>")
    make_article("Lighthouse painted", body="<p>The lighthouse is white.</p>", publish_at=ago(days=40))
    index_many(Article.objects.all())
    text = page(client, "/search/?q=lighthouse")
    assert set(headlines(text)) == {"Hanger in a warehouse", "Lighthouse painted"}
    assert "<mark>lighthouse</mark>" in text
    assert headlines(page(client, "/search/?q=lighthouse&section=science")) == ["Hanger in a warehouse"]
    assert headlines(page(client, "/search/?q=lighthouse&author=ines")) == ["Hanger in a warehouse"]
    since = (timezone.now() - timedelta(days=7)).date().isoformat()
    assert headlines(page(client, f"/search/?q=lighthouse&since={since}")) == ["Hanger in a warehouse"]
    assert headlines(page(client, f"/search/?q=lighthouse&until={since}")) == ["Lighthouse painted"]


def test_search_is_neither_kept_nor_indexed(client: Client, site: SiteSettings) -> None:
    response = client.get("/search/?q=bridge")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    "query",
    [
        *("q=%00", "q=%27%22%3Cscript%3E", "q=-", 'q="', "q=AND+OR+NOT", "q=" + "x" * 5000, "q=%F0%9F%98%80", "q=%ff"),
        *("q=a&since=9999-12-31", "q=a&until=2026-02-30", "q=a&since=x", "q=a&section=%00&author=%00", "q=a&after=x"),
    ],
)
def test_search_survives_what_is_typed_into_it(client: Client, article: Article, query: str) -> None:
    stamps.drop_kept()
    response = client.get(f"/search/?{query}")
    assert response.status_code == 200
    assert b"<script>" not in response.content


def test_pages_about_the_site(client: Client, site: SiteSettings) -> None:
    Page.objects.create(title="About us", slug="about", body="<p>We are <b>few</b>.</p>", is_live=True)
    Page.objects.create(title="Not yet", slug="draft", body="<p>x</p>")
    text = page(client, "/about/")
    assert "<h1>About us</h1>" in text
    assert 'href="/about/">About us</a>' in page(client, "/latest/")
    assert client.get("/draft/").status_code == 404


def test_corrections_are_listed_newest_first_for_stories_that_can_be_read(client: Client, article: Article) -> None:
    gone = make_article("Gone", status="withdrawn", withdrawn_at=timezone.now())
    Correction.objects.create(article=gone, text="Nobody can read this.")
    for n in range(35):
        Correction.objects.create(article=article, text=f"It was {n:02d}.", made_at=ago(hours=n))
    first = page(client, "/corrections/")
    second = page(client, older(first))
    found = re.findall(r"It was (\d\d)\.", first + second)
    assert found == [f"{n:02d}" for n in range(35)]
    assert "Nobody can read this." not in first + second
