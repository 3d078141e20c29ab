"""A page as HTML, and nothing of what it was made of."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.context import make_context
from django.template.loader import get_template


def render(request: HttpRequest, name: str, values: dict[str, Any], status: int | None = None) -> HttpResponse:
    """Like `django.shortcuts.render`, but all that the page has read is let go at once. Django's context holds itself, and with it
    six hundred rows and lists of a story's page, until the collector looks, which then looks at each of them.
    """
    context = make_context(values, request)
    html = get_template(name).template.render(context)  # type: ignore[attr-defined]
    context.dicts.clear()
    return HttpResponse(html, status=status)
