"""What the body of a post can't know by itself: where links lead now, which pictures came along; and what it lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple


class Picture(NamedTuple):
    """A picture that the new site has. `id` is its row."""

    src: str
    id: int = 0
    alt: str = ""
    caption: str = ""
    width: int = 0
    height: int = 0

    def html(self, alt: str = "") -> str:
        """The <img> as the editor writes it. `alt` of the place goes before that of the picture."""
        sizes = f' width="{self.width}" height="{self.height}"' if self.width and self.height else ""
        row = f' data-image="{self.id}"' if self.id else ""
        return f'<img src="{escape(self.src)}" alt="{escape(alt or self.alt)}"{sizes}{row}>'


class Note(NamedTuple):
    """Something in a body that could not be taken over as it was. `kind` is one of the constants below."""

    kind: str
    detail: str


SHORTCODE = "unknown shortcode"
BLOCK = "block without content"
LINKED = "embed of an unknown host, now a link"
MEDIA = "media file, now a link"
PICTURE = "picture not at hand, now a link"
LOST = "left out"


def _same(url: str) -> str:
    return url


def _no_picture(_url: str) -> Picture | None:
    return None


def _no_attachment(_id: int) -> Picture | None:
    return None


def _no_gallery() -> list[Picture]:
    return []


@dataclass(slots=True)
class Surroundings:
    """`link` gives the new address of an internal link (or what it was given). `picture` takes an address as it stands in
    the body, of whichever size; `attachment` a number; `gallery` gives all pictures of the post.
    """

    link: Callable[[str], str] = _same
    picture: Callable[[str], Picture | None] = _no_picture
    attachment: Callable[[int], Picture | None] = _no_attachment
    gallery: Callable[[], list[Picture]] = _no_gallery
    notes: list[Note] = field(default_factory=list)

    def note(self, kind: str, detail: str) -> None:
        self.notes.append(Note(kind, " ".join(detail.split())[:200]))
