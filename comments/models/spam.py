"""What the site's own classifier has learned from moderators, and which comments an outside checker is asked about."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments import bayes
from comments.models.comment import Comment
from newsroom.lib.prepared import prepared

#: Words that one statement writes.
ROWS: Final = 500


class SpamWordManager(models.Manager["SpamWord"]):
    def judge(self, text: str, name: str) -> bayes.Verdict | None:
        """What the classifier says, in one query; None while it has seen too little."""
        found = bayes.tokens(text, name)
        rows = _seen(["", *found])
        seen = {word: bayes.Seen(spam, ham) for word, spam, ham in rows}
        return bayes.judge(found, seen, seen.pop("", bayes.Seen(0, 0)))

    def add(self, counts: Mapping[str, Sequence[int]]) -> None:
        """Add (spam, ham) to the counts of words, in the order of the words, so that no two writers wait in a ring."""
        words = sorted(counts)
        with connection.cursor() as cursor:
            for start in range(0, len(words), ROWS):
                part = words[start : start + ROWS]
                cursor.execute(
                    f"INSERT INTO comments_spamword (word, spam, ham) VALUES {', '.join(['(%s, %s, %s)'] * len(part))}"  # noqa: S608 - only marks
                    " ON CONFLICT (word) DO UPDATE SET spam = comments_spamword.spam + excluded.spam,"
                    " ham = comments_spamword.ham + excluded.ham",
                    [value for word in part for value in (word, counts[word][0], counts[word][1])],
                )


@prepared
def _seen(words: list[str]) -> "models.QuerySet[Any, Any]":
    return SpamWord.objects.filter(word__in=words).values_list("word", "spam", "ham")


class SpamWord(models.Model):
    """In how many comments that moderators marked as spam, and approved, a word stands. The row of '' counts comments."""

    word = models.CharField(max_length=40, primary_key=True)
    spam = models.IntegerField(default=0)
    ham = models.IntegerField(default=0)

    objects: ClassVar[SpamWordManager] = SpamWordManager()

    def __str__(self) -> str:
        return f"{self.word}: {self.spam}/{self.ham}"


class SpamLesson(models.Model):
    """A comment that is counted in the words: once, as its latest decision says, with the text of this version.

    The words themselves are not kept here: `digest` tells whether the text that was counted is still there to be forgotten.
    """

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True, related_name="spam_lesson")
    is_spam = models.BooleanField(_("spam"))
    version = models.PositiveSmallIntegerField(_("version"))
    digest = models.CharField(max_length=32)
    decided_at = models.DateTimeField(_("decided"), db_index=True)

    objects: ClassVar[models.Manager["SpamLesson"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.comment_id}: {'spam' if self.is_spam else 'ham'}"


class SpamCheck(models.Model):
    """A comment that the worker asks an outside checker about. The row, with the writer's address, goes with the answer."""

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True, related_name="spam_check")
    address = models.GenericIPAddressField(_("address"))
    user_agent = models.CharField(max_length=300, blank=True)
    #: Whether the site's own rules let it appear, as soon as the checker has nothing against it.
    may_appear = models.BooleanField()
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["SpamCheck"]] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="spam_check_due")]

    def __str__(self) -> str:
        return f"check of {self.comment_id}"
