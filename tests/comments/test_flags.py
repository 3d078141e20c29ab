"""Readers report comments: each one waits for a moderator, enough of them from people with standing hide a comment."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from articles.models import Article
from comments.models import AnsweredIt, Comment, CommentStats, Flag, ModerationAction
from newsroom.accounts.models import Reader, User
from tests.make import make_article, make_comment, make_reader


def some_time_ago(days: int = 3) -> datetime:
    return timezone.now() - timedelta(days=days)


def known(**over: Any) -> Reader:
    """Somebody with an address that is theirs: an ordinary report."""
    n = Reader.objects.count()
    return make_reader(email=f"known{n}@example.com", verified_at=some_time_ago(), created_at=some_time_ago(), **over)


def report(comment: Comment, reader: Reader, network: str = "") -> bool:
    return Flag.objects.raise_for(comment, reader, "abusive", network=network or f"network {reader.pk}")


def trusted(article: Article) -> Reader:
    reader = known()
    for _ in range(10):
        make_comment(article, reader=reader)
    return reader


def test_one_report_brings_a_comment_to_the_moderators_and_leaves_it_where_it_is(article: Article) -> None:
    comment = make_comment(article)
    assert report(comment, known())
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 2)
    assert comment.reported_at is not None


def test_three_ordinary_reports_hide_it_until_a_moderator_looked(article: Article) -> None:
    comment = make_comment(article)
    for _ in range(3):
        report(comment, known())
    comment.refresh_from_db()
    assert (comment.status, comment.reason, comment.flag_weight) == ("pending", "flags", 6)
    assert CommentStats.objects.get(article=article).published == 0
    action = ModerationAction.objects.get()
    assert (action.actor, action.action, action.reason) == (None, "hold", "flags")


def test_two_trusted_readers_are_enough_for_that(article: Article) -> None:
    comment = make_comment(article)
    for reader in (trusted(article), trusted(article)):
        report(comment, reader)
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("pending", 8)


def test_readers_without_standing_weigh_half(article: Article) -> None:
    comment = make_comment(article)
    for _ in range(5):
        report(comment, make_reader(created_at=some_time_ago()))
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 5)
    report(comment, make_reader(created_at=some_time_ago()))
    comment.refresh_from_db()
    assert comment.status == "pending"


def test_a_group_of_fresh_guests_hides_nothing(article: Article) -> None:
    comment = make_comment(article)
    for n in range(40):
        report(comment, make_reader(), network=f"network {n}")
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 0)
    assert comment.reported_at is not None  # and yet a moderator sees it


def test_a_group_in_one_network_counts_once(article: Article) -> None:
    comment = make_comment(article)
    for _ in range(20):
        report(comment, known(), network="one and the same")
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 2)
    report(comment, trusted(article), network="one and the same")
    comment.refresh_from_db()
    assert comment.flag_weight == 4  # its weightiest


def test_what_a_moderator_approved_is_not_hidden_by_readers(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.approve(by=moderator)
    for _ in range(5):
        report(comment, known())
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 10)
    assert comment.reported_at is not None


def test_what_has_stood_for_a_week_is_reported_and_not_hidden(article: Article) -> None:
    comment = make_comment(article)
    Comment.objects.filter(pk=comment.pk).update(published_at=some_time_ago(8))
    comment.refresh_from_db()
    for _ in range(5):
        report(comment, known())
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight) == ("published", 0)
    assert comment.reported_at is not None


def test_a_person_reports_once_by_whatever_row(article: Article) -> None:
    comment = make_comment(article)
    owner = known()
    other_device = make_reader(created_at=some_time_ago(), merged_into=owner)
    assert report(comment, owner)
    assert not report(comment, owner)
    assert Flag.objects.count() == 1
    Flag.objects.all().delete()
    assert report(comment, other_device)
    assert not report(comment, Reader.objects.get(pk=owner.pk))


def test_a30_nobody_reports_what_they_answered(client: Any, article: Article) -> None:
    comment = make_comment(article)
    client.post(f"/comments/{comment.pk}/reply/", {"text": "I disagree.", "name": "Noor", "email": "n@example.com"})
    answer = client.post(f"/comments/{comment.pk}/flag/", {"reason": "abusive", "note": ""})
    assert answer.status_code == 403
    assert "You answered this comment" in answer.content.decode()
    assert not Flag.objects.exists()
    with pytest.raises(AnsweredIt):
        report(comment, Comment.objects.get(parent=comment).reader)


def test_nobody_reports_their_own_words(client: Any, article: Article) -> None:
    client.post(f"/comments/on/{article.pk}/post/", {"text": "Mine.", "name": "Noor", "email": "n@example.com"})
    client.post(f"/comments/{Comment.objects.get().pk}/flag/", {"reason": "abusive", "note": ""})
    assert not Flag.objects.exists()


def test_a_comment_that_went_meanwhile_takes_no_report(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    Comment.objects.get(pk=comment.pk).remove(by=moderator)
    assert not report(comment, known())


def test_the_address_of_a_report_is_kept_as_a_hash(client: Any, article: Article) -> None:
    client.post(f"/comments/{make_comment(article).pk}/flag/", {"reason": "abusive", "note": ""})
    assert len(Flag.objects.get().network) == 32


# What a moderator decides says who was right.


def test_who_was_wrong_more_often_than_right_weighs_half(article: Article, moderator: User) -> None:
    reader = known()
    wrong = make_comment(article)
    report(wrong, reader)
    Comment.objects.get(pk=wrong.pk).approve(by=moderator)
    flag = Flag.objects.get()
    assert (flag.outcome, flag.handled_at is not None) == ("wrong", True)
    assert Comment.objects.get(pk=wrong.pk).flag_weight == 0
    assert Flag.objects.weight_of(reader, make_comment(article)) == 1


def test_who_was_right_often_is_trusted(article: Article, moderator: User) -> None:
    reader = known()
    for verb in ("reject", "mark_spam", "remove", "reject", "reject"):
        comment = make_comment(article)
        report(comment, reader)
        getattr(Comment.objects.get(pk=comment.pk), verb)(by=moderator)
    assert set(Flag.objects.values_list("outcome", flat=True)) == {"right"}
    assert Flag.objects.weight_of(reader, make_comment(article)) == 4


def test_a_rule_that_hides_settles_no_report(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    report(comment, known())
    Comment.objects.get(pk=comment.pk).hold(by=None, reason="flags")
    assert Flag.objects.get().handled_at is None
    Comment.objects.get(pk=comment.pk).approve(by=moderator)
    assert Flag.objects.get().outcome == "wrong"


def test_a_decision_that_is_taken_back_opens_its_reports_again(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    report(comment, known())
    Comment.objects.get(pk=comment.pk).reject(by=moderator)
    ModerationAction.objects.filter(action="reject").undo(by=moderator)
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight, comment.reported_at is not None) == ("published", 2, True)
    assert (Flag.objects.get().outcome, Flag.objects.get().handled_at) == ("", None)
    ModerationAction.objects.filter(action="undo").undo(by=moderator)
    comment.refresh_from_db()
    assert (comment.status, comment.flag_weight, comment.reported_at) == ("rejected", 0, None)
    assert Flag.objects.get().outcome == "right"
    assert CommentStats.recount() == []


def test_a_weight_of_reports_that_drifted_is_found_and_mended(article: Article) -> None:
    comment = make_comment(article)
    report(comment, known())
    Comment.objects.filter(pk=comment.pk).update(flag_weight=5)
    assert CommentStats.recount() == [f"reports of comment {comment.pk}: weight 5 should be 2"]
    assert CommentStats.recount() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_reports_at_once_are_counted_exactly_and_hide_once(transactional_db: None) -> None:
    comment = make_comment(make_article())
    readers = [known() for _ in range(12)]
    gate = threading.Barrier(len(readers))
    errors: list[BaseException] = []

    def run(reader: Reader) -> None:
        try:
            gate.wait()
            report(Comment.objects.get(pk=comment.pk), reader)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    comment.refresh_from_db()
    assert comment.status == "pending"
    assert comment.flag_weight == 2 * Flag.objects.count() == 6  # who came after it was hidden found nothing to report
    assert ModerationAction.objects.count() == 1
