"""The life of a live page: it runs until somebody ends it."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User


class Coverage(models.Model):
    class Meta:
        abstract = True

    @property
    def is_running(self) -> bool:
        """A live page whose coverage has not ended."""
        article = cast("Article", self)
        return article.kind == article.Kind.LIVE and article.live_ended_at is None

    def end_coverage(self, *, by: "User | None", note: str = "") -> None:
        """No more posts; open pages are told and stop asking. Raises StepRefused where it has ended already."""
        running = models.Q(kind="live", live_ended_at=None)
        self._turn("end_live", by, note, only=running, live_ended_at=timezone.now())

    def resume_coverage(self, *, by: "User | None", note: str = "") -> None:
        """Go on after an end that came too early. Raises StepRefused where the coverage runs."""
        ended = models.Q(kind="live", live_ended_at__isnull=False)
        self._turn("resume_live", by, note, only=ended, live_ended_at=None)

    def _turn(self, action: str, by: "User | None", note: str, **how: object) -> None:
        cast("Article", self)._step(action, ["published"], "published", by, note, **how)  # type: ignore[arg-type]
