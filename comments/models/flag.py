"""Readers' reports of a comment, and what enough of them do."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Final, cast

from django.db import models, transaction
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from comments.models.stats import CommentStats
from newsroom.accounts.models import Reader

#: Weights are counted in halves: that of an ordinary reader, of a trusted one, of one without standing here.
ORDINARY: Final = 2
TRUSTED: Final = 4
WITHOUT_STANDING: Final = 1
#: Reports of this weight take a comment out of sight until a moderator has looked.
HIDES_AT: Final = 3 * ORDINARY
#: Who has so many published comments, or was right so often, is trusted.
TRUSTED_FROM: Final = 10
RIGHT_FROM: Final = 5
#: A device is nobody in particular for a day; and what is older than a week is not hidden by readers any more.
FRESH_FOR: Final = timedelta(days=1)
HIDES_WITHIN: Final = timedelta(days=7)


class AnsweredIt(Exception):
    """Who answers a comment does not report it as well."""


class FlagManager(models.Manager["Flag"]):
    def raise_for(self, comment: Comment, reader: Reader, reason: str, *, note: str = "", network: str = "") -> bool:
        """Record a report, one a person and comment; False where that person had reported it before. Raises AnsweredIt.

        Every report waits for the moderators. Those of people with standing add up, each network once, and the one that
        crosses HIDES_AT hides the comment in the same transaction, unless a moderator had approved it.
        """
        weight, person = self.weight_of(reader, comment), reader.identities
        with transaction.atomic():
            CommentStats.objects.move(comment.article_id)  # the lock of the discussion
            rows = Comment.objects.filter(pk=comment.pk, status=Comment.Status.PUBLISHED)
            if not rows.exists() or self.filter(comment=comment, reader__in=person).exists():
                return False
            if Comment.objects.filter(parent=comment, reader__in=person, withdrawn_at=None).exists():
                raise AnsweredIt
            self.create(comment=comment, reader=reader, reason=reason, note=note, weight=weight, network=network)
            total = self.weights([comment.pk]).get(comment.pk, 0)
            rows.update(flag_weight=total, reported_at=Coalesce("reported_at", timezone.now()))
            if total >= HIDES_AT:
                self._hide(rows.get())
        return True

    def weight_of(self, reader: Reader, comment: Comment) -> int:
        """How much this reader's report of this comment does towards hiding it; 0: it only waits for a moderator."""
        now = timezone.now()
        published_at = comment.published_at or comment.created_at
        is_fresh = reader.created_at > now - FRESH_FOR and not reader.has_confirmed_address
        if is_fresh or published_at < now - HIDES_WITHIN:
            return 0
        written = Comment.objects.filter(reader__in=reader.identities, status=Comment.Status.PUBLISHED)
        approved = len(written.order_by("-created_at", "-id").values_list("pk")[:TRUSTED_FROM])
        right, wrong = self._standing(reader)
        weight = ORDINARY if approved or reader.has_confirmed_address else WITHOUT_STANDING
        if approved >= TRUSTED_FROM or right >= RIGHT_FROM:
            weight = TRUSTED
        return weight // 2 if wrong > right else weight

    def _standing(self, reader: Reader) -> tuple[int, int]:
        """How many of this person's reports a moderator found right, and wrong."""
        mine = self.filter(reader__in=reader.identities).exclude(outcome="").values_list("outcome")
        counts = dict(mine.annotate(n=Count("pk")))
        return counts.get(Flag.Outcome.RIGHT, 0), counts.get(Flag.Outcome.WRONG, 0)

    def weights(self, comments: Iterable[int]) -> dict[int, int]:
        """The weight of the reports that wait, by comment: of every network its weightiest. Exact: counted from the rows."""
        waiting = self.filter(comment__in=comments, handled_at=None, weight__gt=0)
        known = waiting.exclude(network="").values("comment", "network").annotate(most=Max("weight"))
        unknown = waiting.filter(network="").values("comment").annotate(most=Sum("weight"))
        totals: dict[int, int] = {}
        for row in [*known, *unknown]:
            totals[row["comment"]] = totals.get(row["comment"], 0) + cast(int, row["most"])
        return totals

    def _hide(self, comment: Comment) -> None:
        if comment.reviewed_at is None:
            comment.hold(by=None, reason="flags")

    def settle(self, comments: Iterable[int], *, right: bool) -> None:
        """A moderator took these comments away (`right`) or let them pass: in the transaction of the decision."""
        if not (comments := list(comments)):
            return
        outcome = Flag.Outcome.RIGHT if right else Flag.Outcome.WRONG
        waiting = self.filter(comment__in=comments, handled_at=None)
        waiting.update(handled_at=timezone.now(), outcome=outcome)
        Comment.objects.filter(pk__in=comments).update(flag_weight=0)

    def forget_networks(self, before: datetime) -> int:
        """Forget from where the reports of that time came that were decided on; how many. Done by the worker."""
        old = self.filter(handled_at__isnull=False, flagged_at__lt=before).exclude(network="")
        return old.update(network="")

    def reopen(self, comments: Iterable[int]) -> None:
        """The decision that settled the reports of these comments was taken back."""
        if not (comments := list(comments)):
            return
        self.filter(comment__in=comments).update(handled_at=None, outcome="")
        self.weigh(comments)

    def weigh(self, comments: Iterable[int]) -> None:
        """Count the weight of the reports of these comments anew."""
        weights = self.weights(comments := list(comments))
        for pk in comments:
            Comment.objects.filter(pk=pk).update(flag_weight=weights.get(pk, 0))


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
    #: In halves: what it does towards hiding the comment, by the reporter's standing at that time.
    weight = models.PositiveSmallIntegerField(_("weight"), default=ORDINARY)
    #: Keyed hash of the network it came from.
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
