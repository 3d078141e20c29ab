"""What an address may ask for in a minute, where the reader's own limits do not apply."""

from django.conf import settings
from django.http import HttpRequest

from newsroom.lib.ratelimit import hit, network


def is_too_fast(request: HttpRequest, what: str, limit: int) -> bool:
    """Whether this reader's network did `what` more than `limit` times in this minute."""
    return settings.NEWSROOM_LIMITS and not hit(f"{what}:{network(request)}", limit=limit, seconds=60)
