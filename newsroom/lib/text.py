"""Plain text: words, reading time, initials, what may stand in a header, and what a mail program would make a link of."""

import re
import unicodedata
from math import ceil
from typing import Final

from django.utils.html import strip_tags
from django.utils.text import slugify

#: Words a minute of a silent reader of non-fiction: Brysbaert, "How many words do we read per minute?" (2019).
WORDS_PER_MINUTE: Final = 238

_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|blockquote|figcaption|td|th|tr|div|pre|summary)>|<br ?/?>", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")

#: What hides inside a word, or turns the text that follows it round; and joiners where no script or emoji needs them.
_HIDDEN = re.compile(r"[\u200b\u202a-\u202e\u2060-\u206f\ufeff\u00ad]")
_IDLE_JOINER = re.compile(r"[\u200c\u200d]+(?=[!-~])|(?<=[!-~])[\u200c\u200d]+")
#: Addresses that name their kind, or cannot be anything else: those of the web, of files and devices, of a machine.
_ADDRESS = re.compile(
    r"""[a-z][a-z0-9+.-]{0,30}://\S*|www\d{0,3}[.\u3002\uff0e\uff61]\S*|\\\\\S+|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\S*
    |\b(?:https?|ftps?|sftp|file|mailto|tel|sms|mms|callto|skype|sips?|xmpp|facetime|whatsapp|tg|geo|maps|webcal|magnet
    |news|nntp|irc|ldap|cid|data|blob|javascript|vbscript|market|itms|bitcoin|ethereum|lightning):\S+""",
    re.IGNORECASE | re.VERBOSE,
)
_MAILBOX = re.compile(
    r"[^\s@<>()\[\]]{1,64}[@\uff20][^\s<>()\[\]]{0,254}[.\u3002\uff0e\uff61][^\s<>()\[\].\u3002\uff0e\uff61]+"
)
#: The dot inside "evil.example": a browser takes the wide ones for it as well. The full stop of Japanese and Chinese ends
#: sentences there, without a space.
_INNER_DOT = re.compile(
    r"""(?<=\S)([.\uff0e\uff61\u2024]|\u3002(?![\u3040-\u30ff\u3400-\u9fff]))(?=[\u200c\u200d]*[^\W\d_][^\s\d.,;:!?)"'’”…])""",
    re.IGNORECASE,
)


def unlinked(text: str, address: str, mailbox: str) -> str:
    """Text in which a mail program finds nothing to make a link of.

    Addresses of the web give way to `address`, those of people to `mailbox`; a space parts what else looks like the name
    of a host ("evil.example" becomes "evil. example"): most such words are sentences without a space between them.
    """
    text = _IDLE_JOINER.sub("", _HIDDEN.sub("", text))
    return _INNER_DOT.sub(r"\1 ", _MAILBOX.sub(mailbox, _ADDRESS.sub(address, text)))


def plain(html: str) -> str:
    """The text of HTML that was sanitised before, blocks apart by a line."""
    import html as entities

    return entities.unescape(strip_tags(_BLOCK_END.sub("\n", html))).strip()


def count_words(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))


def reading_minutes(words: int) -> int:
    """Whole minutes, at least one."""
    return max(1, ceil(words / WORDS_PER_MINUTE))


def make_slug(text: str, *, longest: int = 80) -> str:
    """A slug that ends at a word; keeps letters of every script; '' where the text has neither letter nor digit."""
    slug, latin = slugify(text, allow_unicode=True), slugify(text)
    if _letters(latin) >= _letters(slug):  # nothing was lost but accents
        slug = latin
    return slug if len(slug) <= longest else (slug[: longest + 1].rsplit("-", 1)[0] or slug)[:longest]


def _letters(slug: str) -> int:
    return sum(character.isalnum() for character in slug)


def initials(name: str) -> str:
    """One or two letters for an avatar: of the first and the last word."""
    words = [word for word in _INVISIBLE.sub("", name).split() if word[0].isalnum()]
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in ends).upper() or "?"


def one_line(text: str, *, longest: int = 200) -> str:
    """Text that is safe as a mail header or a name: no control or invisible characters, spaces folded."""
    text = _INVISIBLE.sub("", _CONTROL.sub(" ", unicodedata.normalize("NFC", text)))
    return " ".join(text.split())[:longest]


def without_controls(text: str) -> str:
    """Text as typed, with line ends as \\n and without characters that no database or page wants (NUL, surrogates)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text.encode("utf-8", "ignore").decode())
