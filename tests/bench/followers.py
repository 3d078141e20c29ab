"""How long the worker plans the letters about one comment, for 10,000 followers of its story.

.venv/bin/python -m tests.bench.followers   (in a throw-away SQLite database; DATABASE_URL names another one)
"""

import os
import statistics
import tempfile
import time

FOLLOWERS, ROUNDS = 10_000, 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
        os.environ.setdefault("NEWSROOM_SECRET_KEY", "for-benchmarks-only-" + "x" * 40)
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        import django

        django.setup()
        from django.test.utils import setup_databases, teardown_databases

        before = setup_databases(verbosity=0, interactive=False)
        try:
            _measure()
        finally:
            teardown_databases(before, verbosity=0)


def _measure() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from comments.models import Notification
    from tests.comments.test_pace import many_followers
    from tests.make import make_article, make_comment

    article = make_article()
    many_followers(article, FOLLOWERS)
    seconds = []
    for _ in range(ROUNDS):
        make_comment(article)
        begun = time.perf_counter()
        Notification.objects.plan(timezone.now())
        seconds.append(time.perf_counter() - begun)
    make_comment(article)
    with CaptureQueriesContext(connection) as captured:
        Notification.objects.plan(timezone.now())

    print(
        f"{connection.vendor}: {FOLLOWERS:,} followers planned in {statistics.median(seconds):.2f} s"
        f" ({len(captured) / FOLLOWERS * 1000:.1f} statements per 1,000)"
    )


if __name__ == "__main__":
    main()
