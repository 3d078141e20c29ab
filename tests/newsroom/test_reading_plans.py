"""Readers' pages read few stories, however many there are; so their time does not grow. On both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import search
from articles.models import Article, MostRead
from newsroom.lib.planner import tell_planner
from newsroom.pages import streams
from tests.make import make_section, make_topic
from tests.newsroom.test_desk_plans import plan

pytestmark = pytest.mark.slow

PAGES = (
    "/",
    "{section}",
    "{section}?after={cursor}",
    "/latest/",
    "/latest/?after={cursor}",
    "{story}",
    "/search/?q=pelican",
)

#: SQLite's own instructions: how they are counted, and what a page may take. Looking at 6,000 stories takes more.
A_STEP, MOST_STEPS = 100, 15_000


@pytest.fixture(scope="module")
def row_in_the_middle(once_for_all: None) -> int:
    """One story in the middle, which alone is about a pelican and was read."""
    section = make_section()
    now = timezone.now()
    stories = Article.objects.bulk_create(
        Article(
            headline=f"Story {n}" + " of the pelican" * (n == 3000), slug=f"story-{n}", section=section, status="published",
            publish_at=now - timedelta(hours=n + 1), first_published_at=now - timedelta(hours=n + 1), dated=now.date(),
        )
        for n in range(6000)
    )  # fmt: skip
    topic = make_topic()
    Article.topics.through.objects.bulk_create(
        Article.topics.through(article_id=story.pk, topic_id=topic.pk) for story in stories
    )
    search.index_many(stories[2990:3010])
    MostRead.objects.create(window="day", article=stories[3000], score=3, ranked_at=now)
    tell_planner()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Six thousand rows are read whole for little; what a step in an index costs on a disk without a moving head.
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    return stories[3000].pk


@pytest.fixture
def many(site: None, row_in_the_middle: int) -> Article:
    return Article.objects.get(pk=row_in_the_middle)


def test_no_page_of_readers_walks_through_all_stories(client: Client, many: Article) -> None:
    for page in PAGES:
        url = page.format(
            section=many.section.get_absolute_url(), story=many.get_absolute_url(), cursor=streams.after(many)
        )
        with CaptureQueriesContext(connection) as made, steps_counted() as steps:
            answer = client.get(url)
        assert answer.status_code == 200
        for query in (query["sql"] for query in made if "articles_article" in query["sql"]):
            assert "Seq Scan on articles_article " not in (said := plan(query)), f"{url}\n{query}\n{said}"
        assert len(steps) * A_STEP < MOST_STEPS, f"{url}: {len(steps) * A_STEP:,}"


def test_a_search_finds_the_one_story_among_all(client: Client, many: Article) -> None:
    assert many.get_absolute_url() in client.get("/search/?q=pelican").content.decode()
    assert "story-2999" not in client.get("/search/?q=pelican").content.decode()


@contextmanager
def steps_counted() -> Iterator[list[None]]:
    """One entry for every A_STEP instructions that SQLite carries out; none on PostgreSQL."""
    steps: list[None] = []
    if connection.vendor != "sqlite":
        yield steps
        return
    connection.connection.set_progress_handler(lambda: steps.append(None), A_STEP)
    try:
        yield steps
    finally:
        connection.connection.set_progress_handler(None, 0)
