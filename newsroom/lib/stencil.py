"""Templates that are drawn once and then only filled in: a page of pieces costs a fraction of the time.

A stencil draws its template with *slots* in place of the values. A slot prints as a mark, and remembers every question
that the template asks of it (`{% if %}`, a comparison, a plural, the length of a loop). The text between the marks is
kept under the answers; the next item that gives the same answers is that text with its own values, escaped as a template
escapes them. Nothing has to be declared: the template stays the only source of the HTML.

In such a template: variables, `if`, `with`, `for`, `include`, `draw`, `url`, `translate`, `blocktranslate` (with plurals
too) and tags that only print what they are given. What computes with a value (a filter, a tag) goes through `later` or
`follow`, or becomes a property of the item. Whatever a slot cannot follow is noticed, because each new text is compared
with the ordinary rendering of the same item: a site logs it once and draws that template as ever. What a template does not
get from its values (the clock, a setting) would stay as it was at the first drawing: tests (NEWSROOM_STRICT) compare what is
filled in as well, and a difference fails.
"""

import contextlib
import functools
import logging
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from types import SimpleNamespace
from typing import Any, Final

from django.conf import settings
from django.template import Context
from django.template.base import Template, render_value_in_context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from newsroom.lib.clock import HereAndNow
from newsroom.lib.html import trusted
from newsroom.lib.slots import CannotFollow, Known, Question, Read, Trace, function_of

log = logging.getLogger(__name__)

#: Characters of text that one stencil keeps. Beyond, something asks too much, and it begins anew.
_KEPT_MAX: Final = 400_000
_PLAIN: Final = Context()
_SPECIAL: Final = re.compile("[&<>\"']").search


def drawn(name: str, here: HereAndNow, names: tuple[str, ...], *values: Any) -> SafeString:
    """The template called `name`, which knows nothing but these values by these names, and `here_and_now`."""
    scope = SimpleNamespace(**dict(zip(names, values, strict=True)), here_and_now=here)
    if settings.DEBUG:  # a template that was just changed is not kept
        html: SafeString = get_template(name).template.render(Context(vars(scope)))  # type: ignore[attr-defined]
        return html
    return stencil(name, names, here.language).fill(scope)


@functools.cache
def stencil(name: str, _names: tuple[str, ...], _language: str | None) -> "Stencil":
    """One for each language, and for what a template is given: of a name that is missing nothing is asked."""
    return Stencil(get_template(name).template)  # type: ignore[attr-defined]


class Stencil:
    """One template in one language."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._known = Known()
        self._drawings: list[_Drawing] = []
        self._tree: _Branch | None = None
        self._is_strict: bool = settings.NEWSROOM_STRICT
        self._gave_up = False

    def fill(self, scope: SimpleNamespace) -> SafeString:
        """What the template renders with the names of `scope`, and nothing else, as its context."""
        if not self._gave_up:
            try:
                return trusted(self._fill(scope))
            except Exception as error:
                if self._is_strict:
                    raise
                self._gave_up = isinstance(error, CannotFollow)  # else it is this item's, or passes (no database)
                log.exception("%s is drawn as an ordinary template", self._template.name)
        return self._template.render(Context(vars(scope)))

    def _fill(self, scope: SimpleNamespace) -> str:
        branch = self._tree
        try:
            while isinstance(branch, _Fork):
                branch = branch.answers.get(branch.answer(scope))
        except Exception:  # a question was asked together with the one that guards it: this item is of another kind
            branch = None
        if branch is None:
            return self._draw(scope)
        filled = branch.fill(scope)
        if self._is_strict and branch.is_doubted():
            self._compare(filled, scope)
        return filled

    def _draw(self, scope: SimpleNamespace) -> str:
        trace = Trace(self._known)
        names = {name: trace.slot(name, value, name) for name, value in vars(scope).items()}
        with contextlib.suppress(CannotFollow):  # an `{% if %}` would swallow it as well: the complaint stays
            text = _Filled(*trace.places(self._template.render(Context(names))))
        if trace.complaints:
            raise self._cannot_follow("; ".join(trace.complaints))
        filled = text.fill(scope)
        self._compare(filled, scope)
        self._keep(_Drawing(tuple(trace.asked.values()), text))
        return filled

    def _compare(self, filled: str, scope: SimpleNamespace) -> None:
        if filled != self._template.render(Context(vars(scope))):
            raise self._cannot_follow("its text differs from the ordinary rendering")

    def _cannot_follow(self, why: str) -> CannotFollow:
        return CannotFollow(f"{self._template.name}: {why}. Compute it in the item, or in a tag through `later`.")

    def _keep(self, drawing: "_Drawing") -> None:
        """The tree is grown anew beside the old one, so that nobody who walks through it needs a lock."""
        kept = [*self._drawings, drawing]
        if sum(each.text.size for each in kept) > _KEPT_MAX:
            kept = [drawing]
        self._drawings, self._tree = kept, _tree_of(kept)


class _Filled:
    """A text with places, and the values that belong there."""

    def __init__(self, around: Sequence[str], reads: Sequence[Read]) -> None:
        each = sorted(set(reads), key=callable)  # paths first, as `_values` does
        self.size = sum(map(len, around))
        self._pieces = [piece for text in around for piece in (text, "")][:-1]
        places = [each.index(read) for read in reads]
        self._placed = operator.itemgetter(*places) if len(places) > 1 else list
        self._values = _values(each)
        self._doubts = 0

    def is_doubted(self) -> bool:
        """Whether tests compare this filling: each of the first ones, then ever fewer (a thread has a hundred places)."""
        self._doubts += 1
        return self._doubts <= 64 or self._doubts & (self._doubts - 1) == 0

    def fill(self, scope: SimpleNamespace) -> str:
        values = self._values(scope)
        shown = [value if type(value) is SafeString else _shown(value) for value in values]
        pieces = self._pieces[:]
        pieces[1::2] = self._placed(shown)
        return "".join(pieces)


_Asked = Sequence[tuple[Question, Any]]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A text, and what was asked on the way to it, with the answers."""

    asked: _Asked
    text: _Filled


class _Fork:
    """Questions that are asked together, and where the answers lead."""

    def __init__(self, asked: _Asked) -> None:
        questions = [question for question, _answer in _in_order(asked)]
        exact = [question.read for question in questions if question.is_exact]
        self._truths = _values([question.read for question in questions if not question.is_exact])
        self._exact = _values(exact) if exact else None
        self.answers: dict[tuple[Any, ...], _Branch] = {}

    def answer(self, scope: SimpleNamespace) -> tuple[Any, ...]:
        truths = tuple(map(bool, self._truths(scope)))
        return truths if self._exact is None else (*truths, *self._exact(scope))


_Branch = _Fork | _Filled


def _tree_of(drawings: list[_Drawing], known: int = 0) -> _Branch:
    """Of drawings whose first `known` questions have the same answers: what all of them asked next is asked together."""
    asked = [drawing.asked for drawing in drawings]
    end = known
    while all(len(each) > end and each[end][0] is asked[0][end][0] for each in asked):
        end += 1
    if end == known:
        if any(len(each) > end for each in asked):
            raise CannotFollow("asks something else after the same answers")
        return drawings[-1].text
    fork = _Fork(asked[0][known:end])
    kinds: dict[tuple[Any, ...], list[_Drawing]] = {}
    for drawing in drawings:
        answers = tuple(answer for _question, answer in _in_order(drawing.asked[known:end]))
        kinds.setdefault(answers, []).append(drawing)
    fork.answers = {answers: _tree_of(alike, end) for answers, alike in kinds.items()}
    return fork


def _in_order(asked: _Asked) -> _Asked:
    """As a fork asks: whether something is true before what exactly it is, and by path before by function."""
    return sorted(asked, key=lambda each: (each[0].is_exact, callable(each[0].read)))


def _values(reads: Sequence[Read]) -> Callable[[SimpleNamespace], Sequence[Any]]:
    """All of them, those by path first, which are one call of C."""
    paths = [read for read in reads if isinstance(read, str)]
    functions = [read for read in reads if not isinstance(read, str)]
    if len(paths) < 2:
        functions = [*map(function_of, paths), *functions]
        return lambda scope: [read(scope) for read in functions]
    together = operator.attrgetter(*paths)
    if not functions:
        return together
    return lambda scope: (*together(scope), *[read(scope) for read in functions])


def _shown(value: Any) -> str:
    """As a template prints it."""
    kind = type(value)
    if kind is str:
        return escape(value) if _SPECIAL(value) else value
    if kind is int or kind is SafeString:
        return str(value)
    return render_value_in_context(value, _PLAIN)
