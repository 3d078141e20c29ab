"""Queries that are built and compiled once: what every post or vote asks or stores costs the asking, not the building.

    @prepared
    def _stored(article: int, token: str) -> QuerySet[Comment]:
        return Comment.objects.filter(article=article, submit_token=token)

The function says the query in Django's words, as ever. It is called once for each shape of its arguments (types, lengths of
lists, which are None), with marks in place of the values; where the marks come out in the compiled SQL the values go in from
then on. A query whose marks do not all come out as they went in (a `LIKE`, a value that is computed with) is refused.

    insert(Comment(article=article, text=text))

stores a new row.

    fetch_beside("bylines", stories, _bylines, attrgetter("article_id"))

is `prefetch_related_objects(stories, "bylines")` by a prepared query; what is kept answers `.all()` and nothing else.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, JSONField, Model, QuerySet

P = ParamSpec("P")
Rows = TypeVar("Rows", bound="QuerySet[Any]")

_LISTS: Final = (list, tuple, set, frozenset)


class CannotPrepare(Exception):
    """The query does more with an argument than to compare it."""


def prepared(build: Callable[P, Rows]) -> Callable[P, Rows]:
    """Like `build`; what it returns is to be iterated (`list`, `next(iter(...), None)`), not refined."""
    plans: dict[Hashable, _Plan] = {}

    @functools.wraps(build)
    def ready(*arguments: P.args, **named: P.kwargs) -> Rows:
        given = [*arguments, *named.values()]
        values = [list(value) if isinstance(value, _LISTS) else value for value in given]
        shape = (*map(_shape, values), len(arguments), *named)
        if (plan := plans.get(shape)) is None:
            marks = [_mark(value, 10_000 * place) for place, value in enumerate(values)]
            query = build(*marks[: len(arguments)], **dict(zip(named, marks[len(arguments) :], strict=True)))
            plan = plans[shape] = _Plan(query, marks)
        return plan.fill(values)  # type: ignore[return-value]

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
    for row in read(sorted({owner.pk for owner in wanting})):
        found[owner_of(row)].append(row)
    model: Any = wanting[0]._meta.get_field(name).related_model
    for owner in wanting:
        rows: QuerySet[Any] = QuerySet(model).none()  # whoever asks it for something else gets nothing, not everybody's
        rows._result_cache = found.get(owner.pk, [])
        _fetched(owner)[name] = rows


def _fetched(owner: Model) -> dict[str, Any]:
    kept: dict[str, Any] = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    return kept


class _Plan:
    """A compiled query with the places of its arguments."""

    def __init__(self, query: "QuerySet[Any]", marks: list[Any]) -> None:
        self._query = query
        self._compiler = query.query.get_compiler(query.db)
        try:
            self._sql, params = self._compiler.as_sql()
        except EmptyResultSet:  # nothing can be in an empty list
            self._query, self._sql, params, marks = query.none(), "", (), []
        else:
            self._converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])
        places = {
            self._adapted(mark): place for place, mark in enumerate(_flat(marks)) if not isinstance(mark, bool | None)
        }
        self._params = [(places.get(value) if not isinstance(value, bool) else None, value) for value in params]
        if "LIKE" in self._sql or {place for place, _value in self._params} - {None} != set(places.values()):
            raise CannotPrepare(self._sql)

    def fill(self, values: list[Any]) -> "QuerySet[Any]":
        if not self._sql:
            return self._query
        flat = [self._adapted(value) for value in _flat(values)]
        params = tuple([value if place is None else flat[place] for place, value in self._params])
        compiler = _twin(self._compiler)
        compiler.connection = connections[self._query.db]  # this thread's
        compiler.as_sql = lambda *_arguments, **_named: (self._sql, params)
        compiler.get_converters = lambda _columns: self._converters  # they ask the connection that is passed to them
        rows = _twin(self._query)
        rows._query = _twin(self._query.query)
        rows._query.get_compiler = lambda *_arguments, **_named: compiler
        return rows  # type: ignore[no-any-return]

    def _adapted(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return connections[self._query.db].ops.adapt_datetimefield_value(value)
        if isinstance(value, date):
            return connections[self._query.db].ops.adapt_datefield_value(value)
        return value


def _twin(thing: Any) -> Any:
    """A shallow copy, without what `copy` would do: a QuerySet asks the database when it is copied."""
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin


def _flat(values: list[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _shape(value: Any) -> Any:
    if isinstance(value, list):
        return (*map(_shape, value),)
    return value if isinstance(value, bool | None) else type(value)


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
