"""The record of moderation: who did what to which comment, from what to what, and why."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from comments.models.undoing import Undoing
from newsroom.accounts.models import Reader

_ONLY_ADDED_TO = "The record of moderation is only ever added to."


class ModerationActionQuerySet(Undoing, models.QuerySet["ModerationAction"]):
    def note(self, actions: "Iterable[ModerationAction]") -> "list[ModerationAction]":
        """Write lines of the record; in the transaction of what they tell."""
        return self.bulk_create(list(actions), batch_size=500)

    def update(self, **values: Any) -> NoReturn:
        raise TypeError(_ONLY_ADDED_TO)

    def delete(self) -> NoReturn:
        raise TypeError(_ONLY_ADDED_TO)


class ModerationAction(models.Model):
    """One decision. Written in the transaction of the change and never changed afterwards."""

    class Action(models.TextChoices):
        APPROVE = "approve", _("approved")
        HOLD = "hold", _("held")
        REJECT = "reject", _("rejected")
        SPAM = "spam", _("marked as spam")
        REMOVE = "remove", _("removed")
        PIN = "pin", _("pinned")
        UNPIN = "unpin", _("pinned no more")
        FEATURE = "feature", _("made an editor’s pick")
        UNFEATURE = "unfeature", _("an editor’s pick no more")
        CLOSE = "close", _("thread closed")
        OPEN = "open", _("thread opened")
        CUT = "cut", _("a passage cut")
        PURGE = "purge", _("purged for good")
        UNQUOTE = "unquote", _("quotes of a purged comment cut")
        WARN = "warn", _("warned")
        SUSPEND = "suspend", _("suspended")
        BAN = "ban", _("banned")
        LIFT = "lift", _("sanction lifted")
        UNDO = "undo", _("undone")

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="moderation_actions",
        verbose_name=_("who"),
    )  # fmt: skip
    comment = models.ForeignKey(
        Comment, models.SET_NULL, null=True, db_index=False, related_name="actions", verbose_name=_("comment")
    )
    reader = models.ForeignKey(
        Reader, models.SET_NULL, null=True, db_index=False, related_name="actions", verbose_name=_("person")
    )
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, db_index=False, related_name="+", verbose_name=_("article")
    )
    #: One of `Action`, or a word of a feature that keeps its record here too.
    action = models.CharField(_("what"), max_length=20)
    from_status = models.CharField(_("from"), max_length=10, blank=True)
    to_status = models.CharField(_("to"), max_length=10, blank=True)
    reason = models.CharField(_("why"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)
    #: The version of the text that the moderator had seen.
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    #: What was decided in one go has one.
    batch = models.UUIDField(_("batch"), default=uuid.uuid4, null=True, editable=False)
    #: The decision that this one took back; each is taken back once at most.
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, editable=False, related_name="undone_by", verbose_name=_("takes back")
    )
    #: Columns of the comment that moved: {name: [before, after]}, times in ISO 8601. What an undo compares and restores.
    changes = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["ModerationAction"]] = models.Manager.from_queryset(ModerationActionQuerySet)()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-created_at", "-id")
        permissions = [("export_moderationaction", _("Can export the record of moderation"))]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="decision_newest"),
            models.Index(F("actor"), F("created_at").desc(), F("id").desc(), name="decision_of_actor"),
            models.Index(F("reader"), F("created_at").desc(), F("id").desc(), name="decision_on_reader"),
            models.Index(F("article"), F("created_at").desc(), F("id").desc(), name="decision_on_article"),
            models.Index(F("action"), F("created_at").desc(), F("id").desc(), name="decision_by_kind"),
            models.Index(fields=["comment", "id"], name="decision_on_comment"),
            models.Index(fields=["batch", "id"], name="decision_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.comment_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(_ONLY_ADDED_TO)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(_ONLY_ADDED_TO)

    @staticmethod
    def compared(comment: Comment, values: dict[str, Any]) -> dict[str, list[Any]]:
        """`changes` of a step that gives `comment` these values: only what really moves."""
        moved = {name: [_plain(getattr(comment, name)), _plain(value)] for name, value in values.items()}
        return {name: pair for name, pair in moved.items() if pair[0] != pair[1]}

    @property
    def said(self) -> str:
        """What was done, as people say it."""
        return str(self.Action(self.action).label) if self.action in self.Action.values else self.action


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
