"""When pages change by themselves: a story appears or goes, news stops breaking, an alert or a slot begins or ends."""

from datetime import datetime
from typing import Any, Literal

from django.db.models import F, QuerySet, Value
from django.utils import timezone

from articles.models import Alert, Article, Slot
from newsroom.lib.prepared import prepared
from newsroom.lib.stamps import kept_until_news

What = Literal["appears", "goes", "stops breaking", "alert begins", "alert ends", "slot begins", "slot ends"]


def next_moment(now: datetime) -> datetime | None:
    """The next one after `now`, for any page of the site; costs no query as long as nothing was edited."""
    return next((moment for moment, _ in _coming() if moment > now), None)


def is_ahead(what: What, now: datetime) -> bool:
    """Whether something of the kind comes after `now`: nothing breaks, and no alert is on air, that will not end."""
    return any(of == what and moment > now for moment, of in _coming())


@kept_until_news
def _coming() -> list[tuple[datetime, What]]:
    """All that lie ahead, in order. Nothing can be added without an edit, which moves the stamp that this is kept under."""
    return sorted(_after(timezone.now()))


@prepared
def _after(now: datetime) -> QuerySet[Any, tuple[datetime, What]]:
    published = Article.objects.filter(status=Article.Status.PUBLISHED)
    kinds: list[tuple[QuerySet[Any], str, What]] = [
        (published, "publish_at", "appears"),
        (published, "expire_at", "goes"),
        (published, "breaking_until", "stops breaking"),
        (Alert.objects.all(), "starts_at", "alert begins"),
        (Alert.objects.all(), "ends_at", "alert ends"),
        (Slot.objects.all(), "starts_at", "slot begins"),
        (Slot.objects.all(), "until", "slot ends"),
    ]
    first, *others = (
        rows.filter(**{f"{field}__gt": now}).order_by().values_list(F(field), Value(what))
        for rows, field, what in kinds
    )
    return first.union(*others, all=True)
