"""What storing a comment does to its thread, its article and its counters."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, Loaded, NoSuchParent, Vote
from comments.models.comment import DEPTH_MAX, DIGITS
from comments.wilson import UNVOTED, wilson
from newsroom.accounts.models import Reader
from newsroom.lib.models import Stamp
from tests.make import make_article, make_comment, make_reader


def fresh(comment: Comment) -> Comment:
    return Comment.objects.get(pk=comment.pk)


def test_a_reply_takes_the_next_place_of_its_thread(article: Article) -> None:
    root = make_comment(article)
    first = make_comment(article, root)
    second = make_comment(article, first)
    assert [c.seq for c in (root, first, second)] == [0, 1, 2]
    assert [c.path for c in (root, first, second)] == ["", "000001", "000001000002"]
    assert [c.depth for c in (root, first, second)] == [0, 1, 2]
    assert second.root_id == root.pk
    assert (fresh(root).thread_count, fresh(root).reply_count, fresh(first).reply_count) == (2, 1, 1)


def test_threads_go_deeper_than_their_path(article: Article) -> None:
    comment = make_comment(article)
    for _ in range(DEPTH_MAX + 3):
        comment = make_comment(article, comment)
    assert comment.depth == DEPTH_MAX
    assert len(comment.path) == DEPTH_MAX * DIGITS
    assert comment.parent is not None
    assert comment.path[:-DIGITS] == comment.parent.path[:-DIGITS]


def test_an_article_knows_how_many_comments_it_shows(article: Article) -> None:
    other = make_article()
    make_comment(article)
    make_comment(article, status="pending")
    assert CommentStats.counts_for([article.pk, other.pk]) == {article.pk: 1}


def test_a_new_comment_moves_the_stamp_of_its_article_and_a_held_one_does_not(article: Article) -> None:
    make_comment(article, status="pending")
    assert not Stamp.objects.filter(scope__in=Stamp.discussion(article.pk)).exists()
    make_comment(article)
    assert Stamp.objects.get(scope=Stamp.readers(article.pk)).n == 1


def test_the_same_submission_is_stored_once(article: Article) -> None:
    first = make_comment(article, text="Twice", tokens=["now", "before"])
    again = make_comment(article, text="Twice", tokens=["now", "before"])
    late = make_comment(article, text="Twice", tokens=["next", "now"])
    assert first.pk == again.pk == late.pk
    assert again.is_repeat
    assert late.is_repeat
    assert CommentStats.objects.get(article=article).published == 1


def test_somebody_new_is_stored_with_what_they_say_and_not_without(article: Article) -> None:
    hidden = make_comment(article, status="pending")
    said = make_comment(article, reader=Reader(name="Noor"), text="Once", tokens=["a"])
    assert (said.reader.name, said.reader.identities) == ("Noor", {said.reader_id})
    before = Reader.objects.count()
    assert make_comment(article, reader=Reader(name="Noor"), text="Once", tokens=["a"]).reader == said.reader
    with pytest.raises(NoSuchParent):
        make_comment(article, hidden, reader=Reader(name="Mira"))
    assert Reader.objects.count() == before


@pytest.mark.parametrize("status", ["pending", "spam", "rejected", "removed"])
def test_nobody_answers_what_is_not_shown(article: Article, status: str) -> None:
    hidden = make_comment(article, status=status)
    with pytest.raises(NoSuchParent):
        make_comment(article, hidden)
    assert Comment.objects.count() == 1
    assert fresh(hidden).last_seq == 0


def test_nobody_answers_under_another_article(article: Article) -> None:
    elsewhere = make_comment(make_article())
    with pytest.raises(NoSuchParent):
        make_comment(article, elsewhere)


def test_a_removed_comment_keeps_its_place_while_it_is_answered(article: Article) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    fresh(root).remove(by=None)
    assert fresh(root).visible
    assert CommentStats.objects.get(article=article).published == 1
    fresh(reply).hold(by=None)
    assert not fresh(root).visible
    assert (fresh(root).reply_count, fresh(root).thread_count) == (0, 0)
    fresh(reply).approve(by=None)
    assert fresh(root).visible
    assert (fresh(root).reply_count, fresh(root).thread_count) == (1, 1)
    assert CommentStats.objects.get(article=article).published == 1


def test_places_of_removed_comments_go_up_the_thread(article: Article) -> None:
    root = make_comment(article)
    middle = make_comment(article, root)
    leaf = make_comment(article, middle)
    fresh(root).remove(by=None)
    fresh(middle).remove(by=None)
    assert fresh(root).thread_count == 2
    fresh(leaf).remove(by=None)
    assert not any(fresh(c).visible for c in (root, middle, leaf))
    assert fresh(root).thread_count == 0


def test_the_database_refuses_a_reply_without_a_thread(article: Article) -> None:
    root = make_comment(article)
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=root.pk).update(seq=3)


def test_votes_move_counters_and_order_together(article: Article) -> None:
    comment = make_comment(article)
    assert comment.best == UNVOTED
    voters = [make_reader() for _ in range(5)]
    for voter in voters:
        assert Vote.objects.cast(comment, voter, 1)
        assert not Vote.objects.cast(comment, voter, 1)
    assert (fresh(comment).up, fresh(comment).best) == (5, wilson(5, 0))
    Vote.objects.cast(comment, voters[0], -1)
    assert (fresh(comment).up, fresh(comment).down, fresh(comment).best) == (4, 1, wilson(4, 1))
    Vote.objects.cast(comment, voters[0], 0)
    assert not Vote.objects.cast(comment, voters[0], 0)
    assert (fresh(comment).up, fresh(comment).down, fresh(comment).best) == (4, 0, wilson(4, 0))
    assert Vote.objects.count() == 4


def test_the_order_in_python_and_in_the_database_are_one(article: Article) -> None:
    comment = make_comment(article)
    for up, down in [(0, 0), (1, 0), (0, 1), (3, 2), (40, 7), (999, 1), (5, 800), (123456, 4567)]:
        from django.db.models import F

        from comments.wilson import wilson_sql

        Comment.objects.filter(pk=comment.pk).update(up=up, down=down)
        Comment.objects.filter(pk=comment.pk).update(best=wilson_sql(F("up"), F("down")))
        assert fresh(comment).best == wilson(up, down), (up, down)


def test_a_recount_finds_nothing_after_honest_work(article: Article) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    make_comment(article, reply)
    Vote.objects.cast(root, make_reader(), 1)
    fresh(reply).remove(by=None)
    at = timezone.now()
    Comment.objects.load(article, [Loaded("a", make_reader(), "A", "Brought", at, up=7, down=2, voters_unknown=True)])
    assert CommentStats.recount() == []


def test_a_recount_mends_what_drifted(article: Article) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    leaf = make_comment(article, reply)
    Vote.objects.cast(leaf, make_reader(), 1)
    Comment.objects.filter(pk=root.pk).update(thread_count=9, reply_count=0, up=5)
    Comment.objects.filter(pk=reply.pk).update(status="removed", visible=False)
    CommentStats.objects.update(published=77)
    assert len(CommentStats.recount()) >= 4
    assert (fresh(root).thread_count, fresh(root).reply_count, fresh(root).up) == (2, 1, 0)
    assert fresh(reply).visible
    assert CommentStats.objects.get(article=article).published == 2
    assert CommentStats.recount() == []
