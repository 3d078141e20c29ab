"""Export and erasure: what every app keeps of a person, in one file; and nothing of it any more.

An app that keeps something of a person says so in its own words (`own_data`); tests/comments/test_own_data.py walks
all tables and finds the one that forgot.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from articles.models import own_data as articles
from comments.models import own_data as comments
from newsroom.accounts.models import Erasure, Reader
from newsroom.accounts.models import own_data as accounts
from ratings.models import Rating


def export(reader: Reader) -> dict[str, Any]:
    """What is kept of this person, as JSON can say it. Never by an address that was only typed."""
    readers = reader.identities
    return {
        "site": settings.NEWSROOM_URL,
        "made_at": timezone.now(),
        **accounts.export(readers),
        **articles.export(readers),
        **comments.export(readers),
        "ratings": Rating.objects.export(readers),
    }


def erase_due(now: datetime, stop: Callable[[], bool]) -> int:
    """Carry out every erasure whose day is over; how many. What a killed worker began is taken up again."""
    done = 0
    for erasure in Erasure.objects.due(now).select_related("reader").order_by("due_at"):
        if stop():
            break
        done += erase(erasure)
    return done


def erase(erasure: Erasure) -> bool:
    """Every step may be repeated, and each leaves the house in order. False where the person took it back meanwhile."""
    if not erasure.begin():
        return False
    readers = erasure.reader.survivor.identities
    accounts.forget(readers)  # first: from now on nobody writes as this person
    articles.forget(readers)
    Rating.objects.forget(readers)
    comments.forget(readers)
    while comments.forget_comments(readers):
        pass
    accounts.part(readers)
    erasure.finish()
    return True
