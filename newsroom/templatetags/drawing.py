"""Pieces of a page that are drawn once and then only filled in, and Django's filters that can be used in them."""

import functools
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context, defaultfilters
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString

from newsroom.lib.clock import HereAndNow
from newsroom.lib.slots import follow, later
from newsroom.lib.stencil import Stencil
from newsroom.templatetags.furniture import here_of

register = template.Library()


@register.simple_tag(takes_context=True)
def draw(context: Any, name: str, **values: Any) -> SafeString:
    """`{% draw "articles/_card.html" article=story look="row" %}` prints what `{% include ... with ... only %}` would,
    by a stencil (`newsroom.lib.stencil`): what it shows must come from the values, or be the same for everybody.

    Beside them the template knows when and where it is read (`here_and_now`). A piece may draw others.
    """
    html: SafeString = later(_drawn, name, tuple(values), here_of(context), *values.values())
    return html


def _drawn(name: str, names: tuple[str, ...], here: HereAndNow, *values: Any) -> SafeString:
    scope = SimpleNamespace(**dict(zip(names, values, strict=True)), here_and_now=here)
    if settings.DEBUG:  # a template that was just changed is not kept
        html: SafeString = get_template(name).template.render(Context(vars(scope)))  # type: ignore[attr-defined]
        return html
    return stencil(name, names, here.language).fill(scope)


@functools.cache
def stencil(name: str, _names: tuple[str, ...], _language: str | None) -> Stencil:
    """One for each language, and for what a template is given: a name that is missing asks nothing."""
    return Stencil(get_template(name).template)  # type: ignore[attr-defined]


@register.filter
@follow
def date(moment: datetime | None, style: str) -> str:
    return str(defaultfilters.date(timezone.localtime(moment) if moment else None, style))


for named in ("floatformat", "linebreaks", "linebreaksbr", "urlencode"):
    register.filter(named, follow(defaultfilters.register.filters[named]))
register.filter("intcomma", follow(intcomma))
