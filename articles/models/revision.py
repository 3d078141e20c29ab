"""A revision: the whole story as it stood after a save, and who saved it."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User


class Revision(models.Model):
    """A snapshot of everything a reader sees, bylines in order, topics and pictures included.

    The newest row that is not `live` of a published article is its working draft.
    """

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    live = models.BooleanField(default=True)
    data = models.JSONField()
    note = models.CharField(_("note"), max_length=300, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("article", "-number")
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.article_id} r{self.number}"

    @classmethod
    def take(cls, article: "Article", *, user: "User | None", note: str = "", live: bool = True) -> "Revision":
        """Keep the story as it stands now. Inside the transaction of the save, which holds the story's row."""
        last = cls.objects.filter(article=article).aggregate(last=models.Max("number"))["last"] or 0
        return cls.objects.create(
            article=article, number=last + 1, live=live, data=snapshot(article), note=note, user=user
        )


def snapshot(article: "Article") -> dict[str, Any]:
    """Everything of a story that a reader sees: values as JSON says them, other rows by their keys, in their order."""
    fields = {
        field.attname: field.value_to_string(article) for field in article._meta.concrete_fields if field.editable
    }
    pictures = {name: getattr(article, f"{name}_id") for name in ("lead_image", "social_image")}
    return {
        **{name: None if value == "None" else value for name, value in fields.items()},
        **pictures,
        "status": article.status,
        "bylines": [[byline.author_id, byline.role] for byline in article.bylines.all()],
        "topics": [topic.pk for topic in article.topics.all()],
        "also_in": [section.pk for section in article.also_in.all()],
        "related": [story.pk for story in article.related.all()],
    }
