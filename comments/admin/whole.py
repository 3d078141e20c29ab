"""One decision on everything that a list of the desk holds: a wave of spam, all that one network sent."""

from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from comments.admin.desk import around, who_may
from comments.admin.looking import Looking
from comments.admin.steps import answer, outcome
from comments.models import Comment
from comments.steps import BULK_MAX, DECISIONS, Step
from newsroom.lib.clock import now_of


@require_http_methods(["GET", "HEAD", "POST"])
def whole(request: HttpRequest) -> HttpResponse:
    """The list's newest comments (5,000 at most) that were there when the question was asked, once their number is typed."""
    moderator = who_may(request)
    asked = request.POST if request.method == "POST" else request.GET
    looking = Looking.at(QueryDict(request.POST.get("back", "").lstrip("?")) if request.method == "POST" else asked)
    if looking.words:
        raise BadRequest  # a search has read a part of the list only
    until = parse_datetime(request.POST.get("until", "")) or now_of(request)
    seen = _seen(looking, until)
    step = Step.of(request.POST) if request.method == "POST" else None
    if step is None or step.name not in DECISIONS or request.POST.get("count", "").strip() != str(len(seen)):
        return _ask(request, looking, until, len(seen))
    rows = Comment.objects.filter(pk__in=seen)
    decided = rows.decide(step.name, by=moderator, reason=step.reason, note=step.note, seen=seen)
    said = outcome(step, len(decided.done), len(decided.refused), [])
    return answer(request, [], said, batch=decided.batch if decided.done else None)


def _seen(looking: Looking, until: datetime) -> dict[int, tuple[str, int | None]]:
    rows = looking.rows.filter(created_at__lte=until).values_list("pk", "status", "version")[:BULK_MAX]
    return {pk: (status, version) for pk, status, version in rows}


def _ask(request: HttpRequest, looking: Looking, until: datetime, n: int) -> HttpResponse:
    context: dict[str, Any] = {
        **around(request, looking), "n": n, "until": until.isoformat(), "typed": request.POST.get("count", ""),
        "value": request.POST.get("step", ""), "note": request.POST.get("note", ""), "most": BULK_MAX,
        "decisions": DECISIONS.items(),
    }  # fmt: skip
    return render(request, "admin/moderation/whole.html", context, status=422 if request.method == "POST" else 200)
