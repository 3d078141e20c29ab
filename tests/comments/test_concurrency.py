"""Many readers at the same moment: nothing lost, nothing doubled, every counter exact."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, ModerationAction, NoSuchParent, StepRefused, Vote
from comments.wilson import wilson
from newsroom.accounts.models import Reader
from tests.make import make_article, make_comment, make_reader, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def story(transactional_db: None) -> Article:
    return make_article()


def at_once(jobs: list[Callable[[], Any]], workers: int = 8) -> list[Any]:
    barrier = threading.Barrier(workers)
    errors: list[BaseException] = []

    def run(part: list[Callable[[], Any]]) -> list[Any]:
        close_old_connections()
        barrier.wait()
        done = []
        try:
            for job in part:
                done.append(job())
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(workers) as pool:
        parts = [pool.submit(run, jobs[n::workers]) for n in range(workers)]
        results = [item for part in parts for item in part.result()]
    assert not errors
    return results


def test_replies_at_once_take_one_place_each(story: Article) -> None:
    root = make_comment(story)
    reader = make_reader()
    tokens = [f"token {n % 40}" for n in range(160)]
    jobs = [
        lambda token=token: Comment.objects.post(story, root, reader, "At once", tokens=[token, "before"]).pk  # type: ignore[misc]
        for token in tokens
    ]
    at_once(jobs)
    replies = Comment.objects.exclude(pk=root.pk)
    assert sorted(replies.values_list("seq", flat=True)) == list(range(1, 41))
    root.refresh_from_db()
    assert (root.last_seq, root.thread_count, root.reply_count) == (40, 40, 40)
    assert CommentStats.objects.get(article=story).published == 41


def test_a8_votes_at_once_are_counted_exactly(story: Article) -> None:
    comment = make_comment(story)
    voters = Reader.objects.bulk_create(Reader(name=f"Voter {n}") for n in range(40))
    jobs = [
        lambda voter=voters[n % 40], value=(1, 1, -1, 0)[n % 4]: Vote.objects.cast(comment, voter, value)  # type: ignore[misc]
        for n in range(400)
    ]
    at_once(jobs)
    comment.refresh_from_db()
    up, down = Vote.objects.filter(value=1).count(), Vote.objects.filter(value=-1).count()
    assert (comment.up, comment.down, comment.best) == (up, down, wilson(up, down))


def test_a8_votes_that_are_changed_and_withdrawn_at_once_are_counted_exactly(story: Article) -> None:
    comment = make_comment(story)
    voters = Reader.objects.bulk_create(Reader(name=f"Voter {n}") for n in range(12))
    # Each voter goes to and fro, from several windows at the same moment.
    jobs = [
        lambda voter=voters[n % 12], value=(1, -1, 0, -1, 1, 0, 1)[n % 7]: Vote.objects.cast(comment, voter, value)  # type: ignore[misc]
        for n in range(240)
    ]
    changed = at_once(jobs)
    comment.refresh_from_db()
    up, down = Vote.objects.filter(value=1).count(), Vote.objects.filter(value=-1).count()
    assert (comment.up, comment.down, comment.best) == (up, down, wilson(up, down))
    assert any(changed)
    assert CommentStats.recount() == []


def test_changes_of_one_comment_at_once_lose_no_words(story: Article) -> None:
    comment, now = make_comment(story), timezone.now()

    def change(words: str) -> bool:
        seen = Comment.objects.get(pk=comment.pk)
        try:
            seen.edit(words, now=now)
        except StepRefused:
            return False
        return True

    done = at_once([lambda n=n: change(f"Words {n}") for n in range(40)])  # type: ignore[misc]
    comment.refresh_from_db()
    kept = list(comment.revisions.order_by("n").values_list("n", flat=True))
    assert kept == list(range(1, comment.version))
    assert sum(done) == len(kept)
    assert len({comment.text, *comment.revisions.values_list("text", flat=True)}) == len(kept) + 1


def test_answers_changes_and_deletions_at_once_leave_the_counters_exact(story: Article) -> None:
    comments = [make_comment(story) for _ in range(6)]
    reader, now = make_reader(), timezone.now()

    def act(pk: int, what: int) -> None:
        comment = Comment.objects.get(pk=pk)
        with contextlib.suppress(StepRefused, NoSuchParent):
            if what == 0:
                Comment.objects.post(story, comment, reader, "An answer")
            elif what == 1:
                comment.edit(f"Changed {comment.version}", now=now, status="pending" if pk % 2 else "published")
            else:
                comment.withdraw()

    at_once([lambda pk=c.pk, what=n: act(pk, what) for c in comments for n in (0, 1, 0, 2, 1, 0)])  # type: ignore[misc]
    assert CommentStats.recount() == []
    for comment in Comment.objects.filter(pk__in=[c.pk for c in comments]):
        assert comment.withdrawn_at is None or comment.status == "removed"
        assert comment.version == comment.revisions.count() + 1


def test_decisions_and_replies_at_once_leave_the_counters_exact(story: Article) -> None:
    root = make_comment(story)
    replies = [make_comment(story, root) for _ in range(12)]

    def decide(pk: int, verb: str) -> None:
        comment = Comment.objects.get(pk=pk)
        with contextlib.suppress(StepRefused):
            getattr(comment, verb)(by=None)

    reader = make_reader()
    jobs: list[Callable[[], Any]] = []
    for n in range(60):
        pk, verb = replies[n % 12].pk, ("hold", "approve", "reject", "approve")[n % 4]
        jobs.append(lambda pk=pk, verb=verb: decide(pk, verb))  # type: ignore[misc]
        jobs.append(lambda: Comment.objects.post(story, root, reader, "Meanwhile"))
    at_once(jobs)
    root.refresh_from_db()
    shown = Comment.objects.filter(root=root, status="published").count()
    assert (root.thread_count, root.reply_count) == (shown, shown)
    assert CommentStats.objects.get(article=story).published == shown + 1


def test_pins_at_once_never_pass_three(story: Article) -> None:
    editor = make_user(is_staff=True)
    comments = [make_comment(story) for _ in range(8)]

    def pin(comment: Comment) -> None:
        with contextlib.suppress(StepRefused):
            comment.pin(by=editor)

    at_once([lambda comment=comment: pin(comment) for comment in comments])  # type: ignore[misc]
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 3
    assert ModerationAction.objects.filter(action="pin").count() == 3
