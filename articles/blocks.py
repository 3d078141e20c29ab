"""A body as it is stored: sanitised, every block under a name of its own, videos as figures. Pure functions."""

import re
from collections import Counter
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from articles.passages import settle_questions
from newsroom.lib.html import clean_article, is_embeddable, refuse_excess

#: What carries a name when it stands at the top of a body; list items and quoted paragraphs carry one wherever they are.
_NAMED: Final = frozenset("p h2 h3 h4 h5 h6 ul ol dl blockquote figure table pre div aside details".split())
_NAMED_INSIDE: Final = frozenset({"li"})
_INLINE: Final = frozenset(
    "-text a abbr b bdi bdo br cite code del em i ins kbd mark q ruby s samp small span strong sub sup time u var".split()
)
_PICTURE = re.compile(r'\sdata-image="(\d{1,9})"')
_STORY = re.compile(r'\sdata-story="(\d{1,9})"')
_FRAMES = re.compile(r"<(?:iframe|oembed)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https://[^\s<>\"']+\Z")
#: Spellings of a player's own address, and the page that a person would open.
_PLAYERS: Final = (
    (re.compile(r"https://www\.youtube(?:-nocookie)?\.com/embed/([\w-]{6,24})"), r"https://www.youtube.com/watch?v=\1"),
    (re.compile(r"https://player\.vimeo\.com/video/(\d+)"), r"https://vimeo.com/\1"),
    (re.compile(r"https://www\.dailymotion\.com/embed/video/(\w+)"), r"https://www.dailymotion.com/video/\1"),
)
#: Two cleanings agree after two or three rounds; what never settles is stored as the last one left it.
_ROUNDS: Final = 5


class Clean(str):
    """What `clean` made: it is not cleaned again. What is made of it is a plain string like any other."""

    __slots__ = ()


def clean(html: str) -> Clean:
    """What may be stored of an editor's, an import's or a paste's HTML. Idempotent.

    Raises newsroom.lib.html.TooMuchHTML on what is too long or nested too deeply.
    """
    if isinstance(html, Clean):
        return html
    refuse_excess(html)
    if _FRAMES.search(html):
        html = _with_frames_as_links(html)
    html = clean_article(html)
    for _ in range(_ROUNDS):
        after = clean_article(_dressed(html))
        if after == html:
            break
        html = after
    return Clean(html)


def image_ids(html: str) -> set[int]:
    """The pictures of the library that a stored body names."""
    return {int(number) for number in _PICTURE.findall(html)}


def _body(html: str) -> LexborNode:
    """The element that holds the parsed fragment."""
    holder = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert holder is not None
    return holder


def _element(html: str) -> LexborNode:
    node = _body(html).first_child
    assert node is not None
    return node


def _with_frames_as_links(html: str) -> str:
    """Frames are never stored: one of a known host becomes a paragraph with its address, any other goes."""
    holder = _body(html)
    for node in holder.css("iframe,oembed"):
        url = embed_address(node.attributes.get("src") or node.attributes.get("url") or "")
        around = _lonely_parent(node)
        if url:
            around.replace_with(_embed(url))
        else:
            around.decompose()
    return holder.inner_html or ""


def _lonely_parent(node: LexborNode) -> LexborNode:
    """The figure, paragraph or division that holds nothing but the frame (CKEditor and WordPress wrap it in one)."""
    while (parent := node.parent) is not None and parent.tag in {"p", "div", "figure", "span", "center"}:
        if parent.text(strip=True) or len(list(parent.iter())) > 1:
            break
        node = parent
    return node


def embed_address(url: str) -> str:
    """The https page of a known host that an address shows; '' where it is of no known host."""
    url = url.strip()
    if url.startswith("//"):
        url = f"https:{url}"
    if url.startswith("http://"):
        url = f"https://{url.removeprefix('http://')}"
    for pattern, page in _PLAYERS:
        if match := pattern.match(url):
            return match.expand(page)
    if not is_embeddable(url) or not _ADDRESS.match(url):
        return ""
    parts = urlsplit(url)
    return url if parts.path.strip("/") or parts.query else ""


def story_ids(html: str) -> set[int]:
    """The stories that boxes of a body lead to."""
    return {int(number) for number in _STORY.findall(html)}


def lone_addresses(html: str) -> tuple[str, ...]:
    """Addresses that are all a paragraph of a clean text says, as a video's would be, and are of no known host."""
    if "<p" not in html or "https://" not in html:
        return ()
    texts = (node.text(strip=True) for node in _body(html).css("p"))
    return tuple(text for text in texts if _ADDRESS.match(text) and not embed_address(text))


def _embed(url: str) -> LexborNode:
    node = _element('<figure class="embed"><a></a></figure>')
    node.attrs["data-embed"] = url
    link = node.css_first("a")
    assert link is not None
    link.attrs["href"] = url
    link.insert_child(url)
    return node


def _dressed(html: str) -> str:
    holder = _body(html)
    _wrap_bare_text(holder)
    for node in holder.iter():
        if node.tag == "p" and (url := _only_address(node)):
            node.replace_with(_embed(url))
    for node in holder.css("span"):
        if not node.attributes:  # what is left of a style says nothing
            node.unwrap()
    _fill_embeds(holder)
    if "question" in html:
        settle_questions(holder)
    _name_blocks(holder)
    return holder.inner_html or ""


def _wrap_bare_text(holder: LexborNode) -> None:
    """Text that stands in no paragraph gets one, so that it can be found and measured like the rest."""
    run: list[LexborNode] = []
    for node in [*holder.iter(include_text=True), None]:
        if node is not None and node.tag in _INLINE and not _holds_block(node):
            run.append(node)
            continue
        if any(part.tag != "br" and (part.html or "").strip() for part in run):
            paragraph = _element("<p></p>")
            run[0].insert_before(paragraph)
            placed = run[0].prev
            assert placed is not None
            for part in run:
                placed.insert_child(part)
                part.decompose()
        run = []


def _holds_block(node: LexborNode) -> bool:
    return node.tag != "-text" and any(inner.tag not in _INLINE for inner in node.css("*"))


def _only_address(node: LexborNode) -> str:
    """The address of a video or post that is all a paragraph says, typed or as a link that bears its own address."""
    text = node.text(strip=True)
    if not text.startswith("https://") or not _ADDRESS.match(text):
        return ""
    links = node.css("a")
    if any((link.attributes.get("href") or "") != text for link in links):
        return ""
    return embed_address(text)


def _fill_embeds(holder: LexborNode) -> None:
    """An embed always holds its link: feeds and letters show that."""
    for node in holder.css("figure[data-embed]"):
        node.attrs["class"] = "embed"
        if node.css_first("a") is None:
            url = node.attributes["data-embed"] or ""
            link = _element("<a></a>")
            link.attrs["href"] = url
            link.insert_child(url)
            first = node.first_child
            if first is not None:
                first.insert_before(link)
            else:
                node.insert_child(link)


def _name_blocks(holder: LexborNode) -> None:
    """A name that a block has stays as long as it is the only one of it; the others get one made from their words."""
    top = {node.mem_id for node in holder.iter()}
    taken: set[str] = set()
    unnamed: list[LexborNode] = []
    for node in holder.css("*"):
        if node.mem_id == holder.mem_id:  # == compares the HTML
            continue
        named = (node.tag in _NAMED and node.mem_id in top) or node.tag in _NAMED_INSIDE
        name = node.attributes.get("data-block")
        if not named:
            if name is not None:
                del node.attrs["data-block"]
        elif name and name not in taken:
            taken.add(name)
        else:
            unnamed.append(node)
    tried: Counter[bytes] = Counter()
    for node in unnamed:
        node.attrs["data-block"] = _new_name(node, taken, tried)


def _new_name(node: LexborNode, taken: set[str], tried: Counter[bytes]) -> str:
    """Eight hexadecimal digits, the same for the same words in the same order, so that importing twice changes nothing."""
    seed = f"{node.tag} {node.text(deep=True)[:400]}".encode("utf-8", "ignore")
    while True:
        name = blake2b(seed + b" %d" % tried[seed], digest_size=4).hexdigest()
        tried[seed] += 1
        if name not in taken:
            taken.add(name)
            return name
