"""The part of the conversion that needs the parsed tree: embeds, pictures, figures, links and headings."""

import re
from collections.abc import Callable
from html import escape
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsroom.wordpress import embeds
from newsroom.wordpress.shortcodes import ALIGNMENTS
from newsroom.wordpress.surroundings import LINKED, LOST, MEDIA, PICTURE, Surroundings

#: Marks for HTML that is put in after serialising; taken out of every input.
_OPEN, _CLOSE = "\ue000", "\ue001"
RESERVED: Final = {0xE000: None, 0xE001: None, 0: None}
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_SIZE = re.compile(r"-\d{2,4}x\d{2,4}(?=\.[A-Za-z]{3,4}$)")
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|svg)(?:\?.*)?$", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h1(?=[\s>])")
_LINKED_PICTURE = re.compile(r"(?:<a\b[^>]*>\s*)?(?:<!--[a-z-]*-->)?<img\b[^>]*>(?:\s*</a>)?(?:\s*<br>)?")
#: Pictures narrower than this (px) are signs in a line of text.
_IN_LINE: Final = 120
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def full_size(url: str) -> str:
    """WordPress's sizes of a picture lead to the picture itself: photo-300x200.jpg -> photo.jpg"""
    base, question, query = url.partition("?")
    return _SIZE.sub("", base) + (f"?{query}" if question and not query.startswith(("w=", "resize=", "fit=")) else "")


def rebuild(html: str, around: Surroundings) -> str:
    """`html` with everything that our articles spell differently put into our spelling."""
    root = LexborHTMLParser(f"<!doctype html><body>{html}").body
    return _Rebuilding(root, around).run() if root is not None else ""


class _Rebuilding:
    def __init__(self, root: LexborNode, around: Surroundings) -> None:
        self.root = root
        self.around = around
        self.inserts: list[str] = []

    def run(self) -> str:
        self._each("script, form, input, textarea, select, button", self._lost)
        self._each("figure.wp-block-embed, div.wp-block-embed__wrapper", self._block_embed)
        # The outermost first: an <object> holds the <embed> and the <video> for other browsers.
        self._each("object, iframe, embed, video, audio", self._player)
        self._each("img", self._picture)
        self._each("a[href]", self._link)
        for node in reversed(self.root.css("figure, div.wp-caption, ul.wp-block-gallery")):  # innermost first
            self._figure(node)
        self._each("p", self._pictures_of_paragraph)
        return self._resolved(_HEADING.sub(r"<\1h2", self.root.inner_html or ""))

    def _each(self, selector: str, change: Callable[[LexborNode], None]) -> None:
        """Outermost first; one whose ancestor was taken away meanwhile is left out."""
        for node in self.root.css(selector):
            if self._is_inside(node):
                change(node)

    def _is_inside(self, node: LexborNode) -> bool:
        above: LexborNode | None = node
        while above is not None and above.mem_id != self.root.mem_id:
            above = above.parent
        return above is not None

    def _replace(self, node: LexborNode, html: str) -> None:
        self.inserts.append(html)
        node.replace_with(f"{_OPEN}{len(self.inserts) - 1}{_CLOSE}")

    def _resolved(self, html: str) -> str:
        while _MARK.search(html):
            html = _MARK.sub(lambda mark: self.inserts[int(mark[1])], html)
        return html

    def _lost(self, node: LexborNode) -> None:
        tag, source = node.tag or "", node.attributes.get("src") or ""
        if tag == "form" or source:
            self.around.note(LOST, f"<{tag}> {source or node.attributes.get('action') or ''}")
        if tag != "form":
            node.decompose()

    def _block_embed(self, node: LexborNode) -> None:
        """<figure class="wp-block-embed">: the address stands in it as text, the caption below."""
        if node.css_first("iframe, video, audio, object, embed, blockquote"):
            return
        match = _ADDRESS.search(node.text())
        if match:
            caption = node.css_first("figcaption")
            self._replace(node, self._embedded(match[0], (caption.inner_html or "") if caption else "", LINKED))

    def _embedded(self, url: str, caption: str, kind: str) -> str:
        html, shown = embeds.embed(url, re.sub(r"(?:<br>\s*)+$", "", caption))
        if not shown:
            self.around.note(kind, url)
        return html

    def _player(self, node: LexborNode) -> None:
        if node.css_first("figure.embed"):
            return
        url = _player_address(node)
        if not url:
            self.around.note(LOST, f"<{node.tag}> without an address")
            node.decompose()
            return
        kind = MEDIA if node.tag in {"video", "audio"} else LINKED
        self._replace(node, self._embedded(url, self._caption_of(node), kind))

    def _caption_of(self, node: LexborNode) -> str:
        """The caption of the figure around, which the embed's own figure takes the place of."""
        around = node.parent
        if around is None or around.tag != "figure":
            return ""
        caption = around.css_first("figcaption")
        words = (caption.inner_html or "") if caption else ""
        if caption:
            caption.decompose()
        return words

    def _picture(self, node: LexborNode) -> None:
        source = (
            node.attributes.get("data-lazy-src") or node.attributes.get("data-src") or node.attributes.get("src") or ""
        )
        alt, classes = node.attributes.get("alt") or "", node.attributes.get("class") or ""
        if node.attributes.get("data-image"):
            return
        if "wp-smiley" in classes or "emoji" in classes.split():
            node.replace_with(alt)
        elif "1" in {node.attributes.get("width"), node.attributes.get("height")} or not source:
            node.decompose()  # a counting pixel, or nothing
        elif found := self.around.picture(source):
            self._replace(node, self._marked(found.html(alt), classes))
        else:
            self._missing(node, source, alt or node.attributes.get("title") or "")

    def _marked(self, html: str, classes: str) -> str:
        """The picture's side travels with it to the figure that will stand around it."""
        side = next((ALIGNMENTS[name] for name in classes.split() if name in ALIGNMENTS), "")
        return f"<!--{side}-->{html}" if side else html

    def _missing(self, node: LexborNode, source: str, alt: str) -> None:
        """No fetching from anywhere: the picture stays reachable by a link, and is listed."""
        self.around.note(PICTURE, source)
        name = alt or urlsplit(source).path.rpartition("/")[2] or source
        if source.startswith("data:"):
            node.replace_with(alt)
        elif _is_in_link(node):
            self._replace(node, escape(name))
        else:
            self._replace(node, embeds.link(full_size(source), name))

    def _link(self, node: LexborNode) -> None:
        href = node.attributes.get("href") or ""
        content = node.inner_html or ""
        if _MARK.search(content) and "<img" in self._resolved(content) and _IMAGE_FILE.search(href):
            self._replace(node, content)  # a picture that linked to its own large file
            return
        new = self.around.link(href)
        if new != href:
            node.attrs["href"] = new

    def _figure(self, node: LexborNode) -> None:
        """Figures of pictures get our classes; one that only frames other figures, or nothing of its own, goes."""
        classes = (node.attributes.get("class") or "").split()
        content = self._resolved(node.inner_html or "")
        if "embed" in classes and node.attributes.get("data-embed"):
            return
        if "image" in classes and "<img" not in content:  # made from [caption], and its picture is not at hand
            self._replace(node, f"<p>{re.sub('</?figcaption>', ' ', content).strip()}</p>")
        elif "<figure" in content or "wp-block-gallery" in classes:
            self._replace(node, re.sub(r"</?(?:ul|li)\b[^>]*>", "", content))
        elif "wp-block-pullquote" in classes:
            node.attrs["class"] = "pull"
        elif "<img" in content and "image" not in classes:
            self._replace(node, _picture_figure(content, classes))
        elif not re.search(r"<(?:img|table|pre|blockquote|code|math)\b", content):
            self._replace(node, re.sub(r"<(/?)figcaption\b[^>]*>", r"<\1p>", content))

    def _pictures_of_paragraph(self, node: LexborNode) -> None:
        """Pictures that WordPress floats beside words become figures before them; small ones stay in the line."""
        content = self._resolved(node.inner_html or "")
        if "<img" not in content or "<figure" in content:
            return
        classes = (node.attributes.get("class") or "").split()
        words = re.sub(r"<[^>]*>|&nbsp;|\s", "", content)
        figures: list[str] = []

        def lift(match: re.Match[str]) -> str:
            width = re.search(r'\swidth="(\d+)"', match[0])
            if words and "<!--" not in match[0] and width and int(width[1]) < _IN_LINE:
                return match[0]
            figures.append(_picture_figure(match[0], classes))
            return ""

        rest = _LINKED_PICTURE.sub(lift, content)
        if figures:
            self._replace(node, "\n".join([*figures, f"<p>{rest.strip()}</p>"]))


def _picture_figure(content: str, classes: list[str]) -> str:
    """The stored form of a picture with its caption, whichever way WordPress wrote it."""
    side = next((ALIGNMENTS[name] for name in classes if name in ALIGNMENTS), "")
    marked = re.search(r"<!--(align-\w+|full-width)-->", content)
    side = side or (marked[1] if marked else "")
    content = re.sub(r"<!--.*?-->|<br>\s*$", "", content)
    content = re.sub(r'<p class="wp-caption-text">(.*?)</p>', r"<figcaption>\1</figcaption>", content, flags=re.DOTALL)
    name = f"image {side}".strip()
    return f'<figure class="{name}">{content.strip()}</figure>'


def _player_address(node: LexborNode) -> str:
    """What an <iframe>, <embed>, <object>, <video> or <audio> plays; '' if it does not say."""
    inner = [node, *node.css("embed, source, iframe, video, audio")]
    for attribute in ("src", "data-src", "data-lazy-src", "data-litespeed-src", "data"):
        for player in inner:
            if (value := (player.attributes.get(attribute) or "").strip()) and not value.startswith(
                ("about:", "data:", "javascript:")
            ):
                return value
    for parameter in node.css("param"):
        if (parameter.attributes.get("name") or "").lower() in {"movie", "src", "filename", "url"}:
            return (parameter.attributes.get("value") or "").strip()
    fallback = node.css_first("a[href]")
    return (fallback.attributes.get("href") or "") if fallback else ""


def _is_in_link(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag == "a":
            return True
        above = above.parent
    return False
