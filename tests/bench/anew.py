"""The site without a page in its cache, as each story's first reader finds it. `render` renders the page; `published` also
reads anew what each process keeps until something is published (what is to come, what breaks); `miss` also compresses and keeps it.
X-Queries says how many there were.

    python -m tests.bench.anew render --port 8000     (and what else newsroom.web takes)
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from newsroom import web
from newsroom.lib.models import Stamp
from newsroom.wsgi import application, django

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def _counted(asked: Application) -> Application:
    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        made: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            made.append(sql)
            return execute(sql, *rest)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Queries", str(len(made)))], *rest)

        with connection.execute_wrapper(count):
            return asked(environ, start)

    return answer


def _after_publishing(asked: Application) -> Application:
    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        application.clear()
        Stamp.objects.bump(Stamp.STORIES)
        return asked(environ, start_response)

    return answer


render = _counted(django)
published, miss = _after_publishing(render), _after_publishing(_counted(application))

if __name__ == "__main__":
    web.main(f"tests.bench.anew:{sys.argv.pop(1)}")
