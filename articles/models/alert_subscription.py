"""Who wants breaking news by mail, and of which sections. A row is only made once the address has agreed."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.article import Article
from articles.models.section import Section
from newsroom.accounts.models import Reader


class AlertSubscriptionQuerySet(models.QuerySet["AlertSubscription"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def of(self, reader: Reader) -> Self:
        return self.filter(reader__in=reader.identities)

    def wanting(self, article: Article) -> Self:
        """Those that news of this story is for: of its section, the one above it, or one that it also stands in."""
        named = {article.section_id, article.section.parent_id, *article.also_in.values_list("pk", flat=True)} - {None}
        chosen = AlertSubscription.sections.through.objects.filter(alertsubscription=OuterRef("pk"), section__in=named)
        return self.running().filter(Q(everything=True) | Exists(chosen), reader__erased_at=None)

    @transaction.atomic
    def start(self, reader: Reader, sections: Iterable[int]) -> "AlertSubscription":
        """News of these sections from now on, of every one where none is named; asking again replaces what was asked."""
        wanted = list(sections)
        everything = not wanted
        self.bulk_create([AlertSubscription(reader=reader, everything=everything)], ignore_conflicts=True)
        subscription: AlertSubscription = self.select_for_update().get(reader=reader)
        if subscription.ended_at is not None:
            subscription.started_at, subscription.ended_at = timezone.now(), None
        subscription.everything = everything
        subscription.save(update_fields=["everything", "started_at", "ended_at"])
        subscription.sections.set(Section.objects.filter(pk__in=wanted))
        return subscription

    def end(self) -> int:
        return self.running().update(ended_at=timezone.now())


class AlertSubscription(models.Model):
    reader = models.OneToOneField(Reader, models.CASCADE, related_name="alert_subscription", verbose_name=_("reader"))
    #: Said, and not read off the sections: when the only one that somebody chose is deleted, they want nothing more.
    everything = models.BooleanField(_("every section"), default=True)
    sections = models.ManyToManyField(Section, blank=True, related_name="+", verbose_name=_("sections"))
    started_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects: ClassVar[models.Manager["AlertSubscription"]] = models.Manager.from_queryset(AlertSubscriptionQuerySet)()

    class Meta:
        verbose_name = _("subscription to alerts")
        verbose_name_plural = _("subscriptions to alerts")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="alerts_end_after_they_start"
            )
        ]

    def __str__(self) -> str:
        return str(self.reader)
