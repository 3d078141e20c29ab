"""Somebody tries Newsroom: the demo fills an empty site."""

import io
import re
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Count, F
from django.test import Client
from django.utils import timezone

from articles.models import (
    Alert,
    Article,
    Author,
    Image,
    MostRead,
    Page,
    Reading,
    Referral,
    Section,
)
from articles.models.reading import hour_of
from comments.models import Comment, CommentStats, Vote
from newsroom.accounts.models import Reader, User
from newsroom.demo import files
from newsroom.donations.models import Campaign, Variant
from ratings.models import RatingSummary

pytestmark = pytest.mark.django_db


def demo(*options: str) -> str:
    out = io.StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def seeded(once_for_all: None) -> tuple[str, float]:
    """An empty site that the demo filled; what it said, and the seconds that it took."""
    started = time.monotonic()
    return demo(), time.monotonic() - started


@pytest.fixture(autouse=True)
def filled(seeded: tuple[str, float], db: None) -> None:
    """Every test here finds it so."""


def test_an_empty_site_becomes_a_newspaper_within_twenty_seconds(seeded: tuple[str, float]) -> None:
    assert seeded[1] < 20
    now = timezone.now()
    live = Article.objects.live(now)
    assert Section.objects.count() == 7
    assert Author.objects.exclude(bio="").count() == 10
    assert live.filter(words__gte=300).count() >= 24
    assert live.filter(words__lt=300, words__gte=50).count() >= 60
    assert live.breaking(now).count() == 1
    assert live.filter(kind="live", live_ended_at=None).count() == 1
    assert live.filter(kind="video").count() >= 3
    assert live.filter(kind="opinion").count() >= 3
    assert Article.objects.filter(publish_at__gt=now).count() == 1
    assert sorted(Article.objects.exclude(status="published").values_list("status", flat=True)) == [
        "draft",
        "review",
        "withdrawn",
    ]
    assert Alert.objects.on_air(now).count() == 1
    assert live.aggregate(n=Count("publish_at", distinct=True))["n"] == live.count()
    assert live.order_by("publish_at")[0].publish_at < now - timedelta(days=300)
    assert set(Page.objects.live().values_list("slug", flat=True)) >= {"about", "contact", "privacy", "house-rules"}


def test_its_pictures_have_words_and_its_texts_lead_somewhere(client: Client) -> None:
    assert Image.objects.exclude(alt="").exclude(caption="").exclude(credit="").count() >= 24
    bodies = "".join(
        text
        for model, field in ((Article, "body"), (Page, "body"), (Comment, "text"))
        for text in model.objects.values_list(field, flat=True)
    )
    assert not re.search(r"picture:|story:|page:|\{day|\{t[+-]|lorem", bodies)
    known = set(Article.objects.exclude(dated=None).values_list("dated", "slug"))
    links = set(re.findall(r'href="/(\d{4})/(\d\d)/(\d\d)/([\w-]+)/"', bodies))
    assert links
    assert {(f"{y}-{m}-{d}", slug) for y, m, d, slug in links} <= {(f"{day}", slug) for day, slug in known}


def test_its_readers_talk_in_deep_threads_and_every_total_equals_its_rows() -> None:
    assert Comment.objects.count() >= 250
    busiest = CommentStats.objects.order_by("-published")[0]
    assert busiest.published >= 128
    assert busiest.published == Comment.objects.filter(article=busiest.article_id, status="published").count()
    assert Comment.objects.filter(depth=8).exists()
    assert {"pending", "rejected", "spam"} <= set(Comment.objects.values_list("status", flat=True))
    assert not Comment.objects.filter(created_at__gt=timezone.now()).exists()
    assert not Comment.objects.filter(parent__created_at__gte=F("created_at")).exists()
    assert Vote.objects.count() == sum(Comment.objects.values_list("up", flat=True))
    assert RatingSummary.recount() == []


def test_a_fresh_demo_says_what_is_read_most_and_has_a_week_of_hours_none_of_them_ahead(client: Client) -> None:
    now = timezone.now()
    live = Article.objects.live(now)
    newest = live.order_by("-publish_at")[:5]
    figures = Reading.objects.figures([story.pk for story in newest], now)
    assert all(story.week > 0 for story in figures.values())
    assert Reading.objects.filter(hour__gt=hour_of(now)).count() == 0
    for hour, out in Reading.objects.values_list("hour", "article__publish_at"):
        assert hour >= hour_of(out)
    for window in MostRead.Window:
        assert MostRead.objects.filter(window=window, article__in=live).count() > 20
    for path in ("/", newest[0].get_absolute_url()):
        assert "Most read" in client.get(path).content.decode(), path
    hosts = dict(Referral.objects.hosts_of(live.values_list("pk", flat=True), now))
    assert 0 < sum(hosts.values()) < sum(Reading.objects.values_list("n", flat=True))
    demo("--remove")
    assert not Reading.objects.exists()
    assert not MostRead.objects.exists()


def test_its_lead_story_asks_readers_at_a_passage_and_shows_a_pick(client: Client) -> None:
    story = Article.objects.breaking(timezone.now()).get()
    page = client.get(story.get_absolute_url()).content.decode()
    assert "How do you cross now, and what does it cost you?" in page
    assert Comment.objects.filter(article=story, anchor__in_text=True).count() == 2
    assert Comment.objects.filter(article=story, featured_at__isnull=False).count() == 1


def test_there_is_a_log_in_for_every_role_and_it_opens(seeded: tuple[str, float]) -> None:
    found = re.findall(r"^  (.+?)\s{2,}(\S+@\S+)\s+(\S+)$", seeded[0], re.MULTILINE)
    assert {role for role, _, _ in found} == {"Reporter", "Editor", "Front editor", "Moderator", "Admin", "Reader"}
    for role, email, password in found:
        assert User.objects.get(email=email).check_password(password), role
    roles = User.objects.exclude(groups=None).values_list("email", "groups__name")
    assert {email: group for _, email, _ in found for e, group in roles if e == email} == dict(roles)


def test_the_demo_asks_for_support_with_one_button_and_says_where_its_sum_is_from() -> None:
    campaign = Campaign.objects.running(timezone.now()).get()
    assert campaign.goal is not None
    assert (campaign.goal.baseline, campaign.goal.target, campaign.goal.currency) == (41280, 60000, "EUR")
    assert campaign.goal.baseline_source
    assert Variant.objects.get().heading == "Help us grow. Support Newsroom on Patreon!"


def test_a_second_time_changes_nothing() -> None:
    before = (Article.objects.count(), Comment.objects.count(), Reader.objects.count(), User.objects.count())
    assert "already" in demo()
    assert before == (Article.objects.count(), Comment.objects.count(), Reader.objects.count(), User.objects.count())


def test_the_words_of_every_comment_and_story_were_written_for_it() -> None:
    texts = [said.text for talk in files.comments().values() for said in talk]
    assert all(texts)
    assert len({text for text in texts if len(text) > 30}) == len([text for text in texts if len(text) > 30])
    assert len({piece.head["headline"] for piece in files.stories()}) == len(files.stories())
