"""Numbers of the last thirty days: how much comes in, what becomes of it, how fast, and who did it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Final

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article
from comments.admin.desk import who_may
from comments.admin.plot import Plot, Series
from comments.models import Comment, Flag, ModerationAction
from newsroom.accounts.models import User
from newsroom.lib.clock import now_of

DAYS: Final = 30
#: No more lines of the record, and no more reports, are read than this: of a busier site, the newest.
LINES_MAX: Final = 20_000
SHOWN: Final = 10
#: Seconds for which the numbers are kept.
KEPT: Final = 60
_DECIDED: Final = ("published", "rejected", "spam")


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """Plots with a table under each. At most five queries, once a minute."""
    who_may(request)
    now = now_of(request)
    found = cache.get_or_set(f"moderation-numbers-{get_language()}", lambda: _numbers(now), KEPT)
    return render(request, "admin/moderation/numbers.html", {**admin.site.each_context(request), **(found or {})})


def _numbers(now: datetime) -> dict[str, Any]:
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    days = [timezone.localdate(since) + timedelta(days=n) for n in range(DAYS)]
    outcomes = _outcomes(since)
    lines = _decisions(since)
    return {
        "plots": [_by_outcome(days, outcomes), _time_to_decision(days, lines), _held(days, outcomes, lines)],
        "articles": _most_reported(since),
        "people": _most_active(lines),
        "most": LINES_MAX,
    }


def _outcomes(since: datetime) -> dict[tuple[date, str], int]:
    """How many comments of a day are in a state now; read from the index of the queues."""
    states = [value for value in Comment.Status.values if value != Comment.Status.REMOVED]
    rows = Comment.objects.filter(status__in=states, created_at__gte=since).order_by()
    counted = rows.annotate(day=TruncDate("created_at")).values("day", "status").annotate(n=Count("pk"))
    return {(day, status): n for day, status, n in counted.values_list("day", "status", "n")}


def _decisions(since: datetime) -> list[tuple[int | None, str, str, datetime, datetime | None]]:
    """The newest decisions of people: who, from, to, when, and when the comment was written."""
    lines = ModerationAction.objects.filter(created_at__gte=since, actor__isnull=False).order_by("-created_at", "-id")
    columns = ("actor", "from_status", "to_status", "created_at", "comment__created_at")
    return list(lines.filter(undoes=None).values_list(*columns)[:LINES_MAX])


def _by_outcome(days: list[date], outcomes: dict[tuple[date, str], int]) -> Plot:
    kinds = [(_("published"), "published"), (_("waiting"), "pending"), (_("rejected"), "rejected"), (_("spam"), "spam")]
    series = [Series(label, kind, [outcomes.get((day, kind), 0) for day in days]) for label, kind in kinds]
    return Plot(_("Comments a day, by what they are now"), _said(days), series)


def _time_to_decision(days: list[date], lines: Iterable[Any]) -> Plot:
    waited: dict[date, list[float]] = defaultdict(list)
    for _who, before, after, at, written in lines:
        if before == "pending" and after in _DECIDED and written is not None:
            waited[timezone.localdate(at)].append((at - written).total_seconds() / 60)
    values = [round(median(waited[day]), 1) if waited.get(day) else None for day in days]
    label = _("minutes")
    return Plot(_("Median time to decision, in minutes"), _said(days), [Series(label, "line", values)], lines=True)


def _held(days: list[date], outcomes: dict[tuple[date, str], int], lines: Iterable[Any]) -> Plot:
    """Held: what a person decided while it waited, and what still waits; by the day on which it was written."""
    decided: Counter[date] = Counter()
    approved: Counter[date] = Counter()
    for _who, before, after, _at, written in lines:
        if before == "pending" and after in _DECIDED and written is not None:
            decided[timezone.localdate(written)] += 1
            approved[timezone.localdate(written)] += after == "published"
    written_on = {day: sum(outcomes.get((day, status), 0) for status in Comment.Status.values) for day in days}
    held = [_share(decided[day] + outcomes.get((day, "pending"), 0), written_on[day]) for day in days]
    right = [_share(approved[day], decided[day]) for day in days]
    series = [Series(_("held"), "pending", held), Series(_("of those, approved"), "published", right)]
    return Plot(_("Share held, and of those approved"), _said(days), series, lines=True, unit="%")


def _most_reported(since: datetime) -> list[tuple[str, int]]:
    rows = Flag.objects.order_by("-id").values_list("flagged_at", "comment__article")[:LINES_MAX]
    counted = Counter(article for at, article in rows if at >= since).most_common(SHOWN)
    headlines = dict(Article.objects.filter(pk__in=[pk for pk, _n in counted]).values_list("pk", "headline"))
    return [(headlines.get(pk, "–"), n) for pk, n in counted]


def _most_active(lines: Iterable[Any]) -> list[tuple[str, int]]:
    counted = Counter(line[0] for line in lines).most_common(SHOWN)
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[pk for pk, _n in counted])}
    return [(names.get(pk, "–"), n) for pk, n in counted]


def _share(part: int, whole: int) -> int | None:
    return min(100, round(100 * part / whole)) if whole else None


def _said(days: Iterable[date]) -> list[str]:
    form = pgettext("a day below a plot, as in 9 Nov", "j M")
    return [date_format(day, form) for day in days]
