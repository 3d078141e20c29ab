"""granian, whose processes share what they have loaded: the site is there before they are forked.

    python -m newsroom.web --with-worker --port 8000 --workers 2 --blocking-threads 4

With `--with-worker` one of them is the worker, which would load the same by itself. The other options are granian's, but
those that it must know before the site is loaded (an environment file, another folder, `--reload`). It replaces a process
that fails, and at HUP each of them, by one with the code that was loaded at the start: for new code start it anew, or let
newsroom.serve do so without losing a request.
"""

import io
import logging
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.db import connections
from django.utils import timezone
from granian.cli import entrypoint

from newsroom.lib import memory
from newsroom.lib.kept import Kept
from newsroom.lib.pagecache import PageCache
from newsroom.wsgi import django

log = logging.getLogger(__name__)

WITH_WORKER: Final = "--with-worker"
#: How much the worker gives way to those who answer readers (nice).
GIVES_WAY: Final = 5
#: One page of each kind: its templates, queries and forms are loaded once for all processes.
VISITED: Final = ("/", "/latest/", "/search/", "/rss.xml", "/account/login/", "/admin/login/")
STORIES: Final = 10
OPTIONS: Final = ["--interface", "wsgi", "--no-ws"]


def load() -> None:
    """What the first pages of a process load. No connection and no thread is left, which a fork would break."""
    from newsroom.management.commands import worker  # noqa: F401 - can be imported now that newsroom.wsgi has been

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


def work(server: int) -> None:
    """What `manage.py worker` does, until the server tells it to stop or is gone (`server`: its number)."""
    from newsroom.management.commands import worker

    if sys.platform == "linux":
        Path("/proc/self/comm").write_text("newsroom-worker")  # its name in `top`
    with suppress(PermissionError):
        os.nice(GIVES_WAY)
    worker.work(beside=server)


def main(application: str = "newsroom.wsgi:application") -> None:
    with_worker = WITH_WORKER in sys.argv
    sys.argv = [*(word for word in sys.argv if word != WITH_WORKER), *OPTIONS, application]
    if sys.platform == "linux":  # elsewhere nothing is forked: each process loads the site by itself
        memory.give_back()
        multiprocessing.set_start_method("fork")
        load()
        memory.settle()
    with Kept("The worker", partial(work, os.getpid())) if with_worker else nullcontext():
        entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
