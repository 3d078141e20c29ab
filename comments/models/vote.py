"""A vote on a comment, and the counters that it moves."""

from typing import ClassVar, Final

from django.db import connection, models, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from comments.models.stats import CommentStats
from comments.wilson import wilson_sql
from newsroom.accounts.models import Reader
from newsroom.lib.models import Stamp


class OwnComment(Exception):
    """Nobody votes on what they wrote themselves."""


class VoteManager(models.Manager["Vote"]):
    def given(self, reader: Reader, comments: list[int]) -> dict[int, int]:
        """How this person voted, whichever of their devices it was on: {comment: value}."""
        votes = self.filter(reader__in=reader.identities, comment__in=comments)
        return dict(votes.values_list("comment", "value"))

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
            _count(comment.pk, up, down)
            Stamp.objects.bump(Stamp.readers(comment.article_id))
        return True

    def _write(self, comment: Comment, reader: Reader, value: int) -> tuple[int, int]:
        """Write, turn or take back the vote; how many up-votes and down-votes that adds.

        It may have been given on another of the person's devices.
        """
        near = Reader.objects.filter(merged_into=reader.pk).values("pk")
        far = Reader.objects.filter(merged_into__merged_into=reader.pk).values("pk")
        theirs = (
            Q(reader=reader.pk) | Q(reader__in=near) | Q(reader__in=far)
        )  # `identities`, without a query of its own
        mine = self.filter(theirs, comment=comment)
        if value == 0:
            return -mine.filter(value=1).delete()[0], -mine.filter(value=-1).delete()[0]
        if self._insert(comment.pk, reader.pk, value):
            return int(value == 1), int(value == -1)
        turned = mine.filter(value=-value).update(value=value, voted_at=timezone.now())
        return value * turned, -value * turned

    def _insert(self, comment: int, reader: int, value: int) -> bool:
        """Whether this is the person's first vote on the comment."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(_FIRST_VOTE, [comment, reader, value, now, comment, reader, reader])
            return bool(cursor.rowcount == 1)

    def unite(self, person: Reader) -> None:
        """Of the votes of readers who were found to be one person, the newest on each comment counts. In a transaction."""
        mine = self.filter(reader__in=person.identities)
        times = mine.order_by().values("comment").annotate(n=Count("pk"))
        twice = list(times.filter(n__gt=1).values_list("comment", flat=True))
        articles = sorted(set(Comment.objects.filter(pk__in=twice).values_list("article", flat=True)))
        CommentStats.objects.lock(articles)
        votes = mine.select_for_update().filter(comment__in=twice).order_by("comment_id", "-voted_at", "-pk")
        counted = set()
        for vote in votes:
            if vote.comment_id not in counted:
                counted.add(vote.comment_id)
            elif self.filter(pk=vote.pk, value=vote.value).delete()[0]:
                _count(vote.comment_id, -int(vote.value == 1), -int(vote.value == -1))
        Stamp.objects.bump(*map(Stamp.article, articles))


def _count(comment: int, up: int, down: int) -> None:
    """Add to a comment's votes, and move its rank with them."""
    up_votes, down_votes = F("up") + up, F("down") + down
    Comment.objects.filter(pk=comment).update(up=up_votes, down=down_votes, best=wilson_sql(up_votes, down_votes))


_FIRST_VOTE: Final = """
    INSERT INTO comments_vote (comment_id, reader_id, value, voted_at)
    SELECT %s, %s, %s, %s WHERE NOT EXISTS (
        SELECT 1 FROM comments_vote WHERE comment_id = %s AND reader_id IN (
            SELECT id FROM accounts_reader WHERE merged_into_id = %s
            UNION SELECT far.id FROM accounts_reader far JOIN accounts_reader near ON near.id = far.merged_into_id
            WHERE near.merged_into_id = %s
        )
    ) ON CONFLICT (comment_id, reader_id) DO NOTHING"""


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
