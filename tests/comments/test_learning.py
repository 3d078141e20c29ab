"""The classifier learns from moderators' decisions Spam and Approve, each comment once, exactly."""

import random
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from comments import bayes
from comments.bayes import Seen, judge, tokens
from comments.learning import Learner, learn
from comments.models import Comment, ModerationAction, SpamLesson, SpamWord
from comments.screening import SPAM_AT
from newsroom.accounts.models import User
from tests.bench.spam import Taught, read
from tests.make import make_comment, make_reader

SPAM = "Win cash now at https://pills.example/{n} my friends, click number {n}"
HAM = "The ferry was late again on Tuesday, and the mayor said so in meeting {n}"


def look(learner: Learner | None = None) -> bool:
    return (learner or Learner())(lambda: False)


def counts() -> dict[str, tuple[int, int]]:
    rows = SpamWord.objects.values_list("word", "spam", "ham")
    return {word: (spam, ham) for word, spam, ham in rows if spam or ham}


def expected(spam: Iterable[Comment] = (), ham: Iterable[Comment] = ()) -> dict[str, tuple[int, int]]:
    lessons = [(tokens(c.text, c.name), is_spam, 1) for is_spam, rows in ((True, spam), (False, ham)) for c in rows]
    return {word: (pair[0], pair[1]) for word, pair in bayes.count(lessons).items()}


def taught(article: Article, moderator: User, n: int = bayes.SEEN_MIN) -> None:
    for number in range(n):
        make_comment(article, text=SPAM.format(n=number), status="pending").mark_spam(by=moderator)
        make_comment(article, text=HAM.format(n=number), status="pending").approve(by=moderator)
    look()


def test_spam_and_approve_teach_and_nothing_else_does(article: Article, moderator: User) -> None:
    rows = {verb: make_comment(article, status="pending") for verb in ("approve", "mark_spam", "reject", "remove")}
    for verb, comment in rows.items():
        getattr(comment, verb)(by=moderator)
    make_comment(article, status="pending").approve(by=None)  # a rule, not a moderator
    make_comment(article)
    assert look()
    assert counts() == expected(spam=[rows["mark_spam"]], ham=[rows["approve"]])
    assert not look()
    assert SpamLesson.objects.count() == 2


def test_a_comment_is_counted_once_as_its_latest_decision_says(article: Article, moderator: User) -> None:
    comment = make_comment(article, text=SPAM, status="pending")
    for verb, is_spam in [("approve", False), ("mark_spam", True), ("approve", False), ("mark_spam", True)]:
        getattr(comment, verb)(by=moderator)
        look()
        assert counts() == expected(**{"spam" if is_spam else "ham": [comment]})
    comment.reject(by=moderator)
    look()
    assert counts() == {}
    assert not SpamLesson.objects.exists()


def test_an_undo_takes_the_lesson_back_and_its_undo_teaches_again(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.approve(by=moderator)
    comment.mark_spam(by=moderator)
    look()
    assert counts() == expected(spam=[comment])
    ModerationAction.objects.filter(action="spam").undo(by=moderator)
    look()
    assert counts() == expected(ham=[comment])  # the approval stands again
    ModerationAction.objects.filter(action="undo").undo(by=moderator)
    look()
    assert counts() == expected(spam=[comment])


def test_many_decided_at_once_are_learned_in_chunks(
    article: Article, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comments.learning.CHUNK", 7)
    for n in range(30):
        make_comment(article, text=SPAM.format(n=n), status="pending")
    Comment.objects.filter(status="pending").decide("spam", by=moderator)
    assert look()
    assert counts() == expected(spam=Comment.objects.all())


def test_what_was_decided_on_is_what_is_forgotten(article: Article, moderator: User) -> None:
    """A text that is changed after the approval is counted as it was approved, until it is approved anew."""
    comment = make_comment(article, text="What was approved", status="pending")
    comment.approve(by=moderator)
    look()
    before = counts()
    comment.edit("What was written afterwards", now=timezone.now(), status="pending")
    look()
    assert counts() == before
    comment = Comment.objects.get()
    comment.approve(by=moderator)
    look()
    assert counts() == expected(ham=[comment])
    comment.reject(by=moderator)
    look()
    assert counts() == {}


def test_a_text_that_was_purged_leaves_only_its_count(article: Article, moderator: User) -> None:
    comment = make_comment(article, text="Private words", status="pending")
    comment.mark_spam(by=moderator)
    look()
    before = counts()
    Comment.objects.update(text="[purged]")
    ModerationAction.objects.filter(action="spam").undo(by=moderator)
    look()
    assert counts() == before
    assert not SpamLesson.objects.exists()


def test_a_worker_that_starts_anew_begins_where_it_stopped(
    article: Article, moderator: User, django_assert_max_num_queries: Any
) -> None:
    taught(article, moderator, 2)
    before = counts()
    old = make_comment(article, status="pending")
    old.mark_spam(by=moderator)
    with django_assert_max_num_queries(40):
        assert look()
    assert counts() != before
    ahead = timezone.now() + timedelta(hours=1)
    SpamLesson.objects.update(decided_at=ahead)
    with django_assert_max_num_queries(2):
        assert not look()


def test_learning_twice_at_the_same_moment_counts_once(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.mark_spam(by=moderator)
    assert learn([comment.pk]) == 1
    assert learn([comment.pk]) == 0
    assert counts() == expected(spam=[comment])


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.mark_spam(by=moderator)
    call_command("worker", once=True)
    assert counts() == expected(spam=[comment])


# What it says.


def test_it_says_nothing_before_it_has_seen_enough(article: Article, moderator: User) -> None:
    taught(article, moderator, bayes.SEEN_MIN - 1)
    assert SpamWord.objects.judge(SPAM, "Someone") is None
    taught(article, moderator, 1)
    assert SpamWord.objects.judge(SPAM, "Someone") is not None


def test_what_reads_like_spam_is_kept_as_spam_and_says_by_which_words(
    client: Any, article: Article, moderator: User, django_assert_max_num_queries: Any
) -> None:
    taught(article, moderator)
    writer = {"name": "Wanda Win", "email": "w@example.com"}
    sent = writer | {"text": "Win cash now my friends, click number seven"}
    assert client.post(f"/comments/on/{article.pk}/post/", sent).status_code == 303
    comment = Comment.objects.get(name="Wanda Win")
    assert (comment.status, comment.reason) == ("spam", "bayes")
    finding = comment.findings[0]
    assert finding["score"] > 0.9
    assert {"win", "cash"} & set(finding["words"])
    answer = client.post(
        f"/comments/on/{article.pk}/post/", writer | {"text": "The mayor was late to the meeting again"}
    )
    assert answer.status_code == 303
    assert Comment.objects.get(text__startswith="The mayor was").status == "published"
    with django_assert_max_num_queries(1):
        SpamWord.objects.judge("word " * 600 + " ".join(f"w{n}" for n in range(400)), "x")


def test_unknown_words_and_both_sorts_of_words_say_nothing() -> None:
    totals = Seen(100, 100)
    nothing = judge(["never", "heard"], {}, totals)
    assert nothing is not None
    assert nothing.probability == 0.5
    seen = {f"s{n}": Seen(50, 0) for n in range(10)} | {f"h{n}": Seen(0, 50) for n in range(10)}
    both = judge(list(seen), seen, totals)
    assert both is not None
    assert both.probability == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("n", [1, 5, 60])
def test_extreme_counts_stay_between_nothing_and_one(n: int) -> None:
    seen = {f"s{k}": Seen(10**6, 0) for k in range(n)}
    verdict = judge(list(seen), seen, Seen(10**6, 10**6))
    assert verdict is not None
    assert 0.5 < verdict.probability <= 1


def test_tokens_are_bounded_and_hold_whom_it_links_to() -> None:
    found = tokens("See https://www.Pills.example/x?y=1 and http://[bad now", "Mallory M")
    assert {"link:many", "link:pills.example", "name:mallory", "see", "see and"} <= set(found)
    assert len(tokens(" ".join(f"word{n}" for n in range(1000)), make_reader.__name__)) == bayes.TOKENS_MAX
    assert all(len(token) <= bayes.TOKEN_LENGTH for token in tokens("x" * 3000, "y" * 80))


@pytest.mark.real_data
def test_real_spam_is_known_and_real_comments_are_let_through(real_data: Path) -> None:
    """A third of 1,138 real comments, after two thirds were decided by moderators."""
    every = [said for rows in read(real_data).values() for said in rows]
    random.Random(1).shuffle(every)
    taught = Taught(every[: len(every) * 2 // 3])
    asked = every[len(every) * 2 // 3 :]
    held = [said for said in asked if taught.probability(said) >= SPAM_AT]
    right = sum(said.is_spam for said in held)
    assert right / len(held) > 0.97
    assert right / sum(said.is_spam for said in asked) > 0.75
