"""From rows to a thread as a page shows it: a flat list that says where lists open and close, so that no template recurses.

Pure: no query, no clock. Every function is one pass over its rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from newsroom.lib.html import trusted

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from comments.inline_feedback import Passage
    from comments.models import Comment

#: The first comment and four levels of answers (a phone's stylesheet keeps three of the five); what stands deeper stays
#: on the last level and names whom it answers.
INDENT: Final = 4
#: What appears so long after it was written had to wait for somebody.
HELD_FOR: Final = timedelta(minutes=1)
#: Votes for less votes against: from here on the words are folded away; from there on it is said more plainly.
FOLDED_AT: Final = -5
FAR_BELOW: Final = -10


class Entry:
    """One place in a thread. `opens`: a list of answers begins after it; `closes`: so many lists end after it."""

    #: It stands deeper than lists are indented, beside what it answers.
    is_beyond = False
    opens = False
    closes = range(0)
    #: Visible answers in the thread that are not on this page; told where the thread ends.
    more = 0
    #: The first comment of its thread, on the same page, takes no more answers.
    is_shut = False
    is_own = False
    #: Its writer can still change it.
    is_changeable = False
    is_replied = False
    #: The comment that its own page is about.
    is_target = False
    #: The words of the story that it is about.
    passage: "Passage | None" = None
    #: The page is rendered for a moderator, who can decide on it here.
    for_moderator = False
    #: Why it waits, for them.
    why = ""
    #: The batch of their last decision on it, which they can take back.
    undo = ""
    #: Why what they just asked for was not done.
    refused = ""

    def __init__(
        self,
        comment: "Comment",
        level: int,
        answered: "Comment | None" = None,
        *,
        is_apart: bool = False,
        vote: int = 0,
    ) -> None:
        """`is_apart`: what it answers is not on this page; `vote`: this reader's, 1, -1 or none."""
        self.comment, self.level, self.answered = comment, level, answered
        self.is_apart, self.vote = is_apart, vote

    @property
    def is_waiting(self) -> bool:
        """The reader's own, before anybody has decided; what looks like spam to us is not called so to its writer."""
        return self.is_own and self.comment.status in {"pending", "spam"}

    @property
    def is_gone(self) -> bool:
        """Only its place is left, because others answered it."""
        return not self.comment.is_published and not self.is_waiting and not self.for_moderator

    @property
    def is_held(self) -> bool:
        """Shown to a moderator, to nobody else."""
        return self.for_moderator and not self.is_waiting and not self.comment.is_published

    @property
    def is_unseen(self) -> bool:
        """Whether other readers do not see it."""
        return self.is_waiting or self.is_held

    @property
    def state(self) -> str:
        """Why others do not see it, in two words."""
        if self.for_moderator and self.comment.status != "pending":
            return str(self.comment.get_status_display())
        return _("Awaiting approval")

    @property
    def wants_decision(self) -> bool:
        return self.for_moderator and (self.comment.status == "pending" or self.comment.reported_at is not None)

    @property
    def can_be_approved(self) -> bool:
        """Publishing it, or saying that somebody looked at it and found nothing."""
        comment = self.comment
        return not comment.is_published or comment.reviewed_at is None or comment.reported_at is not None

    @property
    def is_closed(self) -> bool:
        """Whether its thread takes no more answers, as far as the page knows."""
        return self.is_shut or self.comment.closed_at is not None

    @property
    def is_voted(self) -> bool:
        return self.vote == 1

    @property
    def is_voted_down(self) -> bool:
        return self.vote == -1

    @property
    def folded(self) -> str:
        """Why its words are folded away, though everybody can open them; '' where they stand open."""
        score = self.comment.up - self.comment.down
        if score > FOLDED_AT or self.is_own or self.comment.badge or self.comment.pinned_at or self.comment.featured_at:
            return ""
        if score > FAR_BELOW:
            return _("Readers voted this down. Show anyway")
        return _("Many readers voted this down. Show anyway")

    @property
    def gone_because(self) -> str:
        if self.comment.withdrawn_at:
            return _("This comment was deleted by its writer. The replies to it are kept.")
        return _("This comment was removed. The replies to it are kept.")

    @property
    def answers(self) -> int:
        """How many answers the fold says there are: of a whole thread, or direct ones."""
        return self.comment.thread_count if self.level == 0 and not self.comment.root_id else self.comment.reply_count

    @property
    def news_at(self) -> int:
        """When it appeared, in milliseconds since 1970, where that was later than it was written; else 0."""
        written, published = self.comment.created_at, self.comment.published_at
        return milliseconds(published) if published and published - written > HELD_FOR else 0

    @property
    def html(self) -> "SafeString":
        """Sanitised when it was stored."""
        return trusted(self.comment.html)


def in_reading_order(roots: Iterable["Comment"], replies: Iterable["Comment"]) -> "list[Comment]":
    """Each root followed by its answers, depth first, in the order in which they came.

    `replies` in order of `seq`; those whose parent is not among the rows are left out.
    """
    answers: dict[int, list[Comment]] = {}
    for reply in replies:
        answers.setdefault(reply.parent_id or 0, []).append(reply)
    ordered: list[Comment] = []
    waiting = list(roots)[::-1]
    while waiting:
        comment = waiting.pop()
        ordered.append(comment)
        if comment.id in answers:
            waiting.extend(reversed(answers[comment.id]))
    return ordered


def arrange(ordered: Sequence["Comment"], *, elsewhere: Mapping[int, "Comment"] | None = None) -> list[Entry]:
    """Comments in reading order as entries with their marks.

    `elsewhere`: what some of them answer that is not on the page. The first comment is the page's outermost level.
    """
    by_id = {comment.id: comment for comment in ordered}
    shut = {comment.id for comment in ordered if comment.closed_at}
    entries: list[Entry] = []
    true_level: dict[int, int] = {}
    deepest = 0  # a level is entered one step at a time
    for comment in ordered:
        parent, root = comment.parent_id or 0, comment.root_id
        answered = by_id.get(parent)
        # One below what it answers; where that is not on the page, its own place in the thread.
        beyond = comment.depth - 1 if root in true_level else -1
        level = true_level[comment.id] = true_level.get(parent, beyond) + 1
        entry = Entry(comment, min(level, INDENT, deepest), answered, is_apart=answered is None)
        if answered is None and elsewhere:
            entry.answered = elsewhere.get(parent)
        if level > INDENT:
            entry.is_beyond = True
        if root in shut:
            entry.is_shut = True
        deepest = entry.level + 1
        entries.append(entry)
    _mark(entries)
    return entries


def _mark(entries: list[Entry]) -> None:
    """Say after each entry which lists open or close."""
    for entry, following in zip(entries, [*entries[1:], None], strict=False):  # none where there are none
        level = following.level if following else 0
        if level > entry.level:
            entry.opens = True
        elif level < entry.level:
            entry.closes = range(entry.level - level)


def count_the_rest(entries: Iterable[Entry]) -> None:
    """Say at the end of each thread how many of its visible answers are not on the page."""
    first = last = None
    shown = 0
    for entry in entries:
        if entry.comment.root_id is None:
            if first and last:
                last.more = first.comment.thread_count - shown
            first, shown = entry, 0
        else:
            shown += entry.comment.visible
        last = entry
    if first and last:
        last.more = first.comment.thread_count - shown


def steps(path: str, digits: int) -> list[int]:
    """The `seq` of every comment from the thread's first answer down to the one with this `path`."""
    return [int(path[start : start + digits]) for start in range(0, len(path), digits)]


def after_subtree(path: str, digits: int) -> str:
    """The first path that sorts after everything below `path`."""
    return f"{path[:-digits]}{int(path[-digits:]) + 1:0{digits}}"


def milliseconds(moment: datetime) -> int:
    """Since 1970, as scripts count."""
    return int(moment.timestamp() * 1000)
