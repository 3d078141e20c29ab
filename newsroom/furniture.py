"""What stands around every page: the site's settings, sections, menu, footer and the alert, read once per process and stamp."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Alert, Article, MenuItem, Page, Section, SiteSettings
from articles.models.page import linked_pages
from articles.models.section import all_sections
from articles.models.site_settings import menu_items, site_settings
from articles.moments import is_ahead
from comments.models import Notice
from newsroom.accounts.models import User
from newsroom.donations.selection import asks_are_hidden
from newsroom.lib.clock import here_and_now, now_of
from newsroom.lib.pagecache import is_private
from newsroom.lib.stamps import kept_until_change, kept_until_news

#: Levels of alerts: what a page shows, if there are several for it, comes first.
_ORDER: Final = (Alert.Level.EMERGENCY, Alert.Level.BREAKING, Alert.Level.INFO)


@dataclass(frozen=True, slots=True)
class Line:
    """Of a menu."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class AlertBar:
    """The line above every page. `key` names it for whoever hid it; a newer alert has another one."""

    key: str
    level: str
    label: str
    text: str
    at: datetime
    url: str
    article_id: int | None
    follows_live: bool
    on_front_only: bool = False
    #: Sections on whose pages and stories alone it is shown; none: on all.
    sections: tuple[int, ...] = ()

    @property
    def is_red(self) -> bool:
        return self.level != Alert.Level.INFO


def furniture(request: HttpRequest) -> dict[str, Any]:
    """The context processor. A view that knows better passes its own `alert`."""
    now = now_of(request)
    return {
        **_around(),
        "alert": partial(alert_for, request),
        "something_breaks": bool(breaking_now(now)) or any(a.level != Alert.Level.INFO for a in alerts_now(now)),
        "asks_hidden": asks_are_hidden(request),
        "own": is_private(request),
        "unread_notices": partial(unread_notices, request),
        "here": request.path,
        "canonical": settings.NEWSROOM_URL + request.path,
        "now": now,
        "here_and_now": here_and_now(now),
    }


@kept_until_change
def _around() -> dict[str, Any]:
    """What is the same on every page."""
    site, pages, items = site_settings(), linked_pages(), menu_items()
    return {
        "site": site,
        "house": site,
        "sections": [section for section in all_sections() if section.in_menu and section.parent_id is None],
        "menu": [*_of_place(items, MenuItem.Place.MENU), *_lines(page for page in pages if page.in_menu)],
        "footer_pages": _lines(page for page in pages if page.in_footer),
        "footer_items": _of_place(items, MenuItem.Place.FOOTER),
        "support": support_link(site, pages),
        "place": site.time_zone.rpartition("/")[2].replace("_", " "),
    }


def unread_notices(request: HttpRequest) -> int:
    """Asked by the bell alone, on pages rendered for somebody who is logged in."""
    return Notice.objects.unread_by(request.user) if isinstance(request.user, User) else 0


def support_link(site: SiteSettings, pages: list[Page]) -> str:
    """Where “Support us” leads; empty where nobody has said where to."""
    return site.support_url or next((page.get_absolute_url() for page in pages if page.slug == "support"), "")


def alert_for(
    request: HttpRequest, *, section: Section | None = None, besides: Article | None = None
) -> AlertBar | None:
    """The alert on this page: an emergency before news that breaks, and that before a notice; of these the newest that an editor
    put on air here, else the newest breaking story.

    Never one that leads to the page itself, or to the story `besides` that the page shows at full size anyway.
    """
    shown = (
        bar
        for bar in bars_now(now_of(request))
        if bar.url != request.path
        and not (besides and bar.article_id == besides.pk)
        and (not bar.on_front_only or request.path == "/")
        and (not bar.sections or (section is not None and section.pk in bar.sections))
    )
    return next(shown, None)


def bars_now(now: datetime) -> list[AlertBar]:
    """What is on air anywhere, in the order in which a page looks for its own. What has an alert needs no second bar."""
    alerts = alerts_now(now)
    told = {alert.article_id for alert in alerts if alert.scope == Alert.Scope.ALL}
    stories = (story for story in breaking_now(now) if story.pk not in told)
    return sorted([*map(_bar_of_alert, alerts), *map(_bar_of_story, stories)], key=lambda bar: _ORDER.index(bar.level))


def breaking_now(now: datetime) -> list[Article]:
    """Live stories that are breaking, newest first."""
    if not is_ahead("stops breaking", now):
        return []
    return [a for a in _breaking() if a.is_live(now) and a.breaking_until and a.breaking_until > now]


def alerts_now(now: datetime) -> list[Alert]:
    """Alerts on air, newest first; one about a story goes when the story does."""
    return [alert for alert in _alerts() if alert.is_on_air(now)] if is_ahead("alert ends", now) else []


@kept_until_news
def _breaking() -> list[Article]:
    stories = Article.objects.filter(status=Article.Status.PUBLISHED, breaking_until__gt=timezone.now())
    return list(stories.order_by("-publish_at", "-id").select_related("section").defer("body", "body_text")[:20])


@kept_until_news
def _alerts() -> list[Alert]:
    """On air now or later."""
    coming = Alert.objects.filter(stopped_at=None, ends_at__gt=timezone.now()).select_related("article__section")
    return list(coming.defer("article__body", "article__body_text").order_by("-starts_at", "-id")[:50])


def _bar_of_alert(alert: Alert) -> AlertBar:
    article = alert.article
    of_section = (article.section_id, article.section.parent_id) if article else ()
    return AlertBar(
        key=f"alert-{alert.pk}",
        level=alert.level,
        label=alert.get_level_display(),
        text=alert.text,
        at=alert.starts_at,
        url=article.get_absolute_url() if article else _as_here(alert.url),
        article_id=article.pk if article else None,
        follows_live=bool(article and article.is_running),
        on_front_only=alert.scope == Alert.Scope.FRONT,
        sections=tuple(pk for pk in of_section if pk) if alert.scope == Alert.Scope.SECTION else (),
    )


def _as_here(url: str) -> str:
    """An address of this site without its name, as its pages know themselves."""
    return url.removeprefix(settings.NEWSROOM_URL) if url.startswith(f"{settings.NEWSROOM_URL}/") else url


def _bar_of_story(article: Article) -> AlertBar:
    return AlertBar(
        key=f"story-{article.pk}",
        level=Alert.Level.BREAKING,
        label=str(Alert.Level.BREAKING.label),
        text=article.headline,
        at=article.updated_at or article.publish_at or article.created_at,
        url=article.get_absolute_url(),
        article_id=article.pk,
        follows_live=article.is_running,
    )


def _of_place(items: list[MenuItem], place: MenuItem.Place) -> list[Line]:
    return [Line(item.url, item.label) for item in items if item.place == place]


def _lines(pages: Iterable[Page]) -> list[Line]:
    return [Line(page.get_absolute_url(), page.title) for page in pages]
