"""What stands above the comments of an article: how many there are, of each kind, and when the newest came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery, Value
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
    #: Whether comments are pinned above the others.
    has_pins: bool = False


#: What `columns` adds to a row.
COLUMNS: Final = ("picks", "newest", "following", "has_passages", "has_pins")


def columns(reader: Reader | None = None) -> dict[str, Any]:
    """Every count of a discussion, as columns of the row of its article or of its counters: a page that reads that row
    anyway needs no query for them. None of them counts more rows than there are picks.
    """
    shown = Comment.objects.filter(article=OuterRef("pk"), status=Comment.Status.PUBLISHED).order_by()
    # The status as an expression, for which there is no index: by that one SQLite would walk through all that are published.
    picked = Comment.objects.alias(state=Coalesce("status", Value(""))).filter(
        article=OuterRef("pk"), state=Comment.Status.PUBLISHED, featured_at__isnull=False
    )
    picks = picked.order_by().values("article").annotate(n=Count("pk")).values("n")
    pinned = Comment.objects.in_place().filter(article=OuterRef("pk"), root=None, pinned_at__isnull=False)
    follows = Subscription.objects.running().filter(
        article=OuterRef("pk"), kind=Subscription.Kind.ALL, reader__in=reader.identities if reader else []
    )
    return {
        "picks": Coalesce(Subquery(picks, output_field=IntegerField()), 0),
        "newest": Subquery(shown.order_by("-published_at", "-id").values("published_at")[:1]),
        "following": Exists(follows),
        "has_passages": Exists(InlineAnchor.objects.filter(article=OuterRef("pk"))),
        "has_pins": Exists(pinned),
    }


def heading_of(article: Article, reader: Reader | None = None) -> Heading:
    """As it was read with the article (its `columns` and `comment_stats`), else in one query."""
    if not hasattr(article, "has_pins"):
        row = CommentStats.objects.filter(article=article).values("published", **columns(reader)).first()
        return Heading(**row) if row else Heading()
    stats = getattr(article, "comment_stats", None)  # there is no row where nobody ever commented
    return Heading(stats.published if stats else 0, **{name: getattr(article, name) for name in COLUMNS})
