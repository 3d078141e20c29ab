"""What a member is told on the site itself, whatever letters they get."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from newsroom.accounts.models import Reader, User

#: A bell says "99+" beyond this, and no page counts further.
MOST_COUNTED = 99


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unseen(self) -> Self:
        return self.filter(seen_at=None)

    def see(self) -> int:
        """Mark them read; how many were not."""
        return self.unseen().update(seen_at=timezone.now())

    def unread_by(self, user: User) -> int:
        """For the bell: one query, never more than `MOST_COUNTED + 1`."""
        return self.unseen().filter(reader__user=user)[: MOST_COUNTED + 1].count()


class Notice(models.Model):
    """Tells one member of one comment. Written beside the letter, by the same round of the worker."""

    reader = models.ForeignKey(Reader, models.CASCADE, db_index=False, related_name="notices", verbose_name=_("to"))
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="notices", verbose_name=_("comment"))
    reason = models.CharField(_("because of"), max_length=7)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    seen_at = models.DateTimeField(_("read"), null=True, editable=False)

    objects: ClassVar[models.Manager["Notice"]] = models.Manager.from_queryset(NoticeQuerySet)()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["reader", "comment"], name="one_notice_per_person_and_comment")]
        indexes = [
            models.Index(fields=["reader"], condition=Q(seen_at__isnull=True), name="notice_unread"),
            models.Index(F("reader"), F("created_at").desc(), F("id").desc(), name="notice_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} → {self.reader_id}"
