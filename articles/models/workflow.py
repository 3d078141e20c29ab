"""The verbs of a story: every step from draft to withdrawal, each one atomic statement and one row of history."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import search
from articles.models.correction import Correction
from articles.models.site_settings import site_settings
from articles.models.transition import Transition
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User

#: Further ahead a date is more likely a slip.
SCHEDULED_AT_MOST = timedelta(days=366)
#: How long a story stays breaking unless somebody says otherwise.
BREAKING_LASTS = timedelta(hours=2)


class StepRefused(Exception):
    """The story is not in a state that allows the step; the message says why, in an editor's words."""


class Workflow(models.Model):
    """What may happen to a story. A verb refuses (StepRefused) and changes nothing when its moment has passed."""

    class Meta:
        abstract = True

    @property
    def state(self) -> str:
        """Where it stands now, in an editor's words. The status says "published" from the moment that a story is scheduled."""
        article, now = cast("Article", self), timezone.now()
        if article.is_breaking:
            return _("Breaking")
        if article.is_scheduled(now):
            return _("Scheduled")
        if article.is_expired(now):
            return _("Expired")
        return article.get_status_display()

    def submit(self, *, by: "User", note: str = "") -> None:
        self._step("submit", ["draft"], "review", by, note)

    def approve(self, *, by: "User | None", note: str = "") -> None:
        self._step("approve", ["review"], "ready", by, note)

    def send_back(self, *, by: "User | None", note: str = "") -> None:
        self._step("send_back", ["review", "ready"], "draft", by, note)

    def publish(self, *, by: "User | None", at: datetime | None = None, note: str = "") -> None:
        """Publish now, or at a moment in the future: readers see the story from then on, with no timer to miss it."""
        now = timezone.now()
        article = cast("Article", self)
        moment = at if at and at > now else now
        if wrong := self.what_speaks_against(moment):
            raise StepRefused(wrong)
        if article.is_out(now):
            raise StepRefused(_("The story is published already."))
        # Asked again in the statement itself: a colleague may have set an embargo since the story was read.
        not_out_yet = (
            (~models.Q(status="published") | models.Q(publish_at__gt=now))
            & (models.Q(embargo_until=None) | models.Q(embargo_until__lte=moment))
            & (models.Q(expire_at=None) | models.Q(expire_at__gt=moment))
        )
        # A story that readers have seen keeps its first date and its address, whatever happens to it later.
        seen = article.first_published_at is not None and article.first_published_at <= now
        try:
            self._step(
                "schedule" if moment > now else "publish",
                ["draft", "review", "ready", "published"],
                "published",
                by,
                note,
                only=not_out_yet,
                publish_at=moment,
                dated=article.dated if seen else timezone.localdate(moment, site_settings().zone),
                first_published_at=article.first_published_at if seen else moment,
            )
        except IntegrityError as error:
            raise StepRefused(
                _("Another story of that day has the slug “%s”: change one of them.") % article.slug
            ) from error

    def what_speaks_against(self, moment: datetime) -> str:
        """Why the story may not go out at `moment`, in an editor's words; '' where it may."""
        article = cast("Article", self)
        if moment > timezone.now() + SCHEDULED_AT_MOST:
            return _("That is more than a year from now: look at the year.")
        if article.embargo_until and moment < article.embargo_until:
            return _("The embargo ends later than that: choose a time after it.")
        if article.expire_at and article.expire_at <= moment:
            return _("The story would expire before it is published.")
        return ""

    def unschedule(self, *, by: "User | None", note: str = "") -> None:
        """Take a scheduled story back before its time; what readers have seen stays published or is withdrawn."""
        future = models.Q(publish_at__gt=timezone.now())
        self._step(
            "unschedule", ["published"], "ready", by, note, only=future,
            publish_at=None, first_published_at=None, dated=None, breaking_until=None,
        )  # fmt: skip

    def break_news(self, *, by: "User | None", until: datetime | None = None, note: str = "") -> None:
        """Mark a published story as breaking until a moment; it ends by itself. Refused while it is breaking."""
        starts = max(timezone.now(), cast("Article", self).publish_at or timezone.now())
        end = until or starts + BREAKING_LASTS
        if end <= starts:
            raise StepRefused(_("Breaking must end in the future, and after the story is published."))
        calm = models.Q(breaking_until=None) | models.Q(breaking_until__lte=timezone.now())
        self._step("break", ["published"], "published", by, note, only=calm, breaking_until=end)

    def end_breaking(self, *, by: "User | None", note: str = "") -> None:
        breaking = models.Q(breaking_until__isnull=False)
        self._step("end_breaking", ["published"], "published", by, note, only=breaking, breaking_until=None)

    def withdraw(self, *, by: "User | None", reason: str) -> None:
        """Take a published story away from readers for good; its address answers 410 with the reason.

        What is only scheduled was never there: it is taken back by `unschedule`.
        """
        reason = reason.strip()
        if not reason:
            raise StepRefused(_("Say why: readers who follow a link see the reason."))
        now = timezone.now()
        self._step(
            "withdraw", ["published"], "withdrawn", by, reason, only=models.Q(publish_at__lte=now),
            withdrawn_at=now, withdrawn_by=by, withdrawn_reason=reason, breaking_until=None,
        )  # fmt: skip

    def reinstate(self, *, by: "User | None", note: str = "") -> None:
        self._step(
            "reinstate", ["withdrawn"], "published", by, note,
            withdrawn_at=None, withdrawn_by=None, withdrawn_reason="",
        )  # fmt: skip

    def mark_updated(self, *, by: "User | None", note: str = "") -> None:
        """An editor says that a change matters to readers: the only thing that moves the visible updated time."""
        now = timezone.now()
        self._step("update", ["published"], "published", by, note, only=models.Q(publish_at__lte=now), updated_at=now)

    @transaction.atomic
    def correct(
        self, *, by: "User | None", kind: str, text: str, position: str = "bottom", material: bool = True
    ) -> Correction:
        """Say in public what was wrong; `material` moves the updated time. A retraction stands above the text, always."""
        now = timezone.now()
        times = {"updated_at": now} if material else {}
        label = str(Correction.Kind(kind).label)
        self._step("correct", ["published"], "published", by, label, only=models.Q(publish_at__lte=now), **times)
        if kind == Correction.Kind.RETRACTION:
            position = Correction.Position.TOP
        return Correction.objects.create(
            article=cast("Article", self), kind=kind, text=text, position=position, made_at=now, made_by=by
        )

    def _step(
        self,
        action: str,
        allowed: Iterable[str],
        to: str,
        by: "User | None",
        note: str,
        only: models.Q | None = None,
        **changes: Any,
    ) -> None:
        """One conditional UPDATE decides; whoever comes second is told, and nothing is written."""
        from articles.models.article import Article

        article = cast("Article", self)
        before = article.status
        with transaction.atomic():
            rows = Article.objects.filter(only or models.Q(), pk=article.pk, status__in=list(allowed))
            if rows.filter(status=before).update(status=to, **changes) == 0:
                current = Article.objects.filter(pk=article.pk).values_list("status", flat=True).first()
                raise StepRefused(_refusal(current))
            for field, value in {"status": to, **changes}.items():
                setattr(article, field, value)
            Transition.objects.create(
                article=article, action=action, from_status=before, to_status=to, user=by, note=note
            )
            search.index(article)
            Stamp.objects.bump(Stamp.STORIES)


def _refusal(current: str | None) -> str:
    if current is None:
        return _("The story does not exist any more.")
    from articles.models.article import Article

    return _("That step is not possible: the story is now “%s”.") % Article.Status(current).label
