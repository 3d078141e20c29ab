"""No page of the desk scans the table of comments, whatever is looked at: its plans, on both databases."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from comments.admin import log, queues
from comments.admin.looking import Looking, with_context
from comments.models import Comment, Flag, Loaded
from newsroom.accounts.models import Reader
from tests.make import make_article, make_reader, make_user

pytestmark = pytest.mark.slow

#: What an import of 12,000 comments holds: most are published.
STATES = ("pending", "spam", "rejected", *["published"] * 21)
NARROWED = ("", "&order=oldest", "&person={person}", "&article={article}", "&network=net7", "&q=words+7")


@pytest.fixture(scope="module")
def rows_of_large(once_for_all: None) -> dict[str, int]:
    moderator, article = make_user("Moderator"), make_article()
    now = timezone.now()
    writers = Reader.objects.bulk_create(Reader(name=f"Reader {n}") for n in range(400))
    stories = [article, *(make_article(section=article.section) for _ in range(7))]
    for m, story in enumerate(stories):
        rows = [
            Loaded(n, writers[(n * 7 + m) % 400], "R", f"Some words {n}", now - timedelta(minutes=n * 12 + m),
                   status=STATES[n % 24], reason="links" if n % 48 == 0 else "first", html="<p>x</p>")
            for n in range(1500)
        ]  # fmt: skip
        Comment.objects.load(story, rows)
    ids = list(Comment.objects.order_by("pk").values_list("pk", flat=True))
    Comment.objects.filter(pk__lt=ids[1000]).update(network="net7")
    published = Comment.objects.filter(status="published")
    published.filter(pk__gt=ids[1500]).update(reviewed_at=now, reviewed_by=moderator)
    reporter = make_reader()
    for comment in published.order_by("pk")[:60]:
        Flag.objects.raise_for(comment, reporter, "spam")
    Comment.objects.filter(pk__lt=ids[300]).decide("reject", by=moderator)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # So few rows are read whole for little; what a step in an index costs on a disk without a moving head.
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    return {"person": writers[7].pk, "article": article.pk, "moderator": moderator.pk}


@pytest.fixture
def large(db: None, rows_of_large: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setattr("comments.admin.looking.LAST", 60)  # to the table what 5,000 are to a million
    return rows_of_large


def scans(said: str) -> bool:
    """Whether a plan reads the whole table of comments."""
    return bool(re.search(r"Seq Scan on comments_comment|SCAN comments_comment(?! USING)", said))


def test_no_list_of_the_desk_scans_the_table(large: dict[str, int]) -> None:
    for query in (
        *(f"queue={queue}{more}" for queue in queues.QUEUES for more in NARROWED),
        "queue=pending&reason=links",
    ):
        query = query.format(**large)
        first = Looking.at(QueryDict(query))
        end = queues.counts_and(first.end if first.words else None)[1]
        page, following = first.page(end)
        for looking in (first, *([Looking.at(QueryDict(f"{query}&after={following}"))] if following else [])):
            said = with_context(looking.found(looking.end.values_list("created_at", flat=True).first()))[:26].explain()
            assert not scans(said), f"{query}\n{said}"
        assert len(page) <= 25


def test_counting_the_queues_walks_their_indexes(large: dict[str, int]) -> None:
    counted = queues.counts()
    assert counted["approved"] == queues.COUNTED + 1
    assert 0 < counted["pending"] <= 1001
    with connection.cursor() as cursor:
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + _with_values())
        said = "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())
    assert not scans(said), said


def _with_values() -> str:
    """The statement of `counts` with its values written into it."""
    parts = []
    for queue in queues.QUEUES.values():
        rows = queue.rows().order_by("-created_at", "-id").values("pk")[: queues.COUNTED + 1]
        sql, params = rows.query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql % tuple(_quoted(value) for value in params)}) counted)")
    return f"SELECT {', '.join(parts)}"


def _quoted(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


def test_the_record_is_read_from_its_indexes(large: dict[str, int]) -> None:
    for query in (
        "",
        f"who={large['moderator']}",
        "what=reject",
        f"person={large['person']}",
        f"article={large['article']}",
    ):
        looking = log.Looking.at(QueryDict(query))
        said = looking.lines[:51].explain()
        if connection.vendor == "postgresql":
            assert "Seq Scan on comments_moderationaction" not in said, f"{query}\n{said}"
        else:
            assert "decision_" in said, f"{query}\n{said}"


def test_the_record_of_each_person_is_read_from_an_index(large: dict[str, int]) -> None:
    said = with_context(Comment.objects.filter(status="pending"))[:26].explain()
    assert "comment_of_reader" in said, said
