"""What is looked at before a story is published: facts in, findings out. Pure; `articles.readiness` collects the facts.

A finding that blocks must be mended; any other asks, and the editor may publish all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Characters of a headline that search engines and cards show whole; the column holds 200.
HEADLINE_SOFT: Final = 110
DESCRIPTION_SOFT: Final = 160
FURTHEST: Final = timedelta(days=366)
#: Fields of several inputs, and the text, whose own input the editor hides.
_ANCHORS: Final = {"body": "cke_id_body", "bylines": "id_bylines_0", "publish_on": "id_publish_on_0"}
_MARKER = re.compile(r"\[\s*(?:TK|TBC|TBA|XXX+|TODO)\b[^\]]*\]|\bTKTK\w*|\blorem ipsum\b", re.IGNORECASE)
_SUSPECT = re.compile(r"\b(?:TK|TBC|TODO|XXX+)\b|\?\?\?")
_EMPTY_WORDS: Final = frozenset({"here", "click here", "this", "link", "this link", "read more", "more"})


@dataclass(frozen=True)
class Finding:
    #: Names the kind of thing, so that an editor who says “all the same” says it of what was shown.
    code: str
    #: The field of the form that it is about.
    field: str
    sentence: str
    blocks: bool = False
    #: The picture of the library that lacks something; 0 for anything else.
    picture: int = 0

    @property
    def anchor(self) -> str:
        """The id of what the editor goes to."""
        return _ANCHORS.get(self.field, f"id_{self.field}")


@dataclass(frozen=True)
class Picture:
    """A picture that the story shows: where, and what its asset lacks before it may be published."""

    field: str
    number: int = 0
    missing: tuple[str, ...] = ()
    width: int = 0


@dataclass(frozen=True)
class Facts:
    now: datetime
    kind: str = "story"
    headline: str = ""
    slug: str = ""
    standfirst: str = ""
    body: str = ""
    section: bool = True
    bylines: int = 0
    disclaimer: bool = False
    lead: Picture | None = None
    #: Of the text, and the one for sharing.
    pictures: tuple[Picture, ...] = ()
    video_url: str = ""
    video_plays: bool = True
    video_seconds: int | None = None
    seo_title: str = ""
    seo_description: str = ""
    embargo_until: datetime | None = None
    expire_at: datetime | None = None
    #: When readers are to see it; None where no moment was chosen.
    publish_at: datetime | None = None
    #: Links that lead nowhere inside the site.
    dead_links: tuple[str, ...] = ()
    #: Addresses that stand alone in a paragraph, as a video's would, and are of no site that is shown here.
    lone_addresses: tuple[str, ...] = ()
    same_headline: bool = False
    retracted: bool = False

    @cached_property
    def tree(self) -> LexborNode:
        holder = LexborHTMLParser(f"<main>{self.body}</main>").css_first("main")
        assert holder is not None
        return holder

    @cached_property
    def words(self) -> str:
        return self.tree.text(separator=" ")


@dataclass(frozen=True)
class Checklist:
    findings: tuple[Finding, ...] = field(default=())

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.blocks]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.blocks]

    @property
    def accept(self) -> str:
        """What an editor who publishes all the same says yes to."""
        return " ".join(finding.code for finding in self.warnings)

    def unanswered(self, accepted: str) -> list[Finding]:
        """Warnings that nobody has said yes to."""
        known = set(accepted.split())
        return [finding for finding in self.warnings if finding.code not in known]


def check(facts: Facts) -> Checklist:
    """Everything that stands in the way first, then what is only worth a look; each in the order of the form."""
    findings = [found for look in _LOOKS for found in look(facts)]
    return Checklist(tuple(sorted(findings, key=lambda finding: not finding.blocks)))


def _headline(facts: Facts) -> Iterator[Finding]:
    headline = facts.headline.strip()
    if not headline:
        yield Finding("headline", "headline", _("The story has no headline."), blocks=True)
    if len(headline) > HEADLINE_SOFT:
        words = {"n": len(headline), "soft": HEADLINE_SOFT}
        sentence = _("The headline has %(n)d characters: search engines and cards cut it after %(soft)d.") % words
        yield Finding("headline-long", "headline", sentence)
    letters = [c for c in headline if c.isalpha()]
    if len(letters) > 10 and headline == headline.upper() and headline != headline.lower():
        yield Finding("headline-capitals", "headline", _("The headline is written in capitals."))
    if facts.same_headline:
        yield Finding("headline-again", "headline", _("A story of the last seven days has the same headline."))


def _words(facts: Facts) -> Iterator[Finding]:
    text = f"{facts.headline}\n{facts.standfirst}\n{facts.words}"
    if marked := _MARKER.search(text):
        sentence = _("“%s” still stands in the story: a place that was to be filled.") % marked[0][:40]
        yield Finding("placeholder", "body", sentence, blocks=True)
    elif suspect := _SUSPECT.search(text):
        yield Finding("placeholder-perhaps", "body", _("“%s” looks like a place that was to be filled.") % suspect[0])
    if not facts.standfirst.strip() and not facts.seo_description.strip():
        sentence = _("There is no standfirst, and search engines get no description.")
        yield Finding("standfirst", "standfirst", sentence)
    elif not facts.standfirst.strip():
        yield Finding("standfirst", "standfirst", _("There is no standfirst."))


def _text(facts: Facts) -> Iterator[Finding]:
    if not facts.words.strip() and facts.kind in {"story", "opinion"}:
        yield Finding("text", "body", _("The story has no text."), blocks=True)
    last = 1
    for heading in facts.tree.css("h2,h3,h4,h5,h6"):
        level = int((heading.tag or "h2")[1])
        if not heading.text(strip=True):
            yield Finding("heading-empty", "body", _("A subheading is empty."), blocks=True)
            break
        if level > last + 1:
            sentence = _("The subheading “%s” skips a level.") % heading.text(strip=True)[:60]
            yield Finding("heading-order", "body", sentence)
            break
        last = level
    for link in facts.tree.css("a[href]"):
        if link.text(strip=True).lower().strip(" .:»") in _EMPTY_WORDS:
            sentence = _("A link says only “%s”: let its words name where it leads.") % link.text(strip=True)
            yield Finding("link-words", "body", sentence)
            break


def _links(facts: Facts) -> Iterator[Finding]:
    if facts.dead_links:
        shown = ", ".join(facts.dead_links[:3])
        sentence = ngettext(
            "%(n)d link leads nowhere on this site: %(links)s", "%(n)d links lead nowhere on this site: %(links)s",
            len(facts.dead_links),
        ) % {"n": len(facts.dead_links), "links": shown}  # fmt: skip
        yield Finding(f"links-{len(facts.dead_links)}", "body", sentence)
    if facts.lone_addresses:
        sentence = _("%s stands alone, but is of no site whose videos and posts are shown here: it stays a link.")
        yield Finding("embed", "body", sentence % facts.lone_addresses[0])


def _place(facts: Facts) -> Iterator[Finding]:
    if not facts.section:
        yield Finding("section", "section", _("The story is in no section."), blocks=True)
    if not facts.bylines:
        yield Finding("byline", "bylines", _("Nobody stands in the byline."))
    if facts.kind == "opinion" and not facts.disclaimer:
        yield Finding("disclaimer", "disclaimer", _("An opinion piece usually says whose opinion it is."))
    if facts.slug.isdigit():
        yield Finding("slug", "slug", _("The slug is only digits: name the story in its address."))


def _pictures(facts: Facts) -> Iterator[Finding]:
    for n, picture in enumerate([facts.lead, *facts.pictures]):
        if picture is None:
            if facts.kind != "live":
                yield Finding("picture", "lead_image", _("There is no lead picture."))
            continue
        if picture.missing:
            where = _("The lead picture") if n == 0 else _("A picture of the text")
            where = _("The picture for sharing") if picture.field == "social_image" else where
            sentence = f"{where}: {' '.join(picture.missing)}"
            yield Finding(f"picture-{n}", picture.field, sentence, blocks=True, picture=picture.number)
        elif n == 0 and 0 < picture.width < 1200:
            sentence = _("The lead picture is %d pixels wide: search engines show large ones from 1,200.")
            yield Finding("picture-small", "lead_image", sentence % picture.width)


def _video(facts: Facts) -> Iterator[Finding]:
    if facts.kind == "video" and not facts.video_url:
        yield Finding("video", "video_url", _("A video story needs the address of its video."), blocks=True)
    if facts.kind == "video" and facts.video_url and not facts.video_seconds:
        yield Finding("video-length", "video_duration", _("A video story says how long its video is."), blocks=True)
    if facts.video_url and not facts.video_plays:
        yield Finding("video-link", "video_url", _("That video cannot play here: readers get a link to it."))


def _search(facts: Facts) -> Iterator[Finding]:
    if len(facts.seo_description) > DESCRIPTION_SOFT:
        sentence = _("Search engines cut the description after about %d characters.") % DESCRIPTION_SOFT
        yield Finding("description-long", "seo_description", sentence)


def _time(facts: Facts) -> Iterator[Finding]:
    moment = facts.publish_at
    if facts.embargo_until and facts.embargo_until > (moment or facts.now):
        yield Finding("embargo", "embargo_until", _("The embargo has not ended at that time."), blocks=True)
    if facts.expire_at and facts.expire_at <= (moment or facts.now):
        yield Finding("expires", "expire_at", _("The story would expire before it is published."), blocks=True)
    if moment and moment - facts.now > FURTHEST:
        yield Finding("far", "publish_on", _("That is more than a year away."))
    if facts.retracted:
        yield Finding("retracted", "", _("The story was retracted: is it meant to be read on?"))


_LOOKS: Final = (_headline, _words, _text, _links, _place, _pictures, _video, _search, _time)
