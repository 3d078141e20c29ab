"""The record of moderation, to look through, to take decisions back from, and to take away as a file."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from comments.admin.desk import who_may
from comments.models import ModerationAction
from comments.steps import words_for
from newsroom.accounts.models import User
from newsroom.lib import keyset

PAGE: Final = 50
#: Columns of the export, in this order.
COLUMNS: Final = (
    *("id", "when", "who", "what", "comment", "person", "article", "from", "to", "why", "note", "version"),
    *("batch", "undoes"),
)


@dataclass(frozen=True)
class Looking:
    """The part of the record that an address asks for: by who, what, about whom, on which story or comment, and when."""

    who: int | None = None
    what: str = ""
    person: int | None = None
    article: int | None = None
    comment: int | None = None
    batch: str = ""
    since: date | None = None
    until: date | None = None
    after: str = ""

    @classmethod
    def at(cls, query: QueryDict) -> Self:
        numbers = {name: _number(query.get(name, "")) for name in ("who", "person", "article", "comment")}
        what, batch = query.get("what", ""), query.get("batch", "")
        return cls(
            **numbers,
            what=what if what in ModerationAction.Action.values else "",
            batch=batch if len(batch) == 36 and set(batch) <= set("0123456789abcdef-") else "",
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            after=query.get("after", ""),
        )

    def address(self, **other: Any) -> str:
        looking = replace(self, **{"after": ""} | other)
        said = {name: value for name, value in vars(looking).items() if value}
        return f"?{urlencode(said)}" if said else "?"

    @property
    def lines(self) -> "QuerySet[ModerationAction]":
        lines = ModerationAction.objects.order_by("-created_at", "-id")
        names = {"who": "actor", "what": "action", "person": "reader", "article": "article", "comment": "comment"}
        wanted = {column: getattr(self, name) for name, column in names.items()} | {"batch": self.batch}
        lines = lines.filter(**{column: value for column, value in wanted.items() if value})
        if self.since:
            lines = lines.filter(created_at__gte=_midnight(self.since))
        if self.until:
            lines = lines.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        if at := keyset.position("record", self.after, [str, int]):
            moment = datetime.fromisoformat(at[0])
            lines = lines.filter(Q(created_at__lt=moment) | Q(id__lt=at[1]), created_at__lte=moment)
        return lines

    def page(self) -> tuple[list[Any], str]:
        """Fifty lines, each with `is_one_of_many` (of its batch), and the cursor of the next ones ('': none)."""
        others = ModerationAction.objects.filter(batch=OuterRef("batch")).exclude(pk=OuterRef("pk"))
        rows = self.lines.select_related("actor", "reader", "article", "comment", "undone_by")
        rows = rows.annotate(is_one_of_many=Exists(others.order_by()))
        found = list(rows.defer("article__body", "article__body_text", "comment__html")[: PAGE + 1])
        last = found[PAGE - 1] if len(found) > PAGE else None
        return found[:PAGE], keyset.cursor("record", last.created_at.isoformat(), last.pk) if last else ""


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """Fifty lines of the record, newest first."""
    reader = who_may(request, "view_moderationaction")
    looking = Looking.at(request.GET)
    lines, following = looking.page()
    context = {
        **admin.site.each_context(request),
        "looking": looking,
        "lines": [(line, words_for(line.reason)) for line in lines],
        "more_url": looking.address(after=following) if following else "",
        "query": looking.address(),
        "actions": ModerationAction.Action.choices,
        "people": User.objects.filter(is_staff=True).order_by("name", "email")[:200],
        "may_undo": reader.has_perm("comments.moderate_comment"),
        "may_export": reader.has_perm("comments.export_moderationaction"),
    }
    return render(request, "admin/moderation/record.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same lines, all of them, as CSV or JSON Lines (`as=json`), sent while they are read."""
    who_may(request, "export_moderationaction")
    looking = replace(Looking.at(request.GET), after="")
    as_json = request.GET.get("as") == "json"
    rows = looking.lines.select_related("actor").iterator(chunk_size=1000)  # in pieces, from a cursor of the database
    kind, name = ("application/x-ndjson", "record.jsonl") if as_json else ("text/csv; charset=utf-8", "record.csv")
    stream = _as_json(rows) if as_json else _as_csv(rows)
    disposition = f'attachment; filename="{name}"'
    return StreamingHttpResponse(stream, content_type=kind, headers={"Content-Disposition": disposition})


def _as_json(lines: Iterator[ModerationAction]) -> Iterator[str]:
    for line in lines:
        yield json.dumps(_columns(line), ensure_ascii=False) + "\n"


class _Echo:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _as_csv(lines: Iterator[ModerationAction]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for line in lines:
        yield writer.writerow([_inert(value) for value in _columns(line).values()])


def _inert(value: Any) -> Any:
    """Words that a spreadsheet would take for a formula get an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _columns(line: ModerationAction) -> dict[str, Any]:
    who = line.actor.email if line.actor else ""
    values = (
        *(line.pk, line.created_at.isoformat(), who, line.action, line.comment_id, line.reader_id, line.article_id),
        *(
            line.from_status,
            line.to_status,
            line.reason,
            line.note,
            line.version,
            str(line.batch or ""),
            line.undoes_id,
        ),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def _day(said: str) -> date | None:
    try:
        day = parse_date(said)
    except ValueError:  # the 31st of February
        return None
    return day if day and date(1970, 1, 1) < day < date(9000, 1, 1) else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
