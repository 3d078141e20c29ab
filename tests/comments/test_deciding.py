"""Many comments decided at once, and taken back: exact counters, one line of the record each, one batch."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, Flag, Loaded, ModerationAction, StepRefused
from newsroom.accounts.models import User
from tests.make import make_article, make_comment, make_reader


def is_exact() -> bool:
    return CommentStats.recount() == []


def tree(article: Article) -> dict[str, Comment]:
    """root > a > b > c, and d beside a."""
    root = make_comment(article)
    a = make_comment(article, root)
    b = make_comment(article, a)
    return {"root": root, "a": a, "b": b, "c": make_comment(article, b), "d": make_comment(article, root)}


@pytest.mark.parametrize("chosen", ["root", "a", "b", "c", "bc", "ab", "abc", "ac", "abcd", "d", "rootabcd"])
def test_a_bulk_decision_and_its_undo_leave_every_counter_exact(article: Article, moderator: User, chosen: str) -> None:
    comments = tree(article)
    ids = [comments["root"].pk] if "root" in chosen else []
    ids += [comments[letter].pk for letter in chosen.replace("root", "")]
    before = list(Comment.objects.order_by("pk").values("status", "visible", "reply_count", "thread_count", "reason"))
    decided = Comment.objects.filter(pk__in=ids).decide("reject", by=moderator, reason="abusive", note="Enough")
    assert sorted(decided.done) == sorted(ids)
    assert is_exact()
    assert CommentStats.objects.get(article=article).published == 5 - len(ids)
    undone = ModerationAction.objects.filter(batch=decided.batch).undo(by=moderator)
    assert (sorted(undone.done), undone.left) == (sorted(ids), 0)
    assert is_exact()
    assert before == list(
        Comment.objects.order_by("pk").values("status", "visible", "reply_count", "thread_count", "reason")
    )


def test_what_is_not_as_it_was_seen_is_refused_and_the_rest_is_done(article: Article, moderator: User) -> None:
    fine, edited, gone = (make_comment(article, status="pending") for _ in range(3))
    seen = {comment.pk: ("pending", 1) for comment in (fine, edited, gone)}
    Comment.objects.filter(pk=edited.pk).update(version=2)
    gone.mark_spam(by=None)
    decided = Comment.objects.filter(pk__in=seen).decide("approve", by=moderator, seen=seen)
    assert (decided.done, sorted(decided.refused)) == ([fine.pk], sorted([edited.pk, gone.pk]))
    assert ModerationAction.objects.filter(actor=moderator).count() == 1


def test_the_record_says_who_what_from_to_why_when_and_which_text(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending", reason="links")
    comment.reject(by=moderator, reason="abusive", note="The third time", version=1)
    line = ModerationAction.objects.get()
    assert (line.actor, line.comment, line.reader, line.article) == (moderator, comment, comment.reader, article)
    assert (line.action, line.from_status, line.to_status) == ("reject", "pending", "rejected")
    assert (line.reason, line.note, line.version) == ("abusive", "The third time", 1)
    assert line.batch is not None
    assert comment.reviewed_at == line.created_at
    assert line.changes["reason"] == ["links", "abusive"]


def test_undo_restores_why_it_waited_and_what_was_reported(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending", reason="links")
    Flag.objects.raise_for(comment, make_reader(), "abusive")
    reported = Comment.objects.get().reported_at
    comment.approve(by=moderator)
    assert Comment.objects.get().reported_at is None
    ModerationAction.objects.all().undo(by=moderator, note="My mistake")
    now = Comment.objects.get()
    assert (now.status, now.reason, now.reported_at, now.reviewed_at) == ("pending", "links", reported, None)
    line = ModerationAction.objects.get(action="undo")
    assert (line.from_status, line.to_status, line.note) == ("published", "pending", "My mistake")
    assert line.undoes is not None
    assert line.undoes.action == "approve"


def test_an_undo_can_be_undone(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.approve(by=moderator)
    undone = ModerationAction.objects.all().undo(by=moderator)
    ModerationAction.objects.filter(batch=undone.batch).undo(by=moderator)
    assert Comment.objects.get().is_published
    assert is_exact()


def test_nothing_is_taken_back_twice(article: Article, moderator: User, editor: User) -> None:
    make_comment(article, status="pending").approve(by=moderator)
    batch = ModerationAction.objects.get().batch
    ModerationAction.objects.filter(batch=batch).undo(by=moderator)
    with pytest.raises(StepRefused, match="taken back already"):
        ModerationAction.objects.filter(batch=batch).undo(by=editor)
    assert ModerationAction.objects.count() == 2


def test_undo_is_refused_in_words_where_something_happened_since(article: Article, moderator: User) -> None:
    comment = make_comment(article, status="pending")
    comment.approve(by=moderator)
    comment.hold(by=moderator)
    comment.approve(by=moderator)
    first = ModerationAction.objects.order_by("pk")[:1].get()
    with pytest.raises(StepRefused, match="Something happened"):
        ModerationAction.objects.filter(pk=first.pk).undo(by=moderator)
    Comment.objects.update(version=2)
    last = ModerationAction.objects.latest("pk")
    with pytest.raises(StepRefused, match="Something happened"):
        ModerationAction.objects.filter(pk=last.pk).undo(by=moderator)


def test_a_batch_is_undone_as_one_and_what_changed_since_is_left(article: Article, moderator: User) -> None:
    comments = [make_comment(article, status="pending") for _ in range(4)]
    decided = Comment.objects.filter(status="pending").decide("spam", by=moderator)
    Comment.objects.get(pk=comments[0].pk).approve(by=moderator)
    undone = ModerationAction.objects.filter(batch=decided.batch).undo(by=moderator)
    assert (len(undone.done), undone.left) == (3, 1)
    assert Comment.objects.get(pk=comments[0].pk).is_published
    assert len(set(ModerationAction.objects.filter(action="undo").values_list("batch", flat=True))) == 1


def test_what_the_rules_decided_is_not_undone_but_decided_anew(article: Article, moderator: User) -> None:
    make_comment(article).hold(by=None, reason="links")
    with pytest.raises(StepRefused):
        ModerationAction.objects.all().undo(by=moderator)
    assert Comment.objects.get().reviewed_at is None


def test_approving_what_is_published_says_that_somebody_looked(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    Flag.objects.raise_for(comment, make_reader(), "spam")
    comment.refresh_from_db()
    comment.approve(by=moderator)
    now = Comment.objects.get()
    assert (now.reviewed_by, now.reported_at) == (moderator, None)
    with pytest.raises(StepRefused):
        now.approve(by=moderator)
    assert is_exact()


def test_the_record_cannot_be_rewritten_or_thinned(article: Article, moderator: User) -> None:
    make_comment(article).hold(by=moderator)
    line = ModerationAction.objects.get()
    for attempt in (line.save, line.delete, ModerationAction.objects.all().delete):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        ModerationAction.objects.all().update(note="rewritten")


def test_the_record_outlives_what_it_speaks_of(article: Article, moderator: User) -> None:
    make_comment(article, status="pending").reject(by=moderator, reason="abusive")
    Comment.objects.all().delete()
    line = ModerationAction.objects.get()
    assert (line.comment, line.reason, line.actor) == (None, "abusive", moderator)


def test_comments_that_were_moderated_elsewhere_need_no_look(article: Article) -> None:
    at = timezone.now() - timedelta(days=900)
    Comment.objects.load(article, [Loaded("x", make_reader(), "R", "Old", at, legacy_id="wp:1")])
    assert Comment.objects.get().reviewed_at == at


def test_a_bulk_decision_costs_the_same_statements_for_ten_and_for_two_hundred(
    moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    stories = [article, make_article(), make_article()]
    now = timezone.now()
    for story in stories:
        rows = [Loaded(n, make_reader(), "R", f"Text {n}", now, status="pending", html="<p>x</p>") for n in range(70)]
        Comment.objects.load(story, rows)
    with django_assert_max_num_queries(16):
        assert len(Comment.objects.filter(status="pending").decide("spam", by=moderator).done) == 210


def test_pins_picks_and_closed_threads_are_undone_from_the_record_too(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    for verb in ("pin", "feature", "close_thread"):
        getattr(comment, verb)(by=moderator)
    for line in ModerationAction.objects.order_by("pk"):
        ModerationAction.objects.filter(pk=line.pk).undo(by=moderator)
    now = Comment.objects.get()
    assert (now.pinned_at, now.featured_at, now.closed_at) == (None, None, None)


def test_a_pin_taken_down_comes_back_by_undo_only_while_there_is_room(article: Article, moderator: User) -> None:
    first = make_comment(article)
    first.pin(by=moderator)
    pinned_at = Comment.objects.get().pinned_at
    first.unpin(by=moderator)
    unpinned = ModerationAction.objects.get(action="unpin")
    undone = ModerationAction.objects.filter(pk=unpinned.pk).undo(by=moderator)
    assert Comment.objects.get().pinned_at == pinned_at
    ModerationAction.objects.filter(batch=undone.batch).undo(by=moderator)
    for _ in range(3):
        make_comment(article).pin(by=moderator)
    again = ModerationAction.objects.filter(action="undo").latest("pk")
    with pytest.raises(StepRefused):
        ModerationAction.objects.filter(pk=again.pk).undo(by=moderator)
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 3


def test_what_its_writer_deleted_is_nobodys_to_decide_on(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    comment.withdraw()
    with pytest.raises(StepRefused, match="deleted"):
        comment.approve(by=moderator)
    with pytest.raises(StepRefused):
        ModerationAction.objects.all().undo(by=moderator)
    assert is_exact()


def test_a03_words_that_were_changed_have_not_been_looked_at(article: Article, moderator: User) -> None:
    comment = make_comment(article)
    comment.approve(by=moderator)
    comment.edit("Other words than those that were approved.", now=timezone.now())
    assert Comment.objects.get().reviewed_at is None
