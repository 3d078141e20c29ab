"""The words of a body, block by block, as readers see them; the questions that editors asked at some; marking words.

Pure functions. A place is a block and two offsets into its words, where every run of white space counts as one character,
so that it does not matter how the HTML is broken into lines or cut into links and emphasis.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: A question of an editor, as it is stored: `<span class="question" data-question="Were you there?">words</span>`.
QUESTION: Final = "span.question[data-question]"
QUESTIONS_MAX: Final = 20
PASSAGE_MAX: Final = 1000

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a body: those of `block` from `start` to before `end`."""

    block: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """What an editor asks at a passage."""

    place: Place
    text: str


def words_of(html: str) -> dict[str, str]:
    """The words of every block by the block's name, without those of blocks inside it. In the order of the text."""
    return {name: _folded(_raw(pieces)) for name, pieces in _pieces(_body(html)).items()}


def questions_of(html: str) -> list[Question]:
    """The questions in a body, in the order of the text, `QUESTIONS_MAX` at the most."""
    if "data-question" not in html:
        return []
    found: list[Question] = []
    body = _body(html)
    blocks = _pieces(body)
    for span in body.css(QUESTION):
        inside = {node.mem_id for node in span.traverse(include_text=True)}
        for name, pieces in blocks.items():
            at = _range_of(pieces, inside)
            if at is not None:
                place = Place(name, at[0], min(at[1], at[0] + PASSAGE_MAX))
                found.append(Question(place, span.attributes["data-question"] or ""))
                break
    return found[:QUESTIONS_MAX]


def count_questions(html: str) -> int:
    return len(_body(html).css(QUESTION)) if "data-question" in html else 0


def drop_questions(root: LexborNode) -> None:
    """Leave the words of every question, and nothing that says that one was asked."""
    for span in root.css(QUESTION):
        span.unwrap()


def settle_questions(root: LexborNode) -> None:
    """A question stands at some words within one block, and at no words of another question; what else looks like one
    becomes its words."""
    for span in root.css("span.question,span[data-question]"):
        asks = span.css_matches(QUESTION) and span.text(strip=True)
        if not asks or _is_inside(span, "question") or any(node.tag in _BLOCKS for node in span.css("*")):
            span.unwrap()


def mark(block: LexborNode, ranges: Iterable[Range]) -> None:
    """Put `<mark class="passage">` around words of a block; links and emphasis that cross an end stay whole."""
    pieces = _pieces_of(block)
    raw = _raw(pieces)
    places = _raw_places(raw)
    marked = [(places[start], places[min(end, len(places)) - 1] + 1) for start, end in ranges if start < len(places)]
    cuts = sorted({cut for at in marked for cut in at})
    position = 0
    for node, text in pieces:
        end = position + len(text)
        if node is not None and text.strip() and any(start < end and position < stop for start, stop in marked):
            inner = [cut for cut in cuts if position < cut < end]
            _rewrite(node, raw, [position, *inner, end], marked)
        position = end


#: What cannot stand in a sentence; a question that holds one of these spans more than a block.
_BLOCKS: Final = frozenset(
    "p h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote footer figure figcaption table pre div aside details summary hr".split()
)

_Pieces = list[tuple[LexborNode | None, str]]


def _body(html: str) -> LexborNode:
    holder = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert holder is not None
    return holder


def _pieces(root: LexborNode) -> dict[str, _Pieces]:
    """The pieces of text of every named block, each with its node; a line break is white space without one."""
    found: dict[str, _Pieces] = {}
    for owner, node in _walk(root):
        if node is None:
            found.setdefault(owner, [])
        elif node.tag == "br":
            found[owner].append((None, "\n"))
        else:
            found[owner].append((node, node.text_content or ""))
    return found


def _pieces_of(block: LexborNode) -> _Pieces:
    name = block.attributes.get("data-block") or ""
    return _pieces(block)[name]


def _walk(root: LexborNode) -> Iterator[tuple[str, LexborNode | None]]:
    """Every text node and line break with the name of the innermost block that holds it; (name, None) where one begins."""
    waiting: list[tuple[str, LexborNode]] = [("", root)]
    while waiting:
        owner, node = waiting.pop()
        if node.tag == "-text" or node.tag == "br":
            if owner:
                yield owner, node
            continue
        if name := node.attributes.get("data-block"):
            owner = name
            yield owner, None
        waiting.extend((owner, child) for child in reversed(list(node.iter(include_text=True))))


def _raw(pieces: _Pieces) -> str:
    return "".join(text for _node, text in pieces)


def _folded(raw: str) -> str:
    return " ".join(raw.split())


def _raw_places(raw: str) -> list[int]:
    """Where each character of the folded words stands in the raw text."""
    places: list[int] = []
    space = -1
    for at, character in enumerate(raw):
        if character.isspace():
            space = at if space < 0 else space
            continue
        if space >= 0 and places:
            places.append(space)
        space = -1
        places.append(at)
    return places


def _range_of(pieces: _Pieces, nodes: set[int]) -> Range | None:
    """The offsets, in the folded words, of the pieces whose nodes these are; None where there are none."""
    before = inside = ""
    for node, text in pieces:
        if node is not None and node.mem_id in nodes:
            inside += text
        elif inside and node is None:
            inside += text  # a line break between two lines of the passage, or white space after it
        elif not inside:
            before += text
        else:
            break
    if not inside.strip():
        return None
    start = len(_folded(f"{before}{inside[: len(inside) - len(inside.lstrip())]}|")) - 1
    return start, start + len(_folded(inside))


def _rewrite(node: LexborNode, raw: str, cuts: Sequence[int], marked: list[Range]) -> None:
    """Put the text of `node`, cut into pieces, in its place; the pieces that are marked in an element."""
    for start, end in pairwise(cuts):
        text = raw[start:end]
        if text.strip() and any(first <= start and end <= last for first, last in marked):
            around = _body('<mark class="passage"></mark>').first_child
            assert around is not None
            around.insert_child(text)
            node.insert_before(around)
        else:
            node.insert_before(text)
    node.decompose()


def _is_inside(node: LexborNode, cls: str) -> bool:
    parent = node.parent
    while parent is not None and parent.tag != "main":
        if cls in (parent.attributes.get("class") or "").split():
            return True
        parent = parent.parent
    return False
