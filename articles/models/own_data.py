"""What this app keeps of a reader: told to them, and forgotten when they ask. `readers` are the ids that are theirs."""

from typing import Any

from articles.models.alert_letter import AlertLetter
from articles.models.alert_subscription import AlertSubscription


def export(readers: set[int]) -> dict[str, Any]:
    mine = AlertSubscription.objects.filter(reader__in=readers).prefetch_related("sections")
    letters = AlertLetter.objects.filter(subscription__reader__in=readers).order_by("-pk")
    return {
        "alerts": [_told(subscription) for subscription in mine],
        "alert_letters": list(letters.values("to", "alert__text", "created_at", "sent_at")),
    }


def _told(subscription: AlertSubscription) -> dict[str, Any]:
    return {
        "everything": subscription.everything,
        "sections": [section.name for section in subscription.sections.all()],
        "started_at": subscription.started_at,
        "ended_at": subscription.ended_at,
    }


def forget(readers: set[int]) -> None:
    """Subscriptions, with the letters that came of them."""
    AlertSubscription.objects.filter(reader__in=readers).delete()
