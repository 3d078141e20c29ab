"""Lines over numbers as an SVG picture: text as text, readable in light and in dark, nothing from elsewhere."""

import math
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 740, 340, 64, 210, 48, 52
#: Okabe and Ito's colours for everybody's eyes, a little darker or lighter where the ground wants it; then dashes.
_LIGHT = ("#0072b2", "#b34700", "#00785a", "#a3447e", "#57606a", "#8a6d00")
_DARK = ("#56b4e9", "#ff9d52", "#2fc79a", "#e394c4", "#b6bec8", "#f0d34c")
_DASHES = ("none", "6 4")


class Panel(NamedTuple):
    title: str
    #: What is counted on the axis below.
    unit: str
    numbers: list[int]
    #: Milliseconds at each of the numbers, by name.
    lines: dict[str, list[float]]


def write(panels: list[Panel]) -> str:
    """The panels below one another."""
    height = HEIGHT * len(panels)
    names = ", ".join(panel.title for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(names)}</title>",
        f"<style>{_style()}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate(0 {place * HEIGHT})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _style() -> str:
    def colours(ground: str, ink: str, grid: str, lines: tuple[str, ...]) -> str:
        of_lines = "".join(f".c{n}{{stroke:{colour}}}" for n, colour in enumerate(lines))
        return f".ground{{fill:{ground}}}text{{fill:{ink}}}.grid{{stroke:{grid}}}{of_lines}"

    dashes = "".join(f".d{n}{{stroke-dasharray:{dash}}}" for n, dash in enumerate(_DASHES))
    return (
        "text{font:13px system-ui,sans-serif}.title{font-weight:600;font-size:15px}"
        f".line{{fill:none;stroke-width:2.5;stroke-linejoin:round}}.grid{{stroke-width:1}}{dashes}"
        + colours("#ffffff", "#1f2328", "#d9dee3", _LIGHT)
        + f"@media (prefers-color-scheme:dark){{{colours('#14171b', '#e6e9ed', '#3a4149', _DARK)}}}"
    )


def _panel(panel: Panel) -> Iterator[str]:
    step = _step(max(max(line) for line in panel.lines.values()))
    most = step * math.ceil(max(max(line) for line in panel.lines.values()) / step)
    low, high = math.log10(panel.numbers[0]), math.log10(panel.numbers[-1])

    def x(number: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(number) - low) / ((high - low) or 1)

    def y(ms: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ms / most

    yield f'<text class="title" x="{LEFT}" y="24">{escape(panel.title)}</text>'
    for n in range(round(most / step) + 1):
        at = y(n * step)
        yield f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{n * step:g}</text>'
    yield f'<text x="{LEFT - 8}" y="{TOP - 12}" text-anchor="end">ms</text>'
    for number in panel.numbers:
        yield f'<path class="grid" d="M{x(number):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        yield f'<text x="{x(number):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{number:,}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(panel.unit)} (logarithmic)</text>'
    for place, (name, line) in enumerate(sorted(panel.lines.items(), key=lambda named: -named[1][-1])):
        look = f"line c{place % len(_LIGHT)} d{place // len(_LIGHT) % len(_DASHES)}"
        points = " ".join(f"{x(number):.1f},{y(ms):.1f}" for number, ms in zip(panel.numbers, line, strict=True))
        yield f'<polyline class="{look}" points="{points}"/>'
        at, right = TOP + 10 + place * 22, WIDTH - RIGHT + 20
        yield f'<path class="{look}" d="M{right} {at - 4}h22"/><text x="{right + 30}" y="{at}">{escape(name)}</text>'


def _step(most: float) -> float:
    """A round number that stands four to ten times in `most`."""
    power = 10 ** math.floor(math.log10(most))
    return next(power * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2) if most / (power * part) <= 6)
