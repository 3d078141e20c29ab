"""One post of an export as a story, one page as a page."""

from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from articles.models import Article, Author, Byline, Page
from articles.richtext import ArticleBodyField
from newsroom.lib.html import TooMuchHTML
from newsroom.lib.text import one_line, plain
from newsroom.wordpress import wxr
from newsroom.wordpress.addresses import Addresses
from newsroom.wordpress.html import as_plain_paragraphs, convert
from newsroom.wordpress.report import Report
from newsroom.wordpress.surroundings import Surroundings
from newsroom.wordpress.survey import Survey
from newsroom.wordpress.terms import Terms
from newsroom.wordpress.uploads import Uploads

_STATES: Final = {
    "publish": Article.Status.PUBLISHED,
    "future": Article.Status.PUBLISHED,
    "pending": Article.Status.REVIEW,
    "draft": Article.Status.DRAFT,
    "private": Article.Status.DRAFT,
}


class Posts:
    def __init__(self, survey: Survey, report: Report, addresses: Addresses, terms: Terms, uploads: Uploads) -> None:
        self._survey = survey
        self._report = report
        self._addresses = addresses
        self._terms = terms
        self._uploads = uploads

    def story(self, post: wxr.Post, name: str) -> Article:
        """The story of a post: made, brought up to date, or left as an editor made it meanwhile."""
        legacy = self._survey.key(post.id)
        article = Article.objects.filter(legacy_id=legacy).first()
        if article is not None and not _is_untouched(article):
            self._report.unchanged["stories"] += 1
            return article
        fields = self._story_fields(post, name)
        if article is None:
            article = Article(legacy_id=legacy, legacy_url=post.link[:400], **fields)
            article.save()
            self._report.new["stories"] += 1
        elif self._changes(article, fields):
            self._report.updated["stories"] += 1
        else:
            self._report.unchanged["stories"] += 1
        _, others = self._terms.first_and_others(post)
        article.also_in.set(others)
        article.topics.set(self._terms.topics_of(post))
        self._sign(article, self._terms.authors_of(post))
        return article

    def _changes(self, article: Article, fields: dict[str, Any]) -> bool:
        """Bring an untouched story up to date (its pictures came later, say). Its address and its time stay."""
        for field in ("status", "slug", "dated", "publish_at", "first_published_at", "created_at"):
            fields.pop(field)
        changed = [field for field, value in fields.items() if getattr(article, field) != value]
        for field in changed:
            setattr(article, field, fields[field])
        if changed:
            article.save(update_fields=changed)
        return bool(changed)

    def _sign(self, article: Article, authors: list[Author]) -> None:
        if [byline.author_id for byline in article.bylines.all()] != [author.pk for author in authors]:
            article.bylines.all().delete()
            Byline.objects.bulk_create(
                Byline(article=article, author=author, position=place) for place, author in enumerate(authors, 1)
            )

    def _story_fields(self, post: wxr.Post, name: str) -> dict[str, Any]:
        section, _ = self._terms.first_and_others(post)
        thumbnail = post.meta_value("_thumbnail_id").strip()
        image = self._uploads.image(int(thumbnail)) if thumbnail.isascii() and thumbnail.isdigit() else None
        return {
            "headline": self._headline(post, name, 200),
            "standfirst": one_line(plain(self._converted(post, post.excerpt, name)), longest=500)
            if post.excerpt
            else "",
            "body": self._body(post, name),
            "section": section,
            "lead_image": image,
            "comments_mode": Article.Comments.CLOSED if post.comment_status == "closed" else Article.Comments.OPEN,
            **self._search_fields(post),
            **self._state(post, name),
        }

    def _state(self, post: wxr.Post, name: str) -> dict[str, Any]:
        status = _STATES.get(post.status)
        if status is None:
            self._report.note(name, "kept as a draft", f"its state “{post.status}” is unknown here")
        elif post.status == "private":
            self._report.note(name, "kept as a draft", "it was private")
        elif post.password:
            self._report.note(name, "kept as a draft", "it was protected by a password")
            status = None
        state: dict[str, Any] = {"status": str(status or Article.Status.DRAFT), "slug": self._addresses.slugs[post.id]}
        now = timezone.now()
        published: datetime | None = None
        if status == Article.Status.PUBLISHED:
            if post.date is None:
                self._report.note(name, "dated today", "the export gives it no date")
            elif post.date > now:
                self._report.note(name, "scheduled", f"its date is in the future: {post.date:%Y-%m-%d %H:%M} UTC")
            published = post.date or now
        state |= {"publish_at": published, "first_published_at": published, "created_at": post.date or now}
        return state | {"dated": self._addresses.dated(post.id) if published else None}

    def _headline(self, post: wxr.Post, name: str, longest: int) -> str:
        """As it was written, BREAKING and all: it marks nothing here."""
        if not post.title:
            headline = f"(untitled, {post.date:%Y-%m-%d})" if post.date else "(untitled)"
            self._report.note(name, "had no title", headline)
            return headline
        if len(post.title) > longest:
            self._report.note(name, "headline cut", f"it had {len(post.title)} characters: {post.title}")
            return f"{post.title[: longest - 1].rstrip()}…"
        return post.title

    def _search_fields(self, post: wxr.Post) -> dict[str, Any]:
        """What the Yoast plugin kept for search engines; its %%placeholders%% mean nothing here."""

        def words(key: str, longest: int) -> str:
            value = one_line(post.meta_value(f"_yoast_wpseo_{key}"), longest=longest)
            return "" if "%%" in value else value

        canonical = post.meta_value("_yoast_wpseo_canonical").strip()
        try:
            URLValidator(schemes=["http", "https"])(canonical)
        except ValidationError:
            canonical = ""
        return {
            "seo_title": words("title", 120),
            "seo_description": words("metadesc", 300),
            "social_headline": words("opengraph-title", 200),
            "canonical_url": canonical if len(canonical) <= 200 else "",
            "noindex": post.meta_value("_yoast_wpseo_meta-robots-noindex") == "1",
        }

    def page(self, post: wxr.Post, name: str) -> Page:
        legacy = self._survey.key(post.id)
        page = Page.objects.filter(legacy_id=legacy).first()
        if page is not None:
            self._report.unchanged["pages"] += 1
            return page
        is_live = post.status in {"publish", "future"} and not post.password
        if not is_live:
            self._report.note(name, "page kept as a draft", f"its state is “{post.status}”")
        slug = self._addresses.slugs[post.id]
        if post.slug and slug != post.slug:
            self._report.note(name, "page has another address", f"/{slug}/, since /{post.slug}/ is taken")
        page = Page.objects.create(
            title=self._headline(post, name, 120),
            slug=slug,
            body=self._body(post, name),
            in_footer=False,
            position=min(100 + post.menu_order, 30_000),
            is_live=is_live,
            updated_at=post.modified or post.date or timezone.now(),
            legacy_id=legacy,
        )
        self._report.new["pages"] += 1
        return page

    def _body(self, post: wxr.Post, name: str) -> str:
        """As it will be stored, so that it can be compared with what is."""
        return ArticleBodyField.clean_html(self._converted(post, post.content, name))

    def _converted(self, post: wxr.Post, html: str, name: str) -> str:
        around = Surroundings(
            link=self._addresses.link,
            picture=self._uploads.by_address,
            attachment=self._uploads.by_id,
            gallery=lambda: self._uploads.of_post(post.id),
        )
        try:
            body = convert(html, around).html
        except TooMuchHTML as error:
            self._report.note(name, "body kept as plain text", str(error))
            return as_plain_paragraphs(html)
        for note in around.notes:
            self._report.note(name, note.kind, note.detail)
        return body


def _is_untouched(article: Article) -> bool:
    """Nobody saved it here, took a step with it, or wrote a draft of it since it was imported."""
    return article.version == 0 and not article.transitions.exists() and not article.revisions.exists()
