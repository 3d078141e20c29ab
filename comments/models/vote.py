"""A vote on a comment, and the counters that it moves."""

from typing import ClassVar

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from comments.wilson import wilson_sql
from newsroom.accounts.models import Reader
from newsroom.lib.models import Stamp


class OwnComment(Exception):
    """Nobody votes on what they wrote themselves."""


class VoteManager(models.Manager["Vote"]):
    def cast(self, comment: Comment, reader: Reader, value: int) -> bool:
        """Vote `value` (1 or -1; 0 withdraws). True if anything changed.

        The counters move by what was really written, so any number of votes at once leaves them exact.
        """
        if comment.reader_id == reader.pk:
            raise OwnComment
        with transaction.atomic():
            up, down = self._write(comment, reader, value)
            if not (up or down):
                return False
            Comment.objects.filter(pk=comment.pk).update(
                up=F("up") + up, down=F("down") + down, best=wilson_sql(F("up") + up, F("down") + down)
            )
            Stamp.objects.bump(Stamp.article(comment.article_id))
        return True

    def _write(self, comment: Comment, reader: Reader, value: int) -> tuple[int, int]:
        """Write, turn or take back the vote; how many up-votes and down-votes that adds."""
        mine = self.filter(comment=comment, reader=reader)
        if value == 0:
            for old in (1, -1):
                if mine.filter(value=old).delete()[0]:
                    return -(old == 1), -(old == -1)
            return 0, 0
        if self._insert(comment.pk, reader.pk, value):
            return int(value == 1), int(value == -1)
        if mine.filter(value=-value).update(value=value, voted_at=timezone.now()):
            return value, -value
        return 0, 0

    def _insert(self, comment: int, reader: int, value: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO comments_vote (comment_id, reader_id, value, voted_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (comment_id, reader_id) DO NOTHING",
                [comment, reader, value, connection.ops.adapt_datetimefield_value(timezone.now())],
            )
            return bool(cursor.rowcount == 1)


class Vote(models.Model):
    comment = models.ForeignKey(
        Comment, models.CASCADE, db_index=False, related_name="votes", verbose_name=_("comment")
    )
    reader = models.ForeignKey(Reader, models.CASCADE, related_name="votes", verbose_name=_("voter"))
    value = models.SmallIntegerField(_("vote"))
    voted_at = models.DateTimeField(_("voted"), default=timezone.now, editable=False)

    objects: ClassVar[VoteManager] = VoteManager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["comment", "reader"], name="one_vote_per_reader"),
            models.CheckConstraint(condition=Q(value__in=[-1, 1]), name="vote_is_up_or_down"),
        ]

    def __str__(self) -> str:
        return f"{self.value:+d}"
