"""An outside spam checker that speaks Akismet's protocol, where the site has a key for one.

The worker asks it, never a reader's request: meanwhile the comment waits, for a minute at most. Where no answer comes, the
site's own rules stand. The checker is told the text, the name, the story's address, the writer's network address and
browser; never the e-mail address. The network address is kept with the question and goes with the answer.

Protocol: https://akismet.com/developers/detailed-docs/comment-check/
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from articles.models.site_settings import site_settings
from comments.models import Comment, SpamCheck
from comments.screening import Decision, Finding, Reason
from newsroom.lib.mail import absolute
from newsroom.lib.ratelimit import client_address

log = logging.getLogger(__name__)

#: So long a comment waits for an answer, in all and for one question.
WAITS: Final = timedelta(minutes=1)
PATIENCE: Final = 5.0
#: A question that one worker holds is asked again by nobody for so long.
LEASE: Final = timedelta(seconds=10)
AT_ONCE: Final = 50


def is_on() -> bool:
    return bool(settings.NEWSROOM_AKISMET_KEY)


def until_checked(decision: Decision) -> Decision:
    """What becomes of a comment first: where the rules would show it, it waits for the checker."""
    if not is_on() or decision.status != Comment.Status.PUBLISHED:
        return decision
    return Decision(Comment.Status.PENDING, Reason.CHECKING.value, decision.findings)


def ask_about(comment: Comment, request: HttpRequest) -> None:
    """Put the question for the worker; in the transaction that stores the comment's words."""
    if not is_on() or comment.status != Comment.Status.PENDING:
        return
    question = {
        "address": client_address(request),
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "may_appear": comment.reason == Reason.CHECKING,
        "asked_at": timezone.now(),
        "leased_until": None,
    }
    SpamCheck.objects.update_or_create(comment=comment, defaults=question)


def check_due(stop: Callable[[], bool]) -> bool:
    """A task of the worker. The first question without an answer ends the round: the next one tries again."""
    done = 0
    for row in SpamCheck.objects.select_related("comment__article").order_by("asked_at")[:AT_ONCE]:
        now = timezone.now()
        if stop() or not _claim(row, now):
            continue
        overdue = row.asked_at < now - WAITS or not is_on()
        answer = None if overdue else _answer(row)
        if answer is None and not overdue:
            break
        _settle(row, is_spam=bool(answer))
        done += 1
    return done > 0


def _claim(row: SpamCheck, now: datetime) -> bool:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return SpamCheck.objects.filter(free, pk=row.pk, asked_at=row.asked_at).update(leased_until=now + LEASE) == 1


def _answer(row: SpamCheck) -> bool | None:
    """Whether the checker calls it spam; None where it says nothing that can be understood, in time."""
    comment = row.comment
    asked = {
        "api_key": settings.NEWSROOM_AKISMET_KEY,
        "blog": settings.NEWSROOM_URL,
        "user_ip": row.address,
        "user_agent": row.user_agent,
        "permalink": absolute(comment.article.get_absolute_url()),
        "comment_type": "reply" if comment.parent_id else "comment",
        "comment_author": comment.name,
        "comment_content": comment.text,
        "comment_date_gmt": comment.created_at.isoformat(),
        "blog_lang": site_settings().language,
        "blog_charset": "UTF-8",
    }
    url = f"{settings.NEWSROOM_AKISMET_URL.rstrip('/')}/comment-check"
    try:
        with urlopen(Request(url, data=urlencode(asked).encode()), timeout=PATIENCE) as response:  # noqa: S310 - the site's own setting, checked at start
            said = response.read(100).strip()
    except (URLError, OSError, ValueError) as error:
        log.warning("The spam checker does not answer: %s", error)
        return None
    if said not in {b"true", b"false"}:
        log.warning("The spam checker says %r", said)
        return None
    return bool(said == b"true")


def _settle(row: SpamCheck, *, is_spam: bool) -> None:
    """Let the comment appear or call it spam, unless a moderator or its writer was faster."""
    comment = row.comment
    with transaction.atomic():
        rows = Comment.objects.filter(pk=comment.pk, reviewed_at=None)
        if is_spam:
            found: Finding = {"rule": Reason.CHECKER.value, "words": [], "score": 1.0}
            decided = rows.filter(status=Comment.Status.PENDING).decide("spam", by=None, reason=Reason.CHECKER.value)
            Comment.objects.filter(pk__in=decided.done).update(findings=[found, *comment.findings])
        elif row.may_appear:
            rows.filter(status=Comment.Status.PENDING, reason=Reason.CHECKING.value).decide("approve", by=None)
        if not SpamCheck.objects.filter(pk=row.pk, asked_at=row.asked_at).delete()[0]:
            transaction.set_rollback(True)  # the words were changed meanwhile, and are asked about anew
