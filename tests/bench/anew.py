"""The site as it is just after something was published: every request finds the page cache and all that is kept per process
empty. `miss` renders the page, compresses and keeps it; `render` only renders it. X-Queries: how many there were.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from newsroom.lib.stamps import drop_kept
from newsroom.wsgi import application, django

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def _anew(asked: Application) -> Application:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        application.clear()
        drop_kept()
        made: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            made.append(sql)
            return execute(sql, *rest)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Queries", str(len(made)))], *rest)

        with connection.execute_wrapper(count):
            return asked(environ, start)

    return answer


miss, render = _anew(application), _anew(django)
