"""How rows become instances, decided once for a compiled query: what `prepared` answers is what Django's own query would.

For every row and column, Django asks the same again: which converters, which fields are deferred, who hears of a new
instance, which descriptor stores the value. The answers are a matter of the query, so they are kept with it; a row
then becomes an instance by one `dict`. A model or a query for which that would not be the same is refused.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from inspect import getattr_static
from operator import itemgetter
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
Reading = Callable[[Rows, Any], list[Any]]

#: Descriptors that store a new instance's value in its `__dict__`, and do nothing else.
_PLAIN: Final = (DeferredAttribute, ForeignKeyDeferredAttribute, FileDescriptor, ImageFileDescriptor)


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


def _answer(query: Any, compiler: Any) -> Callable[[Sequence[Any]], Any]:
    if query._iterable_class is ModelIterable:
        return _Instances(compiler.klass_info, compiler, compiler.annotation_col_map).of
    if query._iterable_class is ValuesListIterable:
        return lambda row: tuple(row[: compiler.col_count])
    if query._iterable_class is FlatValuesListIterable:
        return itemgetter(0)
    raise CannotPrepare(query._iterable_class)


class _Instances:
    """The instances of one model that rows hold, with those beside them (`select_related`)."""

    def __init__(self, info: dict[str, Any], compiler: Any, annotations: dict[str, int]) -> None:
        self._model: type[Model] = info["model"]
        columns, self._db = info["select_fields"], compiler.using
        names = [compiler.select[column][0].target.attname for column in columns]
        if info.get("from_parent"):
            raise CannotPrepare("A model in several tables.")
        _check(self._model, names)
        own = {name: column for name, column in annotations.items() if not hasattr(self._model, name)}
        self._set = [(name, column) for name, column in annotations.items() if name not in own]
        # One column too many, which `zip` leaves out: of a single one `itemgetter` would make no tuple.
        self._names, self._values = [*names, *own], itemgetter(*[*columns, *own.values(), columns[0]])
        key = self._model._meta.pk
        assert key is not None
        self._key = columns[names.index(key.attname)]
        self._beside = [
            (_Instances(each, compiler, {}), each["local_setter"], each["remote_setter"])
            for each in info.get("related_klass_infos", [])
        ]
        self._is_heard = post_init.has_listeners(self._model)

    def of(self, row: Sequence[Any]) -> Any:
        instance = self._model.__new__(self._model)
        fields = instance.__dict__ = dict(zip(self._names, self._values(row), strict=False))
        state = fields["_state"] = ModelState()
        state.adding, state.db = False, self._db
        if self._is_heard:
            post_init.send(sender=self._model, instance=instance)
        for other, set_here, set_there in self._beside:
            if row[other._key] is None:
                set_here(instance, None)
                continue
            found = other.of(row)
            set_here(instance, found)
            set_there(found, instance)
        for name, column in self._set:
            setattr(instance, name, row[column])
        return instance


def _check(model: type[Model], names: list[str]) -> None:
    """Refuse a model that does something of its own when a row becomes an instance."""
    if model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__:  # type: ignore[attr-defined]
        raise CannotPrepare(f"{model} makes its instances itself.")
    if pre_init.has_listeners(model):
        raise CannotPrepare(f"Somebody wants to hear of {model} before there is one.")
    for name in names:
        if type(getattr_static(model, name)) not in _PLAIN:
            raise CannotPrepare(f"{model}.{name} stores its values in its own way.")


_Converters = list[tuple[int, list[Callable[..., Any]], Any]]


def _converters(compiler: Any, columns: list[Any], connection: Any) -> tuple[list[int], _Converters]:
    """The columns that hold moments as SQLite's text, and what is done with the values of others."""
    others = [(column, steps, how) for column, (steps, how) in compiler.get_converters(columns).items()]
    if connection.vendor != "sqlite" or not settings.USE_TZ or connection.timezone is not UTC:
        return [], others
    as_text = [connection.ops.convert_datetimefield_value]
    return [column for column, steps, _how in others if steps == as_text], [
        each for each in others if each[1] != as_text
    ]


def _converted(rows: Rows, converters: tuple[list[int], _Converters], connection: Any) -> list[list[Any]]:
    moments, others = converters
    found = [list(row) for row in rows]
    for row in found:
        for column in moments:
            if (value := row[column]) is not None:
                row[column] = _moment(value, connection)
        for column, steps, how in others:
            value = row[column]
            for step in steps:
                value = step(value, how, connection)
            row[column] = value
    return found


def _moment(value: Any, connection: Any) -> Any:
    """As Django reads it, in one step where it is spelled as Django spells it."""
    try:
        moment = datetime.fromisoformat(f"{value}+00:00")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not UTC:  # by another hand
        return connection.ops.convert_datetimefield_value(value, None, connection)
    return moment
