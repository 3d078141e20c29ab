"""Reading is bounded whatever the address says: any order, any page, any cursor, made up or from elsewhere."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.models.site_settings import site_settings
from comments import paging
from comments.models import Comment, Loaded
from newsroom.lib import keyset
from tests.make import make_reader

ABOUT_COMMENTS = ("comments_", "accounts_reader")
MOST_ROWS = (paging.ROOTS + 3) * (paging.REPLIES + 1)
CURSORS = [
    "", "0", "-1", "nonsense", "%00", "' OR 1=1", "A" * 4000, "999999999999999999999", "null", "[1]", "\ud83d\ude00",
    keyset.cursor("best", -(10**15), 0), keyset.cursor("best", 10**15, 2**62), keyset.cursor("newest", "9999-12-31T23:59:59+00:00", 1),
    keyset.cursor("oldest", "0001-01-01T00:00:00+00:00", 1), keyset.cursor("below 1", "999999" * 8),
]  # fmt: skip


@pytest.fixture
def crowded(article: Article) -> Article:
    """Sixty threads; the first has ninety answers, one below the other."""
    reader, now = make_reader(), timezone.now()
    rows = [Loaded(n, reader, "R", "x", now, html="<p>x</p>") for n in range(60)]
    rows += [Loaded((0, n), reader, "R", "x", now, parent=(0, n - 1) if n else 0, html="<p>x</p>") for n in range(90)]
    Comment.objects.load(article, rows)
    return article


def reads(client: Any, url: str) -> tuple[int, int, int]:
    """Status, queries about comments, comments on the page."""
    site_settings()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    about = sum(f'FROM "{table}' in query["sql"] for query in captured.captured_queries for table in ABOUT_COMMENTS)
    return answer.status_code, about, answer.content.decode().count("<article ")


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
def test_a19_no_cursor_makes_a_page_dearer(client: Any, crowded: Article, cursor: str) -> None:
    root = Comment.objects.filter(article=crowded, thread_count__gt=0).earliest("id")
    for order in (*paging.ORDERS, "worst", "", "best' --"):
        for name in ("after", "at", "before", "reply", "limit", "page", "offset", "filter", "passage"):
            asked = {"sort": order, name: cursor}
            url = f"/comments/on/{crowded.pk}/?{'&'.join(f'{key}={_quoted(value)}' for key, value in asked.items())}"
            status, queries, rows = reads(client, url)
            assert status in {200, 301, 302, 303, 404}, url
            assert queries <= 6, url
            assert rows <= MOST_ROWS, url
    status, queries, rows = reads(
        client, f"/comments/{root.pk}/?after={_quoted(cursor)}&limit=1000000000&reply={_quoted(cursor)}"
    )
    assert status == 200
    assert queries <= 6
    assert rows <= paging.OF_A_THREAD + 10


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value.encode("utf-8", "replace"))


def test_a19_what_is_new_is_one_address_whatever_is_added_to_it(client: Any, crowded: Article) -> None:
    many = ",".join(map(str, range(100_000)))[:60_000]
    for query in ("", "?limit=1000000000", "?limit=-1", f"?ids={many}", f"?since={many}"):
        site_settings()
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/comments/on/{crowded.pk}/new.json{query}")
        assert answer.status_code == 200
        assert len(answer.json()["latest"]) <= paging.LATEST
        assert len(captured) <= 4


@pytest.mark.parametrize("pk", ["0", "9223372036854775807", "9223372036854775808", "9" * 40])
def test_a19_numbers_that_no_row_has_are_not_found(client: Any, article: Article, pk: str) -> None:
    for url in (f"/comments/{pk}/", f"/comments/on/{pk}/", f"/comments/on/{pk}/new.json"):
        assert client.get(url).status_code == 404


#: The outside checker is the one thing that is asked, at an address that the site's owner set, by the worker.
MAY_ASK = {"spam_checker.py"}
ASKS = {"socket", "http", "urllib.request", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "ssl"}


def test_a20_nothing_that_readers_reach_knows_how_to_fetch_an_address() -> None:
    found = []
    for path in (Path(django_settings.BASE_DIR) / "comments").rglob("*.py"):
        if path.name in MAY_ASK or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            found += [
                f"{path.name}: {name}"
                for name in names
                if name in ASKS or name.split(".")[0] in ASKS - {"urllib.request"}
            ]
    assert found == []
