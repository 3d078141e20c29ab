"""Old bodies to clean HTML: paragraphs, shortcodes, blocks, embeds, pictures and links of a WordPress post. Pure functions.

`convert` is the way in. Its output is safe only after `newsroom.lib.html.clean_article`, which it runs last.
"""

import re
from html import escape, unescape
from typing import NamedTuple

from newsroom.lib.html import ARTICLE_MAX, clean_article, refuse_excess
from newsroom.wordpress import embeds, tree
from newsroom.wordpress.autop import paragraphs
from newsroom.wordpress.blocks import flatten, has_blocks
from newsroom.wordpress.shortcodes import expand, split_code
from newsroom.wordpress.surroundings import Note, Surroundings

_BARE_ADDRESS = re.compile(r"^[ \t]*(?:<p>[ \t]*)?(https?://[^\s<>\"']+)[ \t]*(?:</p>)?[ \t]*$", re.MULTILINE)
_MORE = re.compile(r"<!--\s*(?:more|nextpage|noteaser)\b", re.IGNORECASE)
_EMPTY = re.compile(r"<(p|h[2-6]|strong|em|b|i|div|span)>(?:\s|&nbsp;|\xa0|<br>)*</\1>")
_TAG = re.compile(r"<[^<>]*>")
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|blockquote|figure|tr|div|pre)>|<br ?/?>", re.IGNORECASE)


class Converted(NamedTuple):
    """Clean HTML, and what could not be taken over as it was."""

    html: str
    notes: list[Note]


def convert(body: str, around: Surroundings | None = None) -> Converted:
    """The body of a post, as the editor here would have written it. Raises TooMuchHTML on one that no editor wrote."""
    around = around or Surroundings()
    body = body.replace("\r\n", "\n").replace("\r", "\n").translate(tree.RESERVED)
    refuse_excess(body)
    body = expand(body, around)
    flat = flatten(body, around, _freeform) if has_blocks(body) else _freeform(body)
    html = tree.rebuild(without_comments(flat), around)
    return Converted(tidy(clean_article(html)), around.notes)


def as_plain_paragraphs(body: str) -> str:
    """The words of a body that can't be converted: better than nothing, and never dangerous."""
    text = unescape(_TAG.sub(" ", _BLOCK_END.sub("\n\n", body[:ARTICLE_MAX])))
    runs = [" ".join(run.split()) for run in re.split(r"\n\s*\n", text)]
    return "\n".join(f"<p>{escape(run, quote=False)}</p>" for run in runs if run)


def tidy(html: str) -> str:
    """Without the empty elements and lines that a conversion leaves behind; code stays as it is."""
    return "".join(text if is_code else _tidy(text) for is_code, text in split_code(html)).strip()


def _tidy(html: str) -> str:
    html = html.replace(' class=""', "")
    for _ in range(4):  # an empty <strong> in an empty <p>
        html, found = _EMPTY.subn("", html)
        if not found:
            break
    return re.sub(r"\n{2,}", "\n", html)


def _freeform(text: str) -> str:
    return paragraphs(_with_bare_addresses(without_comments(text)))


def without_comments(html: str) -> str:
    """Neither <!--more--> nor any other comment; the marks of WordPress part paragraphs, as they did there."""
    out, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        end = html.find("-->", start + 4)
        out.append(html[at:start])
        if end < 0:  # never closed: only the mark goes, else a browser would hide all that follows
            at = start + 4
            out.append(html[at:].replace("<!--", ""))
            return "".join(out)
        out.append("\n\n" if _MORE.match(html, start) else "")
        at = end + 3
    return "".join([*out, html[at:]])


def _with_bare_addresses(text: str) -> str:
    """A video's address alone on a line is a video, as WordPress has it; another address there becomes a link."""
    return "".join(piece if is_code else _BARE_ADDRESS.sub(_address, piece) for is_code, piece in split_code(text))


def _address(match: re.Match[str]) -> str:
    url = unescape(match[1])
    address = embeds.address_of(url)
    if embeds.is_showable(address):
        return f"\n\n{embeds.figure(address)}\n\n"
    return match[0].replace(match[1], embeds.link(url))
