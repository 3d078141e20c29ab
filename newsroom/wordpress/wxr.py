"""Reads a WordPress export (WXR 1.0 to 1.2) as a stream of dataclasses. Knows nothing of Django or of our models.

`read` never raises on a broken file: what could be read comes first, then a `Fault` with the line. Memory stays flat:
one item at a time is held, whatever the size of the file.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from html import unescape
from typing import Any, BinaryIO, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from newsroom.wordpress.records import Author, Comment, Entry, Fault, Post, Repaired, Site, Term, TermRef
from newsroom.wordpress.repair import RepairedStream

_NAMESPACES: Final = (
    (re.compile(r"https?://wordpress\.org/export/\d[\d.]*/"), "wp:"),
    (re.compile(r"https?://wordpress\.org/export/\d[\d.]*/excerpt/"), "excerpt:"),
    (re.compile(r"https?://purl\.org/rss/1\.0/modules/content/"), "content:"),
    (re.compile(r"https?://purl\.org/dc/elements/1\.1/"), "dc:"),
)
_SITE_FIELDS: Final = {
    "title": "title",
    "description": "description",
    "language": "language",
    "link": "link",
    "wp:base_blog_url": "blog_url",
    "wp:wxr_version": "version",
}
_TAG = re.compile(r"<[^<>]{0,1000}>")


__all__ = ["Author", "Comment", "Entry", "Fault", "Post", "Repaired", "Site", "Term", "TermRef", "read"]


def read(source: BinaryIO) -> Iterator[Entry]:
    """Everything in the export, in its own order: the site first, repairs and the fault (if any) last.

    `source` is read as it goes, so `source.tell()` tells a progress bar how far it is.
    """
    stream = RepairedStream(source)
    fault: Fault | None = None
    try:
        yield from _entries(stream)
    except ParseError as error:
        line = error.position[0] + stream.lines_cut
        reason = re.sub(r": line \d+, column \d+$", "", str(error))
        fault = Fault(
            line,
            "the file is empty" if reason == "no element found" and line <= 1 else reason,
        )
    except DefusedXmlException:
        fault = Fault(
            0,
            "the file declares a document type or entities of its own, which an export never needs",
        )
    for repair in stream.repairs:
        yield Repaired(repair.line, repair.what)
    if fault:
        yield fault


def _entries(stream: RepairedStream) -> Iterator[Entry]:
    """One entry for each author, term and item; the site before the first of them."""
    site, told = Site(), False
    for name, element, depth in _closed(stream):
        if name not in _MAKERS:
            if depth == 2 and name in _SITE_FIELDS:
                setattr(site, _SITE_FIELDS[name], _plain(element.text or ""))
            continue
        if not told:
            told = True
            yield site
        if (entry := _MAKERS[name](element)) is not None:
            yield entry
    if not told:
        yield site


def _closed(stream: RepairedStream) -> Iterator[tuple[str, Element, int]]:
    """Elements as they close, with their depth; not those inside an author, a term or an item. The tree is emptied behind."""
    stack: list[Element] = []
    inside = 0
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        name = _name(element.tag)
        if event == "start":
            stack.append(element)
            inside += name in _MAKERS
            continue
        stack.pop()
        inside -= name in _MAKERS
        if not inside:
            yield name, element, len(stack)
            if stack:
                stack[-1].remove(element)


@cache
def _name(tag: str) -> str:
    """'{http://wordpress.org/export/1.2/}post_id' -> 'wp:post_id'; a foreign namespace never passes for ours."""
    if not tag.startswith("{"):
        return tag
    uri, local = tag[1:].split("}", 1)
    return next(
        (prefix + local for pattern, prefix in _NAMESPACES if pattern.fullmatch(uri)),
        f"other:{local}",
    )


def _fields(element: Element) -> dict[str, str]:
    """The texts of the children by name; where one is repeated, the first that says something counts."""
    fields: dict[str, str] = {}
    for child in element:
        name = _name(child.tag)
        if not fields.get(name):
            fields[name] = child.text or ""
    return fields


def _author(element: Element) -> Author | None:
    texts = _fields(element)
    login = texts.get("wp:author_login", "").strip()
    if not login:
        return None
    names = (
        texts.get("wp:author_first_name", ""),
        texts.get("wp:author_last_name", ""),
    )
    name = _plain(texts.get("wp:author_display_name", "")) or _plain(" ".join(names)) or login
    return Author(
        _int(texts.get("wp:author_id")),
        login,
        texts.get("wp:author_email", "").strip(),
        name,
    )


def _category(element: Element) -> Term | None:
    return _any_term(element, "category", "wp:category_nicename", "wp:cat_name", "wp:category_parent")


def _tag(element: Element) -> Term | None:
    return _any_term(element, "post_tag", "wp:tag_slug", "wp:tag_name", "wp:tag_parent")


def _term(element: Element) -> Term | None:
    taxonomy = (element.findtext("{*}term_taxonomy") or "").strip()
    return _any_term(element, taxonomy, "wp:term_slug", "wp:term_name", "wp:term_parent")


def _any_term(element: Element, taxonomy: str, slug_field: str, name_field: str, parent_field: str) -> Term | None:
    texts = _fields(element)
    slug, name = _slug(texts.get(slug_field, "")), _plain(texts.get(name_field, ""))
    if not (slug or name):
        return None
    description = texts.get("wp:category_description") or texts.get("wp:tag_description") or ""
    parent = _slug(texts.get(parent_field, ""))
    return Term(
        taxonomy,
        _int(texts.get("wp:term_id")),
        slug,
        name or slug,
        parent,
        _plain(description),
    )


def _post(element: Element) -> Post:
    texts = _fields(element)
    terms: list[TermRef] = []
    comments: list[Comment] = []
    meta: dict[str, list[str]] = {}
    for child in element:
        name = _name(child.tag)
        if name == "category" and (child.text or child.get("nicename")):
            term = TermRef(
                child.get("domain") or "category",
                _slug(child.get("nicename") or ""),
                _plain(child.text or ""),
            )
            terms.append(term)
        elif name == "wp:comment":
            comments.append(_comment(child))
        elif name == "wp:postmeta":
            pair = _fields(child)
            meta.setdefault(pair.get("wp:meta_key", "").strip(), []).append(pair.get("wp:meta_value", ""))
    return Post(
        **_own_fields(texts),
        terms=list(dict.fromkeys(terms)),
        comments=comments,
        meta=meta,
    )


def _own_fields(texts: dict[str, str]) -> dict[str, Any]:
    def text(name: str) -> str:
        return texts.get(name, "").strip()

    return {
        "id": _int(texts.get("wp:post_id")) or _id_in(text("link")) or _id_in(text("guid")),
        "type": text("wp:post_type") or "post",
        "status": text("wp:status") or "publish",
        "title": _plain(text("title")),
        "slug": _slug(text("wp:post_name")),
        "link": text("link"),
        "guid": text("guid"),
        "creator": text("dc:creator"),
        "content": texts.get("content:encoded", ""),
        "excerpt": text("excerpt:encoded"),
        "date": _moment(text("wp:post_date_gmt"), text("pubDate"), text("wp:post_date")),
        "modified": _moment(text("wp:post_modified_gmt"), "", text("wp:post_modified")),
        "parent": _int(texts.get("wp:post_parent")),
        "menu_order": _int(texts.get("wp:menu_order")),
        "password": text("wp:post_password"),
        "sticky": text("wp:is_sticky") == "1",
        "comment_status": text("wp:comment_status"),
        "attachment_url": text("wp:attachment_url"),
    }


def _comment(element: Element) -> Comment:
    texts = {name: text.strip() for name, text in _fields(element).items()}
    return Comment(
        id=_int(texts.get("wp:comment_id")),
        author=_plain(texts.get("wp:comment_author", "")),
        email=texts.get("wp:comment_author_email", ""),
        url=texts.get("wp:comment_author_url", ""),
        ip=texts.get("wp:comment_author_IP", ""),
        user_id=_int(texts.get("wp:comment_user_id")),
        date=_moment(texts.get("wp:comment_date_gmt", ""), "", texts.get("wp:comment_date", "")),
        content=texts.get("wp:comment_content", ""),
        approved=texts.get("wp:comment_approved", "1") or "1",
        kind=texts.get("wp:comment_type", "") or "comment",
        parent=_int(texts.get("wp:comment_parent")),
        feedback=_int(_comment_meta(element).get("wpdiscuz_feedback_form_id")),
    )


def _comment_meta(element: Element) -> dict[str, str]:
    pairs = [_fields(child) for child in element if _name(child.tag) == "wp:commentmeta"]
    return {pair.get("wp:meta_key", "").strip(): pair.get("wp:meta_value", "").strip() for pair in pairs}


def _id_in(link: str) -> int:
    """The number in https://news.example/?p=12, for the exports that leave it out elsewhere."""
    match = re.search(r"[?&](?:p|page_id)=(\d{1,18})$", link)
    return int(match[1]) if match else 0


def _int(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _slug(text: str) -> str:
    """WordPress keeps slugs of other scripts percent-encoded."""
    return unquote(text.strip())


def _plain(text: str) -> str:
    """A title or a name: WordPress keeps them as HTML."""
    return " ".join(unescape(_TAG.sub("", text)).split())


def _moment(gmt: str, rfc822: str, local: str) -> datetime | None:
    """The first of the three that is a real date. The local one is read as UTC: an export does not tell its zone."""
    return _sql_date(gmt) or _rfc822_date(rfc822) or _sql_date(local)


def _sql_date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:  # "0000-00-00 00:00:00" of a draft, or nothing at all
        return None


def _rfc822_date(text: str) -> datetime | None:
    if not text or "-0001" in text or text.startswith("Tue, 30 Nov 1999 00:00:00"):  # WordPress's own two zero dates
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_MAKERS: Final[dict[str, Callable[[Element], Author | Term | Post | None]]] = {
    "wp:author": _author,
    "wp:category": _category,
    "wp:tag": _tag,
    "wp:term": _term,
    "item": _post,
}
