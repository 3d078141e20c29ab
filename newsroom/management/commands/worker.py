"""`manage.py worker`: sends letters, makes the sizes of new pictures, learns what spam is, finds marked passages again, tidies up."""

import logging
import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone, translation

from articles import links, renditions
from articles.models import Article, BrokenLink, MostRead, Reading
from articles.models.letterhead import letterhead
from articles.models.site_settings import site_settings
from comments.learning import Learner
from comments.models import Comment, Flag, InlineAnchor, Sanction
from comments.models.forgetting import NETWORK_KEPT
from comments.spam_checker import check_due
from newsroom import privacy
from newsroom.checks import refuse_to_start_if_wrong
from newsroom.lib.mail import deliver_due
from newsroom.lib.worker import Task, Worker, every, forget_old_hits
from newsroom.management.commands.draw import CANNOT_BE_DRAWN

#: Stories whose links are looked through at a time.
LOOKED_THROUGH: Final = 200
#: How much drawing gives way to those who answer readers (nice).
GIVES_WAY: Final = "5"
#: Seconds within which a picture being drawn hears that it is enough.
PAUSE: Final = 0.5
#: Seconds after which a picture is tried again that could not be drawn.
LATER: Final = 3600.0

log = logging.getLogger(__name__)


def letters(stop: Callable[[], bool], *, seconds: float = 20) -> bool:
    """In the site's own language and time, as its pages are. After so many seconds the other tasks have their turn, and
    comments that appeared meanwhile are announced, however many letters wait."""
    end = time.monotonic() + seconds
    site, sender = site_settings(), letterhead().sender(site_settings().plate)
    with translation.override(site.language), timezone.override(site.zone):
        counts = deliver_due(timezone.now(), sender=sender, stop=lambda: stop() or time.monotonic() > end)
    if counts["unreachable"]:
        raise ConnectionError("The mail server cannot be reached")
    return counts.total() > 0


def pictures() -> Task:
    """In a process of its own (`manage.py draw`): drawing takes more than a hundred MiB, most of which a process would keep. Where
    there is not so much, the picture at which that process ended lets the others pass and is tried again later."""
    again: dict[int, float] = {}

    def draw(stop: Callable[[], bool]) -> bool:
        now = time.monotonic()
        besides = [pk for pk, at in again.items() if at > now]
        if renditions.next_due(besides) is None:
            return False
        manage = ["nice", "-n", GIVES_WAY, sys.executable, str(settings.BASE_DIR / "manage.py")]
        command = [*manage, "draw", "--besides", *map(str, besides)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as drawing:  # noqa: S603 - numbers
            while drawing.poll() is None:
                if stop():
                    drawing.terminate()
                with suppress(subprocess.TimeoutExpired):
                    drawing.wait(PAUSE)
            begun = drawing.stdout.read().split() if drawing.stdout else []
        if begun and (drawing.returncode == CANNOT_BE_DRAWN or drawing.returncode < 0) and not stop():
            log.error("Picture %s could not be drawn and is tried again in an hour", begun[-1])
            again[int(begun[-1])] = now + LATER
        elif drawing.returncode and not stop():
            raise ChildProcessError(f"No picture could be drawn: {drawing.returncode}")
        return True

    return draw


def older_html() -> Task:
    """Renews the HTML of comments batch by batch; once there is none left, there never will be in this process."""
    last: int | None = 0

    def renew(stop: Callable[[], bool]) -> bool:
        nonlocal last
        if last is not None:
            with translation.override(site_settings().language):
                last = Comment.objects.render_again(last)
        return last is not None

    return renew


def erasures(stop: Callable[[], bool]) -> bool:
    return privacy.erase_due(timezone.now(), stop) > 0


def passages(stop: Callable[[], bool]) -> bool:
    """Marked passages of stories that were changed."""
    return InlineAnchor.objects.follow() > 0


def dead_links() -> Task:
    """Links of published stories that lead nowhere: the newest changes first, then story by story through all of them."""
    last, since = 0, timezone.now()

    def look(stop: Callable[[], bool]) -> bool:
        nonlocal last, since
        now = timezone.now()
        stories = Article.objects.live(now).only("body")
        changed = stories.filter(modified_at__gte=since).order_by("-modified_at")[:LOOKED_THROUGH]
        following = list(stories.filter(pk__gt=last).order_by("pk")[:LOOKED_THROUGH])
        links.look_through([*changed, *following], now)
        if not following:  # once round: what readers no longer see is nobody's broken link
            BrokenLink.objects.exclude(article__in=Article.objects.live(now)).delete()
        last, since = (following[-1].pk if following else 0), now
        return False

    return look


def sanctions(stop: Callable[[], bool]) -> bool:
    """Those whose time is over, with the networks that bans kept."""
    return Sanction.objects.end(timezone.now()) > 0


def most_read(stop: Callable[[], bool], *, window: MostRead.Window) -> bool:
    MostRead.objects.rank(window, timezone.now())
    return False


def old_readings(stop: Callable[[], bool]) -> bool:
    Reading.objects.forget(timezone.now())
    return False


def old_networks() -> Task:
    """Forgets where comments came from once they are a month old, from where the last round ended."""
    last = 0

    def forget(stop: Callable[[], bool]) -> bool:
        nonlocal last
        before = timezone.now() - NETWORK_KEPT
        Flag.objects.forget_networks(before)
        while not stop() and (reached := Comment.objects.forget_networks(before, after=last)) is not None:
            last = reached
        return False

    return forget


def worker(*, once: bool = False) -> Worker:
    """`once`: for what is due now."""
    post = partial(letters, seconds=math.inf) if once else letters
    tasks = [
        post,
        pictures(),
        every(2, check_due),
        every(3, passages),
        every(20, Learner()),
        every(60, erasures),
    ]
    tasks += [every(60, sanctions), every(60, dead_links())]
    tasks += [every(30, partial(most_read, window=MostRead.Window.DAY))]
    tasks += [every(300, partial(most_read, window=MostRead.Window.WEEK)), every(3600, old_readings)]
    tasks += [older_html(), every(3600, forget_old_hits), every(3600, old_networks())]
    return Worker(tasks)


class Command(BaseCommand):
    help = "Send letters that wait, make the sizes of new pictures, tidy up; until TERM or Ctrl-C."
    # All of them would load every address, form and page of the desk, for as long as the worker runs.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop (for cron)")

    def handle(self, **options: Any) -> None:
        refuse_to_start_if_wrong()
        worker(once=options["once"]).run(once=options["once"])
