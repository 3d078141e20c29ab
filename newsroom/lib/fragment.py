"""Pages and parts of pages: a script that has the page already asks for the part that a form changed."""

from django.http import HttpRequest

#: Set by our own scripts on a POST. No form of another site can set it, and no GET is answered differently for it.
HEADER = "X-Fragment"


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a POST is to be answered with the changed part alone (200, or 422 with the form) instead of a redirect."""
    return request.method == "POST" and request.headers.get(HEADER) == "1"
