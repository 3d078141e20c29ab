"""What the database's planner knows of the rows."""

from django.db import connection


def tell_planner() -> None:
    """After many rows at once. PostgreSQL looks at them by itself only a minute later, and until then may plan as if a table
    were empty; SQLite plans without looking."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
