"""Plots as SVG from a server: where bars and lines stand. Pure; `admin/moderation/_plot.html` draws them, with a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

#: Of the drawing, in its own units; the page scales it.
WIDTH: Final = 640
HEIGHT: Final = 180
#: Room for the numbers at the start of the lines, and for the days below.
ASIDE: Final = 44
BELOW: Final = 22


class Series(NamedTuple):
    """`kind` names its colour. A value of None: nothing is known for that day."""

    label: Any
    kind: str
    values: Sequence[float | None]


class Bar(NamedTuple):
    kind: str
    x: float
    y: float
    width: float
    height: float


class Tick(NamedTuple):
    at: float
    said: str


@dataclass(frozen=True)
class Plot:
    """Values of several series over the same days: bars that stand on each other, or (`lines`) a line each."""

    title: Any
    days: Sequence[str]
    series: Sequence[Series]
    lines: bool = False
    unit: str = ""
    width: int = WIDTH
    height: int = HEIGHT

    @cached_property
    def top(self) -> float:
        """A round number that no value passes."""
        if self.lines:
            highest = max((value or 0 for series in self.series for value in series.values), default=0)
        else:
            highest = max((sum(value or 0 for value in day) for day in zip(*self._values, strict=True)), default=0)
        if self.unit == "%":
            return 100
        step = 10 ** (len(str(int(highest))) - 1) or 1
        return next(n for n in (step, 2 * step, 5 * step, 10 * step) if n >= highest)

    @property
    def _values(self) -> list[Sequence[float | None]]:
        return [series.values for series in self.series]

    @property
    def bars(self) -> list[Bar]:
        found = []
        for n, day in enumerate(zip(*self._values, strict=True)):
            reached = 0.0
            for series, value in zip(self.series, day, strict=True):
                reached += value or 0
                if value:
                    x, tall = self._x(n) - self._room * 0.4, value / self.top * self._floor
                    found.append(
                        Bar(series.kind, round(x, 1), self._y(reached), round(self._room * 0.8, 1), round(tall, 1))
                    )
        return found

    @property
    def curves(self) -> list[tuple[str, str]]:
        """Of each series its colour and its path, broken where nothing is known."""
        found = []
        for series in self.series:
            path, pen = "", "M"
            for n, value in enumerate(series.values):
                if value is None:
                    pen = "M"
                    continue
                path, pen = f"{path}{pen}{round(self._x(n), 1)} {self._y(value)}", "L"
            found.append((series.kind, path))
        return found

    @property
    def dots(self) -> list[tuple[str, float, float]]:
        return [
            (series.kind, round(self._x(n), 1), self._y(value))
            for series in self.series
            for n, value in enumerate(series.values)
            if value is not None
        ]

    @property
    def levels(self) -> list[Tick]:
        said = (self.top, self.top / 2, 0)
        return [Tick(self._y(value), _said(value, self.unit)) for value in said]

    @property
    def ticks(self) -> list[Tick]:
        """Every seventh day, counted from the last."""
        last = len(self.days) - 1
        return [Tick(round(self._x(n), 1), day) for n, day in enumerate(self.days) if (last - n) % 7 == 0]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: the newest day first."""
        days = zip(self.days, zip(*self._values, strict=True), strict=True)
        return [(day, [_said(value, self.unit) for value in values]) for day, values in days][::-1]

    @property
    def _floor(self) -> float:
        return HEIGHT - BELOW - 8

    @property
    def _room(self) -> float:
        return (WIDTH - ASIDE) / max(len(self.days), 1)

    def _x(self, n: int) -> float:
        return ASIDE + (n + 0.5) * self._room

    def _y(self, value: float) -> float:
        return round(8 + self._floor * (1 - value / self.top), 1)


def _said(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:,.{int(value != int(value))}f}{unit}"
