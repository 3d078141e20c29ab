"""Letters about comments: the row is the queue."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from comments.models.digest import Digest
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.models import Outbox, OutboxQuerySet, Sample

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

#: Comments that one call plans letters for, and about how many readers it tells; the worker's next round goes on.
COMMENTS_AT_ONCE: Final = 200
READERS_AT_ONCE: Final = 20_000


class NotificationQuerySet(OutboxQuerySet["Notification"]):
    def plan(self, now: datetime) -> int:
        """One letter per person for every newly published comment; how many comments were announced.

        Not done by the reader who posts: posting costs the same however many readers follow a discussion.
        """
        from comments.models.announcing import announce

        waiting = Comment.objects.filter(notified_at=None, visible=True, status=Comment.Status.PUBLISHED)
        announced = told = 0
        for comment in waiting.select_related("reader", "parent__reader").order_by("id")[:COMMENTS_AT_ONCE]:
            told += announce(comment, now)
            announced += 1
            if told >= READERS_AT_ONCE:
                break
        return announced

    def due(self, now: datetime) -> Self:
        """Those that leave on their own; the others go with their digest."""
        return super().due(now).filter(digest=None)

    def with_addressee(self) -> Self:
        return self.select_related("reader__user", "reader__merged_into__user")

    def claim(self, now: datetime, *, worker: str, lease: timedelta, most: int) -> list["Notification"]:
        """Thousands may follow one discussion: what their letters need is read for a whole batch."""
        from comments.letters import load

        rows = super().claim(now, worker=worker, lease=lease, most=most)
        if rows:
            load(rows)
        return rows


class Notification(Outbox):
    """Tells one reader of one comment, once, however many ways the reader follows it."""

    class Reason(models.TextChoices):
        REPLY = "replies", _("a reply to the reader’s comment")
        THREAD = "thread", _("a reply in a followed thread")
        ALL = "all", _("a comment in a followed discussion")

    reader = models.ForeignKey(
        Reader, models.CASCADE, db_index=False, related_name="notifications", verbose_name=_("to")
    )
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="notifications", verbose_name=_("comment"))
    reason = models.CharField(_("because of"), max_length=7, choices=Reason)
    #: The letter that it goes with; empty for one that leaves on its own.
    digest = models.ForeignKey(
        Digest,
        models.SET_NULL,
        null=True,
        db_index=False,
        editable=False,
        related_name="notifications",
        verbose_name=_("goes with"),
    )

    #: When it was last asked whether it may leave, and why not: see `comments.letters.decide`.
    decided_at: datetime | None = None
    refusal = ""

    objects: ClassVar[models.Manager["Notification"]] = models.Manager.from_queryset(NotificationQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("letter about a comment")
        verbose_name_plural = _("letters about comments")
        constraints = [models.UniqueConstraint(fields=["reader", "comment"], name="one_letter_per_person_and_comment")]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(sent_at__isnull=True, dead_at__isnull=True, digest__isnull=True),
                name="notification_due",
            ),
            models.Index(fields=["reader", "created_at"], condition=Q(digest__isnull=True), name="notification_lately"),
            models.Index(fields=["digest"], condition=Q(digest__isnull=False), name="notification_of_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} → {self.reader}"

    @property
    def addressee(self) -> str:
        return self.reader.survivor.address

    def compose(self) -> "Mail | None":
        """The letter; None where it must not be sent any more."""
        from comments.letters import about_comment

        return about_comment(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from comments.sample_letters import about_comments

        return about_comments()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)


class ConfirmationLetter(Outbox):
    """Asks an address, once, whether it wants what somebody asked for in its name. Holds no reader's words."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="confirmation_letters", verbose_name=_("to"))
    to = models.EmailField(_("address"))
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="+", verbose_name=_("about"))
    #: Whether somebody commented with the address, which has a record here: its owner's comments need not wait.
    about_record = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager["ConfirmationLetter"]] = models.Manager.from_queryset(
        OutboxQuerySet["ConfirmationLetter"]
    )()

    class Meta(Outbox.Meta):
        indexes = [models.Index(fields=["sent_at", "dead_at", "due_at"], name="comments_confirmation_due")]
        verbose_name = _("letter asking for confirmation")
        verbose_name_plural = _("letters asking for confirmation")

    def __str__(self) -> str:
        return f"→ {self.to}"

    @property
    def addressee(self) -> str:
        return self.to

    def compose(self) -> "Mail | None":
        from comments.letters import asking_to_confirm

        return asking_to_confirm(self)

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        from comments.sample_letters import confirmations

        return confirmations()

    def no_such_mailbox(self, to: str, answer: str) -> None:
        Suppression.add(to, Suppression.Reason.BOUNCE, note=answer)
