"""What every letter says about the site; letters are written without a request."""

from django import template
from django.conf import settings

from articles.models import SiteSettings
from articles.models.site_settings import site_settings

register = template.Library()


@register.simple_tag
def the_site() -> SiteSettings:
    return site_settings()


@register.simple_tag
def site_address(path: str = "/") -> str:
    """An absolute link to a path of this site."""
    return f"{settings.NEWSROOM_URL}{path}"


@register.simple_tag
def mail_leaves() -> bool:
    """Whether a mail server is configured."""
    return settings.EMAIL_GIVEN
