"""The words that make a comment wait, or that the site does not print."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.words import PHRASE_MAX, WordLists
from newsroom.lib.models import Stamp
from newsroom.lib.stamps import kept_until_change

if TYPE_CHECKING:
    from newsroom.accounts.models import User

#: Phrases of one list.
PHRASES_MAX: Final = 10_000


class PhraseManager(models.Manager["Phrase"]):
    def replace(self, kind: str, lines: Iterable[str], *, by: "User", note: str = "") -> tuple[int, int]:
        """Make the list of a kind be exactly these lines; how many came and went. What stays keeps who, when and why."""
        wanted = dict.fromkeys(line for line in (line.strip() for line in lines) if line)
        with transaction.atomic():
            here = set(self.filter(kind=kind).values_list("text", flat=True))
            gone = [text for text in here if text not in wanted]
            for start in range(0, len(gone), 500):
                self.filter(kind=kind, text__in=gone[start : start + 500]).delete()
            new = [Phrase(kind=kind, text=text, note=note, added_by=by) for text in wanted if text not in here]
            self.bulk_create(new, batch_size=500, ignore_conflicts=True)
            if new or gone:
                Stamp.objects.bump(Stamp.SITE)
        return len(new), len(gone)

    def fingerprint(self) -> str:
        """Changes whenever a list does."""
        rows = self.aggregate(n=models.Count("pk"), newest=models.Max("pk"), latest=models.Max("added_at"))
        return f"{rows['n']} {rows['newest']} {rows['latest']}"


class Phrase(models.Model):
    """One line of a list. The whole list is edited at once, as text."""

    class Kind(models.TextChoices):
        BANNED = "banned", _("banned: the writer is asked to change it")
        SUSPECT = "suspect", _("suspect: the comment waits")

    kind = models.CharField(_("list"), max_length=7, choices=Kind)
    text = models.CharField(_("phrase"), max_length=PHRASE_MAX)
    note = models.CharField(_("note"), max_length=200, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    added_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[PhraseManager] = PhraseManager()

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("word lists")
        ordering = ("kind", "text")
        constraints = [
            models.UniqueConstraint(fields=["kind", "text"], name="one_line_per_phrase"),
            models.CheckConstraint(condition=~models.Q(text=""), name="phrase_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


#: What this process compiled last, and of which rows.
_compiled: list[tuple[str, WordLists]] = []


@kept_until_change
def word_lists() -> WordLists:
    """Both lists, compiled: once per process and change of a list, however often the site's stamp moves."""
    now = Phrase.objects.fingerprint()
    if not _compiled or _compiled[0][0] != now:
        lists: dict[str, list[str]] = {kind: [] for kind in Phrase.Kind.values}
        for kind, text in Phrase.objects.values_list("kind", "text"):
            lists[kind].append(text)
        _compiled[:] = [(now, WordLists(**lists))]
    return _compiled[0][1]
