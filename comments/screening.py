"""Whether a new or edited comment appears at once, waits for a moderator, is spam or is refused, and why.

Pure: the facts are passed in (`comments.facts` gathers them). Every rule that applies is kept with the comment, so that a
moderator sees all of them, with the words that set them off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypedDict

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

#: More links than this wait for a moderator, whoever posts them; any link of a guest without a record does.
LINKS_MAX: Final = 1
#: The same words from more people than this within an hour are looked at.
ECHOES_MAX: Final = 2
#: So many threads of one person wait for an answer under a story; the next one waits for a moderator.
UNANSWERED_MAX: Final = 3
#: A person of whose comments of the last week so many in a hundred were rejected waits, once so many were decided.
REJECTED_SHARE: Final = 30
DECIDED_MIN: Final = 3
#: Nobody reads and answers in fewer seconds, where the form's script measured them.
SECONDS_MIN: Final = 3.0
#: From this probability on (0 to 1) the classifier's word counts; from the lower one on a moderator sees it.
SPAM_AT: Final = 0.9
SPAM_SHOWN: Final = 0.5


class Reason(TextChoices):
    """Why a comment is where it is. Moderators filter by it."""

    HONEYPOT = "honeypot", _("filled the field that people do not see")
    BANNED = "banned", _("holds banned words")
    BAYES = "bayes", _("reads like what was marked as spam before")
    CHECKER = "checker", _("is spam, says the spam checker")
    CHECKING = "checking", _("is being checked for spam")
    IMPERSONATION = "impersonation", _("uses the name or address of somebody else")
    SITE = "site", _("every comment waits on this site")
    SECTION = "section", _("comments wait in this section")
    ARTICLE = "article", _("comments wait on this story")
    PERSON = "person", _("this person’s comments are looked at first")
    RECORD = "record", _("many of this person’s last comments were rejected")
    SUSPECT = "suspect", _("holds suspect words")
    LINKS = "links", _("holds several links, or is a new guest’s with a link")
    ECHO = "echo", _("the same words came from several people")
    NETWORK = "network", _("many comments from one network")
    CROWD = "crowd", _("many comments under the story, or on the site, at once")
    MONOLOGUE = "monologue", _("begins thread after thread that nobody answered")
    FAST = "fast", _("was written faster than people write")
    FIRST = "first", _("among the first comments of this person")
    EDITED = "edited", _("changed by its writer after it was approved")
    WRITER = "writer", _("deleted by its writer")
    FLAGS = "flags", _("was hidden after reports")


class Finding(TypedDict):
    """One rule that applied: stored as JSON with the comment. `words`: as they stand in it; `score`: 0 to 1, 1 a fact."""

    rule: str
    words: list[str]
    score: float


@dataclass(frozen=True)
class Facts:
    """What is known about a comment before it is stored, without the comment itself where it is edited.

    `approved`: how many of the person's comments are published. `decided` and `rejected`: of the comments of the last
    week, those that are published or were turned away by a moderator. `spam`: the classifier's probability, None while
    it has seen too little. `seconds`: how long the form was being filled in, None where nothing measured it.
    """

    is_staff: bool = False
    is_member: bool = False
    approved: int = 0
    decided: int = 0
    rejected: int = 0
    guests_held: int = 0
    members_held: int = 0
    trapped: bool = False
    impersonates: bool = False
    site_held: bool = False
    section_held: bool = False
    article_held: bool = False
    person_held: bool = False
    links: int = 0
    echoes: int = 0
    network_busy: bool = False
    site_busy: bool = False
    #: Threads that the person began under the story and nobody answered, where this one would be another.
    unanswered: int = 0
    #: These words replace others, which a moderator had approved.
    approved_before: bool = False
    seconds: float | None = None
    banned: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    #: What becomes of banned words that were sent again after the reminder: a status.
    banned_become: str = "rejected"
    spam: float | None = None
    spam_words: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.approved < (self.members_held if self.is_member else self.guests_held)

    @property
    def has_bad_record(self) -> bool:
        return self.decided >= DECIDED_MIN and self.rejected * 100 >= REJECTED_SHARE * self.decided


class Decision(NamedTuple):
    status: str
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def decide(facts: Facts) -> Decision:
    """The first rule that applies decides; the others are kept as findings. Nothing is dropped: what looks like spam is
    kept where a moderator finds it."""
    findings = tuple(_findings(facts))
    if not findings or (facts.is_staff and not facts.trapped):
        return Decision("published")
    reason = next((finding["rule"] for finding in findings if finding["score"] >= SPAM_AT), "")
    status = {"": "published", Reason.HONEYPOT: "spam", Reason.BAYES: "spam", Reason.BANNED: facts.banned_become}
    return Decision(status.get(reason, "pending"), reason, findings)


def _findings(facts: Facts) -> Iterator[Finding]:
    """Every rule that applies, the weightiest first."""
    for rule, applies, words in _rules(facts):
        if applies:
            yield {"rule": str(rule.value), "words": list(words), "score": 1.0}
        if rule == Reason.BANNED and facts.spam is not None and facts.spam >= SPAM_SHOWN:
            yield {"rule": Reason.BAYES.value, "words": list(facts.spam_words), "score": round(facts.spam, 3)}


def _rules(facts: Facts) -> list[tuple[Reason, bool, tuple[str, ...]]]:
    stranger = not facts.is_member and not facts.approved
    linked = facts.links > LINKS_MAX or (facts.links > 0 and not facts.is_member and (facts.is_new or stranger))
    return [
        (Reason.HONEYPOT, facts.trapped, ()),
        (Reason.BANNED, bool(facts.banned), facts.banned),
        (Reason.IMPERSONATION, facts.impersonates, ()),
        (Reason.SITE, facts.site_held, ()),
        (Reason.SECTION, facts.section_held, ()),
        (Reason.ARTICLE, facts.article_held, ()),
        (Reason.PERSON, facts.person_held, ()),
        (Reason.RECORD, facts.has_bad_record, ()),
        (Reason.SUSPECT, bool(facts.suspect), facts.suspect),
        (Reason.LINKS, linked, ()),
        (Reason.ECHO, facts.echoes > ECHOES_MAX, ()),
        (Reason.NETWORK, facts.network_busy and not facts.is_member, ()),
        (Reason.CROWD, facts.site_busy and not facts.is_member, ()),
        (Reason.MONOLOGUE, facts.unanswered >= UNANSWERED_MAX, ()),
        (Reason.FAST, facts.seconds is not None and facts.seconds < SECONDS_MIN and not facts.is_member, ()),
        (Reason.FIRST, facts.is_new, ()),
        (Reason.EDITED, facts.approved_before, ()),
    ]
