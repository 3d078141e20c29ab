"""Who wants to hear of what in a discussion."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments.models.comment import Comment
from newsroom.accounts.models import Reader


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def about(self, comment: Comment) -> Self:
        """Those that a comment is news for."""
        about = Q(kind="all", article=comment.article_id)
        if comment.parent:
            answered = comment.parent.reader.survivor.identities
            about |= Q(kind="replies", article=comment.article_id, reader__in=answered)
            about |= Q(kind="thread", comment__in=[comment.root_id, comment.parent_id])
        return self.filter(about)

    def news_of(self, reader: Reader, articles: Iterable[int]) -> Q:
        """Which comments on these articles a reader follows: `about`, asked from the other side."""
        mine = self.running().filter(reader__in=reader.identities, article__in=list(articles))
        followed: dict[str, list[int]] = {}
        for kind, article, thread in mine.values_list("kind", "article", "comment"):
            followed.setdefault(kind, []).append(thread or article)
        threads = followed.get("thread", [])
        return (
            Q(article__in=followed.get("all", []))
            | Q(article__in=followed.get("replies", []), parent__reader__in=reader.identities)
            | Q(root__in=threads)
            | Q(parent__in=threads)
        )

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
