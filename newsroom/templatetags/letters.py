"""What every letter says about the site; letters are written without a request."""

from django import template
from django.conf import settings

from articles.models import Letterhead, SiteSettings
from articles.models.letterhead import Logo, letterhead
from articles.models.site_settings import site_settings

register = template.Library()


@register.simple_tag
def the_site() -> SiteSettings:
    return site_settings()


@register.simple_tag
def the_letterhead() -> Letterhead:
    return letterhead()


@register.simple_tag
def mail_logo() -> Logo | None:
    return letterhead().mail_logo(site_settings().name)


@register.simple_tag(takes_context=True)
def opening(context: template.Context) -> str:
    """The newsroom's own sentence at the top of this `kind` of letter; '' where it has none."""
    return letterhead().opening(str(context.get("kind", "")))


@register.simple_tag
def site_address(path: str = "/") -> str:
    """An absolute link to a path of this site."""
    return f"{settings.NEWSROOM_URL}{path}"


@register.filter
def each_line(text: str, start: str) -> str:
    """For the text part: a reader's words stay apart from the letter's own, and no line of them can end the letter."""
    return "\n".join(f"{start}{line}".rstrip() for line in text.split("\n"))


@register.simple_tag
def mail_leaves() -> bool:
    """Whether a mail server is configured."""
    return settings.EMAIL_GIVEN
