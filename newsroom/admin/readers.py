"""What readers open most, for the desk: the stories, their figures, and who sent readers to them."""

from dataclasses import dataclass
from datetime import datetime

from articles.models import Article, MostRead, Reading, Referral
from articles.models.reading import Figures

#: Stories that the desk lists.
SHOWN = 5


@dataclass(frozen=True)
class Readers:
    """For `admin/desk/_readers.html`. Three queries, or one where nothing was read."""

    stories: list[tuple[Article, Figures]]
    hosts: list[tuple[str, int]]


def readers_now(now: datetime) -> Readers:
    ranked = Article.objects.live(now).filter(most_read__window=MostRead.Window.DAY)
    stories = list(ranked.order_by("-most_read__score", "-id").only("id", "headline")[:SHOWN])
    if not stories:
        return Readers([], [])
    figures = Reading.objects.figures((story.pk for story in stories), now)
    return Readers([(story, figures[story.pk]) for story in stories], Referral.objects.hosts_of(figures, now))
