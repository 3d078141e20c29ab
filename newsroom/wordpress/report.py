"""What an import did, and everything that it refused or changed and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

#: The kinds of rows, in the order in which they are told.
KINDS: Final = ("stories", "pages", "sections", "topics", "authors", "pictures", "comments", "redirects")


class Line(NamedTuple):
    """One remark: what it is about, what happened, and the particular."""

    subject: str
    what: str
    detail: str


class Mark(NamedTuple):
    new: Counter[str]
    updated: Counter[str]
    unchanged: Counter[str]
    refused: Counter[str]
    lines: int


@dataclass(slots=True)
class Report:
    """`new`, `updated`, `unchanged`, `refused`: rows by kind. `fault_line` is None for a file that was read to its end."""

    new: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    fault: str = ""
    fault_line: int | None = None

    def note(self, subject: str, what: str, detail: str = "") -> None:
        self.lines.append(Line(subject, what, detail))

    def refuse(self, kind: str, subject: str, why: str) -> None:
        self.refused[kind] += 1
        self.note(subject, "refused", why)

    def break_off(self, line: int, message: str) -> None:
        self.fault, self.fault_line = message, line

    def mark(self) -> Mark:
        """How it stands now, to go back to if what follows is refused as a whole."""
        return Mark(
            Counter(self.new), Counter(self.updated), Counter(self.unchanged), Counter(self.refused), len(self.lines)
        )

    def go_back(self, mark: Mark) -> None:
        self.new, self.updated, self.unchanged, self.refused, lines = mark
        del self.lines[lines:]

    def summary(self) -> dict[str, Any]:
        """Counts for machines: new rows by kind, then what else there was."""
        counts: dict[str, Any] = {kind: self.new[kind] for kind in KINDS}
        for name in ("updated", "unchanged", "refused"):
            counts[name] = dict(sorted(getattr(self, name).items()))
        return {**counts, "notes": len(self.lines), "fault": self.fault or None, "fault_line": self.fault_line}
