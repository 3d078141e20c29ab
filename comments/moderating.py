"""What a moderator finds in the discussion itself: comments that wait, in their places, and what may be done with each.

Only on pages that are rendered for them alone; what readers get does not change by a byte.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest

from articles.models import Article
from comments.models import Comment
from comments.models.comment import DIGITS
from comments.steps import words_for
from comments.thread import Entry
from newsroom.accounts.models import User
from newsroom.lib.pagecache import is_private

if TYPE_CHECKING:
    from comments.discussion import Discussion

#: So many that wait are shown in a discussion, the newest of them; all are on the desk.
WAITING_MAX: Final = 50


def moderator_of(request: HttpRequest) -> User | None:
    """Who decides on comments, if the page is rendered for such a person."""
    user = request.user if is_private(request) else None
    may = isinstance(user, User) and user.is_staff and user.has_perm("comments.moderate_comment")
    return user if may else None  # type: ignore[return-value]


def waiting_in(article: Article) -> list[Comment]:
    """The newest that wait in a discussion, oldest first."""
    rows = Comment.objects.filter(article=article, status=Comment.Status.PENDING)
    newest = rows.select_related("parent", "reader").order_by("-created_at", "-id")[:WAITING_MAX]
    return sorted(newest, key=lambda comment: comment.pk)


def with_waiting(discussion: "Discussion", shown: list[Comment], *, first: bool) -> list[Comment]:
    """For a moderator, what waits: in its place, and on the `first` page above the list where it has none."""
    if discussion.moderator is None:
        return shown
    ordered, elsewhere = put_in_place(shown, waiting_in(discussion.article))
    discussion.waiting = [Entry(c, 0, answered=c.parent, is_apart=True) for c in elsewhere if first]
    return ordered


def put_in_place(shown: Sequence[Comment], waiting: Iterable[Comment]) -> tuple[list[Comment], list[Comment]]:
    """Comments in reading order with the waiting answers to them where they will stand; and those that wait elsewhere."""
    ordered, elsewhere = list(shown), []
    for comment in waiting:
        places = {above.pk: n for n, above in enumerate(ordered)}
        if comment.pk in places:
            continue
        if comment.parent_id in places:
            ordered.insert(_end_of_answers(ordered, places[comment.parent_id]), comment)
        else:
            elsewhere.append(comment)
    return ordered, elsewhere


def _end_of_answers(ordered: Sequence[Comment], at: int) -> int:
    above = ordered[at]
    while at + 1 < len(ordered) and _is_below(ordered[at + 1], above):
        at += 1
    return at + 1


def _is_below(comment: Comment, above: Comment) -> bool:
    """Below the deepest level, where paths tell no more apart, nothing is below anything."""
    if above.root_id is None:
        return comment.root_id == above.pk
    deeper = len(comment.path) > (above.depth * DIGITS)
    return comment.root_id == above.root_id and deeper and comment.path.startswith(above.path)


def open_to_moderator(discussion: "Discussion", entries: Iterable[Entry], *, at_hand: bool = False) -> None:
    """Let whoever the page is rendered for decide on these, if they may.

    `at_hand`, and the comment that a page is about: whatever its state, and the last decision can be taken back.
    """
    if (moderator := discussion.moderator) is None:
        return
    for entry in entries:
        comment, near = entry.comment, at_hand or entry.is_target
        if comment.withdrawn_at or not (near or comment.is_published or comment.is_waiting):
            continue
        entry.for_moderator = True
        entry.why = words_for(comment.reason) if comment.is_waiting else ""
        entry.undo = last_decision(comment, moderator) if near else ""


def last_decision(comment: Comment, moderator: User) -> str:
    """The batch of the last thing that happened to a comment, if this moderator did it and can take it back; else ''."""
    line = comment.actions.select_related("undone_by").order_by("-id").first()
    if line is None or line.actor_id != moderator.pk or line.action == "undo" or hasattr(line, "undone_by"):
        return ""
    return str(line.batch)
