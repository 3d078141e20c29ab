"""Somebody tries Newsroom on a site of their own: the demo harms nothing there and leaves no trace."""

import pytest
from django.core.management import CommandError

from articles.models import Article, Author, Image, Page, Section, SiteSettings, Topic
from comments.models import Comment, Vote
from newsroom.accounts.models import Reader, User
from newsroom.donations.models import Campaign, Variant
from newsroom.lib.models import DemoRow
from tests.make import make_article, make_author, make_section, make_topic
from tests.newsroom.test_demo import demo

pytestmark = pytest.mark.django_db


def test_a_site_with_stories_of_its_own_is_not_filled_unless_asked() -> None:
    make_article("Our own story")
    with pytest.raises(CommandError, match="--force"):
        demo()
    assert Article.objects.count() == 1
    demo("--force")
    assert Article.objects.count() > 80


def test_make_run_fills_an_empty_site_only_and_says_nothing_otherwise() -> None:
    page = Page.objects.create(title="About us", slug="about-us")
    assert demo("--if-empty") == ""
    assert not DemoRow.objects.exists()
    page.delete()
    assert "Log-ins" in demo("--if-empty")
    assert demo("--if-empty") == ""


def test_removing_takes_away_what_the_demo_made_and_nothing_else() -> None:
    own = make_article("Our own story", section=make_section("Sport"), authors=[make_author("Ann")])
    own.topics.add(make_topic("Football"))
    demo("--force")
    own.topics.add(Topic.objects.get(name="Ferries"))
    demo("--remove")
    assert list(Article.objects.values_list("headline", flat=True)) == ["Our own story"]
    assert [topic.name for topic in own.topics.order_by("name")] == ["Ferries", "Football"]
    assert set(Topic.objects.values_list("name", flat=True)) == {"Ferries", "Football"}
    assert [section.name for section in Section.objects.all()] == ["Sport"]
    assert [author.name for author in Author.objects.all()] == ["Ann"]
    for model in (Comment, Vote, Page, Image, User, Campaign, Variant, Reader, DemoRow):
        assert not model.objects.exists(), model
    assert SiteSettings.row().tagline == ""
