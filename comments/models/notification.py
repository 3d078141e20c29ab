"""Letters about comments: the row is the queue."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from comments.models.subscription import Subscription
from newsroom.accounts.models import Reader
from newsroom.lib.models import Outbox, OutboxQuerySet

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail

#: Comments that one call plans letters for; the worker's next round plans the rest.
PLANNED_AT_ONCE = 200


class NotificationQuerySet(OutboxQuerySet["Notification"]):
    def plan(self, now: datetime) -> int:
        """One letter per person for every newly published comment; how many comments were announced.

        Not done by the reader who posts: posting costs the same however many readers follow a discussion.
        """
        waiting = Comment.objects.filter(notified_at=None, visible=True, status=Comment.Status.PUBLISHED)
        chosen = waiting.select_related("reader__user", "parent").order_by("id")[:PLANNED_AT_ONCE]
        return sum(self._announce(comment, now) for comment in chosen)

    def _announce(self, comment: Comment, now: datetime) -> bool:
        with transaction.atomic():
            mine = Comment.objects.filter(pk=comment.pk, notified_at=None, status=Comment.Status.PUBLISHED)
            if not mine.update(notified_at=now):
                return False
            letters = [
                Notification(reader_id=reader, comment=comment, reason=reason, due_at=now)
                for reader, reason in Subscription.objects.readers_of(comment).items()
            ]
            Notification.objects.bulk_create(letters, ignore_conflicts=True, batch_size=1000)
        return True


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

    objects: ClassVar[models.Manager["Notification"]] = models.Manager.from_queryset(NotificationQuerySet)()

    class Meta(Outbox.Meta):
        verbose_name = _("letter about a comment")
        verbose_name_plural = _("letters about comments")
        constraints = [models.UniqueConstraint(fields=["reader", "comment"], name="one_letter_per_person_and_comment")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} → {self.reader}"

    def compose(self) -> "Mail | None":
        """The letter; None where it must not be sent any more."""
        from comments.letters import about_comment

        return about_comment(self)


class ConfirmationLetter(Outbox):
    """Asks an address, once, whether it wants what somebody asked for in its name. Holds no reader's words."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="confirmation_letters", verbose_name=_("to"))
    to = models.EmailField(_("address"))
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="+", verbose_name=_("about"))

    objects: ClassVar[models.Manager["ConfirmationLetter"]] = models.Manager.from_queryset(
        OutboxQuerySet["ConfirmationLetter"]
    )()

    class Meta(Outbox.Meta):
        indexes = [models.Index(fields=["sent_at", "dead_at", "due_at"], name="comments_confirmation_due")]
        verbose_name = _("letter asking for confirmation")
        verbose_name_plural = _("letters asking for confirmation")

    def __str__(self) -> str:
        return f"→ {self.to}"

    def compose(self) -> "Mail | None":
        from comments.letters import asking_to_confirm

        return asking_to_confirm(self)
