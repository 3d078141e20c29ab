"""The month on one page: what was published and what is scheduled, day by day in the site's time."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.models.article import ArticleQuerySet
from articles.models.site_settings import site_settings
from newsroom.accounts.models import User
from newsroom.lib.clock import now_of

#: Stories that a day shows; the others are a link away.
SHOWN: Final = 6


@dataclass
class Day:
    """A day of the calendar. `more`: how many stories it has besides those shown."""

    date: date
    is_out: bool
    is_today: bool
    stories: list[Article] = field(default_factory=list)
    more: int = 0


@require_safe
def month(request: HttpRequest, year: int | None = None, month: int | None = None) -> HttpResponse:
    """A month, by default the present one."""
    if not isinstance(request.user, User) or not request.user.has_perm("articles.view_article"):
        raise PermissionDenied
    now = now_of(request)
    today = localdate(now, site_settings().zone)
    if year is None or month is None:
        year, month = today.year, today.month
    if not (1970 <= year <= 2200 and 1 <= month <= 12):
        raise Http404
    first = date(year, month, 1)
    weeks = _weeks(first, today)
    _fill([day for week in weeks for day in week], request.user, now)
    context = {
        **admin.site.each_context(request),
        "title": _("Calendar"),
        "first": first,
        "weeks": weeks,
        "is_empty": not any(day.stories for week in weeks for day in week),
        "before": first - timedelta(days=1),
        "after": first + timedelta(days=31),
        "zone": site_settings().time_zone,
        "now": now,
    }
    return render(request, "admin/desk/calendar.html", context)


def _weeks(first: date, today: date) -> list[list[Day]]:
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return [[Day(day, day.month != first.month, day == today) for day in week] for week in weeks]


def _fill(days: list[Day], user: User, now: datetime) -> None:
    """The stories of all days in one query: the first of each day, and how many there are."""
    by_date = {day.date: day for day in days}
    for story in _first_of_each_day(_between(days, user, now)):
        day = by_date[story.day]  # type: ignore[attr-defined]
        day.stories.append(story)
        day.more = story.of_day - SHOWN  # type: ignore[attr-defined]


def _between(days: list[Day], user: User, now: datetime) -> ArticleQuerySet:
    zone = site_settings().zone
    start, end = (make_aware(datetime.combine(day, time()), zone) for day in (days[0].date, _next(days[-1].date)))
    seen = Article.objects.visible_to(user, now)
    return seen.filter(status=Article.Status.PUBLISHED, publish_at__gte=start, publish_at__lt=end)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _first_of_each_day(stories: ArticleQuerySet) -> Iterable[Article]:
    day = TruncDate("publish_at", tzinfo=site_settings().zone)
    numbered = stories.annotate(
        day=day,
        place=Window(RowNumber(), partition_by=[day], order_by=[F("publish_at").asc(), F("id").asc()]),
        of_day=Window(Count("id"), partition_by=[day]),
    )
    shown = numbered.filter(place__lte=SHOWN).only("id", "headline", "kind", "status", "publish_at", "slug", "dated")
    return shown.order_by("publish_at", "id")
