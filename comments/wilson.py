"""The order that votes give: Wilson's lower bound, the same in Python and in SQL.

E. B. Wilson, "Probable inference" (1927): how good a comment surely is, however few have voted. In thousandths, so that
most votes of a busy thread move no row; the writer's own implied vote counts, so that a fresh comment stands above one that
was voted down.
"""

from math import floor, sqrt
from typing import Final

from django.db.models import FloatField, IntegerField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Floor, Sqrt

#: The quantile of an 80 % interval, as Reddit and Lobsters have it.
Z: Final = 1.281551565545


def wilson(up: int, down: int) -> int:
    n = up + down + 1
    share = (up + 1) / n
    spread = Z * sqrt((share * (1 - share) + Z * Z / (4 * n)) / n)
    return floor((share + Z * Z / (2 * n) - spread) / (1 + Z * Z / n) * 1000)


#: Of a comment that nobody has voted on.
UNVOTED: Final = wilson(0, 0)


def wilson_sql(up: Combinable, down: Combinable) -> Combinable:
    """`wilson` as an expression, so that counters and order change in one statement."""
    n = Cast(up + down + Value(1), FloatField())
    share = Cast(up + Value(1), FloatField()) / n
    z2 = Value(Z * Z)
    spread = Value(Z) * Sqrt((share * (Value(1.0) - share) + z2 / (Value(4.0) * n)) / n)
    bound = (share + z2 / (Value(2.0) * n) - spread) / (Value(1.0) + z2 / n)
    return Cast(Floor(bound * Value(1000.0)), IntegerField())
