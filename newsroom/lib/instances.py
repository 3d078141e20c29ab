"""How rows become instances, decided once for a compiled query: what `prepared` answers is what Django's own query would.

For every row and column, Django asks the same again: which converters, which fields are deferred, who hears of a new
instance, which descriptor stores the value. The answers are a matter of the query, so they are kept with it; a row
then becomes an instance by one `dict`. A model or a query for which that would not be the same is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from inspect import getattr_static
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fields.files import FileDescriptor, ImageFileDescriptor
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init  # noqa: TID251 - fields of Django's listen

Rows = Sequence[Sequence[Any]]
Answer = Callable[[Sequence[Any]], Any]
Reading = Callable[[Rows, Any], list[Any]]

#: Descriptors that store a new instance's value in its `__dict__`, and do nothing else.
_PLAIN: Final = (DeferredAttribute, ForeignKeyDeferredAttribute, FileDescriptor, ImageFileDescriptor)
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


class CannotPrepare(Exception):
    """The query does more with an argument than to compare it, or more with a row than to fill an instance."""


def reading_of(query: Any, compiler: Any) -> Reading:
    """What makes the answers of a QuerySet and its compiler out of the rows that were fetched from this thread's connection."""
    if query._prefetch_related_lookups or query._known_related_objects:
        raise CannotPrepare("What stands beside the rows is fetched by `fetch_beside`.")
    columns = [column for column, *_ in compiler.select[: compiler.col_count]]
    if compiler.has_composite_fields(columns):
        raise CannotPrepare("A key of several columns.")
    converters = _converters(compiler, columns, connections[query.db])
    answer = _answer(query, compiler)

    def read(rows: Rows, connection: Any) -> list[Any]:
        return [answer(row) for row in _converted(rows, converters, connection)]

    return read


def _answer(query: Any, compiler: Any) -> Answer:
    if query._iterable_class is ModelIterable:
        return _instance(compiler.klass_info, compiler, compiler.annotation_col_map)
    if query._iterable_class is ValuesListIterable:
        return lambda row: tuple(row[: compiler.col_count])
    if query._iterable_class is FlatValuesListIterable:
        return itemgetter(0)
    raise CannotPrepare(query._iterable_class)


def _instance(info: dict[str, Any], compiler: Any, annotations: Mapping[str, int] = _NONE) -> Answer:
    """What makes the instance of one model that a row holds, with those beside it (`select_related`)."""
    model: type[Model] = info["model"]
    columns, db = info["select_fields"], compiler.using
    names = [compiler.select[column][0].target.attname for column in columns]
    if info.get("from_parent"):
        raise CannotPrepare("A model in several tables.")
    _check(model, [*names, *annotations])
    names += annotations
    # One column too many, which `zip` leaves out: of a single one `itemgetter` would make no tuple.
    values = itemgetter(*[*columns, *annotations.values(), columns[0]])
    is_heard = post_init.has_listeners(model)
    beside = [_beside(each, compiler) for each in info.get("related_klass_infos", ())]
    new = model.__new__

    def make(row: Sequence[Any]) -> Model:
        instance = new(model)
        fields = instance.__dict__ = dict(zip(names, values(row), strict=False))
        fields["_state"] = state = ModelState()
        state.adding, state.db = False, db
        if is_heard:
            post_init.send(sender=model, instance=instance)
        for put in beside:
            put(row, instance)
        return instance

    return make


def _beside(info: dict[str, Any], compiler: Any) -> Callable[[Sequence[Any], Model], None]:
    """What puts the instance that a row holds beside another, and tells it so; None where there is none."""
    make, key = _instance(info, compiler), _key_of(info, compiler)
    set_here, set_there = info["local_setter"], info["remote_setter"]

    def put(row: Sequence[Any], instance: Model) -> None:
        other = make(row) if row[key] is not None else None
        set_here(instance, other)
        if other is not None:
            set_there(other, instance)

    return put


def _key_of(info: dict[str, Any], compiler: Any) -> int:
    """The column of its key, which nothing has that is not there."""
    key = info["model"]._meta.pk
    column: int = next(each for each in info["select_fields"] if compiler.select[each][0].target is key)
    return column


def _check(model: type[Model], names: list[str]) -> None:
    """Refuse a model that does something of its own when a row becomes an instance."""
    if model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__:  # type: ignore[attr-defined]
        raise CannotPrepare(f"{model} makes its instances itself.")
    if pre_init.has_listeners(model):
        raise CannotPrepare(f"Somebody wants to hear of {model} before there is one.")
    for name in names:
        if type(getattr_static(model, name, None)) not in (*_PLAIN, type(None)):  # None: what the query computes
            raise CannotPrepare(f"{model}.{name} stores its values in its own way.")


_Converters = list[tuple[int, list[Callable[..., Any]], Any]]


def _converters(compiler: Any, columns: list[Any], connection: Any) -> tuple[list[int], _Converters]:
    """The columns that hold SQLite's moments, which are in UTC and do not know it; and what is done with the values of others."""
    others = [(column, steps, how) for column, (steps, how) in compiler.get_converters(columns).items()]
    if connection.vendor != "sqlite" or not settings.USE_TZ or connection.timezone is not UTC:
        return [], others
    as_utc = [connection.ops.convert_datetimefield_value]
    return [column for column, steps, _how in others if steps == as_utc], [each for each in others if each[1] != as_utc]


def _converted(rows: Rows, converters: tuple[list[int], _Converters], connection: Any) -> list[list[Any]]:
    moments, others = converters
    found = [list(row) for row in rows]
    for row in found:
        for column in moments:
            if type(value := row[column]) is datetime and value.tzinfo is None:
                row[column] = value.replace(tzinfo=UTC)
            elif value is not None:
                row[column] = connection.ops.convert_datetimefield_value(value, None, connection)
        for column, steps, how in others:
            value = row[column]
            for step in steps:
                value = step(value, how, connection)
            row[column] = value
    return found
