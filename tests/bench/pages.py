"""Pages of a story with 100,000 comments (threads of up to 30,000) beside those of one with 100, in every order.

    .venv/bin/python -m tests.bench.pages [COMMENTS]        (SQLite; .ci/postgres.sh in front of it: PostgreSQL)

Whole pages as the server renders them, none from a cache; then every root of the large story by its keyset.
"""

import os
import statistics
import sys
import tempfile
import time
from typing import Any

ROUNDS, DEEP = 21, 500


def main(largest: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("NEWSROOM_SECRET_KEY", "for-benchmarks-only-" + "x" * 40)
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        from django.conf import settings
        from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases

        setup_test_environment()
        before = setup_databases(verbosity=0, interactive=False)
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing was collected
        try:
            with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
                _measure(largest)
        finally:
            teardown_databases(before, verbosity=0)


def _measure(largest: int) -> None:
    from django.db import connection

    from articles.models import Article
    from comments import paging
    from newsroom.demo.load import fill

    begun = time.perf_counter()
    fill(articles=4, comments=largest + 300, largest=largest)
    print(f"{connection.vendor}: {largest:,} comments filled in {time.perf_counter() - begun:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    large, small = Article.objects.order_by("-publish_at")[:2]
    for order in paging.ORDERS:
        deep = _cursor_of_page(large, order, DEEP)
        urls = {
            "100 comments": f"/comments/on/{small.pk}/?sort={order}",
            "page 1": f"/comments/on/{large.pk}/?sort={order}",
            f"page {DEEP}": f"/comments/on/{large.pk}/?sort={order}&after={deep}",
        }
        medians = _medians(urls)
        base = medians["100 comments"]
        print(order, ", ".join(f"{name}: {ms:.1f} ms (x {ms / base:.2f})" for name, ms in medians.items()))
    for order in paging.ORDERS:
        _walk(large, order)


def _cursor_of_page(article: Any, order: str, number: int) -> str:
    from comments import paging

    after: str | None = None
    for _page in range(number - 1):
        page = paging.page_of(article, order, after)
        if not page.following:
            break
        after = page.following
    return after or ""


def _medians(urls: dict[str, str]) -> dict[str, float]:
    """In turns, so that a slow moment of the machine hits them all alike."""
    from django.test import Client

    client = Client()
    spent: dict[str, list[float]] = {name: [] for name in urls}
    for _round in range(ROUNDS + 3):
        for name, url in urls.items():
            begun = time.perf_counter()
            answer = client.get(url)
            spent[name].append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200
    return {name: statistics.median(times[3:]) for name, times in spent.items()}


def _walk(article: Any, order: str) -> None:
    from comments import paging
    from comments.models import Comment

    met: list[int] = []
    begun, slowest, after = time.perf_counter(), 0.0, None
    while True:
        start = time.perf_counter()
        page = paging.page_of(article, order, after)
        slowest = max(slowest, time.perf_counter() - start)
        met += [root.pk for root in page.roots]
        if not page.following:
            break
        after = page.following
    there = set(Comment.objects.roots(article).values_list("pk", flat=True))
    assert len(met) == len(set(met))
    assert set(met) == there
    seconds = time.perf_counter() - begun
    print(
        f"{order}: {len(met):,} roots, none missed or repeated, in {seconds:.1f} s; slowest page {slowest * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
