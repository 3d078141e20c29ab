"""A reader's report of a comment."""

from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from newsroom.accounts.models import Reader


class FlagManager(models.Manager["Flag"]):
    def raise_for(self, comment: Comment, reader: Reader, reason: str, *, note: str = "", weight: int = 2) -> bool:
        """Record a report, one a person and comment; False where that person had reported it before."""
        try:
            with transaction.atomic():
                self.create(comment=comment, reader=reader, reason=reason, note=note, weight=weight)
                Comment.objects.filter(pk=comment.pk).update(
                    flag_weight=F("flag_weight") + weight, reported_at=Coalesce("reported_at", timezone.now())
                )
        except IntegrityError:
            return False
        return True


class Flag(models.Model):
    class Reason(models.TextChoices):
        ABUSIVE = "abusive", _("It attacks somebody")
        OFFENSIVE = "offensive", _("It is hateful or obscene")
        SPAM = "spam", _("It is advertising or spam")
        FALSE = "false", _("It states something false")
        PRIVATE = "private", _("It reveals something private")
        OTHER = "other", _("Another reason")

    class Outcome(models.TextChoices):
        RIGHT = "right", _("the comment was taken away")
        WRONG = "wrong", _("the comment was approved")

    comment = models.ForeignKey(
        Comment, models.CASCADE, db_index=False, related_name="flags", verbose_name=_("comment")
    )
    reader = models.ForeignKey(Reader, models.CASCADE, related_name="flags", verbose_name=_("reported by"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=300, blank=True)
    #: In halves: 2 is an ordinary report, 4 that of a trusted reader, 1 that of somebody without standing; 0 waits for a
    #: moderator like the others and hides nothing.
    weight = models.PositiveSmallIntegerField(_("weight"), default=2)
    #: Keyed hash of the network it came from, until it is handled.
    network = models.CharField(max_length=64, blank=True, editable=False)
    flagged_at = models.DateTimeField(_("reported"), default=timezone.now, editable=False)
    handled_at = models.DateTimeField(_("handled"), null=True, editable=False)
    #: What the moderator's decision said about it.
    outcome = models.CharField(_("outcome"), max_length=5, choices=Outcome, blank=True, editable=False)

    objects: ClassVar[FlagManager] = FlagManager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["comment", "reader"], name="one_report_per_reader"),
            models.CheckConstraint(condition=Q(weight__lte=10), name="report_weighs_little"),
        ]
        indexes = [models.Index(fields=["handled_at", "flagged_at"], name="report_queue")]

    def __str__(self) -> str:
        return self.get_reason_display()
