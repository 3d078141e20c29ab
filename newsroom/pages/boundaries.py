"""Until when a page stays as it is if nobody edits anything: the earliest moment that any room of the house knows of."""

from datetime import datetime

from articles import moments
from newsroom.donations.selection import next_change
from newsroom.lib.pagecache import boundary


def next_boundary(now: datetime) -> datetime | None:
    """Stories, alerts, slots and asks; None where nothing is due."""
    return boundary(moments.next_moment(now), next_change(now))
