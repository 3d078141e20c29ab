"""When pages change by themselves: a story appears or goes, news stops breaking, an alert or a slot ends."""

from datetime import datetime

from django.utils import timezone

from articles.models import Alert, Article, Slot
from newsroom.lib.stamps import kept_until_change


def next_moment(now: datetime) -> datetime | None:
    """The next one after `now`, for any page of the site; costs no query as long as nothing was edited."""
    return next((moment for moment in _coming() if moment > now), None)


@kept_until_change
def _coming() -> list[datetime]:
    """All that lie ahead, in order. Nothing can be added without an edit, which moves the stamp that this is kept under."""
    now = timezone.now()
    published = Article.objects.filter(status=Article.Status.PUBLISHED)
    rows = [
        *published.filter(publish_at__gt=now).values_list("publish_at", flat=True),
        *published.filter(expire_at__gt=now).values_list("expire_at", flat=True),
        *published.filter(breaking_until__gt=now).values_list("breaking_until", flat=True),
        *Alert.objects.filter(starts_at__gt=now).values_list("starts_at", flat=True),
        *Alert.objects.filter(ends_at__gt=now).values_list("ends_at", flat=True),
        *Slot.objects.filter(starts_at__gt=now).values_list("starts_at", flat=True),
        *Slot.objects.filter(until__gt=now).values_list("until", flat=True),
    ]
    return sorted(moment for moment in rows if moment)
