"""What somebody types and has not saved, and who has a story open: beside the stories, and never a revision."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User

#: The form says every fifteen seconds that it is open; who has not been heard of for so long is gone.
GONE: Final = timedelta(seconds=60)


class AutosaveQuerySet(models.QuerySet["Autosave"]):
    def keep(self, *, user: "User", article: "Article | None", token: str, base_version: int, data: Any) -> bool:
        """Keep what one open form (`token`) holds now, in one UPDATE, or an INSERT the first time.

        False where another form of the same person has unsaved text there: nothing is ever written over that.
        """
        now = timezone.now()
        own = self.filter(user=user, article=article, token=token)
        if own.update(base_version=base_version, data=data, saved_at=now):
            return True
        try:
            with transaction.atomic():
                self.create(user=user, article=article, token=token, base_version=base_version, data=data, saved_at=now)
        except IntegrityError:
            return False
        return True

    def offered(self, user: "User", article: "Article | None", *, besides: str = "") -> "models.QuerySet[Autosave]":
        """Unsaved text of `user`: of a story, or of stories that were never saved; newest first."""
        return self.filter(user=user, article=article).exclude(token=besides).order_by("-saved_at")


class Autosave(models.Model):
    """One row per story and person; of a story that was never saved, one per form. Deleted by the save of that form."""

    article = models.ForeignKey("articles.Article", models.CASCADE, null=True, related_name="autosaves")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="autosaves")
    #: Names the open form that writes here; a form that was restored from the row goes on under it.
    token = models.CharField(max_length=40)
    #: The version that was opened.
    base_version = models.PositiveIntegerField(default=0)
    #: What the form would have posted: {name: [values]}.
    data = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["Autosave"]] = models.Manager.from_queryset(AutosaveQuerySet)()

    class Meta:
        verbose_name = _("unsaved text")
        verbose_name_plural = _("unsaved texts")
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="one_autosave_per_story_and_person"),
            models.UniqueConstraint(fields=["user", "token"], condition=Q(article=None), name="one_autosave_per_form"),
        ]

    def __str__(self) -> str:
        return self.headline or str(self.article_id)

    @property
    def headline(self) -> str:
        return str((self.data.get("headline") or [""])[0]).strip()

    @property
    def posted(self) -> QueryDict:
        """As the form would have posted it, for a form to be filled with."""
        posted = QueryDict(mutable=True)
        for name, values in self.data.items():
            posted.setlist(name, values)
        posted["base_version"], posted["draft_token"] = str(self.base_version), self.token
        return posted


class EditSessionQuerySet(models.QuerySet["EditSession"]):
    def seen(self, article: "Article", user: "User", now: datetime) -> None:
        """`user` has the story's form open at `now`. Who comes anew takes the rows of those who are gone away."""
        here = self.filter(article=article, user=user, seen_at__gte=now - GONE)
        if not here.update(seen_at=now):
            self.filter(seen_at__lt=now - GONE).delete()
            self.get_or_create(article=article, user=user, defaults={"since": now, "seen_at": now})

    def others(self, article: "Article", user: "User", now: datetime) -> "models.QuerySet[EditSession]":
        here = self.filter(article=article, seen_at__gte=now - GONE).exclude(user=user)
        return here.select_related("user").order_by("since")


class EditSession(models.Model):
    """Somebody has a story's form open. It locks nothing: it only says who else is there."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="edit_sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["EditSession"]] = models.Manager.from_queryset(EditSessionQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "user"], name="one_edit_session_per_person")]
        indexes = [models.Index(fields=["seen_at"], name="edit_session_age")]

    def __str__(self) -> str:
        return f"{self.user} in {self.article_id}"
