"""What a moderator can do with comments, as the forms of the desk and of the story page say it."""

import re
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from comments.models import Comment, StepRefused
from comments.screening import Reason
from newsroom.accounts.models import User
from newsroom.lib.text import without_controls

#: So many comments one decision moves, at most.
BULK_MAX: Final = 5000
#: What may be decided, and how it is said of one comment that it was.
DECISIONS: Final = {
    "approve": _("Approved"),
    "hold": _("Held"),
    "reject": _("Rejected"),
    "spam": _("Marked as spam"),
}
#: Steps that set a comment apart: the verb, and how it is said.
MARKS: Final = {
    "pin": _("Pinned"),
    "unpin": _("Pinned no more"),
    "feature": _("Made an editor’s pick"),
    "unfeature": _("An editor’s pick no more"),
    "close_thread": _("Thread closed"),
    "open_thread": _("Thread opened"),
}
#: Why a comment may be rejected: kept in the record, and what its writer is told.
REJECTIONS: Final = {
    "abusive": _("abusive"),
    "off topic": _("off topic"),
    "false": _("false"),
    "private": _("personal data"),
    "illegal": _("against the law"),
    "other": _("other"),
}
_PICK: Final = re.compile(r"(\d{1,18}):([a-z]{1,10}):(\d{1,5})\Z", re.ASCII)


@dataclass(frozen=True)
class Step:
    """What a form asks for. `seen`: {comment: (state, version)} as the page showed them."""

    name: str
    reason: str
    note: str
    seen: dict[int, tuple[str, int]]

    @classmethod
    def of(cls, data: QueryDict) -> "Step | None":
        """None where it is not one that our own forms can say."""
        name, _colon, reason = data.get("step", "").partition(":")
        picks = [_PICK.match(pick) for pick in data.getlist("pick")[: BULK_MAX + 1]]
        if name not in {*DECISIONS, *MARKS} or not all(picks) or len(picks) > BULK_MAX:
            return None
        if reason and (name != "reject" or reason not in REJECTIONS):
            return None
        seen = {int(pick[1]): (pick[2], int(pick[3])) for pick in picks if pick}
        return cls(name, reason, without_controls(data.get("note", ""))[:1000].strip(), seen)

    @property
    def said(self) -> str:
        done = str((DECISIONS | MARKS)[self.name])
        return f"{done} ({REJECTIONS[self.reason]})" if self.reason else done

    def take(self, comment: Comment, *, by: User) -> None:
        """This step for one of `seen`, as it was seen. Raises StepRefused, and then nothing was written."""
        seen = self.seen[comment.pk]
        rows = Comment.objects.filter(pk=comment.pk)
        if self.name in MARKS:
            if not rows.filter(status=seen[0], version=seen[1]).exists():
                raise StepRefused(rows.get().changed_since(*seen))
            getattr(comment, self.name)(by=by, note=self.note)
        elif not rows.decide(self.name, by=by, reason=self.reason, note=self.note, seen={comment.pk: seen}).done:
            raise StepRefused(rows.get().changed_since(*seen))


def words_for(reason: str) -> str:
    """A reason as people read it; a moderator's own words stay as they are."""
    if reason in Reason.values:
        return str(Reason(reason).label)
    return str(REJECTIONS.get(reason, reason))
