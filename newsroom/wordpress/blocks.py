"""The block editor's comments (<!-- wp:name {...} -->): what lies between them, and what had no HTML of its own."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from newsroom.wordpress import embeds
from newsroom.wordpress.surroundings import BLOCK, LINKED, Surroundings

_DELIMITER = re.compile(r"<!--\s*(/?)wp:([a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)(?=[\s/-])")
#: Self-closing blocks that readers don't miss.
_SILENT = {"spacer", "separator", "more", "nextpage", "site-logo", "site-title", "site-tagline"}


class _Delimiter(NamedTuple):
    start: int
    end: int
    name: str
    attributes: str
    closes: bool
    alone: bool


def has_blocks(html: str) -> bool:
    return "<!-- wp:" in html


def flatten(html: str, around: Surroundings, freeform: Callable[[str], str]) -> str:
    """The HTML of a block post without its block comments; `freeform` treats what stands outside of all blocks."""
    out, at, depth = [], 0, 0
    for mark in _delimiters(html):
        between = html[at : mark.start]
        out.append(freeform(between) if depth == 0 and between.strip() else between)
        at = mark.end
        if mark.alone:
            out.append(_without_html(mark, around))
        else:
            depth = max(depth - 1, 0) if mark.closes else depth + 1
    rest = html[at:]
    out.append(freeform(rest) if depth == 0 and rest.strip() else rest)
    return "".join(out)


def _delimiters(html: str) -> Iterator[_Delimiter]:
    for match in _DELIMITER.finditer(html):
        end = html.find("-->", match.end())
        if end < 0:
            return
        inside = html[match.end() : end].strip()
        alone = inside.endswith("/") and not match[1]
        name = match[2].removeprefix("core/")
        yield _Delimiter(match.start(), end + 3, name, inside.removesuffix("/").strip(), bool(match[1]), alone)


def _without_html(mark: _Delimiter, around: Surroundings) -> str:
    """A self-closing block: an embed is kept by its address; what WordPress made up on each view is noted."""
    attributes = _json(mark.attributes)
    url = attributes.get("url") or attributes.get("providerUrl")
    if mark.name.split("/")[0] in {"embed", "core-embed"} and isinstance(url, str) and url:
        html, shown = embeds.embed(url)
        if not shown:
            around.note(LINKED, url)
        return f"\n{html}\n"
    if mark.name not in _SILENT:
        reusable = f" {attributes['ref']}" if mark.name == "block" and "ref" in attributes else ""
        around.note(BLOCK, f"wp:{mark.name}{reusable}")
    return ""


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
