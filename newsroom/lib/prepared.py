"""Queries that are built and compiled once: what every page, post or vote asks or stores costs the asking, not the building.

    @prepared
    def _stored(article: int, token: str) -> QuerySet[Comment]:
        return Comment.objects.filter(article=article, submit_token=token)

The function says the query in Django's words, as ever. It is called once for each shape of its arguments (types, lengths of
lists, which are None), with marks in place of the values; where the marks come out in the compiled SQL the values go in from
then on. A query whose marks do not all come out as they went in (a `LIKE`, a value that is computed with) is refused. What it
answers is a list, read at once; how its rows become instances is kept too (`newsroom.lib.instances`).

    insert(Comment(article=article, text=text))

stores a new row.

    fetch_beside("bylines", stories, _bylines, attrgetter("article_id"))

is `prefetch_related_objects(stories, "bylines")` by a prepared query; `.all()` is then a list, and nothing else can be asked.

    all_of(story, "bylines")

is `story.bylines.all()`, without a manager being made for what is in memory.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, JSONField, Model, QuerySet

from newsroom.lib.instances import CannotPrepare, answer_of

P = ParamSpec("P")
Row = TypeVar("Row")

_LISTS: Final = (list, tuple, set, frozenset)
#: Lists of keys have one of these lengths: so many, twice as many and so on.
_LENGTHS: Final = 8
#: A place for a value in what Django compiles; `%%` is a percent sign.
_PLACE: Final = re.compile(r"(?<!%)%s")
#: A text that needs no quoting in any database.
_WORD: Final = re.compile(r"\w*", re.ASCII)


def prepared(build: "Callable[P, QuerySet[Any, Row]]") -> Callable[P, list[Row]]:
    """Like `list(build(...))`."""
    plans: dict[Hashable, _Plan] = {}

    @functools.wraps(build)
    def ready(*arguments: P.args, **named: P.kwargs) -> list[Row]:
        given = [*arguments, *named.values()]
        values = [list(value) if isinstance(value, _LISTS) else value for value in given]
        shape = (*map(_shape, values), len(arguments), *named)
        if (plan := plans.get(shape)) is None:
            marks = [_mark(value, 10_000 * place) for place, value in enumerate(values)]
            query = build(*marks[: len(arguments)], **dict(zip(named, marks[len(arguments) :], strict=True)))
            plan = plans[shape] = _Plan(query, marks)
        return plan.read(values)

    return ready


def insert(row: Model) -> None:
    """Like `row.save(force_insert=True)`, for a model whose key the database numbers. Nobody is signalled."""
    fields, statement = _insertion(type(row))
    connection = connections[DEFAULT_DB_ALIAS]
    values = [_stored(field, field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


def _stored(field: "Field[Any, Any]", value: Any, connection: Any) -> Any:
    """Nothing is nothing in every column but those of JSON, which has a word for it."""
    if value is None and not isinstance(field, JSONField):
        return None
    return field.get_db_prep_save(value, connection)


@functools.cache
def _insertion(model: type[Model]) -> "tuple[list[Field[Any, Any]], str]":
    meta = model._meta
    fields = [field for field in meta.concrete_fields if field is not meta.pk]
    columns, marks = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    assert meta.pk is not None
    key = meta.pk.column
    return fields, f'INSERT INTO "{meta.db_table}" ({columns}) VALUES ({marks}) RETURNING "{key}"'  # noqa: S608 - only names and marks


def fetch_beside(
    name: str,
    owners: Iterable[Model],
    read: Callable[[list[int]], Iterable[Any]],
    owner_of: Callable[[Any], int],
) -> None:
    """Let `owner.<name>.all()` be answered from memory: by the rows of `read(keys of the owners)`, in their order, whose
    `owner_of` is the owner's key. An owner who has them already keeps what it has."""
    wanting = [owner for owner in owners if name not in _fetched(owner)]
    if not wanting:
        return
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in read(padded({owner.pk for owner in wanting})):
        found[owner_of(row)].append(row)
    for owner in wanting:
        _fetched(owner)[name] = found.get(owner.pk, [])


def padded(keys: Iterable[int]) -> list[int]:
    """These in their order, the last one repeated: for a query that looks for any of them, of which one is compiled for each
    length of the list."""
    known = sorted(keys)
    return known + known[-1:] * (-len(known) % _LENGTHS)


def all_of(owner: Model, name: str) -> Sequence[Any]:
    """A page asks its story and its pictures for them some thirty times, and each time Django takes 10 µs to make a manager."""
    fetched: dict[str, Any] = owner.__dict__.get("_prefetched_objects_cache", {})
    return fetched[name] if name in fetched else list(getattr(owner, name).all())


def _fetched(owner: Model) -> dict[str, Any]:
    kept: dict[str, Any] = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    return kept


class _Plan:
    """A compiled query with the places of its arguments, and how to read what it finds."""

    def __init__(self, query: "QuerySet[Any, Any]", marks: list[Any]) -> None:
        self._db, self._sql = query.db, ""
        compiler = query.query.get_compiler(query.db)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:  # nothing can be in an empty list
            return
        places = {
            self._adapted(mark): place for place, mark in enumerate(_flat(marks)) if not isinstance(mark, bool | None)
        }
        # Arguments go in by name: for SQLite, Django looks for `%s` with a regular expression at every execution.
        self._places = {f"p{n}": places[value] for n, value in enumerate(params) if value in places}
        self._others = {
            f"p{n}": value for n, value in enumerate(params) if value not in places and not _is_plain(value)
        }
        rest = enumerate(params)
        self._sql = _PLACE.sub(lambda _found: _written(*next(rest), [*self._places, *self._others]), sql)
        if "LIKE" in sql or set(self._places.values()) != set(places.values()):
            raise CannotPrepare(sql)
        self._answer = answer_of(query, compiler)

    def read(self, values: list[Any]) -> list[Any]:
        if not self._sql:
            return []
        flat = [self._adapted(value) for value in _flat(values)]
        params = self._others | {name: flat[place] for name, place in self._places.items()}
        connection = connections[self._db]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            rows = cursor.fetchall()
        answer = self._answer
        return [answer(row, connection) for row in rows]

    def _adapted(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return connections[self._db].ops.adapt_datetimefield_value(value)
        if isinstance(value, date):
            return connections[self._db].ops.adapt_datefield_value(value)
        return value


def _is_plain(value: Any) -> bool:
    return type(value) is int or (isinstance(value, str) and _WORD.fullmatch(value) is not None)


def _written(number: int, value: Any, named: Container[str]) -> str:
    """A value in the text of a query. What is the same whenever it is asked stands there itself: where SQLite looks at such a
    value to choose an index, it would compile the whole query anew at every execution."""
    if (name := f"p{number}") in named:
        return f"%({name})s"
    return f"'{value!s}'" if isinstance(value, str) else str(value)


def _flat(values: list[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _shape(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_shape(item) for item in value])
    return value if value is None or value is True or value is False else type(value)


def _mark(value: Any, number: int) -> Any:
    """A value of the same type that stands nowhere else."""
    if isinstance(value, list):
        return [_mark(item, number + place) for place, item in enumerate(value)]
    if isinstance(value, bool | None):
        return value
    if isinstance(value, datetime):
        return datetime(2, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    if isinstance(value, date):
        return date(2, 1, 1) + timedelta(days=number)
    if isinstance(value, int):
        return 8_765_432_100_000_000 + number
    if isinstance(value, str):
        return f"\ue0f0{number}\ue0f1"
    raise CannotPrepare(f"{type(value)} is no value of a query")
