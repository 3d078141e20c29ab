"""How rows become instances, decided once for a compiled query: what `prepared` answers is what Django's own query would.

For every row and column, Django asks the same again: which converters, which fields are deferred, who hears of a new
instance, which descriptor stores the value. The answers are a matter of the query, so they are kept with it; a row
then becomes an instance by one `dict`. A model or a query for which that would not be the same is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from inspect import getattr_static
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.db.models import ImageField, Model
from django.db.models.base import ModelState
from django.db.models.fields.files import FileDescriptor, ImageFileDescriptor
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init  # noqa: TID251 - fields of Django's listen

Row = Sequence[Any]
#: Makes of a row that was fetched from a connection what the query answers.
Answer = Callable[[Row, Any], Any]
#: What is done with the value of a column: each step with the value, the expression and the connection.
Converters = dict[int, tuple[list[Callable[..., Any]], Any]]

#: Descriptors that store a new instance's value in its `__dict__`, and do nothing else.
_PLAIN: Final = (DeferredAttribute, ForeignKeyDeferredAttribute, FileDescriptor, ImageFileDescriptor)
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


class CannotPrepare(Exception):
    """The query does more with an argument than to compare it, or more with a row than to fill an instance."""


def answer_of(query: Any, compiler: Any) -> Answer:
    """What makes the answers of a QuerySet and its compiler."""
    if query._prefetch_related_lookups or query._known_related_objects:
        raise CannotPrepare("What stands beside the rows is fetched by `fetch_beside`.")
    columns = [column for column, *_ in compiler.select[: compiler.col_count]]
    if compiler.has_composite_fields(columns):
        raise CannotPrepare("A key of several columns.")
    converters: Converters = compiler.get_converters(columns)
    if query._iterable_class is ModelIterable:
        return _instance(compiler.klass_info, compiler, converters, compiler.annotation_col_map)
    convert = _converting(converters, {n: n for n in range(len(columns))}, connections[query.db])
    if query._iterable_class is ValuesListIterable:
        return lambda row, connection: tuple(convert(list(row[: len(columns)]), connection))
    if query._iterable_class is FlatValuesListIterable:
        return lambda row, connection: convert(list(row), connection)[0]
    raise CannotPrepare(query._iterable_class)


def _instance(
    info: dict[str, Any], compiler: Any, converters: Converters, annotations: Mapping[str, int] = _NONE
) -> Answer:
    """What makes the instance of one model that a row holds, with those beside it (`select_related`)."""
    model: type[Model] = info["model"]
    columns, db = [*info["select_fields"], *annotations.values()], compiler.using
    names = [compiler.select[column][0].target.attname for column in info["select_fields"]] + [*annotations]
    _check(model, names)
    if info.get("from_parent") or columns != list(range(columns[0], columns[-1] + 1)):
        raise CannotPrepare(f"{model} does not stand together in the row.")
    first, end = columns[0], columns[-1] + 1
    convert = _converting(converters, dict(zip(columns, names, strict=True)), connections[db])
    beside = [_beside(each, compiler, converters) for each in info.get("related_klass_infos", ())]
    is_heard, measures, new = post_init.has_listeners(model), _measures(model), model.__new__

    def make(row: Row, connection: Any) -> Model:
        instance = new(model)
        fields = instance.__dict__ = convert(dict(zip(names, row[first:end], strict=False)), connection)
        fields["_state"] = state = ModelState()
        state.adding, state.db = False, db
        if is_heard and not (measures and all(map(fields.get, measures))):
            post_init.send(sender=model, instance=instance)
        for put in beside:
            put(row, connection, instance)
        return instance

    return make


def _beside(info: dict[str, Any], compiler: Any, converters: Converters) -> Callable[[Row, Any, Model], None]:
    """What puts the instance that a row holds beside another, and tells it so; None where there is none."""
    make, key = _instance(info, compiler, converters), _key_of(info, compiler)
    set_here, set_there = info["local_setter"], info["remote_setter"]

    def put(row: Row, connection: Any, instance: Model) -> None:
        other = make(row, connection) if row[key] is not None else None
        set_here(instance, other)
        if other is not None:
            set_there(other, instance)

    return put


def _key_of(info: dict[str, Any], compiler: Any) -> int:
    """The column of its key, which nothing has that is not there."""
    key = info["model"]._meta.pk
    column: int = next(each for each in info["select_fields"] if compiler.select[each][0].target is key)
    return column


def _measures(model: type[Model]) -> list[str]:
    """What image fields, which hear of every new instance, find out where it is missing; nothing if others listen too."""
    listeners, _asynchronous = post_init._live_receivers(model)
    if any(getattr(each, "__func__", None) is not ImageField.update_dimension_fields for each in listeners):
        return []
    pictures: list[Any] = [field for field in model._meta.concrete_fields if isinstance(field, ImageField)]
    return [name for field in pictures for name in (field.width_field, field.height_field) if name]


def _check(model: type[Model], names: list[str]) -> None:
    """Refuse a model that does something of its own when a row becomes an instance."""
    if model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__:  # type: ignore[attr-defined]
        raise CannotPrepare(f"{model} makes its instances itself.")
    if pre_init.has_listeners(model):
        raise CannotPrepare(f"Somebody wants to hear of {model} before there is one.")
    for name in names:
        if type(getattr_static(model, name, None)) not in (*_PLAIN, type(None)):  # None: what the query computes
            raise CannotPrepare(f"{model}.{name} stores its values in its own way.")


def _converting(converters: Converters, places: Mapping[int, Any], connection: Any) -> Callable[[Any, Any], Any]:
    """What converts the values of those columns, in their places in a list or dictionary."""
    steps = [(place, *converters[column]) for column, place in places.items() if column in converters]
    moments = []
    if connection.vendor == "sqlite" and settings.USE_TZ and connection.timezone is UTC:
        as_utc = [connection.ops.convert_datetimefield_value]
        moments = [place for place, how, _column in steps if how == as_utc]
    others, combine = [step for step in steps if step[0] not in moments], datetime.combine

    def convert(values: Any, connection: Any) -> Any:
        for place in moments:  # in UTC, and do not know it: what Django does with them, in one step
            if type(value := values[place]) is datetime and value.tzinfo is None:
                values[place] = combine(value, value.time(), UTC)  # a third of what `replace` takes
            elif value is not None:
                values[place] = connection.ops.convert_datetimefield_value(value, None, connection)
        for place, how, column in others:
            value = values[place]
            for step in how:
                value = step(value, column, connection)
            values[place] = value
        return values

    return convert
