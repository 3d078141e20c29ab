"""Templates that are drawn once and then only filled in: a list with a hundred items costs a fraction of the time.

A stencil draws its template with *slots* in place of the values. A slot prints as a mark, and remembers every question
that the template asks of it (`{% if %}`, a comparison, a plural, the length of a loop). The text between the marks is
kept under the answers; the next item that gives the same answers is that text with its own values, escaped as a template
escapes them. Nothing has to be declared: the template stays the only source of the HTML.

In such a template: variables, `if`, `with`, `for`, `include`, `url`, `translate`, `blocktranslate` (with plurals too) and
tags that only print what they are given. What computes with a value (a filter, a tag) goes through `later`, or becomes a
property of the item. Whatever a slot cannot follow is noticed, because each new text is compared with the ordinary
rendering of the same item: tests fail (NEWSROOM_STRICT), a site logs it once and draws that template as ever.
"""

import contextlib
import logging
import operator
import re
import secrets
from collections.abc import Callable, Iterator
from html import escape
from types import SimpleNamespace
from typing import Any, Final

from django.conf import settings
from django.template import Context
from django.template.base import Template, render_value_in_context
from django.utils.safestring import SafeString

from newsroom.lib.html import trusted

log = logging.getLogger(__name__)

#: Answers a question, or gives a value, for one item: `scope` holds what the template knows by name.
Read = Callable[[SimpleNamespace], Any]

#: Digits, so that a number's mark passes through `{% url %}`; nobody outside can guess them. Then the slot's place, and a
#: 7 that any arithmetic would change.
_MARK: Final = str(secrets.randbelow(9 * 10**11) + 10**11)
_MARKS: Final = re.compile(rf"{_MARK}(\d{{3}})7")
#: Beyond so many different texts something asks too much: the stencil begins anew.
_TEXTS_MAX: Final = 1000
_PLAIN: Final = Context()


class CannotFollow(Exception):
    """The template does something with a value that a stencil cannot repeat for the next one."""


class Stencil:
    """One template in one language."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._trunk = _Node()
        self._texts = 0
        self._gave_up = False

    def fill(self, scope: SimpleNamespace) -> SafeString:
        """What the template renders with the names of `scope`, and nothing else, as its context."""
        if not self._gave_up:
            try:
                return trusted(self._fill(scope))
            except Exception:
                if settings.NEWSROOM_STRICT:
                    raise
                self._gave_up = True
                log.exception("%s is drawn as an ordinary template from now on", self._template.name)
        return self._template.render(Context(vars(scope)))

    def _fill(self, scope: SimpleNamespace) -> str:
        node: _Node | None = self._trunk
        while node is not None and node.ask is not None:
            answer = node.ask(scope)
            node = node.answers.get(answer if node.is_exact else bool(answer))
        if node is None or node.text is None:
            return self._draw(scope)
        return node.text.format(*[_shown(read(scope)) for read in node.reads])

    def _draw(self, scope: SimpleNamespace) -> str:
        trace = _Trace()
        names = {name: trace.slot(name, value, operator.attrgetter(name)) for name, value in vars(scope).items()}
        with contextlib.suppress(CannotFollow):  # an `{% if %}` would swallow it as well: the complaint stays
            text, reads = trace.text_of(self._template.render(Context(names)))
        drawn: str = self._template.render(Context(vars(scope)))
        if trace.complaints or text.format(*[_shown(read(scope)) for read in reads]) != drawn:
            why = "; ".join(trace.complaints) or "its text differs from the ordinary rendering"
            raise CannotFollow(f"{self._template.name}: {why}. Compute it in the item, or in a tag through `later`.")
        self._keep(trace, text, reads)
        return drawn

    def _keep(self, trace: "_Trace", text: str, reads: list[Read]) -> None:
        if self._texts >= _TEXTS_MAX:
            self._trunk, self._texts = _Node(), 0
        node = self._trunk
        for ask, answer, is_exact in trace.questions:
            node.is_exact, node.ask = is_exact, ask
            node = node.answers.setdefault(answer, _Node())
        node.text, node.reads = text, reads
        self._texts += 1


def later(function: Callable[..., Any], *arguments: Any) -> Any:
    """`function(*arguments)`; where one of them is a slot, a slot for the result. `function` must be pure."""
    slot = next((value for value in arguments if isinstance(value, _Slot)), None)
    if slot is None:
        return function(*arguments)
    reads = [_read_of(value) for value in arguments]
    name = f"{function.__qualname__}({', '.join(map(_name_of, arguments))})"
    return slot.trace.slot(
        name, function(*map(_held_of, arguments)), lambda scope: function(*[read(scope) for read in reads])
    )


class _Node:
    """A question and where each answer leads; or, at the end, the text with the values it has places for."""

    def __init__(self) -> None:
        self.ask: Read | None = None
        #: Only whether the answer is true counts, unless it is exact.
        self.is_exact = False
        self.answers: dict[Any, _Node] = {}
        self.text: str | None = None
        self.reads: list[Read] = []


class _Trace:
    """What one drawing asked, and the slots it was given."""

    def __init__(self) -> None:
        self.questions: list[tuple[Read, Any, bool]] = []
        self.complaints: list[str] = []
        self._answers: dict[str, Any] = {}
        self._slots: dict[str, _Slot] = {}

    def slot(self, name: str, value: Any, read: Read) -> "_Slot":
        if name not in self._slots:
            mark = f"{_MARK}{len(self._slots):03}7"
            is_number = isinstance(value, int) and not isinstance(value, bool)
            slot: _Slot = _Number(mark) if is_number else _Text(f"<a slot cannot follow {name}>")
            slot.trace, slot.name, slot.held, slot.read, slot.mark = self, name, value, read, mark
            self._slots[name] = slot
        return self._slots[name]

    def ask(self, question: str, answer: Any, read: Read, *, is_exact: bool = True) -> Any:
        if question not in self._answers:
            self._answers[question] = answer
            self.questions.append((read, answer, is_exact))
        return self._answers[question]

    def text_of(self, drawn: str) -> tuple[str, list[Read]]:
        """For `str.format`: the drawing with a place for each slot that it shows, and the slots' values."""
        slots, shown = list(self._slots.values()), dict[int, int]()
        pieces = _MARKS.split(drawn.replace("{", "{{").replace("}", "}}"))
        for place in range(1, len(pieces), 2):
            number = shown.setdefault(int(pieces[place]), len(shown))
            pieces[place] = f"{{{number}}}"
        return "".join(pieces), [slots[number].read for number in shown]


class _Slot:
    """In place of a value: prints as a mark, gives slots for its attributes, and has every question written down."""

    trace: _Trace
    name: str
    held: Any
    read: Read
    mark: str

    def __getitem__(self, key: Any) -> Any:
        """As `value.key` in a template: an item, else an attribute, called where it is a method."""
        try:
            value, read = self.held[key], _item(self.read, key)
        except (TypeError, KeyError, IndexError, ValueError):
            if not isinstance(key, str) or not hasattr(self.held, key):
                return self._complain(f"{self.name} has no {key}")
            value, read = getattr(self.held, key), _attribute(self, key)
            if callable(value):
                value, read = value(), _call(read)
        return self.trace.slot(f"{self.name}.{key}", value, read)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            self._complain(f"something computes with {self.name}")
        raise AttributeError(name)

    def _complain(self, sentence: str) -> Any:
        self.trace.complaints.append(sentence)
        raise CannotFollow(sentence)

    def _ask(self, test: Callable[..., Any], *others: Any) -> Any:
        question = f"{test.__name__} {self.name} {' '.join(map(_name_of, others))}"
        read, reads = self.read, [_read_of(other) for other in others]
        if not others:
            return self.trace.ask(question, test(self.held), lambda scope: test(read(scope)))
        answer = test(self.held, *map(_held_of, others))
        return self.trace.ask(question, answer, lambda scope: test(read(scope), *[r(scope) for r in reads]))

    def __bool__(self) -> bool:
        return bool(self.trace.ask(f"truth {self.name}", bool(self.held), self.read, is_exact=False))

    def __len__(self) -> int:
        return int(self._ask(len))

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def __contains__(self, other: object) -> bool:
        return bool(self._ask(operator.contains, other))

    def __eq__(self, other: object) -> bool:
        return bool(self._ask(operator.eq, other))

    def __ne__(self, other: object) -> bool:
        return bool(self._ask(operator.ne, other))

    def __lt__(self, other: Any) -> bool:
        return bool(self._ask(operator.lt, other))

    def __le__(self, other: Any) -> bool:
        return bool(self._ask(operator.le, other))

    def __gt__(self, other: Any) -> bool:
        return bool(self._ask(operator.gt, other))

    def __ge__(self, other: Any) -> bool:
        return bool(self._ask(operator.ge, other))

    __hash__ = None  # type: ignore[assignment]


class _Text(_Slot, str):  # type: ignore[misc]
    """Holds a sentence that must never reach a page: what takes it for text instead of asking for HTML is found out."""

    def __html__(self) -> str:
        return self.mark

    def __str__(self) -> str:
        return str(self._complain(f"something computes with {self.name}"))


class _Number(_Slot, int):
    """A number is its own mark, so that it passes through `{% url %}`; plurals may take it modulo another."""

    def __eq__(self, other: object) -> bool:
        return not isinstance(other, str) and super().__eq__(other)

    def __mod__(self, other: int) -> Any:
        return later(operator.mod, self, other)

    __hash__ = None  # type: ignore[assignment]


def _item(read: Read, key: Any) -> Read:
    return lambda scope: read(scope)[key]


def _attribute(slot: _Slot, key: str) -> Read:
    """One C call for a whole path of attributes."""
    if isinstance(slot.read, operator.attrgetter):
        return operator.attrgetter(f"{slot.name}.{key}")
    read = slot.read
    return lambda scope: getattr(read(scope), key)


def _call(read: Read) -> Read:
    return lambda scope: read(scope)()


def _read_of(value: Any) -> Read:
    return value.read if isinstance(value, _Slot) else lambda _: value


def _held_of(value: Any) -> Any:
    return value.held if isinstance(value, _Slot) else value


def _name_of(value: Any) -> str:
    return value.name if isinstance(value, _Slot) else repr(value)


def _shown(value: Any) -> str:
    """As a template prints it."""
    kind = type(value)
    if kind is SafeString:
        return value  # type: ignore[no-any-return]
    if kind is str:
        return escape(value)
    return str(value) if kind is int else render_value_in_context(value, _PLAIN)
