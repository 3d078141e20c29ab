"""The moderation desk: a queue of comments in their context, as a page that works without script."""

from typing import Any

from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from comments.admin.card import Card, cards_of
from comments.admin.looking import Looking
from comments.admin.queues import QUEUES, as_said, counts, counts_and
from comments.screening import Reason
from comments.steps import REJECTIONS, words_for
from newsroom.accounts.models import User


def who_may(request: HttpRequest, permission: str = "moderate_comment") -> User:
    """Who asks, if they may. Raises PermissionDenied; who is not logged in has been sent to the log-in before."""
    if not isinstance(request.user, User) or not request.user.has_perm(f"comments.{permission}"):
        raise PermissionDenied
    return request.user


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The queue that the address asks for, 25 cards at a time."""
    who_may(request)
    looking = Looking.at(request.GET)
    counted, end = counts_and(looking.end if looking.words else None)
    rows, following = looking.page(end)
    cards = cards_of(rows)
    context = {
        **around(request, looking, counted),
        "cards": cards,
        "more_url": looking.address(after=following) if following else "",
        "goes_further": bool(looking.words),
        "reasons": [(value, label) for value, label in Reason.choices if looking.queue.name == "pending"],
        "chosen": request.GET.get("chosen") == "all",
        "whole_query": looking.address(),
        "narrowed": _narrowed(looking, cards),
        "told": [(message, _batch(message.extra_tags)) for message in get_messages(request)],
        "messages": [],
    }
    return render(request, "admin/moderation/desk.html", context)


def around(request: HttpRequest, looking: Looking, counted: dict[str, int] | None = None) -> dict[str, Any]:
    """What every answer of the desk needs: the queues with their counts, and what is looked at."""
    return {
        **admin.site.each_context(request),
        "looking": looking,
        "tallies": tallies(looking, counted or counts()),
        "rejections": REJECTIONS.items(),
        "back": looking.address(after=looking.after),
    }


def tallies(looking: Looking, counted: dict[str, int]) -> list[dict[str, Any]]:
    """Each queue with its count as it is said."""
    return [
        {
            "queue": queue,
            "n": as_said(counted[queue.name]),
            "url": Looking(queue).address(),
            "is_current": queue == looking.queue,
        }
        for queue in QUEUES.values()
    ]


def _narrowed(looking: Looking, cards: list[Card]) -> list[dict[str, Any]]:
    """What the list is narrowed to, each with the address that shows all again and the other queues of the same."""
    first = cards[0].comment if cards else None
    names = {
        "person": first.name if first else _("one person"),
        "article": first.article.headline if first else _("one story"),
        "network": _("network %s") % looking.network[:6],
        "reason": words_for(looking.reason),
        "words": f"“{looking.words}”",
    }
    said = [name for name in names if getattr(looking, name)]
    others = [
        (queue.label, looking.address(queue=queue, reason="")) for queue in QUEUES.values() if queue != looking.queue
    ]
    empty = {"person": None, "article": None}
    return [{"label": names[n], "url": looking.address(**{n: empty.get(n, "")}), "others": others} for n in said]


def _batch(tags: str | None) -> str:
    """The batch that a message tells of, so that it can be taken back."""
    return (tags or "").removeprefix("batch-")
