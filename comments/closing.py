"""Whether a discussion takes comments, and if not, why, in a sentence for its readers. Pure."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article, SiteSettings


def closes_at(article: Article, site: SiteSettings) -> datetime | None:
    """When the article's age closes its discussion; None: never. Running coverage is never too old."""
    days = site.comments_close_after_days
    if not days or article.publish_at is None or article.is_running:
        return None
    return article.publish_at + timedelta(days=days)


def closed_because(article: Article, site: SiteSettings, now: datetime) -> str:
    """'' while it is open."""
    if not site.comments_open:
        return _("Comments are closed on this site for now.")
    if article.comments_mode in {Article.Comments.CLOSED, Article.Comments.HIDDEN}:
        return _("Comments on this story are closed.")
    end = closes_at(article, site)
    if end is not None and end <= now:
        days = site.comments_close_after_days
        return ngettext(
            "Comments on this story are closed: the discussion stays open for %(days)d day.",
            "Comments on this story are closed: the discussion stays open for %(days)d days.",
            days,
        ) % {"days": days}
    return ""
