"""What the classifier learns: from moderators' decisions Spam and Approve, read in the record by the worker.

A comment is counted once, as its latest decision that stands says. Another decision (Reject is about opinion and manners)
or an undo takes it out of the counts again. Nothing of this happens while a moderator waits, and nothing is counted twice:
counts and lessons move in one transaction, under one lock.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from comments import bayes
from comments.models import Comment, CommentRevision, ModerationAction, SpamLesson, SpamWord

#: Lines of the record that are read at a time.
CHUNK: Final = 500
#: A line's time is older than the moment at which others see it, by the length of its transaction at most.
OVERLAP: Final = timedelta(minutes=10)
_DECISIONS: Final = ("approve", "hold", "reject", "spam", "remove")
_TEACHES: Final = {"approve": False, "spam": True}


class Lesson(NamedTuple):
    """What should be counted of a comment: `is_spam` is None where nothing should."""

    is_spam: bool | None
    version: int
    decided_at: datetime


class Learner:
    """A task of the worker: learns what was decided since it last looked."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def __call__(self, stop: Callable[[], bool]) -> bool:
        begun = timezone.now()
        learned = 0
        at: tuple[datetime, int] | None = None
        while not stop() and (lines := _lines(self._since or _last_lesson(), at)):
            learned += learn({comment for _at, _pk, comment in lines})
            at = lines[-1][:2]
        if not stop():
            self._since = begun - OVERLAP
        return learned > 0


def _last_lesson() -> datetime:
    """Where a worker that has just started begins: before the newest decision that is learned already."""
    latest = SpamLesson.objects.aggregate(at=Max("decided_at"))["at"]
    return latest - OVERLAP if latest else datetime.fromtimestamp(0, tz=timezone.get_default_timezone())


def _lines(since: datetime, after: tuple[datetime, int] | None) -> list[tuple[datetime, int, int]]:
    """The next lines of the record that may teach something: (when, id, comment)."""
    rows = ModerationAction.objects.filter(action__in=[*_DECISIONS, "undo"], actor__isnull=False, comment__isnull=False)
    rows = rows.filter(created_at__gte=after[0] if after else since)
    if after:
        rows = rows.filter(Q(created_at__gt=after[0]) | Q(pk__gt=after[1]))
    return list(rows.order_by("created_at", "pk").values_list("created_at", "pk", "comment")[:CHUNK])


def learn(comments: Iterable[int]) -> int:
    """Bring the counts in line with the latest decisions on these comments; how many comments changed."""
    if not _differing(comments := sorted(comments)):
        return 0
    with transaction.atomic():
        SpamWord.objects.add({"": [0, 0]})  # the lock of the counts
        wanted = _differing(comments)
        lessons = _Lessons(wanted)
        forgotten = [entry for pk in wanted if (entry := lessons.kept(pk))]
        learned = [entry for pk, lesson in wanted.items() if (entry := lessons.new(pk, lesson))]
        SpamLesson.objects.filter(comment__in=list(wanted)).delete()
        SpamLesson.objects.bulk_create([row for row, _tokens in learned])
        moves = [(tokens, row.is_spam, -1) for row, tokens in forgotten]
        moves += [(tokens, row.is_spam, 1) for row, tokens in learned]
        SpamWord.objects.add(bayes.count(moves))
    return len(wanted)


def _differing(comments: Sequence[int]) -> dict[int, Lesson]:
    """What should be counted, by comment, where it is not what is."""
    kept = {row.pk: (row.is_spam, row.version) for row in SpamLesson.objects.filter(comment__in=comments)}
    wanted = _latest(comments)
    return {
        pk: lesson
        for pk, lesson in wanted.items()
        if kept.get(pk) != (None if lesson.is_spam is None else (lesson.is_spam, lesson.version))
    }


def _latest(comments: Sequence[int]) -> dict[int, Lesson]:
    """By comment the latest decision of a person that was not taken back (an undo can be taken back, too)."""
    rows = ModerationAction.objects.filter(comment__in=comments, actor__isnull=False).order_by("-pk")
    latest: dict[int, Lesson] = {}
    taken_back: set[int | None] = set()
    for pk, comment, action, undoes, version, at in rows.values_list(
        "pk", "comment", "action", "undoes", "version", "created_at"
    ):
        if action == "undo" and pk not in taken_back:
            taken_back.add(undoes)
        elif action in _DECISIONS and pk not in taken_back and comment not in latest:
            latest[comment] = Lesson(_TEACHES.get(action), version, at)
    nothing = Lesson(None, 0, timezone.now())
    return {pk: latest.get(pk, nothing) for pk in comments}


class _Lessons:
    """Lessons with their tokens: of the text that was decided on, which a later edit moved to the revisions."""

    def __init__(self, wanted: dict[int, Lesson]) -> None:
        rows = Comment.objects.filter(pk__in=list(wanted)).only("pk", "text", "name", "version")
        self._comments = {row.pk: row for row in rows}
        earlier = CommentRevision.objects.filter(comment__in=list(wanted)).values_list("comment", "n", "text")
        self._earlier = {(comment, n): text for comment, n, text in earlier}
        self._kept = {row.pk: row for row in SpamLesson.objects.filter(comment__in=list(wanted))}

    def _text(self, pk: int, version: int) -> str:
        comment = self._comments.get(pk)
        now = comment.text if comment and comment.version == version else ""
        return now or self._earlier.get((pk, version), "")

    def kept(self, pk: int) -> "tuple[SpamLesson, list[str]] | None":
        """What is counted now; None where nothing is, or where the text was purged: its words then stay counted."""
        row = self._kept.get(pk)
        if row is None or row.digest != self._digest(pk, row.version):
            return None
        return row, self._tokens(pk, row.version)

    def new(self, pk: int, lesson: Lesson) -> "tuple[SpamLesson, list[str]] | None":
        if lesson.is_spam is None or not self._text(pk, lesson.version):
            return None
        row = SpamLesson(
            comment_id=pk, is_spam=lesson.is_spam, version=lesson.version, decided_at=lesson.decided_at,
            digest=self._digest(pk, lesson.version),
        )  # fmt: skip
        return row, self._tokens(pk, lesson.version)

    def _tokens(self, pk: int, version: int) -> list[str]:
        return bayes.tokens(self._text(pk, version), self._comments[pk].name)

    def _digest(self, pk: int, version: int) -> str:
        said = f"{self._comments[pk].name}\0{self._text(pk, version)}" if pk in self._comments else ""
        return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]
