"""The first reading of an export: what is in it and under which addresses, so that links and pictures find their way."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from newsroom.wordpress import wxr

Progress = Callable[[int], None]


class Planned(NamedTuple):
    """What later decides about a post's new address."""

    id: int
    type: str
    path: str
    slug: str
    title: str
    date: datetime | None


class Attachment(NamedTuple):
    id: int
    url: str
    file: str
    alt: str
    caption: str
    title: str


@dataclass(slots=True)
class Survey:
    """Everything small of an export; the bodies and comments are left to the second reading."""

    blog: str = ""
    base: str = ""
    site: wxr.Site = field(default_factory=wxr.Site)
    authors: dict[str, wxr.Author] = field(default_factory=dict)
    categories: dict[str, wxr.Term] = field(default_factory=dict)
    tags: dict[str, wxr.Term] = field(default_factory=dict)
    filed: Counter[str] = field(default_factory=Counter)
    posts: dict[int, Planned] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    of_post: dict[int, list[int]] = field(default_factory=dict)

    def key(self, number: object) -> str:
        """The `legacy_id` of a row: the same number means another thing on another blog."""
        return f"{self.blog}:{number}"[:120]


def entries(path: Path, progress: Progress | None = None) -> Iterator[wxr.Entry]:
    """The export's entries; `progress` hears how many bytes were read."""
    with path.open("rb") as source:
        for entry in wxr.read(source):
            if progress:
                progress(source.tell())
            yield entry


def survey(path: Path, progress: Progress | None = None) -> Survey:
    found = Survey()
    for entry in entries(path, progress):
        match entry:
            case wxr.Site():
                found.site = entry
                found.blog, found.base = blog_of(entry.blog_url or entry.link)
            case wxr.Author():
                found.authors.setdefault(entry.login.lower(), entry)
            case wxr.Term(taxonomy="category"):
                found.categories.setdefault(entry.slug, entry)
            case wxr.Term(taxonomy="post_tag"):
                found.tags.setdefault(entry.slug, entry)
            case wxr.Post(type="attachment"):
                _attachment(found, entry)
            case wxr.Post(type="post" | "page") if entry.id:
                _post(found, entry)
    found.blog = found.blog or "wordpress"
    return found


def blog_of(url: str) -> tuple[str, str]:
    """('news.example/blog', '/blog') of 'https://www.news.example/blog/'."""
    parts = urlsplit(url.strip())
    base = parts.path.rstrip("/")
    return f"{parts.netloc.lower().removeprefix('www.')}{base}"[:90], base


def path_of(url: str) -> str:
    """The path of an address, decoded, as a request has it; '' for the front page and for query addresses."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    path = unquote(parts.path)
    return path if path.strip("/") and path.startswith("/") and not parts.query else ""


def _post(found: Survey, post: wxr.Post) -> None:
    if not found.blog:  # an export that does not say where it comes from
        found.blog = urlsplit(post.link or post.guid).netloc.lower().removeprefix("www.")
    found.posts.setdefault(post.id, Planned(post.id, post.type, path_of(post.link), post.slug, post.title, post.date))
    for term in post.terms:
        if term.taxonomy == "category":
            found.filed[term.slug] += 1
            found.categories.setdefault(term.slug, wxr.Term("category", 0, term.slug, term.name or term.slug))
        elif term.taxonomy in {"post_tag", "tag"}:
            found.tags.setdefault(term.slug, wxr.Term("post_tag", 0, term.slug, term.name or term.slug))


def _attachment(found: Survey, post: wxr.Post) -> None:
    picture = Attachment(
        post.id,
        post.attachment_url or post.guid,
        post.meta_value("_wp_attached_file"),
        post.meta_value("_wp_attachment_image_alt").strip(),
        post.excerpt or post.content.strip(),
        post.title,
    )
    found.attachments.setdefault(post.id, picture)
    found.of_post.setdefault(post.parent, []).append(post.id)
