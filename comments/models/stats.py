"""How many comments an article shows: one row an article, so that no page counts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from django.db import connection, models
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from newsroom.lib.prepared import padded, prepared


class CommentStatsManager(models.Manager["CommentStats"]):
    def move(self, article_id: int, by: int = 0) -> None:
        """Add `by` to an article's published comments and take its row's lock until the transaction ends.

        The first statement of every write to a discussion: whoever comes second waits here, so that no two writers of
        one discussion hold each other's rows.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO comments_commentstats (article_id, published, version) VALUES (%s, %s, 1)"
                " ON CONFLICT (article_id) DO UPDATE SET published = comments_commentstats.published + %s,"
                " version = comments_commentstats.version + 1",
                [article_id, max(by, 0), by],
            )

    def lock(self, article_ids: Sequence[int]) -> None:
        """Take the locks of many discussions, in the order given: every caller gives them in the order of their ids."""
        if not article_ids:
            return
        rows = ", ".join(["(%s, 0, 1)"] * len(article_ids))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO comments_commentstats (article_id, published, version) VALUES {rows}"  # noqa: S608 - only marks
                " ON CONFLICT (article_id) DO UPDATE SET version = comments_commentstats.version + 1",
                article_ids,
            )

    def move_many(self, published: Mapping[int, int]) -> None:
        """Add to the published comments of articles whose locks are held: {article: by}."""
        articles: dict[int, list[int]] = {}
        for article, by in published.items():
            if by:
                articles.setdefault(by, []).append(article)
        for by, ids in articles.items():
            self.filter(article__in=ids).update(published=F("published") + by)


class CommentStats(models.Model):
    article = models.OneToOneField(Article, models.CASCADE, primary_key=True, related_name="comment_stats")
    published = models.PositiveIntegerField(_("published comments"), default=0)
    version = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[CommentStatsManager] = CommentStatsManager()

    def __str__(self) -> str:
        return f"{self.article_id}: {self.published}"

    @classmethod
    def counts_for(cls, article_ids: Iterable[int]) -> dict[int, int]:
        """Published comments of many articles, in one query; articles without any are absent."""
        return dict(_published(padded(article_ids)))

    @classmethod
    def recount(cls) -> list[str]:
        """Compare every counter of comments with its rows, mend what drifted, and say what did."""
        from comments.models.recounting import recount

        return recount()


@prepared
def _published(articles: list[int]) -> QuerySet[CommentStats, tuple[int, int]]:
    return CommentStats.objects.filter(article__in=articles, published__gt=0).values_list("article_id", "published")
