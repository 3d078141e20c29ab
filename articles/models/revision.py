"""A revision: the whole story as it stood after a save, and who saved it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import diff
from articles.models.snapshot import Data, is_same, snapshot

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User


class Revision(models.Model):
    """A snapshot of everything a reader sees, bylines in order, topics and pictures included.

    `live`: the story's own row has held it. What was only ever a working draft is not.
    """

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    live = models.BooleanField(default=True)
    data = models.JSONField()
    note = models.CharField(_("note"), max_length=500, blank=True)
    #: Words that came and went since the revision before; unknown of the first, and of what older versions kept.
    words_come = models.PositiveIntegerField(null=True)
    words_gone = models.PositiveIntegerField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("article", "-number")
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.article_id} r{self.number}"

    @property
    def by(self) -> str:
        """Who saved it, for a list."""
        return str(self.user or _("the site"))

    @classmethod
    def take(
        cls,
        article: "Article",
        *,
        user: "User | None",
        note: str = "",
        live: bool = True,
        data: Data | None = None,
    ) -> "Revision":
        """Keep the story as it stands now, or as `data` has it. Inside the transaction of the save, which holds the
        story's row.
        """
        last = cls.objects.filter(article=article).order_by("-number").first()
        kept = snapshot(article) if data is None else data
        come, gone = _words(last.data, kept) if last else (None, None)
        number = last.number + 1 if last else 1
        return cls.objects.create(
            article=article, number=number, live=live, data=kept, note=note, user=user, words_come=come, words_gone=gone
        )

    @classmethod
    def take_unkept(cls, article: "Article") -> bool:
        """Keep what readers see before it is replaced, if no revision holds it: an import or a script wrote it."""
        last = cls.objects.filter(article=article, live=True).order_by("-number").first()
        if last is not None and is_same(last.data, snapshot(article)):
            return False
        cls.take(article, user=None, note=str(_("As readers saw it")))
        return True


def _words(old: Data, new: Data) -> tuple[int, int]:
    """Words of headline, standfirst and text that came, and that went."""
    plain = (piece for name in ("headline", "standfirst") for piece in diff.words(old.get(name) or "", new[name] or ""))
    come, gone = diff.count(plain)
    body_come, body_gone = diff.changed_words(old.get("body") or "", new["body"] or "")
    return come + body_come, gone + body_gone
