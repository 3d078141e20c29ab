"""granian, whose processes share what they have loaded: the site is there before they are forked.

    python -m newsroom.web --with-worker --port 8000 --workers 2 --blocking-threads 4

With `--with-worker` one of them has the worker in a thread: a process of its own would copy 25 MiB of what they share. The
other options are granian's, but those that it must know before the site is loaded (an environment file, another folder,
`--reload`). It replaces a process that fails, and at HUP each of them, by one with the code that was loaded at the start: for
new code start it anew, or let newsroom.serve do so without losing a request.

For newsroom.serve there is `--hand-over`: the process that loaded the site ends once the others run, and they become children
of whoever started it, if that is a subreaper (prctl(2)). It would only keep, for those to come, what each of them has
changed: 30 MiB.
"""

import argparse
import io
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.db import connections
from django.utils import timezone
from granian.cli import entrypoint
from granian.server import mp

from newsroom.lib import memory
from newsroom.lib.pagecache import PageCache
from newsroom.lib.watch import kept_at_once
from newsroom.serve import how_many
from newsroom.wsgi import django

log = logging.getLogger(__name__)

WITH_WORKER: Final = "--with-worker"
HAND_OVER: Final = "--hand-over"
#: One page of each kind: its templates, queries and forms are loaded once for all processes.
VISITED: Final = ("/", "/latest/", "/search/", "/rss.xml", "/account/login/", "/admin/login/")
STORIES: Final = 10
#: In its other mode, granian has a queue for each thread of its own, and newsroom.lib.watch is about one.
OPTIONS: Final = ["--interface", "wsgi", "--no-ws", "--runtime-mode", "mt"]


def load() -> None:
    """What the first pages of a process load. No connection and no thread is left, which a fork would break."""
    try:
        pages = PageCache(django)
        for path in (*VISITED, *_stories()):
            _visit(pages, path)
    except Exception as error:  # the server starts all the same
        log.warning("Pages are loaded when readers ask for them, because this failed: %s", error)
    finally:
        connections.close_all()


def _stories() -> Iterator[str]:
    """Some, because each may show what others do not: the newest ones, the section of each, and the one of the newest comment."""
    from articles.models import Article
    from comments.models import Comment

    now = timezone.now()
    for story in Article.objects.live(now).newest().select_related("section")[:STORIES]:
        yield from (story.get_absolute_url(), story.section.get_absolute_url())
    for comment in Comment.objects.shown(now).select_related("article").order_by("-pk")[:1]:
        yield from (comment.article.get_absolute_url(), f"/comments/on/{comment.article_id}/")


def _visit(pages: PageCache, path: str) -> None:
    """As a reader does, but not counted as one, and what is answered is not kept."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "HTTP_HOST": host}
    asked |= {"SERVER_NAME": host, "SERVER_PORT": "80"}
    asked |= {"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO()}
    answer = pages(asked, lambda *_said: len)
    if hasattr(answer, "close"):
        answer.close()


def hand_over(number: int) -> None:
    """Ends this process once it has so many children."""
    while len(multiprocessing.active_children()) < number:
        time.sleep(0.05)
    os._exit(0)  # and by no other way, each of which would end them


def _hear() -> None:
    """TERM ends a process that has no ears of its own yet; with those of granian's first process it would go unheard."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def main(application: str = "newsroom.wsgi:application") -> None:
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument(WITH_WORKER, action="store_true")
    own.add_argument(HAND_OVER, action="store_true")
    asked, granians = own.parse_known_args()
    site = ["--factory", "newsroom.wsgi:with_worker"] if asked.with_worker else [application]
    sys.argv[1:] = [*granians, *OPTIONS, *site]
    if sys.platform == "linux":  # elsewhere nothing is forked: each process loads the site by itself
        mp._wsgi_call_wrap = kept_at_once(mp._wsgi_call_wrap)  # type: ignore[attr-defined]  # it has no public name
        memory.give_back()
        multiprocessing.set_start_method("fork")
        os.register_at_fork(after_in_child=_hear)
        load()
        memory.settle()
    if asked.hand_over:
        threading.Thread(target=hand_over, args=(how_many(granians),), daemon=True).start()
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
