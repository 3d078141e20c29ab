"""The one `now` of a request, so that a list, its sidebar and its feed agree; and what the words of a moment depend on."""

from datetime import date, datetime, tzinfo
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language


def now_of(request: HttpRequest) -> datetime:
    """What `newsroom.middleware` set at the request's start; a request that failed before that gets its own."""
    return getattr(request, "now", None) or timezone.now()


class HereAndNow(NamedTuple):
    zone: tzinfo
    today: date
    language: str | None


def here_and_now(now: datetime | None) -> HereAndNow:
    """What every page gives to its templates as `here_and_now`."""
    zone = timezone.get_current_timezone()
    return HereAndNow(zone, (now or timezone.now()).astimezone(zone).date(), get_language())
