"""What a reporter types into a live page, as the HTML of a post. Plain text, because a phone in the rain has no toolbar.

    **bold**   *italics*   [words](https://an.address/)   https://an.address/
    - a list        > a quote        (an empty line begins a new paragraph)

The address of a video or a post, alone on its line, becomes the same box behind a click as in a story
(`articles.blocks`). What comes out is cleaned when it is stored, like every text.
"""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from newsroom.lib.text import without_controls

if TYPE_CHECKING:
    from articles.models.image import Image

#: Characters of one post. Longer things are stories.
TEXT_MAX: Final = 20_000

_ADDRESS: Final = r"https?://[^\s<>\"()]{1,1000}"
#: Each alternative is bounded and none holds another, so a hostile text costs what a long one costs.
_INLINE = re.compile(
    rf"\[(?P<words>[^\[\]\n]{{1,200}})\]\((?P<named>{_ADDRESS})\)|(?P<bare>{_ADDRESS})"
    r"|\*\*(?P<strong>[^*\n]{1,300})\*\*|\*(?P<em>[^*\s][^*\n]{0,300})\*"
)
_ALONE = re.compile(rf"{_ADDRESS}\Z")
_MARKERS: Final = {"- ": "li", "* ": "li", "• ": "li", "> ": "quote"}
_SENTENCE_END: Final = ".,;:!?…"


def html_of(text: str, image: "Image | None" = None) -> str:
    """The HTML of a post: its words, then its picture with caption and credit."""
    return "".join([*_blocks(text), _figure(image) if image else ""])


def tidy(text: str) -> str:
    """As it is stored: one kind of line end, no control characters, no empty ends."""
    return without_controls(text).strip()


def _blocks(text: str) -> Iterator[str]:
    for kind, lines in groupby(text.split("\n"), _kind):
        words = [line[2:] if kind in {"li", "quote"} else line for line in lines]
        if kind == "li":
            yield f"<ul>{''.join(f'<li>{_inline(line)}</li>' for line in words)}</ul>"
        elif kind == "quote":
            yield f"<blockquote><p>{'<br>'.join(map(_inline, words))}</p></blockquote>"
        elif kind == "address":
            yield from (f"<p>{_link(line.strip(), line.strip())}</p>" for line in words)
        elif kind == "words":
            yield f"<p>{'<br>'.join(map(_inline, words))}</p>"


def _kind(line: str) -> str:
    if not line.strip():
        return "nothing"
    if _ALONE.match(line.strip()):
        return "address"
    return _MARKERS.get(line[:2], "words")


def _inline(line: str) -> str:
    parts, done = [], 0
    for found in _INLINE.finditer(line):
        parts.append(escape(line[done : found.start()], quote=False))
        parts.append(_marked(found))
        done = found.end()
    return "".join([*parts, escape(line[done:], quote=False)])


def _marked(found: re.Match[str]) -> str:
    if words := found["words"]:
        return _link(found["named"], words)
    if bare := found["bare"]:
        address = bare.rstrip(_SENTENCE_END)
        return _link(address, address) + bare[len(address) :]
    tag = "strong" if found["strong"] else "em"
    return f"<{tag}>{escape(found[tag], quote=False)}</{tag}>"


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words, quote=False)}</a>'


def _figure(image: "Image") -> str:
    source = f'<img data-image="{image.pk}" src="{escape(image.file.url)}" alt="{escape(image.alt)}">'
    credit = f"<small>{escape(image.credit)}</small>" if image.credit else ""
    said = " ".join(part for part in (escape(image.caption), credit) if part)
    return f'<figure class="image">{source}{f"<figcaption>{said}</figcaption>" if said else ""}</figure>'
