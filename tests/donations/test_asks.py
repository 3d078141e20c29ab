"""A reader is asked for support, decently."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from newsroom.donations.models import Campaign, CampaignSlot, DailyCount, Exclusion, Goal, Provider, Variant
from newsroom.donations.models.goal import money
from newsroom.donations.selection import asks_for, next_change
from newsroom.lib import stamps
from newsroom.lib.pagecache import asks_hidden
from tests.make import make_article, make_section, make_topic

pytestmark = pytest.mark.django_db


def make_campaign(*slots: str, **over) -> Campaign:
    n = Campaign.objects.count() + 1
    status = {"status": "live", "starts_at": timezone.now() - timedelta(days=1)}
    campaign = Campaign.objects.create(**{"name": f"Campaign {n}", "slug": f"campaign-{n}"} | status | over)
    for slot in slots or ("article_end",):
        CampaignSlot.objects.create(campaign=campaign, slot=slot, paragraph=3 if slot == "in_article" else None)
    provider = Provider.objects.get_or_create(title="Patreon", base_url="https://www.patreon.com/kestrel")[0]
    Variant.objects.create(campaign=campaign, heading=f"Help us grow {n}", provider=provider)
    stamps.drop_kept()
    return campaign


def asks(kind="article", article=None, section=None, path="/x/", hidden=False):
    request = RequestFactory().get(path)
    request.now = timezone.now()
    if hidden == "shared":
        request.META |= {"newsroom.shared": "1", "newsroom.ask_hidden": "1"}
    elif hidden:
        request.COOKIES["ask"] = f"close.{int(timezone.now().timestamp()) - 60}"
    return asks_for(request, kind=kind, article=article, section=section)


def headings(found) -> list[str]:
    return [ask.variant.heading for ask in found.values()]


def test_a_live_campaign_stands_in_its_slots_and_a_draft_one_nowhere(article) -> None:
    make_campaign("article_end", "in_article", "front")
    make_campaign("article_end", status="draft")
    assert set(asks(article=article)) == {"article_end", "in_article"}
    assert asks(article=article)["in_article"].paragraph == 3
    assert set(asks(kind="front")) == {"front"}


def test_a_page_has_one_loud_ask_and_one_quiet_one_at_the_most(article) -> None:
    make_campaign("article_end", "in_article", "top")
    assert set(asks(article=article)) == {"article_end", "in_article"}


def test_the_start_belongs_to_a_campaign_and_the_end_does_not(article) -> None:
    now = timezone.now()
    over = make_campaign(ends_at=now)
    assert asks(article=article) == {}
    over.delete()
    make_campaign(starts_at=now + timedelta(hours=1))
    assert asks(article=article) == {}
    assert next_change(now) == now + timedelta(hours=1)


def test_sections_and_topics_narrow_and_an_exclusion_wins(section) -> None:
    science, ferries = make_section("Science"), make_topic("Ferries")
    about_ferries = make_article(section=section)
    about_ferries.topics.add(ferries)
    campaign = make_campaign()
    campaign.sections.add(section)
    campaign.topics.add(ferries)
    stamps.drop_kept()
    assert headings(asks(article=about_ferries)) == ["Help us grow 1"]
    assert asks(article=make_article(section=section)) == {}
    assert asks(article=make_article(section=science)) == {}
    campaign.not_topics.add(ferries)
    stamps.drop_kept()
    assert asks(article=about_ferries) == {}


def test_breaking_stories_can_be_left_alone_or_be_the_only_ones(article, breaking) -> None:
    campaign = make_campaign(breaking="never")
    assert asks(article=breaking) == {}
    assert asks(article=article)
    Campaign.objects.filter(pk=campaign.pk).update(breaking="only")
    stamps.drop_kept()
    assert asks(article=breaking)
    assert asks(article=article) == {}


def test_an_editor_an_exclusion_or_the_switch_silences_asks(article, site) -> None:
    make_campaign()
    assert asks(article=article)
    assert asks(article=make_article(section=article.section, suppress_asks=True)) == {}
    exclusion = Exclusion.objects.create(name="Mourning")
    exclusion.sections.add(article.section)
    stamps.drop_kept()
    assert asks(article=article) == {}
    exclusion.delete()
    site.asks_on = False
    site.save()
    stamps.drop_kept()
    assert asks(article=article) == {}


def test_the_higher_priority_wins_and_equals_share_the_pages(article) -> None:
    make_campaign()
    make_campaign()
    shown = {headings(asks(article=article, path=f"/{n}/"))[0] for n in range(40)}
    assert shown == {"Help us grow 1", "Help us grow 2"}
    make_campaign(priority=3)
    assert {headings(asks(article=article, path=f"/{n}/"))[0] for n in range(10)} == {"Help us grow 3"}


def test_hiding_works_with_a_plain_form_and_can_be_undone(client) -> None:
    variant = make_campaign().variants.get()
    form = {"next": "/2026/11/23/ferries/", "why": "close", "variant": variant.pk, "slot": "article_end"}
    response = client.post("/ask/hide/", form)
    assert response.status_code == 303
    assert response["Location"] == "/2026/11/23/ferries/#main"
    cookie = response.cookies["ask"]
    assert cookie.value.startswith("close.")
    assert cookie["max-age"] == 14 * 86400
    assert asks_hidden(cookie.value, timezone.now().timestamp())
    assert DailyCount.objects.get().kind == "close"
    response = client.post("/ask/hide/", {"next": "/", "why": "show"})
    assert response.cookies["ask"].value == ""


@pytest.mark.parametrize("page", ["shared", "own"])
def test_nobody_is_asked_who_has_hidden_the_asks(article, page) -> None:
    make_campaign()
    assert asks(article=article, hidden=page) == {}


def test_who_has_hidden_the_asks_is_offered_them_back_at_the_end_of_a_story(client, article) -> None:
    make_campaign()
    assert "You have hidden our asks" not in client.get(article.get_absolute_url()).text
    client.post("/ask/hide/", {"next": article.get_absolute_url(), "why": "close"})
    page = client.get(article.get_absolute_url()).text
    assert "You have hidden our asks" in page
    assert "Help us grow" not in page


@pytest.mark.parametrize(
    ("cookie", "seconds", "hidden"),
    [
        ("close", 86400, True),
        ("close", 15 * 86400, False),
        ("done", 300 * 86400, True),
        ("done", 366 * 86400, False),
        ("close", -60, False),
        ("never", 10, False),
    ],
)
def test_the_cookie_says_when_and_why_and_the_site_says_how_long(cookie, seconds, hidden) -> None:
    now = 1_764_000_000
    assert asks_hidden(f"{cookie}.{now - seconds}", now) is hidden


@pytest.mark.parametrize(
    "junk", ["", "close", "close.", "close.x", "close.99999999999999999", "done.-5", "..", "close.١٢"]
)
def test_a_damaged_cookie_hides_nothing(junk) -> None:
    assert not asks_hidden(junk, 1_764_000_000)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil", "javascript:alert(1)", "", "evil"]
)
def test_hiding_never_leads_to_another_site(client, target) -> None:
    assert client.post("/ask/hide/", {"next": target, "why": "close"})["Location"] == "/"


def test_another_site_cannot_hide_asks(client) -> None:
    response = client.post("/ask/hide/", {"next": "/", "why": "done"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert "ask" not in response.cookies


def test_following_an_ask_is_counted_and_leads_to_the_provider(client) -> None:
    variant = make_campaign().variants.get()
    url = f"/ask/go/{variant.pk}/?slot=article_end&url=https://evil.example/"
    browser = {"User-Agent": "Mozilla/5.0"}
    for _ in range(2):
        response = client.get(url, headers=browser)
    assert (response.status_code, response["Location"]) == (302, "https://www.patreon.com/kestrel")
    client.get(url, headers={"User-Agent": "Googlebot"})
    client.get(url, headers=browser | {"Sec-Purpose": "prefetch"})
    client.head(url, headers=browser)
    assert DailyCount.objects.get(kind="click").n == 2
    assert client.get("/ask/go/999999/").status_code == 404


def test_words_that_readers_acted_on_stay_as_they_are(client) -> None:
    variant = make_campaign().variants.get()
    variant.heading = "Other words"
    variant.save()
    client.get(f"/ask/go/{variant.pk}/?slot=article_end", headers={"User-Agent": "Mozilla/5.0"})
    variant.refresh_from_db()
    variant.heading = "Words once more"
    with pytest.raises(ValidationError):
        variant.save()


def test_a_goal_tells_its_sum_its_source_and_stops_its_bar() -> None:
    goal = Goal(name="a year", target=Decimal(60000), baseline=Decimal(41280), baseline_source="Patreon")
    assert (goal.total_text, goal.target_text, goal.percent) == ("€41,280", "€60,000", 68)
    goal.baseline = Decimal(90000)
    assert (goal.percent, goal.bar, goal.is_reached) == (150, 100, True)
    with pytest.raises(ValidationError, match="where the figure comes from"):
        Goal(name="x", target=1, baseline=1).full_clean()
    assert money(Decimal("12.50"), "GBP") == "£12.50"


def test_the_moment_of_a_figure_is_told_by_the_clock_of_the_site() -> None:
    goal = Goal(name="a year", target=1, as_of=datetime(2026, 11, 26, 12, tzinfo=UTC))
    told = {}
    for zone in ("UTC", "Asia/Tokyo", "Europe/Berlin"):
        with timezone.override(zone):
            told[zone] = goal.as_of_text.rpartition(" ")[2]
    assert told == {"UTC": "12:00", "Asia/Tokyo": "21:00", "Europe/Berlin": "13:00"}


def test_paragraph_and_slot_belong_together() -> None:
    campaign = make_campaign()
    for slot, paragraph in (("top", 3), ("in_article", None), ("in_article", 31)):
        with pytest.raises(ValidationError):
            CampaignSlot(campaign=campaign, slot=slot, paragraph=paragraph).full_clean()
