"""What the database's planner knows of the rows."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet

Row = TypeVar("Row", bound=Model)


def tell_planner() -> None:
    """After many rows at once. PostgreSQL looks at them by itself only a minute later, and until then may plan as if a table
    were empty; SQLite plans without looking."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def by_key(rows: "QuerySet[Row]", keys: "Iterable[int] | QuerySet[Any]") -> "QuerySet[Row]":
    """Those of `rows` that have one of these few keys, in the same order, each looked up. By `rows.filter(pk__in=keys)` SQLite, which does not
    know how many rows there are, may rather walk through all of them in their order."""
    asked = rows.order_by().filter(pk=OuterRef("pk"))
    return rows.model._default_manager.filter(Exists(asked), pk__in=keys).order_by(*rows.query.order_by)
