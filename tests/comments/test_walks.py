"""Reading a whole discussion page by page while others write and vote: nothing is missed and nothing is met twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article
from comments import paging
from comments.models import Comment, Loaded
from tests.make import make_comment, make_reader

#: What happens between two pages: votes that move comments (which one, its new standing), and new comments.
BETWEEN = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 219), st.integers(1, 999)), max_size=12), st.integers(0, 2)),
    max_size=11,
)


@pytest.fixture
def many(article: Article) -> list[int]:
    """220 threads, several written at the same moment and many of the same standing; their keys."""
    reader, now = make_reader(), timezone.now() - timedelta(days=1)
    rows = [Loaded(n, reader, "R", "x", now - timedelta(minutes=n // 4), up=n % 5, html="<p>x</p>") for n in range(220)]
    return [comment.pk for comment in Comment.objects.load(article, rows).values()]


def restore(many: list[int]) -> None:
    Comment.objects.exclude(pk__in=many).delete()
    Comment.objects.filter(pk__in=many).update(best=400)
    for n in range(5):
        Comment.objects.filter(pk__in=many[n::5]).update(best=400 + 30 * n)


@pytest.mark.slow
@pytest.mark.parametrize("order", paging.ORDERS)
def test_a_walk_meets_once_whatever_did_not_move(article: Article, many: list[int], order: str) -> None:
    reader = make_reader()

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(BETWEEN)
    def walk(between: list[Any]) -> None:
        restore(many)
        moved: set[int] = set()
        met: list[int] = []
        page, happening = paging.page_of(article, order), iter(between)
        while True:
            met += [root.pk for root in page.roots]
            if not page.following:
                break
            votes, posts = next(happening, ([], 0))
            for place, best in votes:
                Comment.objects.filter(pk=many[place]).update(best=best)
                moved.add(many[place])
            for _ in range(posts):
                Comment.objects.post(article, None, reader, "Meanwhile")
            page = paging.page_of(article, order, page.following)
        still = set(many) - (moved if order == "best" else set())
        assert [pk for pk in met if met.count(pk) > 1 and pk in still] == []
        assert still <= set(met)

    walk()


def test_a_walk_backwards_is_the_walk_turned_round(article: Article, many: list[int]) -> None:
    for order in paging.ORDERS:
        there, pages = [], [paging.page_of(article, order)]
        while pages[-1].following:
            there += [root.pk for root in pages[-1].roots]
            pages.append(paging.page_of(article, order, pages[-1].following))
        back: list[int] = []
        page = pages[-1]
        while page.preceding:
            page = paging.page_of(article, order, before=page.preceding)
            back = [root.pk for root in page.roots] + back
        assert back == there


def test_a_thread_is_walked_while_answers_come(article: Article) -> None:
    root = make_comment(article)
    comments = [root]
    for n in range(130):
        comments.append(make_comment(article, comments[n * 7 % len(comments)]))
    before = {comment.pk for comment in comments[1:]}
    met: list[int] = []
    after: str | None = None
    while after != "":
        shown, after = paging.subtree(root, after, 20)
        met += [comment.pk for comment in shown]
        make_comment(article, comments[len(met) % 100])
    assert len(met) == len(set(met))
    assert before <= set(met)
