"""A link of a letter to a moderator: one decision on one comment as the letter showed it, in that moderator's name."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from django.db import transaction
from django.utils.translation import gettext as _

from comments.models import Comment, CommentStats, StepRefused
from comments.models.desk_letter import moderators
from newsroom.accounts.models import User
from newsroom.lib.signing import BadToken, sign, unsign

LASTS: Final = timedelta(days=7)
_PURPOSE: Final = "desk"
_DECIDES: Final = ("approve", "hold", "reject", "spam", "remove", "withdraw", "undo")


class DeskLink(NamedTuple):
    """`status`, `version`: the comment as the letter showed it; `since`: when the letter was written."""

    action: str
    comment: int
    status: str
    version: int
    moderator: int
    since: datetime

    @property
    def token(self) -> str:
        return sign(_PURPOSE, [*self[:-1], self.since.isoformat()])

    @classmethod
    def of(cls, token: str) -> Self:
        """Raises BadToken for one that was changed, is not ours or is older than LASTS."""
        value = unsign(_PURPOSE, token, within=LASTS)
        if not isinstance(value, list) or len(value) != len(cls._fields):
            raise BadToken("not a decision")
        *decision, since = value
        return cls._make([*decision, datetime.fromisoformat(since)])

    def refusal(self, comment: Comment) -> str:
        """Why the link does nothing any more; '' while it does. It works once: what it does is a decision since."""
        if not moderators().filter(pk=self.moderator).exists():
            return _("This link was for somebody who does not moderate here any more.")
        if comment.withdrawn_at or (comment.status, comment.version) != (self.status, self.version):
            return comment.changed_since(self.status, self.version)
        if comment.actions.filter(action__in=_DECIDES, created_at__gt=self.since).exists():
            return _("Somebody decided on it after this letter was written.")
        return ""

    def take(self, *, reason: str = "") -> None:
        """Decide, as that moderator. Raises StepRefused, and then nothing was written."""
        rows = Comment.objects.filter(pk=self.comment)
        with transaction.atomic():
            CommentStats.objects.lock(list(rows.values_list("article", flat=True)))
            if why := self.refusal(rows.get()):
                raise StepRefused(why)
            seen = {self.comment: (self.status, self.version)}
            by = User.objects.get(pk=self.moderator)
            if not rows.decide(self.action, by=by, reason=reason, note=_("From a letter."), seen=seen).done:
                raise StepRefused(_("Nothing is left to decide: it stands as it should."))


def stop_token(moderator: User) -> str:
    """Ends letters about what waits, without logging in; it never expires."""
    return sign("desk-stop", moderator.pk)


def moderator_to_stop(token: str) -> User:
    """Raises BadToken."""
    try:
        return User.objects.get(pk=unsign("desk-stop", token))
    except (User.DoesNotExist, TypeError, ValueError) as error:
        raise BadToken("nobody's") from error
