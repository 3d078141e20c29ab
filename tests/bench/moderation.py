"""How long the pages of the moderation desk take over many comments, and a bulk decision on 5,000 of them.

    .ci/postgres.sh .venv/bin/python -m tests.bench.moderation 1000000

Migrates the database that DATABASE_URL names, fills it with so many comments (`manage.py fill`) and gives one in twenty
to the moderators; run it on a database that may be thrown away.
"""

import json
import os
import statistics
import sys
import time
from typing import Any

import django

ROUNDS = 7
PAGES = (
    *("", "?order=oldest", "?reason=links", "?queue=reported", "?queue=spam", "?queue=unreviewed", "?queue=approved"),
    *(
        "?queue=approved&order=oldest",
        "?queue=rejected",
        "?queue=approved&q=nowhere",
        "?queue=approved&person={person}",
    ),
    *("?queue=approved&article={article}", "?queue=pending&article={article}", "record/", "numbers/"),
)


def main(comments: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client, override_settings

    from comments.models import Comment, CommentStats
    from tests.make import make_user

    call_command("migrate", verbosity=0)
    moderator = make_user("Moderator", email=f"bench{time.time_ns()}@example.com")
    if not Comment.objects.exists():  # a second run measures what the first one filled
        started = time.perf_counter()
        call_command("fill", articles=50, comments=comments, largest=comments // 10)
        print(f"filled in {time.perf_counter() - started:.0f} s")
        give_to_the_moderators()
    browser = Client()
    browser.force_login(moderator, backend="django.contrib.auth.backends.ModelBackend")
    ordinary = {
        "person": Comment.objects.order_by("-id").values_list("reader", flat=True)[0],
        "article": Comment.objects.order_by("id").values_list("article", flat=True)[0],
    }
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES=plain):
        for page in PAGES:
            url = f"/admin/moderation/{page.format(**ordinary)}"
            browser.get(url)
            queries: list[str] = []

            def counting(execute: Any, sql: str, *rest: Any, kept: list[str] = queries) -> Any:
                kept.append(sql)
                return execute(sql, *rest)

            with connection.execute_wrapper(counting):
                assert browser.get(url).status_code == 200, url
            spent = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                browser.get(url)
                spent.append((time.perf_counter() - start) * 1000)
            print(f"{statistics.median(spent):8.1f} ms  {len(queries):2} queries  {url}")
    ids = list(Comment.objects.filter(status="published").order_by("-id").values_list("pk", flat=True)[:5000])
    start = time.perf_counter()
    done = Comment.objects.filter(pk__in=ids).decide("reject", by=moderator, reason="other").done
    print(f"{time.perf_counter() - start:8.2f} s   {len(done)} rejected in one transaction")
    print(json.dumps({"comments": Comment.objects.count(), "stats": CommentStats.objects.count()}))


def give_to_the_moderators() -> None:
    """One in twenty waits, one in fifty is spam, one in a thousand was reported; most were looked at."""
    from django.db import connection
    from django.db.models import F
    from django.db.models.functions import Mod
    from django.utils import timezone

    from comments.models import Comment

    leaves = Comment.objects.filter(reply_count=0).annotate(turn=Mod(F("id"), 1000))
    now = timezone.now()
    Comment.objects.annotate(turn=Mod(F("id"), 10)).exclude(turn=3).update(reviewed_at=now)
    leaves.filter(turn__lt=50).update(status="pending", visible=False, reason="first")
    leaves.filter(turn__lt=5).update(reason="links")
    leaves.filter(turn__gte=50, turn__lt=70).update(status="spam", visible=False)
    leaves.filter(turn__gte=70, turn__lt=80).update(status="rejected", visible=False)
    Comment.objects.annotate(turn=Mod(F("id"), 1000)).filter(turn=99).update(reported_at=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
