"""The WSGI application: the page cache in front of Django."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

django = get_wsgi_application()

from articles.models import Reading  # noqa: E402 - needs the settings
from newsroom.checks import refuse_to_start_if_wrong  # noqa: E402 - needs the settings
from newsroom.lib.pagecache import PageCache  # noqa: E402 - needs the settings
from newsroom.lib.reads import Writer, tally  # noqa: E402 - needs the settings
from newsroom.lib.turn import InTurn  # noqa: E402 - keeps the order
from newsroom.management.commands.worker import worker  # noqa: E402 - needs the settings

refuse_to_start_if_wrong()

#: Seconds for which a thread computes before another has its turn. With Python's own 5 ms a page takes 430 ms to render while the
#: worker computes, with this 60; a page that takes 10 ms by itself asks for its turn after each query.
SWITCH = 0.0005

readings = Writer(tally, Reading.objects.add)

_PROCESS = frozenset(os.environ) - {"SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "REMOTE_ADDR", "PATH_INFO"}


def without_process_environment(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """granian puts the environment of the process, secrets included, into each request's: nobody downstream needs it."""
    for name in _PROCESS:
        environ.pop(name, None)
    readings.begin()
    return django(environ, start_response)


application = PageCache(InTurn(without_process_environment), opened=tally.count)


def with_worker() -> PageCache:
    """The application; and of the processes of this machine that call this, one has the worker in a thread."""
    sys.setswitchinterval(SWITCH)
    worker().accompany(settings.VAR_DIR / "worker.lock")
    return application
