"""Turns an export into rows: stories, pages, sections, topics, authors, comments, pictures and redirects.

The file is read twice: once to know every address and picture, once to store one post after the other, each in a
transaction of its own. A second run adds nothing twice and leaves alone what somebody changed here meanwhile.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

from django.db import DataError, IntegrityError, transaction

from articles import search
from articles.models import Article
from articles.models.site_settings import site_settings
from newsroom.lib.models import Stamp
from newsroom.wordpress import wxr
from newsroom.wordpress.addresses import Addresses, Redirects
from newsroom.wordpress.discussion import Discussions
from newsroom.wordpress.posts import Posts
from newsroom.wordpress.report import Report
from newsroom.wordpress.survey import Progress, Survey, entries, survey
from newsroom.wordpress.terms import Terms
from newsroom.wordpress.uploads import Uploads


def import_export(
    path: Path, uploads: Path | None = None, *, dry_run: bool = False, progress: Progress | None = None
) -> Report:
    """Import the export at `path`; `uploads` is a copy of its wp-content/uploads. A dry run takes everything back."""
    report = Report()
    around: AbstractContextManager[object] = _TakenBack() if dry_run else nullcontext()
    found = survey(path, progress)
    with around:
        _Import(found, uploads, report, dry_run=dry_run).run(path, progress)
    return report


class _TakenBack(AbstractContextManager[object]):
    """One transaction that always ends in a rollback."""

    def __enter__(self) -> object:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            transaction.set_rollback(True)
        self._atomic.__exit__(kind, error, trace)


class _Import:
    def __init__(self, found: Survey, uploads: Path | None, report: Report, *, dry_run: bool) -> None:
        self.survey = found
        self.report = report
        self.uploads = Uploads(uploads, found, report, dry_run=dry_run)
        self.terms = Terms(found, report)
        self.addresses = Addresses(found, site_settings().zone)
        self.redirects = Redirects(found, report)
        self.discussions = Discussions(found, report)
        self.posts = Posts(found, report, self.addresses, self.terms, self.uploads)
        self._seen: set[int] = set()

    def run(self, path: Path, progress: Progress | None) -> None:
        with transaction.atomic():
            self.terms.make_all()
            self._old_term_addresses()
        for entry in entries(path, progress):
            match entry:
                case wxr.Post():
                    self._post(entry)
                case wxr.Repaired():
                    self.report.note(f"line {entry.line}", "put right while reading", entry.what)
                case wxr.Fault():
                    self.report.break_off(entry.line, entry.message)
        self.uploads.store_all()
        Stamp.objects.bump(Stamp.SITE)

    def _old_term_addresses(self) -> None:
        for slug, old in self.terms.old_category_slugs():
            section = self.terms.section(slug)
            for ending in old:
                self.addresses.add(f"{self.survey.base}/category/{ending}", section.get_absolute_url())
            self.redirects.for_term("category", old, section)
        for slug, topic in self.terms.topics.items():
            self.addresses.add(f"{self.survey.base}/tag/{slug}", topic.get_absolute_url())
            self.redirects.for_term("tag", [slug], topic)
        self.redirects.for_feed()

    def _post(self, post: wxr.Post) -> None:
        """One item of the export: stored whole or not at all."""
        name = f"“{post.title}” ({post.id})" if post.title else f"{post.type} {post.id}"
        why = self._refusal(post)
        if post.type == "attachment":
            return
        if why:
            kind = {"post": "stories", "page": "pages"}.get(post.type, post.type)
            self.report.refuse(kind, name, why)
            return
        self._seen.add(post.id)
        kind = "pages" if post.type == "page" else "stories"
        before = self.report.mark()
        try:
            with transaction.atomic():
                self._store(post, name)
        except (DataError, IntegrityError, ValueError) as error:
            for room in (self.terms, self.uploads, self.discussions):
                room.forget()
            self.report.go_back(before)
            self.report.refuse(kind, name, " ".join(str(error).split())[:200])

    def _refusal(self, post: wxr.Post) -> str:
        if post.type not in {"post", "page"}:
            return f"of the type “{post.type}”, which only WordPress or a plugin knows"
        if not post.id:
            return "it has no number (wp:post_id)"
        if post.id in self._seen:
            return "its number appears twice in the export"
        if post.status in {"trash", "auto-draft", "inherit"}:
            return f"its state is “{post.status}”"
        return ""

    def _store(self, post: wxr.Post, name: str) -> None:
        old_slugs = [slug for slug in post.meta.get("_wp_old_slug", []) if slug]
        if post.type == "page":
            page = self.posts.page(post, name)
            if page.is_live:
                self.redirects.for_page(page, post.id, post.link, old_slugs)
            if post.comments:
                self.report.refused["comments"] += len(post.comments)
                self.report.note(name, "comments left out", f"{len(post.comments)}: pages have no comments here")
            return
        article = self.posts.story(post, name)
        if article.status == Article.Status.PUBLISHED:
            self.redirects.for_story(article, post.id, post.link, old_slugs)
        self.discussions.store(article, post)
        search.index(article)
