"""“Remove everything they wrote since …”: one batch in the record, which one undo takes back."""

from collections import Counter
from datetime import date, datetime, time
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from comments.admin.desk import who_may
from comments.admin.people import person_at, to_person
from comments.models import Comment
from comments.steps import BULK_MAX
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.text import without_controls

#: What is removed: what readers see, and what may still appear.
THERE = (Comment.Status.PUBLISHED, Comment.Status.PENDING)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_all(request: HttpRequest, pk: int) -> HttpResponse:
    """GET (`since`, a day; none: ever) shows what would go; POST does it, once the number is typed.

    What comes after the question was asked is left alone. Votes and reports stay: they are no words, and an undo could
    not tell them from later ones.
    """
    moderator, reader = who_may(request, "sanction_reader"), person_at(pk)
    asked = request.POST if request.method == "POST" else request.GET
    since, until = _day(asked.get("since", "")), _moment(request.POST.get("until", "")) or now_of(request)
    seen = _seen(reader, since, until)
    if request.method != "POST" or not seen or request.POST.get("count", "").strip() != str(len(seen)):
        return _ask(request, reader, since, until, seen)
    note = without_controls(request.POST.get("note", "")).strip()[:1000]
    rows = Comment.objects.filter(pk__in=seen)
    decided = rows.decide("remove", by=moderator, note=note, seen=seen)
    n, left = len(decided.done), len(decided.refused)
    said = ngettext("%(n)d comment removed.", "%(n)d comments removed.", n) % {"n": n}
    if left:
        said += " " + ngettext("%(n)d was decided on meanwhile.", "%(n)d were decided on meanwhile.", left) % {
            "n": left
        }
    messages.success(request, said, extra_tags=f"batch-{decided.batch}" if n else "")
    return to_person(reader)


def _seen(reader: Reader, since: date | None, until: datetime) -> dict[int, tuple[str, int | None]]:
    rows = Comment.objects.filter(reader__in=reader.identities, status__in=THERE, created_at__lte=until)
    if since:
        rows = rows.filter(created_at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    found = rows.order_by("-created_at", "-id").values_list("pk", "status", "version")[:BULK_MAX]
    return {pk: (status, version) for pk, status, version in found}


def _ask(
    request: HttpRequest, reader: Reader, since: date | None, until: datetime, seen: dict[int, Any]
) -> HttpResponse:
    states = Counter(status for status, _version in seen.values())
    rows = Comment.objects.filter(pk__in=list(seen)[:20]).select_related("article").order_by("-created_at", "-id")
    context = {
        **admin.site.each_context(request), "reader": reader, "since": since, "until": until.isoformat(), "n": len(seen),
        "most": BULK_MAX, "states": [(str(Comment.Status(status).label), n) for status, n in states.most_common()],
        "comments": rows.defer("article__body", "article__body_text", "html"),
        "typed": request.POST.get("count", ""), "note": request.POST.get("note", ""),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "admin/moderation/remove_all.html", context, status=status)


def _day(said: str) -> date | None:
    try:
        day = parse_date(said)
    except ValueError:  # the 31st of February
        return None
    return day if day and date(1970, 1, 1) < day < date(9000, 1, 1) else None


def _moment(said: str) -> datetime | None:
    try:
        moment = parse_datetime(said)
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None
