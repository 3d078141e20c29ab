"""Whether a new comment appears at once, waits for a moderator or is spam, and why. Pure: the facts are passed in."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

#: More links than this wait for a moderator, whoever posts them.
LINKS_MAX = 1
#: The same words from more people than this within an hour are looked at.
ECHOES_MAX = 2


class Reason(TextChoices):
    """Why a comment is where it is. Moderators filter by it."""

    HONEYPOT = "honeypot", _("filled the field that people do not see")
    IMPERSONATION = "impersonation", _("uses the name or address of somebody who works here")
    SITE = "site", _("every comment waits on this site")
    SECTION = "section", _("comments wait in this section")
    ARTICLE = "article", _("comments wait on this story")
    LINKS = "links", _("holds several links")
    ECHO = "echo", _("the same words came from several people")
    NETWORK = "network", _("many comments from one network")
    FIRST = "first", _("among the first comments of this person")
    EDITED = "edited", _("changed by its writer after it was approved")
    WRITER = "writer", _("deleted by its writer")


@dataclass(frozen=True)
class Facts:
    """What is known about a comment before it is stored. `approved`: how many of the person's comments are published."""

    is_staff: bool = False
    is_member: bool = False
    approved: int = 0
    guests_held: int = 0
    members_held: int = 0
    trapped: bool = False
    impersonates: bool = False
    site_held: bool = False
    section_held: bool = False
    article_held: bool = False
    links: int = 0
    echoes: int = 0
    network_busy: bool = False
    #: These words replace others, which a moderator had approved.
    approved_before: bool = False


class Decision(NamedTuple):
    status: str
    reason: str = ""


def decide(facts: Facts) -> Decision:
    """The first rule that applies. Nothing is dropped: what looks like spam is kept where a moderator finds it."""
    if facts.trapped:
        return Decision("spam", Reason.HONEYPOT)
    if facts.is_staff:
        return Decision("published")
    held = next((reason for reason, applies in _rules(facts) if applies), None)
    return Decision("pending", held) if held else Decision("published")


def _rules(facts: Facts) -> list[tuple[Reason, bool]]:
    needed = facts.members_held if facts.is_member else facts.guests_held
    return [
        (Reason.IMPERSONATION, facts.impersonates),
        (Reason.SITE, facts.site_held),
        (Reason.SECTION, facts.section_held),
        (Reason.ARTICLE, facts.article_held),
        (Reason.LINKS, facts.links > LINKS_MAX),
        (Reason.ECHO, facts.echoes > ECHOES_MAX),
        (Reason.NETWORK, facts.network_busy and not facts.is_member),
        (Reason.FIRST, facts.approved < needed),
        (Reason.EDITED, facts.approved_before),
    ]
