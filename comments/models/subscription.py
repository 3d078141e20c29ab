"""Who wants to hear of what in a discussion."""

from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from newsroom.accounts.models import Reader

#: The reason that a letter gives, where a reader follows a comment in several ways.
_CLOSENESS = {"replies": 0, "thread": 1, "all": 2}


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def confirmed(self) -> Self:
        """Of readers whose address is known to be theirs: everybody else is written to once, to ask."""
        return self.running().filter(Q(reader__verified_at__isnull=False) | Q(reader__user__is_active=True))

    def about(self, comment: Comment) -> Self:
        """Those that a comment is news for."""
        about = Q(kind="all", article=comment.article_id)
        if comment.parent:
            about |= Q(kind="replies", article=comment.article_id, reader=comment.parent.reader_id)
            about |= Q(kind="thread", comment__in=[comment.root_id, comment.parent_id])
        return self.filter(about)

    def readers_of(self, comment: Comment) -> dict[int, str]:
        """Whom to tell of a published comment, and why: one reader per address, and never its writer."""
        rows = self.confirmed().about(comment).select_related("reader__user").order_by("pk")
        writer = comment.reader
        known = {writer.address.lower()} - {""}
        told: dict[int, str] = {}
        for row in sorted(rows, key=lambda row: _CLOSENESS[row.kind]):
            address = row.reader.address.lower()
            if address and address not in known and row.reader_id != writer.pk:
                known.add(address)
                told[row.reader_id] = row.kind
        return told

    def end(self) -> int:
        return self.running().update(ended_at=timezone.now())

    def follow(self, reader: Reader, article: Article, kind: str, *, comment: Comment | None = None) -> "Subscription":
        """Start (or start again) what `reader` asked for; asking twice changes nothing."""
        with transaction.atomic():
            wanted = {"reader": reader, "article": article, "kind": kind, "comment": comment}
            self.model.objects.bulk_create([Subscription(**wanted)], ignore_conflicts=True)
            subscription = self.get(**wanted)
            if subscription.ended_at is not None:
                subscription.ended_at = None
                subscription.started_at = timezone.now()
                subscription.save(update_fields=["ended_at", "started_at"])
        return subscription


class Subscription(models.Model):
    class Kind(models.TextChoices):
        ALL = "all", _("new comments")
        REPLIES = "replies", _("replies to my comments")
        THREAD = "thread", _("new replies in a thread")

    reader = models.ForeignKey(
        Reader, models.CASCADE, db_index=False, related_name="subscriptions", verbose_name=_("reader")
    )
    article = models.ForeignKey(Article, models.CASCADE, db_index=False, related_name="+", verbose_name=_("article"))
    kind = models.CharField(_("what"), max_length=7, choices=Kind)
    #: The thread that is followed; empty for a whole article.
    comment = models.ForeignKey(
        Comment, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("thread")
    )
    started_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[models.Manager["Subscription"]] = models.Manager.from_queryset(SubscriptionQuerySet)()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "article", "kind"],
                condition=Q(comment__isnull=True),
                name="one_subscription_per_article",
            ),
            models.UniqueConstraint(
                fields=["reader", "comment", "kind"],
                condition=Q(comment__isnull=False),
                name="one_subscription_per_thread",
            ),
            models.CheckConstraint(
                condition=Q(kind="thread", comment__isnull=False) | (~Q(kind="thread") & Q(comment__isnull=True)),
                name="thread_subscription_names_its_thread",
            ),
        ]
        indexes = [
            models.Index(fields=["article", "kind"], name="subscription_fan_out"),
            models.Index(fields=["reader", "article"], name="subscription_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article_id}"
