"""Long lists of comments, drawn by stencil."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from comments.discussion import Discussion
from comments.thread import Entry
from newsroom.lib.clock import HereAndNow
from newsroom.lib.html import trusted
from newsroom.lib.slots import later
from newsroom.lib.stencil import stencil
from newsroom.templatetags.furniture import here_of

register = template.Library()

_PLACE = "comments/_place.html"


@register.simple_tag(takes_context=True)
def places(context: Any, entries: Iterable[Entry], discussion: Discussion) -> SafeString:
    """`{% for entry in entries %}{% draw "comments/_place.html" entry=entry discussion=discussion %}{% endfor %}`,
    but that the one entry that holds the form is drawn as an ordinary template."""
    html: SafeString = later(_places, entries, discussion, here_of(context))
    return html


def _places(entries: Iterable[Entry], discussion: Discussion, here: HereAndNow) -> SafeString:
    scope = SimpleNamespace(entry=None, discussion=discussion, here_and_now=here)
    by_stencil = stencil(_PLACE, ("entry", "discussion"), here.language)
    nothing_kept = settings.DEBUG  # a template that was just changed
    drawn = []
    for entry in entries:
        scope.entry = entry
        if entry.is_replied or nothing_kept:
            plain = get_template(_PLACE).template  # type: ignore[attr-defined]
            drawn.append(plain.render(Context(vars(scope) | {"article": discussion.article})))
        else:
            drawn.append(by_stencil.fill(scope))
    return trusted("".join(drawn))
