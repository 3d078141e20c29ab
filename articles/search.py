"""Full-text search: its own table, written by the verbs (PostgreSQL: tsvector; SQLite: FTS5)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from articles.models import Article


def index(article: "Article") -> None:
    """Bring the search row of one story up to date; a story that is not published has none."""
