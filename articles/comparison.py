"""What differs between two states of a story, told to an editor: field by field in words, and the text passage by passage."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, Final, cast

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from articles import diff
from articles.diff import Mark, Passage, Piece
from articles.models import Article, Author, Image, Rendition
from articles.models.site_settings import site_settings
from articles.models.snapshot import SETS, Data, typed
from newsroom.lib.diff import runs

#: Elements in an editor's words; the innermost that is named here says what a block is.
_BLOCKS: Final = {
    "p": _("Paragraph"), "h2": _("Heading"), "h3": _("Lower heading"), "h4": _("Lowest heading"), "li": _("Line of a list"),
    "blockquote": _("Quote"), "figure": _("Picture or post"), "figcaption": _("Caption"), "tr": _("Row of a table"),
    "caption": _("Title of a table"), "pre": _("Preformatted"), "aside": _("Box"), "hr": _("Rule"), "dt": _("Term"),
    "dd": _("Explanation"), "summary": _("Title of a fold"),
}  # fmt: skip
#: Figures and boxes, by their class.
_CLASSES: Final = {
    "image": _("Picture"), "embed": _("Video or post"), "pull": _("Pull quote"), "lead": _("Lead-in"),
    "related": _("Related story"),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field that differs, by its name in a snapshot. `apart`: each piece is a thing of its own (a name, a topic)."""

    name: str
    label: str
    pieces: list[Piece]
    apart: bool = False


@dataclass(frozen=True)
class Stretch:
    """Blocks in a row that are the same, or one that is not: then it is the `place`-th change, and `next` follows."""

    blocks: list["Shown"]
    place: int = 0
    next: int = 0

    @property
    def same(self) -> int:
        return len(self.blocks) if self.blocks[0].op == "same" else 0

    @property
    def sentence(self) -> str:
        return ngettext("%d passage is the same", "%d passages are the same", self.same) % self.same


@dataclass(frozen=True)
class Shown:
    op: str
    was: str
    kind: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Comparison:
    fields: list[Field] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    @cached_property
    def changes(self) -> int:
        """Fields and passages that differ."""
        return len(self.fields) + sum(passage.op != "same" for passage in self.passages)

    @cached_property
    def sentence(self) -> str:
        return ngettext("%d change", "%d changes", self.changes) % self.changes

    @cached_property
    def names(self) -> list[str]:
        """What differs, each once."""
        text = any(passage.op != "same" for passage in self.passages)
        return [field.label for field in self.fields] + ([gettext("Text")] if text else [])

    @cached_property
    def words(self) -> tuple[int, int]:
        """Words of the text that came, and that went."""
        return diff.count(piece for passage in self.passages for piece in passage.pieces)

    @cached_property
    def stretches(self) -> list[Stretch]:
        shown = [Shown(p.op, kind_of(p.was), kind_of(p.kind), p.pieces) for p in self.passages]
        last = sum(block.op != "same" for block in shown) + bool(self.fields)
        found: list[Stretch] = []
        place = int(bool(self.fields))
        for same, group in groupby(shown, key=lambda block: block.op == "same"):
            if same:
                found.append(Stretch(list(group)))
                continue
            for block in group:
                place += 1
                found.append(Stretch([block], place, place + 1 if place < last else 0))
        return found


def compare(old: Data, new: Data) -> Comparison:
    """Two states of one story. Rows that they name are read only where they differ."""
    was, now = typed(old), typed(new)
    changed = [name for name in now if was.get(name) != now[name]]
    fields = [_field(name, was.get(name), now[name]) for name in changed if name != "body"]
    passages = diff.passages(was.get("body") or "", now["body"] or "") if "body" in changed else []
    return Comparison(fields, passages)


def _field(name: str, was: Any, now: Any) -> Field:
    if name == "bylines":
        return Field(name, gettext("Byline"), _apart(_bylines(was or []), _bylines(now)), apart=True)
    column: Any = Article._meta.get_field(name.removesuffix("_id"))
    label = str(column.verbose_name).capitalize()
    if name in SETS:
        return Field(name, label, _sets(column.related_model, was or set(), now), apart=True)
    if isinstance(column, models.CharField | models.TextField) and not column.choices:
        return Field(name, label, diff.words(was or "", now or ""))
    pieces = _apart(_value(column, was), _value(column, now))
    if column.related_model is Image:
        looks = iter(_look(key) for key in (was, now) if key)
        pieces = [piece._replace(marks=next(looks)) for piece in pieces]
    return Field(name, label, pieces, apart=True)


def _bylines(pairs: Sequence[tuple[int, str]]) -> list[str]:
    names = Author.objects.in_bulk([author for author, _role in pairs])
    return [f"{role} {names.get(author) or gettext('(deleted)')}".strip() for author, role in pairs]


def _sets(model: Any, was: set[int], now: set[int]) -> list[Piece]:
    rows = model.objects.in_bulk(was | now)
    named = sorted((str(rows.get(key) or gettext("(deleted)")), key) for key in was | now)
    return [Piece("same" if key in was & now else "gone" if key in was else "come", name) for name, key in named]


def _apart(was: list[str], now: list[str]) -> list[Piece]:
    found: list[Piece] = []
    for run in runs(was, now):
        if run.same:
            found += [Piece("same", name) for name in now[run.new]]
        else:
            found += [Piece("gone", name) for name in was[run.old]]
            found += [Piece("come", name) for name in now[run.new]]
    return found


def _value(column: Any, value: Any) -> list[str]:
    if value in (None, ""):
        return []
    if isinstance(column, models.ForeignKey):
        row = cast("Any", column.related_model)._default_manager.filter(pk=value).first()
        return [str(row or gettext("(deleted)"))]
    if isinstance(value, bool):
        return [gettext("yes") if value else gettext("no")]
    if isinstance(value, datetime):
        local = value.astimezone(site_settings().zone)
        return [f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"]
    return [str(dict(column.flatchoices).get(value, value))]


def _look(key: int) -> tuple[Mark, ...]:
    """A picture of the library as an element of a text: its file, in the smallest size that exists."""
    image = Image.objects.filter(pk=key).first()
    if image is None:
        return ()
    small = image.renditions.filter(crop=Rendition.Crop.CLASSIC).order_by("width").first()
    return (("img", (("src", (small or image).file.url),)),)


def kind_of(marks: tuple[Mark, ...]) -> str:
    """“Picture (align-left)”: the innermost element that has a name, and what else is said of it."""
    tag, attributes = next(((tag, more) for tag, more in reversed(marks) if tag in _BLOCKS), ("p", ()))
    said = [word for name, value in attributes for word in (value.split() if name == "class" else [value]) if word]
    name = next((_CLASSES[word] for word in said if word in _CLASSES), _BLOCKS[tag])
    more = ", ".join(word for word in said if word not in _CLASSES)
    return f"{name} ({more})" if more else str(name)
