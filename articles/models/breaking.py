"""Breaking a story in one action, and taking that back."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models.alert import Alert
from articles.models.slot import Slot
from articles.models.workflow import StepRefused, Workflow
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models.article import Article
    from newsroom.accounts.models import User


class Breaking(Workflow):
    """All or nothing, and once: of two who press at the same moment the second is told. Every part of it ends by itself."""

    class Meta:
        abstract = True

    @transaction.atomic
    def break_story(self, *, by: "User | None", until: datetime, text: str, letters: bool) -> Alert:
        """Publish it where readers do not see it yet, mark it as breaking, let it lead the front page, put an alert on
        air and ask for the letters about it, all until the same moment."""
        article = cast("Article", self)
        self._publish_and_break(by, until)
        Slot.objects.lead_with(article, until)
        now = timezone.now()
        alert = Alert.objects.create(
            article=article, text=text, starts_at=now, ends_at=until, made_by=by, letters_at=now if letters else None
        )
        Stamp.objects.bump(Stamp.STORIES)
        return alert

    def _publish_and_break(self, by: "User | None", until: datetime) -> None:
        from articles.models.article import Article

        now = timezone.now()
        try:
            if not cast(Article, self).is_out(now):
                self.publish(by=by)
            self.break_news(by=by, until=until)
        except StepRefused as refusal:
            if Article.objects.filter(pk=self.pk, breaking_until__gt=now).exists():
                raise StepRefused(_("The story is breaking already: somebody was faster.")) from refusal
            raise

    @transaction.atomic
    def prolong(self, *, by: "User | None", until: datetime, note: str = "") -> None:
        """Let it last until a later moment: badge, lead and bar, as far as the story still has them, move together.
        Refused where the story does not break any more, or lasts as long already: pressed twice it is prolonged once."""
        now = timezone.now()
        sooner = Q(breaking_until__gt=now, breaking_until__lt=until)
        try:
            self._step("prolong", ["published"], "published", by, note, only=sooner, breaking_until=until)
        except StepRefused as refusal:
            raise StepRefused(_("It is not breaking any more, or lasts as long already.")) from refusal
        Slot.objects.for_breaking().filter(article=self.pk).update(until=until)
        Alert.objects.filter(article=self.pk, level=Alert.Level.BREAKING).on_air(now).update(ends_at=until)
        Stamp.objects.bump(Stamp.STORIES)

    @transaction.atomic
    def end_breaking(self, *, by: "User | None", note: str = "") -> None:
        """At once: badge, lead and alert go, and letters that have not left stay here."""
        super().end_breaking(by=by, note=note)
        self._silence(by)

    @transaction.atomic
    def withdraw(self, *, by: "User | None", reason: str) -> None:
        super().withdraw(by=by, reason=reason)
        self._silence(by)

    def _silence(self, by: "User | None") -> None:
        Slot.objects.for_breaking().filter(article=self.pk).delete()
        Alert.objects.filter(article=self.pk).stop(by=by)
        Stamp.objects.bump(Stamp.STORIES)
