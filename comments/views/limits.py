"""How often one may vote, report, follow or change one's words in a minute."""

from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from newsroom.accounts.guests import reader_of
from newsroom.lib.ratelimit import Limit, give_back, hits, network

#: A network with many known devices may do so many times as much as one of them.
NETWORK_TIMES: Final = 15


def is_too_fast(request: HttpRequest, what: str, limit: int) -> bool:
    """Whether this reader did `what` more than `limit` times in this minute; somebody unknown shares with their network.

    Fails closed: where nothing can be counted, it is too fast.
    """
    if not settings.NEWSROOM_LIMITS:
        return False
    known, net = reader_of(request), network(request)
    limits = [Limit(f"{what}:{net}", limit, 60)]
    if known:
        limits = [
            Limit(f"{what}:reader {known.pk}", limit, 60),
            Limit(f"{what}-known:{net}", limit * NETWORK_TIMES, 60),
        ]
    try:
        over = hits(limits)
    except DatabaseError:
        return True
    if over:
        give_back(limits)
    return bool(over)
