"""What the site is measured against, on the same server: a constant answer, and a bare Django view. No package, so that
importing it loads nothing of the site:   PYTHONPATH=tests/bench granian ... floors:constant

`/30720` is answered with so many bytes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

_KIND = "text/html; charset=utf-8"
_bodies: dict[str, bytes] = {}


def constant(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    asked = environ["PATH_INFO"]
    body = _bodies.get(asked) or _bodies.setdefault(asked, b"x" * int(asked[1:]))
    start_response("200 OK", [("Content-Type", _KIND), ("Content-Length", str(len(body)))])
    return [body]


def _view(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(_bodies.get(request.path) or _bodies.setdefault(request.path, b"x" * size))


urlpatterns = [path("<int:size>", _view)]
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="of no use", MIDDLEWARE=[])
bare_django = WSGIHandler()
