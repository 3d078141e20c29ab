"""Pieces of a page that are drawn once and then only filled in, and Django's filters that can be used in them."""

import functools
from datetime import datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import defaultfilters
from django.utils import timezone
from django.utils.safestring import SafeString

from newsroom.lib.slots import follow, later
from newsroom.lib.stencil import drawn
from newsroom.templatetags.furniture import here_of

register = template.Library()


@register.simple_tag(takes_context=True)
def draw(context: Any, name: str, **values: Any) -> SafeString:
    """`{% draw "articles/_card.html" article=story look="row" %}` prints what `{% include ... with ... only %}` would,
    by a stencil (`newsroom.lib.stencil`): what it shows must come from the values, or be the same for everybody.

    Beside them the template knows when and where it is read (`here_and_now`). A piece may draw others.
    """
    html: SafeString = later(drawn, name, here_of(context), tuple(values), *values.values())
    return html


@register.filter
@follow
def date(moment: datetime | None, style: str) -> str:
    return str(defaultfilters.date(timezone.localtime(moment) if moment else None, style))


for named in ("floatformat", "linebreaksbr", "urlencode"):
    register.filter(named, follow(defaultfilters.register.filters[named]))
#: The words of an ask stand on every page. `typed`: a text that is HTML already is equal to one that is not.
register.filter("linebreaks", follow(functools.lru_cache(maxsize=100, typed=True)(defaultfilters.linebreaks_filter)))
register.filter("intcomma", follow(intcomma))
