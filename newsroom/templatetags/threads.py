"""Long lists of comments, drawn by stencil."""

import functools
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from comments.thread import Entry
from newsroom.lib.html import trusted
from newsroom.lib.stencil import Stencil
from newsroom.templatetags.furniture import here_and_now

register = template.Library()

_PLACE = "comments/_place.html"


@register.simple_tag(takes_context=True)
def places(context: Any, entries: Iterable[Entry]) -> SafeString:
    """`{% for entry in entries %}{% include "comments/_place.html" %}{% endfor %}`, by a stencil (`newsroom.lib.stencil`).

    The template knows `entry` and `discussion` there. The one entry that holds the form is drawn as ever.
    """
    plain = get_template(_PLACE).template  # type: ignore[attr-defined]
    stencil = _stencil(get_language() or "")
    here = here_and_now(context.get("now"))
    scope = SimpleNamespace(entry=None, discussion=context.get("discussion"), here_and_now=here)
    drawn = []
    for entry in entries:
        if entry.is_replied or settings.DEBUG:  # a template that was just changed is not kept
            with context.push(entry=entry):
                drawn.append(plain.render(context))
        else:
            scope.entry = entry
            drawn.append(stencil.fill(scope))
    return trusted("".join(drawn))


@functools.cache
def _stencil(language: str) -> Stencil:
    return Stencil(get_template(_PLACE).template)  # type: ignore[attr-defined]
