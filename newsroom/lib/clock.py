"""The one `now` of a request, so that a list, its sidebar and its feed agree."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone


def now_of(request: HttpRequest) -> datetime:
    """What `newsroom.middleware` set at the request's start; a request that failed before that gets its own."""
    return getattr(request, "now", None) or timezone.now()
