"""Feeds: whole texts for readers' own programs, as RSS, Atom and JSON Feed, of the site, a section, a topic, an author."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

from articles.headlines import page_title
from articles.models import Article, Author, Image, Rendition, Section, Topic
from articles.models.site_settings import site_settings
from articles.moments import next_moment
from articles.rendering import absolute, render_elsewhere
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import share

#: Stories in a feed.
MOST: Final = 30

_NAMESPACES: Final = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}


@dataclass(frozen=True)
class Source:
    """What a feed is a feed of."""

    title: str
    description: str
    path: str
    stories: QuerySet[Article]


def rss(request: HttpRequest) -> HttpResponse:
    return _answer(request, _site(request), _rss)


def atom(request: HttpRequest) -> HttpResponse:
    return _answer(request, _site(request), _atom)


def json_feed(request: HttpRequest) -> HttpResponse:
    return _answer(request, _site(request), _json)


def section_rss(request: HttpRequest, slug: str) -> HttpResponse:
    section = get_object_or_404(Section, slug=slug)
    return _answer(request, _part(section, section.description, _live(request).in_section(section)), _rss)


def topic_rss(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug, merged_into=None)
    return _answer(request, _part(topic, topic.description, _live(request).filter(topics=topic)), _rss)


def author_rss(request: HttpRequest, slug: str) -> HttpResponse:
    author = get_object_or_404(Author, slug=slug)
    return _answer(request, _part(author, author.role, _live(request).filter(authors=author)), _rss)


def _live(request: HttpRequest) -> Any:
    now: datetime = now_of(request)
    return Article.objects.live(now)


def _site(request: HttpRequest) -> Source:
    site = site_settings()
    return Source(site.name, site.description or site.tagline or site.name, "/", _live(request))


def _part(of: Section | Topic | Author, description: str, stories: QuerySet[Article]) -> Source:
    site = site_settings()
    return Source(f"{of} | {site.name}", description or f"{of}, {site.name}", of.get_absolute_url(), stories)


def _answer(request: HttpRequest, source: Source, write: Callable[[HttpRequest, Source], HttpResponse]) -> HttpResponse:
    now: datetime = now_of(request)
    return share(write(request, source), until=next_moment(now))


def _newest(source: Source) -> Iterable[Article]:
    return (
        source.stories.select_related("section", "lead_image")
        .prefetch_related(
            "bylines__author", "topics", "also_in", "corrections", "lead_image__renditions", "body_images"
        )
        .defer("body_text")
        .order_by("-publish_at", "-id")[:MOST]
    )


class _Rss(Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | _NAMESPACES

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("content:encoded", item["content"])
        if item["changed"]:
            handler.addQuickElement("atom:updated", item["changed"].isoformat(timespec="seconds"))
        if item["picture"]:
            _media(handler, item["picture"])


def _media(handler: SimplerXMLGenerator, image: Image) -> None:
    url, width, height, kind = _best(image)
    size = {"width": str(width), "height": str(height)}
    handler.startElement("media:content", AttributesImpl({"url": url, "medium": "image", "type": kind} | size))
    if image.alt:
        handler.addQuickElement("media:description", image.alt, {"type": "plain"})
    if image.credit:
        handler.addQuickElement("media:credit", image.credit)
    handler.endElement("media:content")


class _Atom(Atom1Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html"})


def _rss(request: HttpRequest, source: Source) -> HttpResponse:
    return _xml(request, source, _Rss)


def _atom(request: HttpRequest, source: Source) -> HttpResponse:
    return _xml(request, source, _Atom)


def _xml(request: HttpRequest, source: Source, kind: type[_Rss] | type[_Atom]) -> HttpResponse:
    feed = kind(
        title=source.title,
        link=absolute(source.path),
        description=source.description,
        subtitle=source.description,
        language=get_language(),
        feed_url=absolute(request.path),
        author_name=site_settings().name,
    )
    for article in _newest(source):
        feed.add_item(
            title=page_title(article, article.headline),
            link=absolute(article.get_absolute_url()),
            description=article.standfirst or article.shown_headline,
            unique_id=_guid(article),
            unique_id_is_permalink=False,
            pubdate=article.first_published_at or article.publish_at,
            updateddate=article.changed_at,
            categories=_categories(article),
            authors=[byline.author.name for byline in article.bylines.all()],
            content=_content(article),
            changed=article.updated_at,
            picture=article.lead_image,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _json(request: HttpRequest, source: Source) -> HttpResponse:
    site = site_settings()
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": source.title,
        "home_page_url": absolute(source.path),
        "feed_url": absolute(request.path),
        "description": source.description,
        "language": get_language(),
        "authors": [{"name": site.name, "url": absolute("/")}],
        "items": [_json_item(article) for article in _newest(source)],
    }
    return HttpResponse(json.dumps(feed, ensure_ascii=False), content_type="application/feed+json; charset=utf-8")


def _json_item(article: Article) -> dict[str, Any]:
    published = article.first_published_at or article.publish_at
    item: dict[str, Any] = {
        "id": _guid(article),
        "url": absolute(article.get_absolute_url()),
        "title": page_title(article, article.headline),
        "summary": article.standfirst,
        "content_html": _content(article),
        "date_published": published.isoformat(timespec="seconds") if published else None,
        "date_modified": article.changed_at.isoformat(timespec="seconds") if article.changed_at else None,
        "authors": [
            {"name": byline.author.name, "url": absolute(byline.author.get_absolute_url())}
            for byline in article.bylines.all()
        ],
        "tags": _categories(article),
        "image": _best(article.lead_image)[0] if article.lead_image else None,
    }
    return {name: value for name, value in item.items() if value}


def _guid(article: Article) -> str:
    """Of the story, not of its address: a story that moves is not read twice (RFC 4151)."""
    host = urlsplit(settings.NEWSROOM_URL).hostname
    since = article.dated or article.created_at
    return f"tag:{host},{since:%Y-%m-%d}:story-{article.pk}"


def _categories(article: Article) -> list[str]:
    names = [article.section.name, *(section.name for section in article.also_in.all())]
    return list(dict.fromkeys([*names, *(topic.name for topic in article.topics.all())]))


def _content(article: Article) -> str:
    """The whole text and its corrections, with addresses that work anywhere."""
    body = render_elsewhere(article, images={image.pk: image for image in article.body_images.all()})
    return render_to_string(
        "articles/_feed_content.html",
        {"article": article, "body": body, "video": article.video_url},
    ).strip()


def _best(image: Image) -> tuple[str, int, int, str]:
    """The largest JPEG that exists, which every reader of feeds shows; else the picture itself."""
    rows = [
        row for row in image.renditions.all() if row.crop == Rendition.Crop.FULL and row.format == Rendition.Format.JPEG
    ]
    if rows:
        best = max(rows, key=lambda row: row.width)
        return absolute(best.file.url), best.width, best.height, "image/jpeg"
    ending = image.file.name.rpartition(".")[2].lower()
    return absolute(image.file.url), image.width, image.height, f"image/{'jpeg' if ending == 'jpg' else ending}"
