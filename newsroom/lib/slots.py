"""What stands in a template in place of a value, so that `newsroom.lib.stencil` learns what the template does with it."""

import functools
import itertools
import operator
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

#: How to come from the names that a template knows (`scope`) to a value: a path of attributes, or a function.
Read = str | Callable[[SimpleNamespace], Any]

#: Digits, so that a number's mark passes through `{% url %}`; nobody outside can guess them. Then the slot's place, and a
#: 7 that any arithmetic would change.
_MARK: Final = str(secrets.randbelow(9 * 10**11) + 10**11)
_MARKS: Final = re.compile(rf"{_MARK}(\d{{3}})7")


class CannotFollow(Exception):
    """The template does something with a value that a stencil cannot repeat for the next one."""


def later(function: Callable[..., Any], *arguments: Any) -> Any:
    """`function(*arguments)`; where one of them is a slot, a slot for the result. `function` must be pure."""
    slots = [value for value in arguments if isinstance(value, _Slot)]
    if not slots:
        return function(*arguments)
    name = f"{function.__qualname__}({', '.join(map(_name_of, arguments))})"
    value = function(*map(_held_of, arguments))
    return slots[0].trace.slot(name, value, _read_later(function, arguments))


def _read_later(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Read:
    """Values by their paths, and then what is the same for all, in a way of its own: a page does so some hundred times."""
    leading = [*itertools.takewhile(lambda value: isinstance(value, _Slot), arguments)]
    paths, rest = [slot.read for slot in leading if isinstance(slot.read, str)], arguments[len(leading) :]
    if paths and len(paths) == len(leading) and not any(isinstance(value, _Slot) for value in rest):
        read = operator.attrgetter(*paths)
        if len(paths) == 1:
            return lambda scope: function(read(scope), *rest)
        return lambda scope: function(*read(scope), *rest)
    reads = [function_of(_read_of(value)) for value in arguments]
    return lambda scope: function(*[read(scope) for read in reads])


def follow(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that slots pass through: `register.filter("linebreaks", follow(linebreaks))`. Its page escapes."""

    @functools.wraps(function, updated=())
    def followed(*arguments: Any) -> Any:
        return later(function, *arguments)

    return followed


@dataclass(frozen=True, slots=True)
class Question:
    """Only whether the answer is true counts, unless it is exact."""

    read: Read
    is_exact: bool


class Known:
    """What a template's drawings have in common: by name, how to come to each value, and what is asked."""

    def __init__(self) -> None:
        self.reads: dict[str, Read] = {}
        self.questions: dict[str, Question] = {}


class Trace:
    """What one drawing asked, and the slots it was given."""

    def __init__(self, known: Known) -> None:
        self.asked: dict[str, tuple[Question, Any]] = {}
        self.complaints: list[str] = []
        self._known = known
        self._slots: dict[str, _Slot] = {}

    def slot(self, name: str, value: Any, read: Read) -> "_Slot":
        if name not in self._slots:
            mark = f"{_MARK}{len(self._slots):03}7"
            is_number = isinstance(value, int) and not isinstance(value, bool)
            slot: _Slot = _Number(mark) if is_number else _Text(f"<a slot cannot follow {name}>")
            slot.trace, slot.name, slot.held, slot.mark = self, name, value, mark
            slot.read = self._known.reads.setdefault(name, read)
            self._slots[name] = slot
        return self._slots[name]

    def ask(self, question: str, answer: Any, read: Read, *, is_exact: bool = True) -> Any:
        if question not in self.asked:
            self.asked[question] = self._known.questions.setdefault(question, Question(read, is_exact)), answer
        return self.asked[question][1]

    def places(self, drawn: str) -> tuple[list[str], list[Read]]:
        """What the drawing says around the slots that it shows, and how to come to their values."""
        slots, pieces = list(self._slots.values()), _MARKS.split(drawn)
        return pieces[::2], [slots[int(number)].read for number in pieces[1::2]]


class _Slot:
    """In place of a value: prints as a mark, gives slots for its attributes, and has every question written down."""

    trace: Trace
    name: str
    held: Any
    read: Read
    mark: str

    def __getitem__(self, key: Any) -> Any:
        """As `value.key` in a template: an item, else an attribute, called where it is a method."""
        try:
            value, read = self.held[key], _item(self.read, key)
        except (TypeError, KeyError, IndexError, ValueError):
            if not isinstance(key, str) or not (key.isdigit() or hasattr(self.held, key)):
                return self._complain(f"{self.name} has no {key}")
            if key.isdigit():
                return self[int(key)]
            value, read = getattr(self.held, key), _attribute(self.read, key)
            if callable(value) and not getattr(value, "do_not_call_in_templates", False):
                value, read = value(), _call(read)
        return self.trace.slot(f"{self.name}.{key}", value, read)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            self._complain(f"something computes with {self.name} ({name})")
        raise AttributeError(name)

    def _complain(self, sentence: str) -> Any:
        self.trace.complaints.append(sentence)
        raise CannotFollow(sentence)

    def _ask(self, test: Callable[..., Any], *others: Any) -> Any:
        question = f"{test.__name__} {self.name} {' '.join(map(_name_of, others))}"
        answer = test(self.held, *map(_held_of, others))
        return self.trace.ask(question, answer, _read_later(test, (self, *others)))

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
        """No number is a text; but what is None now, which is no number, may be one the next time."""
        return (isinstance(other, _Slot) or not isinstance(other, str)) and super().__eq__(other)

    def __mod__(self, other: int) -> Any:
        return later(operator.mod, self, other)

    __hash__ = None  # type: ignore[assignment]


def _item(read: Read, key: Any) -> Read:
    get = function_of(read)
    return lambda scope: get(scope)[key]


def _attribute(read: Read, key: str) -> Read:
    if isinstance(read, str):
        return f"{read}.{key}"
    return lambda scope: getattr(read(scope), key)


def _call(read: Read) -> Read:
    get = function_of(read)
    return lambda scope: get(scope)()


def function_of(read: Read) -> Callable[[SimpleNamespace], Any]:
    return operator.attrgetter(read) if isinstance(read, str) else read


def _read_of(value: Any) -> Read:
    return value.read if isinstance(value, _Slot) else lambda _: value


def _held_of(value: Any) -> Any:
    return value.held if isinstance(value, _Slot) else value


def _name_of(value: Any) -> str:
    return value.name if isinstance(value, _Slot) else repr(value)
