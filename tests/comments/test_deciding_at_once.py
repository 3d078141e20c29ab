"""Moderators who decide on the same comments at the same moment: once each, with a complete record, and no deadlock."""

import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, Loaded, ModerationAction, StepRefused
from newsroom.accounts.models import User
from tests.comments.test_concurrency import at_once
from tests.make import make_article, make_comment, make_reader, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stories(transactional_db: None) -> list[Article]:
    return [make_article() for _ in range(5)]


def waiting(stories: list[Article], each: int) -> list[int]:
    reader, now = make_reader(), timezone.now()
    for story in stories:
        rows = [
            Loaded(n, reader, "R", f"Text {n}", now + timedelta(seconds=n), parent=n - 1 if n % 5 else None,
                   status="published" if n % 5 == 0 else "pending", html="<p>x</p>")
            for n in range(each)
        ]  # fmt: skip
        Comment.objects.load(story, rows)
    return list(Comment.objects.values_list("pk", flat=True))


def test_two_moderators_on_the_same_thousand_decide_each_comment_once(stories: list[Article]) -> None:
    ids = waiting(stories, 200)
    seen = {pk: (status, 1) for pk, status in Comment.objects.values_list("pk", "status")}
    people = [make_user("Moderator") for _ in range(4)]
    verbs = ["reject", "spam", "reject", "spam"]

    def decide(n: int) -> tuple[User, list[int]]:
        order = ids if n % 2 else ids[::-1]
        part = order[: 700 + 100 * n]
        chosen = Comment.objects.filter(pk__in=part)
        return people[n], chosen.decide(verbs[n], by=people[n], seen={pk: seen[pk] for pk in part}).done

    results = at_once([lambda n=n: decide(n) for n in range(4)], workers=4)  # type: ignore[misc]
    decided = Counter(pk for _person, done in results for pk in done)
    assert decided == Counter(ids)
    record = ModerationAction.objects.values_list("actor", "comment")
    assert Counter(pk for _actor, pk in record) == Counter(ids)
    assert Counter(actor for actor, _pk in record) == Counter({p.pk: len(done) for p, done in results if done})
    assert CommentStats.recount() == []


def test_single_and_bulk_decisions_replies_and_undos_at_once_leave_the_counters_exact(stories: list[Article]) -> None:
    ids = waiting(stories, 30)
    moderator, reader = make_user("Moderator"), make_reader()
    roots = {story.pk: make_comment(story) for story in stories}

    def undo() -> None:
        line = ModerationAction.objects.order_by("?").first()
        if line is not None:
            with contextlib.suppress(StepRefused):
                ModerationAction.objects.filter(batch=line.batch).undo(by=moderator)

    jobs: list[Callable[[], Any]] = []
    for n in range(24):
        part, verb = ids[n % 7 :: 7], ("approve", "reject", "hold", "spam")[n % 4]
        jobs.append(lambda part=part, verb=verb: Comment.objects.filter(pk__in=part).decide(verb, by=moderator))  # type: ignore[misc]
        jobs.append(lambda n=n: Comment.objects.post(stories[n % 5], roots[stories[n % 5].pk], reader, "Meanwhile"))  # type: ignore[misc]
        jobs.append(undo)
    at_once(jobs, workers=6)
    assert CommentStats.recount() == []
    undone = ModerationAction.objects.filter(undoes__isnull=False).values_list("undoes", flat=True)
    assert len(set(undone)) == len(undone)


def test_two_moderators_undo_the_same_batch_once(stories: list[Article]) -> None:
    waiting(stories, 40)
    people = [make_user("Moderator") for _ in range(4)]
    decided = Comment.objects.filter(status="pending").decide("spam", by=people[0])

    def undo(person: User) -> int:
        try:
            return len(ModerationAction.objects.filter(batch=decided.batch).undo(by=person).done)
        except StepRefused:
            return 0

    done = at_once([lambda person=person: undo(person) for person in people], workers=4)  # type: ignore[misc]
    assert sorted(done) == [0, 0, 0, len(decided.done)]
    assert set(Comment.objects.values_list("status", flat=True)) == {"published", "pending"}
    assert CommentStats.recount() == []


def test_five_thousand_are_rejected_within_a_request(transactional_db: None) -> None:
    story, moderator = make_article(), make_user("Moderator")
    waiting([story], 5000)
    started = perf_counter()
    decided = Comment.objects.filter(article=story).decide("reject", by=moderator, reason="spam wave")
    seconds = perf_counter() - started
    assert len(decided.done) == 5000
    assert ModerationAction.objects.filter(batch=decided.batch).count() == 5000
    assert CommentStats.objects.get(article=story).published == 0
    assert CommentStats.recount() == []
    assert seconds < 10
    print(f"5,000 rejected in {seconds:.2f} s")  # noqa: T201 - read with pytest -s
    started = perf_counter()
    assert len(ModerationAction.objects.filter(batch=decided.batch).undo(by=moderator).done) == 5000
    print(f"and back in {perf_counter() - started:.2f} s")  # noqa: T201
    assert CommentStats.recount() == []
