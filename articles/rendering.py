"""How a stored body becomes the HTML that readers get: videos behind a click, pictures in their sizes, tables that scroll."""

import functools
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from selectolax.lexbor import LexborHTMLParser, LexborNode

from articles import passages
from articles.blocks import image_ids, story_ids
from articles.models.image import Image
from articles.passages import Place
from articles.videos import host_of, player_of
from newsroom.lib.html import clean_article, trusted
from newsroom.lib.text import make_slug

if TYPE_CHECKING:
    from articles.models.article import Article
    from articles.models.live_update import LiveUpdate
    from articles.models.page import Page


@dataclass(frozen=True)
class Mark:
    """A passage that is marked, and what stands beneath the block that holds it."""

    place: Place
    beneath: SafeString


Body = "Article | LiveUpdate | Page | str"
NOTHING: Final[Mapping[int, SafeString]] = MappingProxyType({})

#: The mark of what is kept until the end: the tree's own key, and the place in its list.
_KEPT: Final = re.compile(r"\[([0-9a-f]{16})\.(\d+)\]")
#: A path on our site that needs no parsing to be joined: most addresses.
_PATH: Final = re.compile(r"/(?!/)[\w%~/-]*(?:\.\w+)?", re.ASCII)
#: What a paragraph may introduce, so that nothing is put between the two.
_INTRODUCED: Final = frozenset({"ul", "ol", "dl", "blockquote", "table", "pre"})


def render(
    body: "Article | LiveUpdate | Page | str",
    *,
    inserts: Mapping[int, SafeString] = NOTHING,
    images: Mapping[int, Image] | None = None,
    marks: Iterable[Mark] = (),
    closing: bool = False,
) -> SafeString:
    """Trusted HTML of a body. `inserts[n]` stands after the n-th paragraph of the text, or after the next one that allows it.

    `marks` are passages to be marked, with what belongs to each; `images` spares the query for the pictures that the text names, where the page has read them already; `closing` puts
    the mark at the end of a story.
    """
    html = clean_article(_html(body))
    if not html.strip():
        return trusted("")
    tree = _Tree(html)
    tree.passages(marks)
    tree.headings()
    images = images if images is not None else images_of([html])
    tree.related(stories_of(html))
    tree.embeds(images)
    tree.pictures(images)
    tree.tables()
    if closing:
        tree.end()
    return trusted(tree.html(inserts))


def render_elsewhere(
    body: "Article | LiveUpdate | Page | str", *, images: Mapping[int, Image] | None = None
) -> SafeString:
    """The body for feeds and letters: every address absolute, an embed as the link that it is, pictures (`images`, by their
    number) from the files that they have now."""
    tree = _Tree(clean_article(_html(body)))
    tree.passages(())
    tree.related(stories_of(tree.source))
    for node in tree.parser.css("img[data-image]"):
        if image := (images or {}).get(int(node.attributes["data-image"] or 0)):
            node.attrs["src"] = image.file.url
    for node in tree.parser.css("[href],[src]"):
        for name in ("href", "src"):
            if value := node.attributes.get(name):
                node.attrs[name] = absolute(value)
    for node in tree.parser.css("[data-block],[data-image],[data-embed],[data-story]"):
        for name in ("data-block", "data-image", "data-embed", "data-story"):
            if name in node.attributes:
                del node.attrs[name]
    return trusted(tree.html({}))


def images_of(bodies: Iterable[str]) -> dict[int, Image]:
    """The pictures that bodies name, with their sizes, in two queries; none where they name none."""
    wanted = set().union(*(image_ids(html) for html in bodies))
    if not wanted:
        return {}
    return Image.objects.prefetch_related("renditions").in_bulk(wanted)


def stories_of(html: str) -> "dict[int, Article]":
    """The stories that a body leads to and that readers may see now: one query, none where it names none."""
    from articles.models.article import Article

    wanted = story_ids(html)
    if not wanted:
        return {}
    stories = Article.objects.live(timezone.now()).only("headline", "dated", "slug", "breaking_until", "kicker")
    return stories.in_bulk(wanted)


def absolute(url: str) -> str:
    """An address as another site needs it."""
    if _PATH.fullmatch(url):
        return _origin(settings.NEWSROOM_URL) + url
    return urljoin(f"{settings.NEWSROOM_URL}/", url)


@functools.cache
def _origin(url: str) -> str:
    return urljoin(f"{url}/", "/").rstrip("/")


def _html(body: "Article | LiveUpdate | Page | str") -> str:
    return body if isinstance(body, str) else body.body


class _Tree:
    """A body being dressed. What templates make is put in at the end, in the place of marks that no text can hold."""

    def __init__(self, html: str) -> None:
        self.source = html
        self.parser = LexborHTMLParser(f"<main>{html}</main>")
        main = self.parser.css_first("main")
        assert main is not None
        self.main: LexborNode = main
        self.key = secrets.token_hex(8)
        self.made: list[str] = []

    def put(self, node: LexborNode, html: str) -> None:
        """Put finished HTML in the place of `node`."""
        node.replace_with(self.kept(html))

    def kept(self, html: str) -> str:
        """Keep finished HTML; the mark that stands for it until the end."""
        self.made.append(html)
        return f"[{self.key}.{len(self.made) - 1}]"

    def passages(self, marks: Iterable[Mark]) -> None:
        """Mark words, and keep what belongs to them for beneath their block; of a list item, within it."""
        passages.drop_questions(self.main)
        by_block: dict[str, list[Mark]] = {}
        for mark in marks:
            by_block.setdefault(mark.place.block, []).append(mark)
        for node in self.main.css("[data-block]") if by_block else []:
            found = by_block.pop(node.attributes["data-block"] or "", None)
            if found is None:
                continue
            passages.mark(node, [(mark.place.start, mark.place.end) for mark in found])
            html = format_html(
                '<div class="beneath">{}</div>', format_html_join("", "{}", ((m.beneath,) for m in found))
            )
            if node.tag == "li":
                node.insert_child(self.kept(html))
            else:
                node.insert_after(self.kept(html))

    def headings(self) -> None:
        """An id from the words, so that a part of a story can be linked to; never one of the page's own ids."""
        taken: set[str] = set()
        for node in self.parser.css("h2,h3,h4"):
            slug = stem = f"h-{make_slug(node.text(strip=True), longest=60) or 'part'}"
            n = 1
            while slug in taken:
                n += 1
                slug = f"{stem}-{n}"
            taken.add(slug)
            node.attrs["id"] = slug

    def related(self, stories: "Mapping[int, Article]") -> None:
        """Boxes that lead to other stories say their headline and address of today; one that readers may not see goes."""
        for node in self.parser.css("aside[data-story]"):
            story = stories.get(int(node.attributes["data-story"] or 0))
            link = node.css_first("a")
            if story is None or link is None:
                node.decompose()
                continue
            link.attrs["href"] = story.get_absolute_url()
            link.inner_html = escape(story.shown_headline)
            node.attrs["class"] = "note"

    def embeds(self, images: Mapping[int, Image]) -> None:
        for node in self.parser.css("figure[data-embed]"):
            url = node.attributes["data-embed"] or ""
            link, caption = node.css_first("a"), node.css_first("figcaption")
            title = link.text(strip=True) if link else ""
            still = node.css_first("img[data-image]")
            poster = images.get(int(still.attributes["data-image"] or 0)) if still else None
            words = {"url": url, "title": "" if title == url else title, "host": host_of(url), "player": player_of(url)}
            inner = trusted(caption.inner_html or "") if caption else ""
            self.put(node, render_to_string("articles/_embed.html", words | {"caption": inner, "poster": poster}))

    def pictures(self, images: Mapping[int, Image]) -> None:
        for node in self.parser.css("img"):
            image = images.get(int(node.attributes.get("data-image") or 0))
            if image is not None:
                words = {"image": image, "alt": node.attributes.get("alt") or image.alt}
                self.put(node, render_to_string("articles/_body_picture.html", words))
            elif _is_foreign(node.attributes.get("src") or ""):
                # The policy of our pages loads nothing from elsewhere: a link says what a broken frame would not.
                words = {"url": node.attributes["src"], "alt": node.attributes.get("alt")}
                self.put(node, render_to_string("articles/_foreign_picture.html", words))
            else:
                node.attrs["loading"] = "lazy"
                node.attrs["decoding"] = "async"
        for node in self.parser.css("figure.image,figure:not([class])"):
            node.attrs["class"] = f"fig {node.attributes.get('class') or ''}".strip()

    def tables(self) -> None:
        """A wide table scrolls in a region of its own that the keyboard reaches."""
        for node in self.parser.css("table"):
            if _is_inside(node, "table"):
                continue
            node.attrs["class"] = f"table {node.attributes.get('class') or ''}".strip()
            caption = node.css_first("caption")
            label = (caption.text(strip=True) if caption else "") or gettext("Table")
            words = {"label": label, "table": trusted(node.html or "")}
            self.put(node, render_to_string("articles/_table.html", words))

    def end(self) -> None:
        """The mark that closes a story."""
        last = self.main.last_child
        while last is not None and last.tag == "-text":
            last = last.prev
        if last is not None and last.tag == "p":
            last.insert_child(self.kept('<span class="endmark"></span>'))

    def _may_follow(self, block: LexborNode | None) -> bool:
        """Whether something may be put before `block`: not at the end, and not between a paragraph and what it introduces."""
        if block is None or block.tag in _INTRODUCED:
            return False
        return not block.text(deep=False).startswith(f"[{self.key}")

    def html(self, inserts: Mapping[int, SafeString]) -> str:
        waiting = [inserts[n] for n in sorted(inserts)]
        places = sorted(inserts)
        parts: list[str] = []
        paragraphs = 0
        blocks = list(self.main.iter(include_text=True))
        elements = [block for block in blocks if block.tag != "-text" or block.text(strip=True)]
        for place, block in enumerate(elements):
            parts.append(block.html or "")
            paragraphs += block.tag == "p"
            follows = elements[place + 1] if place + 1 < len(elements) else None
            if block.tag == "p" and places and paragraphs >= places[0] and self._may_follow(follows):
                parts.append(waiting.pop(0))
                places.pop(0)
        return self.filled("".join(parts))

    def filled(self, html: str) -> str:
        """With what was kept in its places; what was kept may hold such places too (a picture in a table)."""
        return _KEPT.sub(self._kept_there, html)

    def _kept_there(self, found: re.Match[str]) -> str:
        return self.filled(self.made[int(found[2])]) if found[1] == self.key else found[0]


def _is_foreign(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.netloc) and parts.netloc != urlsplit(settings.NEWSROOM_URL).netloc


def _is_inside(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None and parent.tag != "main":
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False
