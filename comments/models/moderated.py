"""The verbs of moderation on one comment: each one a conditional step, with its counters and its line in the record."""

from typing import TYPE_CHECKING, Any, cast

from django.db import models
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from newsroom.accounts.models import User


class StepRefused(Exception):
    """Somebody else was faster, or the text is not the one that was decided on; says so in a moderator's words."""


class Moderated(models.Model):
    """What may happen to a comment. Every verb says who (`by`; None: the site's own rules, or its writer) and why.

    `version`: decide on the text that was looked at; refused where the writer changed it meanwhile.
    Raises StepRefused, and then nothing was written. Many at once: `Comment.objects.filter(...).decide(...)`.
    """

    class Meta:
        abstract = True

    def approve(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        """Publish it; where it is published, say that a moderator looked at it and found its reports settled."""
        self._step("approve", by, reason, note, version)

    def hold(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        """Take it out of sight until somebody decides."""
        self._step("hold", by, reason, note, version)

    def reject(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        self._step("reject", by, reason, note, version)

    def mark_spam(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        self._step("spam", by, reason, note, version)

    def remove(self, *, by: "User | None", reason: str = "", note: str = "", version: int | None = None) -> None:
        """Take away what was public. Where answers to it are shown, its place stays, without words and name."""
        self._step("remove", by, reason, note, version)

    def _step(self, action: str, by: "User | None", reason: str, note: str, version: int | None, **also: Any) -> None:
        from comments.models.comment import Comment

        comment = cast("Comment", self)
        rows = Comment.objects.filter(pk=comment.pk)
        seen = {comment.pk: (comment.status, version)}
        if not rows.decide(action, by=by, reason=reason, note=note, seen=seen, also=also).done:
            raise StepRefused(rows.get().changed_since(comment.status, version))
        fields = ["status", "reason", "visible", "reported_at", "published_at", "reviewed_at", "reviewed_by"]
        comment.refresh_from_db(fields=[*fields, *also])

    def changed_since(self, status: str, version: int | None) -> str:
        """Why a decision on what was looked at (this state, this version of the text) is not possible any more."""
        comment = cast("Comment", self)
        if comment.withdrawn_at is not None:
            return _("Its writer deleted it.")
        if comment.purged_at is not None:
            return _("It was purged: its words are gone for good.")
        if comment.status == status and version not in {None, comment.version}:
            return _("The text was changed after you looked at it.")
        return _("The comment is “%s” now.") % comment.get_status_display()
