"""Two who saved the same story: the second keeps their text, and sees what the first has written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.template.defaultfilters import linebreaksbr
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from articles.models import Article, Author, Image, Section, Topic
from articles.models.site_settings import site_settings
from articles.models.snapshot import snapshot
from articles.rendering import render

#: Which rows the keys of a snapshot are of.
_NAMED: Final[dict[str, Any]] = {
    "section_id": Section,
    "also_in": Section,
    "topics": Topic,
    "related": Article,
    "replacement_id": Article,
    "lead_image_id": Image,
    "social_image_id": Image,
}
#: Stands in a snapshot, but not in the form.
_NOT_WRITTEN: Final = frozenset({"status"})


@dataclass(frozen=True)
class Conflict:
    """Who saved first, when, and the version that they made."""

    who: str
    when: str
    version: int

    @property
    def sentence(self) -> str:
        return gettext(
            "%(who)s saved this story at %(when)s, while you were writing. Your text is in the form below and not saved "
            "yet; what differs stands here side by side."
        ) % {"who": self.who, "when": self.when}


@dataclass(frozen=True)
class Difference:
    """One field that two people left different."""

    name: str
    label: str
    mine: SafeString
    theirs: SafeString


def conflict_with(stored: Article) -> Conflict:
    """The last save of `stored`, as whoever comes second is told of it."""
    last = stored.revisions.select_related("user").first()
    who = str(last.user) if last and last.user else gettext("Somebody")
    when = date_format(stored.modified_at.astimezone(site_settings().zone), "TIME_FORMAT")
    return Conflict(who, when, stored.version)


def differences(mine: Article, theirs: Article) -> list[Difference]:
    """What is not the same in two states of a story, in the order of its fields; of theirs the working draft, if any."""
    one, other = snapshot(mine), theirs.working_draft.data if theirs.working_draft else snapshot(theirs)
    changed = [name for name in one if name not in _NOT_WRITTEN and one[name] != other.get(name)]
    return [Difference(name, _label(name), _shown(name, one), _shown(name, other)) for name in changed]


def _label(name: str) -> str:
    if name == "bylines":
        return gettext("Byline")
    return str(Article._meta.get_field(name.removesuffix("_id")).verbose_name).capitalize()  # type: ignore[union-attr]


def _shown(name: str, data: dict[str, Any]) -> SafeString:
    value = data.get(name)
    if name == "body":
        return render(value or "")
    return format_html("<p>{}</p>", linebreaksbr(", ".join(_words(name, value)) or "—"))


def _words(name: str, value: Any) -> Iterator[str]:
    if value in (None, "", []):
        return
    if name == "bylines":
        authors = Author.objects.in_bulk([author for author, _role in value])
        yield from (f"{role} {authors[author]}".strip() for author, role in value if author in authors)
    elif name in _NAMED:
        keys = value if isinstance(value, list) else [int(value)]
        rows = _NAMED[name].objects.in_bulk(keys)
        yield from (str(rows[key]) for key in keys if key in rows)
    else:
        yield str(value)
