"""Old addresses and new ones: slugs that are free, links inside bodies, and redirects."""

import re
from collections.abc import Iterator
from datetime import UTC, date
from typing import Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from articles.models import Article, Page, Redirect, Section, Topic
from articles.models.article import article_path
from newsroom.lib.text import make_slug
from newsroom.wordpress.report import Report
from newsroom.wordpress.survey import Survey, path_of

#: First parts of addresses that the site itself answers: a page may not take them.
RESERVED: Final = frozenset(
    "account admin articles ask author comments corrections feed healthz latest live media metrics "
    "preview ratings readyz rss search section sitemap static support topic".split()
)


class Addresses:
    """Where every post of an export will stand. Made before any row, so that bodies can link to what comes later."""

    def __init__(self, survey: Survey, zone: ZoneInfo) -> None:
        self._survey = survey
        self._zone = zone
        published = Article.objects.exclude(dated=None).values_list("dated", "slug")
        self._taken: set[tuple[date | None, str]] = set(published)
        self.slugs: dict[int, str] = {}
        self.paths: dict[int, str] = {}
        self._of_path: dict[str, str] = {}
        prefix = survey.key("")
        rows = Article.objects.filter(legacy_id__startswith=prefix).values_list("legacy_id", "dated", "slug")
        known = {legacy: (dated, slug) for legacy, dated, slug in rows}
        pages = dict(Page.objects.filter(legacy_id__startswith=prefix).values_list("legacy_id", "slug"))
        self._page_slugs = set(Page.objects.values_list("slug", flat=True))
        for post in survey.posts.values():
            legacy = survey.key(post.id)
            if post.type == "page":
                self._plan_page(post.id, pages.get(legacy), post.slug or post.title)
            else:
                self._plan_story(post.id, known.get(legacy), post.slug or post.title)
            if post.path:
                self._of_path.setdefault(_normal(post.path), self.paths[post.id])

    def dated(self, post_id: int) -> date:
        """The site's date of a post, which is a part of its address."""
        moment = self._survey.posts[post_id].date or timezone.now()
        try:
            return moment.astimezone(self._zone).date()
        except OverflowError:  # the first and the last day of all
            return moment.astimezone(UTC).date()

    def add(self, old_path: str, new: str) -> None:
        """Links to `old_path` inside bodies lead to `new` from now on."""
        self._of_path.setdefault(_normal(old_path), new)

    def _plan_page(self, post_id: int, known: str | None, wish: str) -> None:
        slug = known or kept_slug(wish) or f"page-{post_id}"
        if not known:
            slug = f"{slug}-page" if slug in RESERVED or slug.isdigit() else slug
            slug = next(name for name in _variants(slug) if name not in self._page_slugs)
        self._page_slugs.add(slug)
        self.slugs[post_id] = slug
        self.paths[post_id] = reverse("page", args=[slug])

    def _plan_story(self, post_id: int, known: tuple[date | None, str] | None, wish: str) -> None:
        dated, slug = known or (None, "")
        if dated is None:
            dated = self.dated(post_id)
        if not slug:
            stem = kept_slug(wish) or f"story-{post_id}"
            slug = next(name for name in _variants(stem) if (dated, name) not in self._taken)
        self._taken.add((dated, slug))
        self.slugs[post_id] = slug
        self.paths[post_id] = article_path(dated, slug)

    def link(self, href: str) -> str:
        """The new address of a link into the old site; any other link as it is."""
        try:
            parts = urlsplit(href.strip())
            host = parts.netloc.lower().removeprefix("www.")
        except ValueError:
            return href
        if parts.scheme not in {"", "http", "https"} or (host and host != self._survey.blog.partition("/")[0]):
            return href
        if not host and not parts.path.startswith("/") and not parts.query:
            return href
        query = parse_qs(parts.query)
        numbers = [query[name][0] for name in ("p", "page_id") if name in query]
        number = int(numbers[0]) if numbers and numbers[0].isascii() and numbers[0].isdigit() else 0
        new = self.paths.get(number) or self._of_path.get(_normal(path_of(parts._replace(query="").geturl())))
        return f"{new}#{parts.fragment}" if new and parts.fragment else new or href


def kept_slug(old: str, *, longest: int = 100) -> str:
    """An old slug or title as a slug here; letters of every script stay."""
    return make_slug(old, longest=longest) if old.isascii() else slugify(old, allow_unicode=True)[:longest].strip("-")


def _variants(slug: str) -> Iterator[str]:
    yield slug
    for n in range(2, 100_000):
        yield f"{slug}-{n}"


def _normal(path: str) -> str:
    return re.sub(r"/{2,}", "/", path).rstrip("/").lower()


class Redirects:
    """Old addresses that keep leading somewhere. One that is taken already stays as it is."""

    def __init__(self, survey: Survey, report: Report) -> None:
        self._survey = survey
        self._report = report

    def for_story(self, article: Article, number: int, link: str, old_slugs: list[str]) -> None:
        for old in self._old_addresses("p", number, link, article.slug, old_slugs):
            self._add(old, article.get_absolute_url(), article)

    def for_page(self, page: Page, number: int, link: str, old_slugs: list[str]) -> None:
        for old in self._old_addresses("page_id", number, link, page.slug, old_slugs):
            self._add(old, page.get_absolute_url())

    def for_term(self, kind: str, old_slugs: list[str], row: Section | Topic) -> None:
        """/category/<parent>/<slug>/ and /tag/<slug>/, as WordPress has them unless somebody changed it."""
        for slug in old_slugs:
            self._add(f"{self._survey.base}/{kind}/{slug}/", row.get_absolute_url())

    def for_feed(self) -> None:
        """Feed readers keep asking where they always asked."""
        self._add(f"{self._survey.base}/feed/", reverse("rss"))

    def _old_addresses(self, name: str, number: int, link: str, slug: str, old_slugs: list[str]) -> list[str]:
        found = [f"{base}/?{name}={number}" for base in dict.fromkeys(["", self._survey.base])]
        path = path_of(link)
        if path:
            found.append(path)
            last = path.rstrip("/").rpartition("/")
            end = "/" if path.endswith("/") else ""
            found += [f"{last[0]}/{old}{end}" for old in old_slugs if old and old != last[2]]
        return found

    def _add(self, old: str, new: str, article: Article | None = None) -> None:
        if old == new or len(old) > 400 or not old.startswith("/"):
            if len(old) > 400:
                self._report.refuse("redirects", old[:60] + "…", "the old address is longer than 400 characters")
            return
        values = {"article": article} if article else {"new_path": new}
        _row, made = Redirect.objects.get_or_create(old_path=old, defaults={**values, "automatic": True})
        self._report.new["redirects"] += made
        self._report.unchanged["redirects"] += not made
