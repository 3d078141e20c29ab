"""The three queries that go wrong quietly on large articles: each must start in its index, on both databases."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from comments import heading, paging
from comments.anchoring import Anchor
from comments.inline_feedback import feedback_of
from comments.models import Comment, InlineAnchor, Loaded
from comments.paging import _position, _roots_after, _up_to
from tests.make import make_article, make_reader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows_of_large(once_for_all: None) -> int:
    """2,000 roots under an article, 500 of them answered, and as many comments under another, newer one."""
    article = make_article()
    reader, now = make_reader(), timezone.now()
    rows = []
    for n in range(2000):
        rows.append(Loaded(n, reader, "R", f"Root {n}", now - timedelta(minutes=n), up=n % 7, html="<p>x</p>"))
        if n % 4 == 0:
            for m in range(3):
                at = now - timedelta(minutes=n) + timedelta(seconds=m + 1)
                rows.append(Loaded((n, m), reader, "R", f"Reply {n} {m}", at, parent=n, html="<p>x</p>"))
    Comment.objects.load(article, rows)
    other = make_article(section=article.section)
    Comment.objects.load(other, [Loaded(n, reader, "R", "x", now, html="<p>x</p>") for n in range(2000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return article.pk


@pytest.fixture
def large(db: None, rows_of_large: int) -> Article:
    return Article.objects.get(pk=rows_of_large)


def plan(queryset: Any) -> str:
    return queryset.explain(analyze=True) if connection.vendor == "postgresql" else queryset.explain()


def middle(article: Article, order: str) -> Any:
    page = paging.page_of(article, order, None)
    for _ in range(3):
        page = paging.page_of(article, order, page.following)
    return _position(order, page.following)


INDEXES = (("newest", "comment_newest"), ("oldest", "comment_newest"), ("best", "comment_best"))


def test_every_page_of_roots_starts_in_its_index(large: Article) -> None:
    for (order, index), later in product(INDEXES, (False, True)):
        said = plan(_roots_after(large, order, middle(large, order) if later else None)[:21])
        assert index in said
        assert "one_place_in_a_thread" not in said.split("\n")[0]
        assert "TEMP B-TREE" not in said.split("CORRELATED")[0]
        if connection.vendor == "postgresql":
            outer = said.split("SubPlan")[0]
            assert "Sort" not in outer
            assert "Seq Scan" not in said


def test_postgresql_discards_no_rows_on_the_way(large: Article) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only: it says how many rows it threw away")
    said = plan(_roots_after(large, "best", middle(large, "best"))[:21])
    removed = [int(line.split(":")[1]) for line in said.split("\n") if "Rows Removed by Filter" in line]
    assert all(n < 1000 for n in removed), said


def test_first_answers_come_from_the_index_of_threads(large: Article) -> None:
    """Also where one thread holds half of all comments, which makes PostgreSQL expect a crowd."""
    reader, now = make_reader(), timezone.now() - timedelta(days=9)
    rows = [Loaded("long", reader, "R", "x", now, html="<p>x</p>", up=6)]
    rows += [Loaded(n, reader, "R", "x", now, parent="long", html="<p>x</p>") for n in range(6000)]
    Comment.objects.load(large, rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if (
            connection.vendor == "postgresql"
        ):  # of so small a table it would rather read all than use an index 100 times
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    for order in paging.ORDERS:
        roots = list(_roots_after(large, order, None)[:20])
        said = plan(_up_to([root.pk for root in roots], [root.cut or 5 for root in roots]))
        assert "one_place_in_a_thread" in said or "comment_path" in said
        assert "Seq Scan on comments_comment" not in said, said
        assert "SCAN comments_comment\n" not in f"{said}\n"
        assert len(paging.first_replies(roots)) <= 20 * paging.REPLIES


def test_a_whole_thread_is_read_by_its_path(large: Article) -> None:
    root = Comment.objects.filter(article=large, thread_count__gt=0).first()
    assert root is not None
    said = plan(Comment.objects.in_place().filter(root=root.pk).order_by("path")[:51])
    assert "comment_path" in said or "one_place_in_a_thread" in said


def test_the_page_before_starts_in_the_same_index(large: Article) -> None:
    for order, index in INDEXES:
        said = plan(_roots_after(large, order, middle(large, order), backwards=True)[:21])
        outer = said.split("SubPlan")[0].split("CORRELATED")[0]
        assert index in outer
        assert "TEMP B-TREE" not in outer
        assert "Sort" not in outer


def test_what_is_new_is_read_from_the_index_of_publication(large: Article) -> None:
    """The heading of each page, the poll of each open page, the list of the latest and both feeds."""
    now = timezone.now()
    published = Comment.objects.filter(article=large, status="published").order_by("-published_at", "-id")
    at = _position("latest", paging.latest_of(large, None).following)
    of_article = [
        published.values_list("pk", "published_at")[:50],
        paging._after(Comment.objects.filter(article=large, status="published"), "latest", at)[:51],
        Comment.objects.shown(now).filter(article=large).order_by("-published_at", "-id")[:50],
    ]
    for rows in of_article:
        said = plan(rows)
        assert "comment_news_of_article" in said
        assert "TEMP B-TREE" not in said
        assert "Sort" not in said
    said = plan(Comment.objects.shown(now).order_by("-published_at", "-id")[:50])
    assert "comment_news_of_site" in said
    assert "TEMP B-TREE" not in said
    assert "Sort" not in said


def test_picks_are_read_from_their_own_index(large: Article) -> None:
    some = Comment.objects.filter(article=large).values_list("pk", flat=True)[:30]
    Comment.objects.filter(pk__in=list(some)).update(featured_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = Comment.objects.filter(article=large, status="published", featured_at__isnull=False)
    said = plan(paging._after(rows, "picks", None)[:21])
    assert "comment_picked" in said
    assert "TEMP B-TREE" not in said


def test_the_count_of_picks_above_a_discussion_reads_the_picks_alone(large: Article) -> None:
    rows = Article.objects.filter(pk=large.pk).values_list(heading.columns()["picks"])
    assert "comment_picked" in plan(rows)


def test_what_stands_above_the_latest_is_found_by_keys_alone(large: Article) -> None:
    with CaptureQueriesContext(connection) as made:
        page = paging.latest_of(large, None)
    assert len(made) == 2
    assert page.following
    explain = "EXPLAIN (ANALYZE)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {made[1]['sql']}")
        said = "\n".join(str(row) for row in cursor.fetchall())
    assert "Seq Scan" not in said
    assert "SCAN comments_comment'" not in said


def test_walking_the_whole_article_misses_and_repeats_nothing(large: Article) -> None:
    for order in paging.ORDERS:
        met: list[int] = []
        page = paging.page_of(large, order, None)
        while True:
            met += [root.pk for root in page.roots]
            if not page.following:
                break
            page = paging.page_of(large, order, page.following)
        assert len(met) == len(set(met)) == 2000


def test_loading_makes_the_rows_that_posting_would(article: Article) -> None:
    reader, now = make_reader(), timezone.now()
    loaded = Comment.objects.load(
        article,
        [
            Loaded("c", reader, "R", "Answer to b", now, parent="b"),
            Loaded("a", reader, "R", "First", now - timedelta(hours=2)),
            Loaded("b", reader, "R", "Gone", now - timedelta(hours=1), parent="a", status="removed"),
            Loaded("x", reader, "R", "Circle", now, parent="y"),
            Loaded("y", reader, "R", "Circle too", now, parent="x"),
            Loaded("s", reader, "R", "Spam", now, parent="a", status="spam"),
        ],
    )
    a, b, c = (Comment.objects.get(pk=loaded[key].pk) for key in "abc")
    assert (b.parent_id, c.parent_id, c.root_id) == (a.pk, b.pk, a.pk)
    assert [a.path, b.path, c.path] == ["", "000001", f"000001{c.seq:06}"]
    assert (a.thread_count, a.reply_count, b.reply_count, b.visible) == (2, 1, 1, True)
    assert a.last_seq == 3
    assert not Comment.objects.get(pk=loaded["s"].pk).visible
    assert Comment.objects.filter(notified_at=None).count() == 0
    from comments.models import CommentStats

    assert CommentStats.objects.get(article=article).published == 4


def test_inline_feedback_reads_its_own_index_and_counts_in_it(large: Article) -> None:
    """Three comments on passages among thousands of others: found, counted and listed without the others."""
    passage = InlineAnchor.objects.keep(InlineAnchor.objects.at_words(large.pk, Anchor("", "crack was first")))
    other = InlineAnchor.objects.keep(InlineAnchor.objects.at_words(large.pk, Anchor("", "pictures taken")))
    roots = list(Comment.objects.filter(article=large, root=None).values_list("pk", flat=True))
    Comment.objects.filter(pk__in=roots[:3]).update(anchor=passage)
    Comment.objects.filter(pk__in=roots[3:900]).update(anchor=other)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert sorted(found.n for found in feedback_of(large).passages.values()) == [3, 897]
    counted = plan(InlineAnchor.objects.counted().filter(article=large))
    assert "comment_inline" in counted
    assert "SCAN U0" not in counted
    listed = paging._after(paging._inline(large, None), "newest", None)[:21]
    of_one = paging._after(paging._inline(large, passage.pk), "newest", None)[:21]
    for said in (plan(listed), plan(of_one)):
        outer = said.split("SubPlan")[0].split("CORRELATED")[0]
        assert "comment_inline" in outer
        assert "comment_newest " not in outer
    assert "TEMP B-TREE" not in plan(listed).split("CORRELATED")[0]


def test_finding_changed_stories_reads_no_story_but_those_with_passages(large: Article) -> None:
    InlineAnchor.objects.keep(InlineAnchor.objects.at_words(large.pk, Anchor("", "crack was first")))
    Article.objects.bulk_create(
        Article(headline="H", slug=f"h-{n}", section=large.section, questions=n % 100 == 0) for n in range(1000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    said = plan(InlineAnchor.objects.behind())
    assert "SCAN articles_article\n" not in f"{said}\n"
    if connection.vendor == "sqlite":
        assert "article_asks" in said
        assert "passage_fits" in said
