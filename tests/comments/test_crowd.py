"""Sixty-four people in two processes at once: no error, nothing lost or doubled, no gap, every counter exact."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, CommentStats, Vote
from comments.wilson import wilson
from newsroom.accounts.models import Reader
from tests.comments.crowd import READERS
from tests.comments.test_concurrency import at_once
from tests.make import make_article, make_comment

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TURNS = 4


@pytest.fixture
def root(transactional_db: None) -> Comment:
    SiteSettings.row()
    SiteSettings.objects.update(guests_held=0, members_held=0)
    return make_comment(make_article())


def database() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    host = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else f"/{found['HOST']}"  # a folder: its socket
    return f"postgres://{found['USER']}:{found['PASSWORD'] or ''}@{host}/{found['NAME']}"


def crowd(name: str, root: Comment, folder: Path) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DATABASE_URL": database(),
        "NEWSROOM_SECRET_KEY": django_settings.SECRET_KEY,
        "NEWSROOM_VAR": str(folder),
        "NEWSROOM_DEBUG": "1",  # no static files were collected; nothing else of it is used
        "NEWSROOM_LIMITS": "0",
    }
    command = [sys.executable, "-m", "tests.comments.crowd", name, str(root.article_id), str(root.pk), str(TURNS)]
    return subprocess.Popen(
        command,
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_sixty_four_people_in_two_processes_post_vote_and_moderate(root: Comment, tmp_path: Path) -> None:
    processes = [crowd(name, root, tmp_path) for name in ("left", "right")]
    told: Counter[str] = Counter()
    for process in processes:
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors[-3000:]
        told.update(json.loads(out))
    assert set(told) <= {"303", "too late"}, told
    posted = Comment.objects.exclude(pk=root.pk)
    texts = list(posted.values_list("text", flat=True))
    assert len(texts) == len(set(texts)) == 2 * READERS * TURNS
    root.refresh_from_db()
    assert sorted(posted.filter(root=root).values_list("seq", flat=True)) == list(range(1, root.last_seq + 1))
    votes = Vote.objects.filter(comment=root, value=1).count()
    assert (root.up, root.best) == (votes, wilson(votes, 0))
    assert CommentStats.recount() == []
    assert Reader.objects.filter(comments__isnull=False).distinct().count() == 2 * READERS + 1


@pytest.fixture
def limited(settings: Any, time_machine: Any) -> None:
    """Every limit is on, and the clock stands still, however long fifty requests take."""
    settings.NEWSROOM_LIMITS = True
    time_machine.move_to(timezone.now(), tick=False)


@pytest.mark.usefixtures("limited")
def test_a11_of_fifty_posts_of_one_person_at_once_one_is_stored(root: Comment) -> None:
    noor = {"name": "Noor", "email": "noor@example.com"}

    def post(n: int) -> int:
        browser = Client(headers={"sec-fetch-site": "same-origin", "user-agent": f"Browser/{n}"})
        return browser.post(f"/comments/on/{root.article_id}/post/", noor | {"text": f"Number {n}"}).status_code

    answers = Counter(at_once([lambda n=n: post(n) for n in range(50)], workers=10))  # type: ignore[misc]
    assert answers == {303: 1, 429: 49}
    assert Comment.objects.exclude(pk=root.pk).count() == 1


@pytest.mark.usefixtures("limited")
def test_a9_fifty_clicks_on_one_button_store_one_comment(root: Comment) -> None:
    noor = {"name": "Noor", "email": "noor@example.com", "text": "Said once, clicked often."}

    def post() -> tuple[int, str]:
        answer = Client(headers={"sec-fetch-site": "same-origin"}).post(f"/comments/{root.pk}/reply/", noor)
        return answer.status_code, answer.get("Location", "")

    assert len(set(at_once([post] * 50, workers=10))) == 1
    assert Comment.objects.exclude(pk=root.pk).count() == 1
    assert CommentStats.recount() == []


def test_an_articles_readers_do_not_wait_for_anothers(root: Comment) -> None:
    other: Article = make_article()
    reader = Reader.objects.create(name="Noor")
    jobs = [
        lambda story=(root.article, other)[n % 2]: Comment.objects.post(story, None, reader, "Meanwhile").pk  # type: ignore[misc]
        for n in range(60)
    ]
    assert len(set(at_once(jobs, workers=10))) == 60
    assert CommentStats.counts_for([root.article_id, other.pk]) == {root.article_id: 31, other.pk: 30}
