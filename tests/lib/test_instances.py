"""What prepared queries answer is what Django answers: field by field, for every one that the site asks."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Count, Max, Model, QuerySet
from django.db.models.functions import Lower
from django.db.models.signals import pre_init  # noqa: TID251 - the one that is refused
from django.test.utils import isolate_apps
from django.utils import timezone as clock

from articles.models import Article, Image, MostRead, Section
from articles.onward import _reader as onward_reader
from comments import paging
from comments.models import Flag, Sanction, SpamWord
from newsroom.accounts.models import Reader
from newsroom.lib.instances import CannotPrepare
from newsroom.lib.prepared import prepared
from newsroom.pages import cards, lists, streams
from tests.make import (
    make_article,
    make_author,
    make_comment,
    make_image,
    make_reader,
    make_section,
    make_topic,
    make_user,
)

#: Queries that a function makes, one for each of its arguments.
MADE: dict[str, Callable[..., Any]] = {
    "articles.onward._reader": onward_reader((("said", "comment_stats__published"),)),
    "comments.paging._first_roots": paging._first_roots("best"),
    "newsroom.pages.cards._discussed": cards._discussed(lists._first_in_any),
    "newsroom.pages.cards._ranked": cards._ranked(lists._first_in_any, 6),
    "newsroom.pages.streams._reader": streams._reader(
        ((0, streams.with_keys, 1), (1, streams._part_of(lists._also_in, 20), 3), (1, lists._dated, 2))
    ),
}


def prepared_queries() -> dict[str, Callable[..., Any]]:
    """Every one that stands in a module of the site."""
    import_module("newsroom.urls")
    ready = prepared(Article.objects.all).__code__  # type: ignore[attr-defined]
    rooms = [
        module
        for name, module in sys.modules.items()
        if name.startswith(("newsroom.", "articles.", "comments.", "ratings."))
    ]
    standing = [value for room in rooms for value in vars(room).values() if getattr(value, "__code__", None) is ready]
    return MADE | {f"{query.__module__}.{query.__qualname__}": query for query in standing}


@pytest.fixture
def asked(db: None) -> dict[str, tuple[Any, ...]]:
    """What each is asked in a newsroom where everything happened once."""
    now, user = clock.now(), make_user("Reporter")
    section, further = make_section(parent=make_section()), make_section()
    topic, author = make_topic(), make_author("Mira", photo=make_image(), links=["https://example.com/mira"])
    old = make_article(section=section, authors=[author], publish_at=now - timedelta(days=2), lead_image=make_image())
    article = make_article(
        section=section,
        authors=[author],
        lead_image=make_image(),
        social_image=make_image(),
        replacement=old,
        expire_at=now + timedelta(days=1),
    )
    article.topics.add(topic), old.topics.add(topic), article.related.add(old), article.also_in.add(further)
    member, guest = make_reader(user=user, email="m@example.com"), make_reader()
    guest_again = make_reader(merged_into=guest)
    root = make_comment(article, reader=guest, findings=[{"rule": "links", "words": ["a"], "score": 1.5}])
    answer = make_comment(article, root, reader=member)
    make_comment(article, answer), make_comment(article)
    Flag.objects.create(comment=answer, reader=guest_again, reason="spam")
    Sanction.objects.create(scope="reader", reader=guest, kind="suspend", until=now + timedelta(days=1), reason="x")
    SpamWord.objects.add({"pills": (3, 1)})
    MostRead.objects.create(window="day", article=old, score=2.5, ranked_at=now)
    assert article.lead_image
    return {
        "articles.moments._after": (now,),
        "articles.onward._reader": (now, article.pk, section.pk, article.publish_at, [topic.pk], None),
        "comments.facts._last_comments": ({guest.pk, member.pk}, article.pk, None),
        "comments.models.posting._submitted": (article.pk, [root.submit_token, answer.submit_token]),
        "comments.models.sanction._against": (now, {"x@example.com"}, {"example.com"}, None, guest.pk),
        "comments.models.spam._seen": (["pills", "bridge"],),
        "comments.models.stats._published": ([article.pk, old.pk],),
        "comments.names._members_known_as": (user.name.lower(), user.email.lower()),
        "comments.paging._up_to": ([root.pk], [5]),
        "comments.paging._first_roots": (article.pk,),
        "comments.views.finding._live_article": (now, article.pk),
        "comments.views.finding._reports": (answer.pk, guest_again.pk),
        "comments.views.finding._shown_comment": (now, answer.pk),
        "newsroom.accounts.guests._reader": (guest_again.pk,),
        "newsroom.accounts.models.reader._merged_into": ([guest.pk, member.pk],),
        "newsroom.accounts.models.reader._of_user": (user.pk,),
        "newsroom.pages.article._shared": (article.dated, article.slug),
        "newsroom.pages.article._topics": ([article.pk],),
        "newsroom.pages.cards._discussed": (now, now - timedelta(days=9), [section.pk]),
        "newsroom.pages.cards._ranked": (now, [section.pk]),
        "newsroom.pages.streams._bylines": ([article.pk, old.pk],),
        "newsroom.pages.streams._reader": (now, [old.pk], now, article.pk + 1, further.pk, old.dated, article.dated),
        "newsroom.pages.streams._renditions": ([article.lead_image.pk],),
    }


def test_every_prepared_query_of_the_site_answers_as_django_does(asked: dict[str, tuple[Any, ...]]) -> None:
    queries = prepared_queries()
    assert set(queries) == set(asked), "what is new in one of them belongs into the other"
    for name, arguments in asked.items():
        ours, theirs = queries[name](*arguments), list(queries[name].__wrapped__(*arguments))  # type: ignore[attr-defined]
        assert theirs, f"{name} finds nothing to compare"
        assert list(map(looks_of, ours)) == list(map(looks_of, theirs)), name


def looks_of(answer: Any) -> Any:
    """All that can be told of an answer, with what was read beside it."""
    return dict(_looks(answer, "", set())) if isinstance(answer, Model) else (type(answer), answer)


def _looks(row: Model, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(row) in seen:  # a one-to-one row knows the way back
        yield path, "again"
        return
    seen.add(id(row))
    fields = {name: getattr(row, name) for name in list(vars(row)) if name != "_state"}
    yield path, (type(row), sorted(fields), row.get_deferred_fields(), row._state.adding, row._state.db)
    for name, value in fields.items():
        yield f"{path}.{name}", (type(value), value, getattr(value, "tzinfo", None))
    for name, beside in row._state.fields_cache.items():
        if beside is None:
            yield f"{path}.{name}", None
        else:
            yield from _looks(beside, f"{path}.{name}", seen)


def test_moments_by_any_hand_are_read_as_django_reads_them(article: Article) -> None:
    """SQLite keeps moments as text, and another program may have written it."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")

    @prepared
    def stories(pk: int) -> "QuerySet[Article]":
        return Article.objects.filter(pk=pk).annotate(last=Max("created_at"))

    for text in ("2026-11-26 12:00:00", "2026-11-26T12:00:00.25", "2026-11-26 13:00:00+01:00", "2026-11-26 12:00:00Z"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE articles_article SET created_at = %s WHERE id = %s", [text, article.pk])
        ours, theirs = stories(article.pk), list(stories.__wrapped__(article.pk))  # type: ignore[attr-defined]
        assert list(map(looks_of, ours)) == list(map(looks_of, theirs)), text
        assert ours[0].created_at.utcoffset() is not None


def test_what_is_computed_beside_a_row_comes_with_it(article: Article) -> None:
    make_comment(article), make_comment(article)

    @prepared
    def named(pk: int) -> "QuerySet[Article]":
        return Article.objects.filter(pk=pk).annotate(n=Count("comments"), low=Lower("headline")).only("headline")

    (found,) = named(article.pk)
    assert (found.n, found.low) == (2, article.headline.lower())  # type: ignore[attr-defined]
    assert found.get_deferred_fields() >= {"body", "slug"}
    assert found.slug == article.slug, "what was left out is read when it is asked for"


def test_a_picture_without_its_measures_is_measured_as_django_would(db: None) -> None:
    """An image field hears of every new instance: here, nobody else does."""

    @prepared
    def pictures(pks: list[int]) -> "QuerySet[Image]":
        return Image.objects.filter(pk__in=pks)

    unmeasured = make_image()
    Image.objects.filter(pk=unmeasured.pk).update(width=0)
    for find in (pictures, pictures.__wrapped__):  # type: ignore[attr-defined]
        with pytest.raises(FileNotFoundError):  # no file stands behind it
            list(find([unmeasured.pk]))


@isolate_apps("newsroom.lib")
def test_a_model_that_makes_its_instances_itself_is_refused(db: None) -> None:
    class Own(models.Model):
        class Meta:
            app_label = "lib"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)

        def __str__(self) -> str:
            return "Own"

    with pytest.raises(CannotPrepare):
        prepared(lambda pk: Own._default_manager.filter(pk=pk))(1)


def test_a_model_whose_instances_somebody_waits_for_is_refused(section: Section) -> None:
    def listener(**_told: Any) -> None:
        """Somebody."""

    pre_init.connect(listener, sender=Section)
    try:
        with pytest.raises(CannotPrepare):
            prepared(lambda name: Section.objects.filter(name=name))("a")
    finally:
        pre_init.disconnect(listener, sender=Section)


@pytest.mark.parametrize(
    "build",
    [
        lambda name: Section.objects.filter(name=name).prefetch_related("articles"),
        lambda name: Section.objects.filter(name=name).values("name"),
        lambda name: make_section().children.filter(name=name),
    ],
)
def test_what_would_come_otherwise_than_django_brings_it_is_refused(db: None, build: Any) -> None:
    with pytest.raises(CannotPrepare):
        prepared(build)("a")


def test_nobody_is_nobody_and_not_a_row_of_nothing(db: None) -> None:
    @prepared
    def readers(pk: int) -> "QuerySet[Reader]":
        return Reader.objects.select_related("merged_into__merged_into").filter(pk=pk)

    first, other = make_reader(), make_reader()
    Reader.objects.filter(pk=other.pk).update(merged_into=first)
    assert readers(first.pk)[0].merged_into is None
    assert readers(other.pk)[0].merged_into == first
