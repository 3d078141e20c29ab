"""What search engines read of a story: NewsArticle, VideoObject or LiveBlogPosting, and the way to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from articles.headlines import page_title
from articles.models import Article, Correction, Image, LiveUpdate, Rendition
from articles.models.site_settings import site_settings
from articles.rendering import absolute
from articles.videos import player_of
from newsroom.lib.html import trusted
from newsroom.lib.prepared import all_of
from newsroom.lib.text import plain

Node = dict[str, Any]


@dataclass(frozen=True)
class SocialCard:
    """What the window's title, search results and a shared link say; "Breaking:" only as long as it is."""

    title: str
    social_title: str
    description: str
    url: str
    canonical: str
    image: Any = None
    alt: str = ""
    authors: Sequence[str] = ()

    @property
    def image_url(self) -> str:
        return absolute(self.image.file.url) if self.image else ""


#: Characters that end a script element or a line of JavaScript: the block stays a block whatever a headline holds.
_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
#: Posts of a live page that search engines are told of.
UPDATES: Final = 25
#: Shapes in which search engines want a picture, and the least width that they take for large previews.
_CROPS: Final = (Rendition.Crop.WIDE, Rendition.Crop.CLASSIC, Rendition.Crop.SQUARE)


def story_data(article: Article, *, comments: int | None = None, updates: Sequence[LiveUpdate] = ()) -> SafeString:
    """The JSON-LD of a story's page, ready to stand in its script element."""
    nodes = [_story(article, comments, updates), _breadcrumb(article)]
    if article.kind == Article.Kind.VIDEO and article.video_url and (video := _video(article)):
        nodes.insert(1, video)
    return as_script({"@context": "https://schema.org", "@graph": nodes})


def social_card(article: Article) -> SocialCard:
    """The picture is the widest 16:9 JPEG of the one for sharing, of the lead image, or the site's own."""
    url = absolute(article.get_absolute_url())
    picture = article.social_image or article.lead_image
    site = site_settings()
    return SocialCard(
        title=page_title(article, article.seo_title or article.headline),
        social_title=page_title(article, article.social_headline or article.headline),
        description=article.seo_description or article.standfirst or article.shown_headline,
        url=url,
        canonical=article.canonical_url or url,
        image=_shapes(picture)[0] if picture else site.default_image,
        alt=(picture.alt if picture else "") or article.shown_headline,
        authors=[absolute(byline.author.get_absolute_url()) for byline in all_of(article, "bylines")],
    )


def as_script(data: Node) -> SafeString:
    """JSON that can stand inside `<script type="application/ld+json">`: no text in it can end the element."""
    return trusted(_JSON.encode(data).translate(_ESCAPES))


def _story(article: Article, comments: int | None, updates: Sequence[LiveUpdate]) -> Node:
    url = absolute(article.get_absolute_url())
    node: Node = {
        "@type": "NewsArticle",
        "@id": f"{url}#story",
        "url": url,
        "mainEntityOfPage": url,
        "headline": article.shown_headline,
        "description": article.seo_description or article.standfirst,
        "datePublished": _iso(article.first_published_at or article.publish_at),
        "dateModified": _iso(article.changed_at),
        "author": [_author(byline) for byline in all_of(article, "bylines")] or [_publisher()],
        "publisher": _publisher(),
        "image": _pictures(article.lead_image),
        "articleSection": article.section.name,
        "keywords": ", ".join(topic.name for topic in all_of(article, "topics")),
        "isAccessibleForFree": True,
        "inLanguage": get_language(),
        "wordCount": article.words or None,
        "commentCount": comments,
        "correction": [_correction(row) for row in all_of(article, "corrections")],
    }
    if article.kind == Article.Kind.OPINION:
        node["@type"] = "OpinionNewsArticle"
    if article.kind == Article.Kind.LIVE:
        node |= _live(article, updates, url)
    return _without_nothing(node)


def _live(article: Article, updates: Sequence[LiveUpdate], url: str) -> Node:
    """While it runs, the end of coverage lies ahead; afterwards it is what it was. Each post is news."""
    changed = [article.changed_at, *(update.edited_at or update.published_at for update in updates)]
    return {
        "@type": "LiveBlogPosting",
        "coverageStartTime": _iso(article.first_published_at),
        "dateModified": _iso(max([moment for moment in changed if moment], default=None)),
        "coverageEndTime": _iso(article.live_ended_at or timezone.now() + timedelta(hours=12)),
        "liveBlogUpdate": [
            _without_nothing(
                {
                    "@type": "BlogPosting",
                    "headline": update.headline or plain(update.body)[:110],
                    "url": f"{url}?post={update.pk}#u{update.pk}",
                    "datePublished": _iso(update.published_at),
                    "dateModified": _iso(update.edited_at),
                    "author": {"@type": "Person", "name": update.user.name} if update.user else None,
                    "articleBody": plain(update.body),
                }
            )
            for update in updates[:UPDATES]
        ],
    }


def _video(article: Article) -> Node | None:
    """None without a picture: a video that search engines cannot show is no video to them."""
    pictures = _pictures(article.lead_image)
    if not pictures:
        return None
    player = player_of(article.video_url)
    return _without_nothing(
        {
            "@type": "VideoObject",
            "name": article.shown_headline,
            "description": article.standfirst or article.shown_headline,
            "thumbnailUrl": [picture["url"] for picture in pictures],
            "uploadDate": _iso(article.first_published_at or article.publish_at),
            "duration": f"PT{article.video_duration}S" if article.video_duration else None,
            "embedUrl": player.frame if player else None,
            "contentUrl": None if player else article.video_url,
        }
    )


def _breadcrumb(article: Article) -> Node:
    trail = [(site_settings().name, "/")]
    if article.section.parent:
        trail.append((article.section.parent.name, article.section.parent.get_absolute_url()))
    trail.append((article.section.name, article.section.get_absolute_url()))
    trail.append((article.shown_headline, article.get_absolute_url()))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(url)}
            for place, (name, url) in enumerate(trail, 1)
        ],
    }


def _author(byline: Any) -> Node:
    return {"@type": "Person", "name": byline.author.name, "url": absolute(byline.author.get_absolute_url())}


def _publisher() -> Node:
    site = site_settings()
    logo = {"@type": "ImageObject", "url": absolute(site.logo.file.url)} if site.logo else None
    return _without_nothing({"@type": "NewsMediaOrganization", "name": site.name, "url": absolute("/"), "logo": logo})


def _pictures(image: Image | None) -> list[Node]:
    if image is None:
        return []
    return [
        {"@type": "ImageObject", "url": absolute(row.file.url), "width": row.width, "height": row.height}
        for row in _shapes(image)
    ]


def _shapes(image: Image) -> Sequence[Rendition | Image]:
    """The largest JPEG of each shape; the picture itself where no sizes exist yet."""
    rows = [row for row in all_of(image, "renditions") if row.format == Rendition.Format.JPEG and row.crop in _CROPS]
    best = {row.crop: row for row in sorted(rows, key=lambda row: row.width)}
    return [best[crop] for crop in _CROPS if crop in best] or [image]


def _correction(row: Correction) -> Node:
    return {"@type": "CorrectionComment", "text": row.text, "datePublished": _iso(row.made_at)}


def _iso(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _without_nothing(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in (None, "", [])}
