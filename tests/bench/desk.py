"""How long the desk, its calendar, the list of stories and the arranging of the front page take over many stories.

    .ci/postgres.sh .venv/bin/python -m tests.bench.desk 200000

Migrates the database that DATABASE_URL names, fills it with so many stories (`manage.py fill`), and gives the desk
something to show; run it on a database that may be thrown away.
"""

import os
import statistics
import sys
import time
from typing import Any

import django

ROUNDS = 9
PAGES = (
    *("", "calendar/", "front/", "log/", "articles/article/", "articles/article/?p=3"),
    *("articles/article/?state=review", "articles/article/?state=scheduled", "articles/article/?state=published"),
    *("articles/article/?o=-5", "articles/article/?section__id__exact={section}"),
)


def main(articles: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client, override_settings

    from articles.models import Article
    from tests.make import make_user

    call_command("migrate", verbosity=0)
    users = {role: make_user(role, email=f"{time.time_ns()}@example.com") for role in ("Admin", "Reporter")}
    if not Article.objects.exists():  # a second run measures what the first one filled
        started = time.perf_counter()
        call_command("fill", articles=articles, comments=2000, largest=500)
        give_to_the_desk(users["Admin"])
        print(f"filled in {time.perf_counter() - started:.0f} s")
    section = Article.objects.values_list("section", flat=True)[0]
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES=plain):
        for role, user in users.items():
            browser = Client()
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            for page in PAGES:
                url = f"/admin/{page.format(section=section)}"
                if browser.get(url).status_code != 200:  # not for a reporter
                    continue
                queries: list[str] = []

                def counting(execute: Any, sql: str, *rest: Any, kept: list[str] = queries) -> Any:
                    kept.append(sql)
                    return execute(sql, *rest)

                with connection.execute_wrapper(counting):
                    browser.get(url)
                spent = []
                for _ in range(ROUNDS):
                    start = time.perf_counter()
                    browser.get(url)
                    spent.append((time.perf_counter() - start) * 1000)
                print(f"{role:9} {statistics.median(spent):7.1f} ms  {len(queries):2} queries  {url}", flush=True)


def give_to_the_desk(user: Any) -> None:
    """Some stories wait, come out today, break or were changed in substance; fifty are whose desk is measured."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from articles.models import Article

    now = timezone.now()
    keys = list(Article.objects.order_by("-publish_at").values_list("pk", flat=True)[:1000])
    some = Article.objects.filter
    some(pk__in=keys[0:5]).update(breaking_until=now + timedelta(hours=1))
    some(pk__in=keys[10:60]).update(publish_at=now + timedelta(hours=3), first_published_at=now + timedelta(hours=3))
    some(pk__in=keys[60:160]).update(status="review", publish_at=None, first_published_at=None)
    some(pk__in=keys[160:210]).update(status="draft", publish_at=None, first_published_at=None, created_by=user)
    some(pk__in=keys[210:260]).update(updated_at=now, modified_at=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
