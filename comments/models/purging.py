"""Purging: nothing is kept of what a removed comment said, neither here nor where others quoted it."""

import re
import uuid
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from comments import markup
from comments.models.cutting import Cutting, removed_words, rewrite
from comments.models.moderated import StepRefused
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from newsroom.accounts.models import User

#: What stands where a person's words were; a comment without any cannot be stored.
NOTHING: Final = "–"
#: Characters from which on a quoted line is recognised in comments that do not answer the purged one.
TELLING: Final = 16
_QUOTED: Final = re.compile(r"^\s*>")


class Purging(Cutting):
    """The verb `purge`, part of a comment. It cannot be undone."""

    class Meta:
        abstract = True

    def purge(self, *, by: "User", note: str) -> int:
        """Forget text, name, earlier texts, findings, what reports say, letters that have not left, and quotes.

        The row stays, so that the thread stands; the record says who and why (`note`), and not what it was. How many
        other comments lost a quote. Raises StepRefused where readers may still see it, or it was purged before.
        """
        from comments.models.comment import Comment

        with transaction.atomic():
            CommentStats.objects.move(cast("Comment", self).article_id)  # the lock of the discussion
            comment = Comment.objects.get(pk=self.pk)
            if comment.purged_at is not None:
                raise StepRefused(_("It was purged: its words are gone for good."))
            if comment.status in {Comment.Status.PUBLISHED, Comment.Status.PENDING}:
                raise StepRefused(_("Remove or reject it first: only what readers do not see is purged."))
            quoting = _cut_quotes(comment)
            _forget(comment)
            _record(comment, quoting, by, note)
            Stamp.objects.bump(Stamp.article(comment.article_id))
        self.refresh_from_db()
        return len(quoting)


def _forget(comment: "Comment") -> None:
    from comments.models.comment import Comment
    from comments.models.flag import Flag
    from comments.models.notice import Notice
    from comments.models.notification import Notification
    from comments.models.spam import SpamCheck

    Comment.objects.filter(pk=comment.pk).update(
        text=NOTHING, html="", name="", badge="", findings=[], submit_token=uuid.uuid4().hex,
        version=F("version") + 1, purged_at=timezone.now(),
    )  # fmt: skip
    comment.revisions.all().delete()
    SpamCheck.objects.filter(comment=comment).delete()
    Notice.objects.filter(comment=comment).delete()
    Notification.objects.filter(comment=comment, sent_at=None).delete()
    Flag.objects.filter(comment=comment).update(note="")


def _record(comment: "Comment", quoting: "list[Comment]", by: "User", note: str) -> None:
    from comments.models.moderation import ModerationAction

    batch = uuid.uuid4()
    ModerationAction.objects.note(
        ModerationAction(
            actor=by, comment=row, reader_id=row.reader_id, article_id=row.article_id, batch=batch,
            action="purge" if row is comment else "unquote", note=note, version=row.version,
            from_status=row.status, to_status=row.status,
        )
        for row in (comment, *quoting)
    )  # fmt: skip


def _cut_quotes(purged: "Comment") -> "list[Comment]":
    """Cut what quotes it out of every comment of the story, and out of their earlier texts; which those are."""
    from comments.models.comment import Comment
    from comments.models.revision import CommentRevision

    said = list(_ways_to_say(purged))
    others = Comment.objects.filter(article=purged.article_id).exclude(pk=purged.pk)
    changed = {}
    for row in others.filter(text__contains=">").iterator(chunk_size=500):
        text = without_quotes(row.text, said, at_least=1 if row.parent_id == purged.pk else TELLING)
        if text != row.text:
            rewrite(row, text, markup.render(text))
            changed[row.pk] = row
    earlier = CommentRevision.objects.filter(comment__in=others, text__contains=">").select_related("comment")
    for old in earlier.iterator(chunk_size=500):
        text = without_quotes(old.text, said, at_least=1 if old.comment.parent_id == purged.pk else TELLING)
        if text != old.text:
            CommentRevision.objects.filter(pk=old.pk).update(text=text, html=markup.render(text))
    return list(changed.values())


def _ways_to_say(comment: "Comment") -> Iterator[str]:
    """Every text that the comment ever had, as it was typed and as readers saw and selected it."""
    texts: list[Any] = [comment, *comment.revisions.all()]
    for row in texts:
        yield _plain(row.text)
        yield _plain(unescape(strip_tags(row.html)))


def without_quotes(text: str, said: Iterable[str], *, at_least: int) -> str:
    """A text without the `>` lines whose words, if there are so many characters of them, stand in one of `said`."""

    def quotes(line: str) -> bool:
        words = _plain(line) if _QUOTED.match(line) else ""
        return len(words) >= max(at_least, 1) and any(words in one for one in said)

    lines = text.split("\n")
    kept = [line for line in lines if not quotes(line)]
    if len(kept) == len(lines):
        return text
    return "\n".join(kept).strip() or removed_words()


def _plain(words: str) -> str:
    """Words without quote marks, dots of omission, and all but one space."""
    return " ".join(re.sub(r"(?m)^[\s>]+", "", words).casefold().split()).strip("… ")
