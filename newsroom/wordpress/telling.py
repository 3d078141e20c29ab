"""What the person at the terminal sees of an import: a bar while it runs, a report at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from newsroom.wordpress.report import KINDS, Report
from newsroom.wordpress.survey import Progress as Hear

#: Of one sort of remark, more lines than this are only counted.
SHOWN = 40


class Out(Protocol):
    def write(self, msg: str, /) -> object: ...


class Telling:
    def __init__(self, out: Out, size: int) -> None:
        self._out = out
        self._size = size

    @contextmanager
    def progress(self) -> Iterator[Hear]:
        """A bar on a terminal, nothing in a log. The file is read twice."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda _bytes: None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("Importing", total=max(self._size, 1) * 2)
            last, before = 0, 0

            def hear(position: int) -> None:
                nonlocal last, before
                before += last if position < last else 0
                last = position
                bar.update(task, completed=before + position)

            yield hear

    def tell(self, report: Report, *, dry_run: bool) -> None:
        """Remarks by sort, then a table of counts, then the fault."""
        say = self._out.write
        for what, group in groupby(sorted(report.lines, key=lambda line: line.what), key=lambda line: line.what):
            lines = list(group)
            say(f"\n{what} ({len(lines)})\n")
            for line in lines[:SHOWN]:
                say(f"  {line.subject}: {line.detail}\n" if line.detail else f"  {line.subject}\n")
            if len(lines) > SHOWN:
                say(f"  ... and {len(lines) - SHOWN} more\n")
        say("\n" + ("Nothing was changed. It would have made:\n" if dry_run else "Imported:\n"))
        others = sorted({*report.refused, *report.updated} - set(KINDS))
        for kind in (*KINDS, *others):
            parts = [f"{report.new[kind]:>7} new"]
            counts = {"updated": report.updated, "here already": report.unchanged, "refused": report.refused}
            parts += [f"{counter[kind]} {word}" for word, counter in counts.items() if counter[kind]]
            say(f"  {kind:<10} {', '.join(parts)}\n")
        if report.fault_line is not None:
            where = f"line {report.fault_line}" if report.fault_line else "its beginning"
            say(f"\nThe file is broken at {where} ({report.fault}). What stands before it was read.\n")
