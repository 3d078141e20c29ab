"""Queries that are built once: the rows that Django's own query would find, for whatever is asked next."""

from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from comments.models import Comment
from newsroom.accounts.models import Reader
from newsroom.lib.instances import CannotPrepare
from newsroom.lib.prepared import all_of, fetch_beside, insert, prepared
from tests.comments.test_concurrency import at_once
from tests.make import make_article, make_comment, make_reader


@prepared
def _shown(now: datetime, pks: list[int], name: str | None, is_visible: bool) -> "QuerySet[Comment]":
    found = (
        Comment.objects.shown(now).filter(pk__in=pks, visible=is_visible).select_related("article__section", "reader")
    )
    return found.filter(name=name) if name is not None else found.order_by("-pk")


def test_it_finds_what_the_query_finds_whatever_is_asked(article: Article) -> None:
    now = timezone.now()
    comments = [make_comment(article, name=f"Reader {n % 2}") for n in range(6)]
    comments[2].hold(by=None)
    later = make_comment(make_article(publish_at=now + timedelta(hours=1)))
    pks = [comment.pk for comment in [*comments, later]]
    built = _shown.__wrapped__  # type: ignore[attr-defined]
    for asked in [
        (now, pks, None, True), (now, pks[:3], None, True), (now, pks[3:6], None, True), (now, [], None, True),
        (now, pks, "Reader 1", True), (now, pks, "Reader 0", True), (now, pks, "' OR 1=1 --", True), (now, pks, "", True),
        (now - timedelta(days=9), pks, None, True), (now + timedelta(hours=2), pks, None, True), (now, pks, None, False),
    ]:  # fmt: skip
        found = list(_shown(*asked))
        assert found == list(built(*asked)), asked
        assert [c.created_at for c in found] == [c.created_at for c in built(*asked)]
    with CaptureQueriesContext(connection) as captured:
        assert {comment.article.section.name for comment in _shown(now, pks, None, True)} == {article.section.name}
    assert len(captured) == 1


def test_it_is_built_once_for_each_shape(article: Article) -> None:
    built = []

    @prepared
    def readers(name: str | None) -> "QuerySet[Reader]":
        built.append(name)
        return Reader.objects.filter(Q(name=name) if name else Q())

    make_reader("Noor"), make_reader("Mira")
    assert [r.name for r in readers("Noor")] == ["Noor"]
    assert [r.name for r in readers("Mira")] == ["Mira"]
    assert len(list(readers(None))) == 2
    assert len(built) == 2


def test_a_day_is_filled_in_like_a_moment(article: Article) -> None:
    @prepared
    def of_day(day: date) -> "QuerySet[Article]":
        return Article.objects.filter(dated=day)

    assert list(of_day(date(1907, 1, 1))) == []
    assert article.dated
    assert list(of_day(article.dated)) == [article]


@pytest.mark.parametrize("lookup", ["name__icontains", "name__startswith"])
def test_a_query_that_computes_with_its_argument_is_refused(db: None, lookup: str) -> None:
    @prepared
    def readers(name: str) -> "QuerySet[Reader]":
        return Reader.objects.filter(**{lookup: name})

    with pytest.raises(CannotPrepare):
        readers("100%")


def test_a_query_without_case_is_refused_or_finds_what_django_finds(db: None) -> None:
    """SQLite says it with LIKE, which is refused; PostgreSQL compares, which is filled in like any other."""

    @prepared
    def readers(name: str) -> "QuerySet[Reader]":
        return Reader.objects.filter(name__iexact=name)

    make_reader("Noor"), make_reader("Mira"), make_reader("N_or")
    if connection.vendor == "sqlite":
        with pytest.raises(CannotPrepare):
            readers("NOOR")
    else:
        assert [[r.name for r in readers(name)] for name in ("NOOR", "mira", "n_or", "%")] == [
            ["Noor"],
            ["Mira"],
            ["N_or"],
            [],
        ]


def test_an_argument_that_the_query_forgets_is_refused(db: None) -> None:
    @prepared
    def readers(name: str, other: str) -> "QuerySet[Reader]":
        return Reader.objects.filter(name=name + other)

    with pytest.raises(CannotPrepare):
        readers("a", "b")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_threads_ask_at_once_each_on_a_connection_of_its_own() -> None:
    readers = [make_reader(f"Reader {n}") for n in range(20)]

    @prepared
    def named(name: str, since: datetime) -> "QuerySet[Any]":
        return Reader.objects.filter(name=name, created_at__gt=since)

    long_ago = timezone.now() - timedelta(days=1)
    jobs = [lambda r=readers[n % 20]: list(named(r.name, long_ago)) == [r] for n in range(200)]  # type: ignore[misc]
    assert all(at_once(jobs))


def test_a_row_that_is_inserted_is_the_row_that_django_would_save(article: Article) -> None:
    said = {
        "article": article, "reader": make_reader(), "name": "Noor", "text": "“Ünïcödé” % 'quoted'", "html": "<p>x</p>",
        "findings": [{"rule": "links", "words": ["a"], "score": 1.0}], "status": "published", "visible": True,
        "published_at": timezone.now(),
    }  # fmt: skip
    ours, theirs = Comment(**said, submit_token="ours"), Comment(**said, submit_token="theirs")
    insert(ours)
    theirs.save(force_insert=True)
    rows = Comment.objects.filter(pk__in=[ours.pk, theirs.pk]).order_by("pk").values()
    differs = {name for name in rows[0] if rows[0][name] != rows[1][name]}
    assert differs == {"id", "submit_token", "created_at"}
    ours.name = "Noor B."
    ours.save()
    assert Comment.objects.get(pk=ours.pk).name == "Noor B.", "it counts as stored"


@prepared
def _said_under(articles: list[int]) -> "QuerySet[Comment]":
    return Comment.objects.filter(article__in=articles).order_by("pk")


def test_what_stands_beside_rows_is_fetched_as_a_prefetch_would_and_once(
    article: Article, django_assert_num_queries: Any
) -> None:
    silent, known = make_article(), make_article()
    said = [make_comment(article), make_comment(article)]
    make_comment(known)
    known.__dict__["_prefetched_objects_cache"] = {"comments": Comment.objects.none()}
    with django_assert_num_queries(1):
        for _again in range(2):
            fetch_beside("comments", [article, silent, known], _said_under, attrgetter("article_id"))
        assert [list(story.comments.all()) for story in (article, silent, known)] == [said, [], []]  # type: ignore[attr-defined]
        assert [list(all_of(story, "comments")) for story in (article, silent, known)] == [said, [], []]
    with django_assert_num_queries(1):
        assert set(all_of(Article(pk=article.pk), "comments")) == set(said)
