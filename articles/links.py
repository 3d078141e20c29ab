"""Where the links of a text lead inside the site: answered from the table of addresses and from rows, never by a request."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from html import unescape
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import Resolver404, ResolverMatch, resolve

from articles.models import Article, Author, BrokenLink, Page, Redirect, Section, Topic

FOUND: Final = 200
#: An address of the desk: readers would be asked to log in.
CLOSED: Final = 403
NOT_FOUND: Final = 404
GONE: Final = 410

_HREF = re.compile(r'<a\b[^>]*?\shref="([^"]*)"', re.IGNORECASE)
#: Redirects are stored without chains; what somebody wrote past the form ends here.
_HOPS: Final = 5
_PLACES: Final[dict[str, Any]] = {"section": Section, "topic": Topic, "author": Author}


def internal_links(html: str) -> list[str]:
    """The addresses of a text's links that lead inside this site, each once, as they are written.

    One without a scheme and a slash ("www.example.org") counts: a browser takes it for a page of this site.
    """
    found = dict.fromkeys(unescape(href).strip() for href in _HREF.findall(html))
    return [href for href in found if href and path_of(href) is not None]


def path_of(href: str) -> str | None:
    """The path on this site that an address names; None for other sites, letters, telephones and places on the page."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    home = urlsplit(settings.NEWSROOM_URL)
    if parts.netloc:
        return (unquote(parts.path) or "/") if parts.netloc == home.netloc else None
    if parts.scheme or not parts.path:
        return None
    return unquote(parts.path)


def answers(links: Iterable[str], now: datetime) -> dict[str, int]:
    """What a reader who follows each link now would get. A handful of queries, however many links there are."""
    paths = {link: path_of(link) or "/" for link in links}
    known = _answers_of_paths(set(paths.values()), now)
    return {link: known[path] for link, path in paths.items()}


def broken(html: str, now: datetime) -> dict[str, int]:
    """The links of a text that lead nowhere inside the site, with what they answer."""
    links = internal_links(html)
    return {link: status for link, status in answers(links, now).items() if status != FOUND} if links else {}


def page_at(path: str, now: datetime) -> int:
    """What stands at a path itself, whatever redirect there is for it: redirects are asked last, where nothing stands."""
    return _own_answers({unquote(path)}, now).get(unquote(path), NOT_FOUND)


def look_through(stories: Iterable[Article], now: datetime) -> int:
    """Write down which links of these stories lead nowhere, and forget those that were mended; how many there are."""
    wanted = {story.pk: internal_links(story.body) for story in stories}
    known = answers({link for links in wanted.values() for link in links}, now)
    rows = [
        BrokenLink(article_id=pk, link=link[:400], status=known[link], found_at=now)
        for pk, links in wanted.items()
        for link in links
        if known[link] != FOUND
    ]
    there = {(row.article_id, row.link): row.status for row in rows}
    with transaction.atomic():
        old = BrokenLink.objects.filter(article__in=wanted)
        mended = [row.pk for row in old if there.get((row.article_id, row.link)) != row.status]
        BrokenLink.objects.filter(pk__in=mended).delete()
        BrokenLink.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _answers_of_paths(paths: set[str], now: datetime, hops: int = _HOPS) -> dict[str, int]:
    asked = {path for path in paths if "\x00" not in path}  # no address holds that, and no database takes it
    found = _own_answers(asked, now)
    missing = {path for path in paths if found.get(path, NOT_FOUND) == NOT_FOUND}
    return dict.fromkeys(missing, NOT_FOUND) | found | _moved(missing & asked, now, hops)


def _own_answers(paths: set[str], now: datetime) -> dict[str, int]:
    matches = {path: match for path in paths if (match := _match(path)) is not None}
    found = {path: _fixed(path, match) for path, match in matches.items()}
    found |= _stories({path: match for path, match in matches.items() if match.url_name == "article"}, now)
    return found | _places(matches)


def _match(path: str) -> ResolverMatch | None:
    """What answers a path; a slash that is missing at the end is added, as for a reader."""
    for spelling in (path, f"{path}/"):
        try:
            return resolve(spelling)
        except (Resolver404, ValueError):
            continue
    return None


def _fixed(path: str, match: ResolverMatch) -> int:
    """Addresses that hang on no row: they are there, unless they belong to the desk or name a file that is not."""
    if match.route.startswith("admin/"):
        return CLOSED
    if match.url_name == "media":
        return FOUND if default_storage.exists(match.kwargs["path"]) else NOT_FOUND
    return FOUND


def _stories(matches: dict[str, ResolverMatch], now: datetime) -> dict[str, int]:
    slugs = {match.kwargs["slug"] for match in matches.values()}
    columns = ("dated", "slug", "status", "publish_at", "expire_at", "first_published_at", "replacement")
    rows = Article.objects.filter(slug__in=slugs, dated__isnull=False).only(*columns) if slugs else []
    stories = {(row.dated, row.slug): row for row in rows}
    found: dict[str, int] = {}
    for path, match in matches.items():
        try:
            dated = date(*(int(match.kwargs[part]) for part in ("year", "month", "day")))
        except ValueError:
            found[path] = NOT_FOUND
            continue
        found[path] = _answer_of(stories.get((dated, match.kwargs["slug"])), now)
    return found


def _answer_of(story: Article | None, now: datetime) -> int:
    if story is None or (not story.is_out(now) and story.status != Article.Status.WITHDRAWN):
        # Scheduled counts as missing until its time: a link to it gives it away.
        return NOT_FOUND
    if story.is_live(now) or story.replacement_id:
        return FOUND
    return GONE


def _places(matches: dict[str, ResolverMatch]) -> dict[str, int]:
    """Sections, topics, authors and the site's own pages, one query for each kind that is named."""
    found: dict[str, int] = {}
    for kind in (*_PLACES, "page"):
        named = {
            path: m.kwargs["slug"] for path, m in matches.items() if (m.url_name or "").removesuffix("_rss") == kind
        }
        if not named:
            continue
        rows = Page.objects.live() if kind == "page" else _PLACES[kind].objects.all()
        there = set(rows.filter(slug__in=named.values()).values_list("slug", flat=True))
        found |= {path: FOUND if slug in there else NOT_FOUND for path, slug in named.items()}
    return found


def _moved(paths: set[str], now: datetime, hops: int) -> dict[str, int]:
    """Old addresses answer as the place does that they lead to."""
    spelled = {spelling: path for path in paths for spelling in (path, path.rstrip("/") or "/", f"{path.rstrip('/')}/")}
    rows = Redirect.objects.filter(old_path__in=spelled).select_related("article") if spelled else []
    found: dict[str, int] = {}
    onward: dict[str, str] = {}
    for row in rows:
        path = spelled[row.old_path]
        if row.status == Redirect.Status.GONE:
            found[path] = GONE
        elif row.article is not None:
            found[path] = _answer_of(row.article, now)
        elif (there := path_of(row.new_path)) is None:
            found[path] = FOUND
        else:
            onward[path] = there
    if onward and hops:
        further = _answers_of_paths(set(onward.values()), now, hops - 1)
        found |= {path: further[there] for path, there in onward.items()}
    return found
