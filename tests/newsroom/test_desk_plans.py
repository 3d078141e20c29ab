"""The list of stories, the desk and the calendar read no story but those that they show, on both databases."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from newsroom.accounts.models import User
from tests.make import make_section, make_user

pytestmark = pytest.mark.slow

PAGES = (
    *("articles/article/", "articles/article/?p=3", "articles/article/?state=published", "", "calendar/"),
    *("articles/article/?state=review", "articles/article/?state=scheduled"),
)


@pytest.fixture(scope="module")
def many(once_for_all: None) -> dict[str, User]:
    """Who works on 6,000 stories."""
    section, editor, reporter = make_section(), make_user("Editor"), make_user("Reporter")
    now = timezone.now()
    Article.objects.bulk_create(
        Article(
            headline=f"Story {n}", slug=f"story-{n}", section=section,
            status="review" if n % 100 == 1 else "published",
            publish_at=now - timedelta(hours=n), first_published_at=now - timedelta(hours=n), dated=now.date(),
            modified_at=now - timedelta(hours=n), created_by=reporter if n % 200 == 0 else editor,
        )
        for n in range(6000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    return {"editor": editor, "reporter": reporter}


@pytest.mark.parametrize("role", ["editor", "reporter"])
def test_no_page_of_the_desk_reads_every_story(
    db: None, many: dict[str, User], role: str, client_of: Callable[[User], Any]
) -> None:
    browser = client_of(many[role])
    for page in PAGES:
        with CaptureQueriesContext(connection) as made:
            assert browser.get(f"/admin/{page}").status_code == 200
        for query in (query["sql"] for query in made if query["sql"].startswith("SELECT")):
            said = plan(query)
            assert not re.search(r"Seq Scan on articles_article\b|SCAN articles_article(?! USING)", said), (
                f"{page}\n{query}\n{said}"
            )


def test_the_stories_in_a_state_are_read_from_their_own_index(
    db: None, many: dict[str, User], client_of: Callable[[User], Any]
) -> None:
    with CaptureQueriesContext(connection) as made:
        client_of(many["editor"]).get("/admin/articles/article/?state=review")
    plans = [plan(query["sql"]) for query in made if "\"status\" = 'review' ORDER BY" in query["sql"]]
    assert len(plans) == 2
    assert all("article_in_state" in said for said in plans), plans


def plan(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + query)
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())
