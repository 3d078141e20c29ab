"""What a story page shows of its stars."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from articles.models import Article
from articles.models.site_settings import site_settings
from newsroom.accounts.guests import reader_of
from newsroom.lib.pagecache import is_private
from ratings.models import STARS, Rating, RatingSummary


@dataclass(frozen=True)
class RatingPanel:
    summary: RatingSummary
    own: int | None = None
    choosing: bool = True
    error: str = ""
    is_on: bool = True
    values: tuple[int, ...] = field(default=STARS)

    @property
    def histogram(self) -> list[tuple[int, int]]:
        """Stars and their votes, five first."""
        return [(stars, self.summary.counts[stars]) for stars in reversed(STARS)]

    @property
    def filled(self) -> int:
        """Whole stars that stand for the average."""
        return int(self.summary.average + 0.5)


def rating_of(request: HttpRequest, article: Article, *, error: str = "") -> RatingPanel:
    """The panel of `article`; the reader's own stars only on a page rendered for that reader."""
    on = article.ratings_on and site_settings().ratings_on
    if not on:
        return RatingPanel(RatingSummary(article=article), is_on=False)
    summary = getattr(article, "rating_summary", None) or RatingSummary(article=article)
    own = None
    if is_private(request) and (reader := reader_of(request)):
        own = Rating.objects.filter(article=article, reader=reader).values_list("stars", flat=True).first()
    return RatingPanel(summary, own=own, choosing=own is None or "rate" in request.GET, error=error)
