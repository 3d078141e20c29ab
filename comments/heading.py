"""What stands above the comments of an article: how many there are, of each kind, and when the newest came."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from articles.models import Article
from comments.models import Comment, CommentStats, InlineAnchor, Subscription
from newsroom.accounts.models import Reader


@dataclass(frozen=True)
class Heading:
    published: int = 0
    #: Editor's picks.
    picks: int = 0
    #: When the newest comment was published; None where nothing is.
    newest: datetime | None = None
    #: Whether the reader whom the page is for hears of new comments.
    following: bool = False
    #: Whether passages of the story are marked.
    has_passages: bool = False


def heading_of(article: Article, reader: Reader | None = None) -> Heading:
    """Every count of a discussion in one query; none of them counts more rows than there are picks."""
    shown = Comment.objects.filter(article=OuterRef("article"), status=Comment.Status.PUBLISHED).order_by()
    picks = shown.filter(featured_at__isnull=False).values("article").annotate(n=Count("pk")).values("n")
    newest = shown.order_by("-published_at", "-id").values("published_at")[:1]
    follows = Subscription.objects.running().filter(
        article=OuterRef("article"), kind=Subscription.Kind.ALL, reader__in=reader.identities if reader else []
    )
    row = (
        CommentStats.objects.filter(article=article)
        .values(
            "published",
            picks=Coalesce(Subquery(picks, output_field=IntegerField()), 0),
            newest=Subquery(newest),
            following=Exists(follows),
            has_passages=Exists(InlineAnchor.objects.filter(article=OuterRef("article"))),
        )
        .first()
    )
    return Heading(**row) if row else Heading()
