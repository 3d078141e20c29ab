"""Full-text search in a table of its own: tsvector on PostgreSQL, FTS5 on SQLite.

Written by the verbs and by the admin's save, never by triggers: SQLite's table rebuilds drop those silently. What readers
may see is not decided here; `find` narrows a queryset that already is (`Article.objects.live(now)`).
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.utils.html import escape
from django.utils.safestring import SafeString

from newsroom.lib.html import trusted
from newsroom.lib.planner import by_key
from newsroom.lib.stamps import kept_until_change

if TYPE_CHECKING:
    from articles.models import Article

Rows = TypeVar("Rows", bound=models.Model)

#: PostgreSQL's text search configurations by the site's language; words are taken as they are in any other.
_CONFIGURATIONS: Final = {"en": "english", "de": "german", "es": "spanish", "fr": "french", "ar": "arabic"}
_LONGEST: Final = 200
#: SQLite looks so many found stories up by their keys. Where more are found it walks the newest stories until a page is full,
#: which for a rare word would be all of them; PostgreSQL knows by itself which is shorter.
FEW: Final = 500
_PIECE = re.compile(r'(-?)"([^"]*)"|(-?)(\S+)')
_NOT_A_WORD = re.compile(r"[^\w]+")
_START, _END = "\x02", "\x03"


def index(article: "Article") -> None:
    """Bring the row of one story up to date; a story that is not published has none."""
    index_many([article])


def index_many(articles: Iterable["Article"]) -> None:
    """The same for many, in one statement each way."""
    articles = list(articles)
    if not articles:
        return
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(articles))
        key = "article_id" if connection.vendor == "postgresql" else "rowid"
        cursor.execute(f"DELETE FROM articles_search WHERE {key} IN ({marks})", [a.pk for a in articles])  # noqa: S608
        published = [article for article in articles if article.status == "published"]
        names = _names_of(published)
        rows = [_row(article, names[article.pk]) for article in published]
        if rows:
            cursor.executemany(_insert(), rows)


def _names_of(articles: "list[Article]") -> dict[int, list[str]]:
    """Authors in their order and topics, as they are stored now."""
    names: dict[int, list[str]] = {article.pk: [] for article in articles}
    if articles:
        story = type(articles[0])
        written = story.authors.through.objects.filter(article__in=articles)
        tagged = story.topics.through.objects.filter(article__in=articles).order_by("topic__name")
        for pk, name in [
            *written.values_list("article", "author__name"),
            *tagged.values_list("article", "topic__name"),
        ]:
            names[pk].append(name)
    return names


def _row(article: "Article", names: list[str]) -> list[int | str]:
    texts = [article.headline, article.standfirst, article.body_text, " · ".join(names)]
    return [article.pk, *(text.replace("\x00", "") for text in texts)]


def _insert() -> str:
    if connection.vendor != "postgresql":
        return "INSERT INTO articles_search (rowid, headline, standfirst, body, names) VALUES (%s, %s, %s, %s, %s)"
    config = _configuration()
    # left(): a tsvector holds one megabyte at the most.
    return (
        "INSERT INTO articles_search (article_id, headline, standfirst, body, names, document)"  # noqa: S608
        f" SELECT t.*, setweight(to_tsvector('{config}', t.h), 'A') || setweight(to_tsvector('{config}', t.s), 'B')"
        f" || setweight(to_tsvector('{config}', t.n), 'B') || to_tsvector('{config}', left(t.b, 200000))"
        " FROM (VALUES (%s::bigint, %s::text, %s::text, %s::text, %s::text)) AS t (i, h, s, b, n)"
    )


@kept_until_change
def _configuration() -> str:
    """By the site's language and not by the thread's: a command that indexes must cut words as the site does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT language FROM articles_sitesettings WHERE id = 1")
        row = cursor.fetchone()
    return _CONFIGURATIONS.get((row[0] if row else "en").partition("-")[0], "simple")


def find(articles: "models.QuerySet[Rows]", text: str) -> "models.QuerySet[Rows]":
    """The stories among `articles` that hold every word of `text`; `"a phrase"` and `-not` are understood.

    None for a text without a word in it.
    """
    text = _clean(text)
    if connection.vendor == "postgresql":
        config = _configuration()
        sql = f"SELECT article_id FROM articles_search WHERE document @@ websearch_to_tsquery('{config}', %s)"  # noqa: S608
        parameters = [text]
    else:
        sql = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s"
        parameters = [_fts5(text)]
    if not _NOT_A_WORD.sub("", parameters[0]):
        return articles.none()
    if connection.vendor != "postgresql" and len(few := _found(sql, parameters)) <= FEW:
        return by_key(articles, few)
    return articles.filter(pk__in=RawSQL(sql, parameters))  # noqa: S611 - what the reader typed is a parameter


def _found(sql: str, parameters: list[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {FEW + 1}", parameters)
        return [key for (key,) in cursor.fetchall()]


def excerpts(text: str, pks: Iterable[int]) -> dict[int, SafeString]:
    """For the stories of one page of results: the place where the words stand, the words marked."""
    pks = list(pks)
    text = _clean(text)
    if not pks or not _NOT_A_WORD.sub("", text if connection.vendor == "postgresql" else _fts5(text)):
        return {}
    marks = ", ".join(["%s"] * len(pks))
    if connection.vendor == "postgresql":
        options = (
            f"StartSel={_START}, StopSel={_END}, MaxWords=32, MinWords=16, MaxFragments=2, FragmentDelimiter=' … '"
        )
        config = _configuration()
        sql = (
            f"SELECT article_id, ts_headline('{config}', left(body, 20000), websearch_to_tsquery('{config}', %s), %s)"  # noqa: S608
            f" FROM articles_search WHERE article_id IN ({marks})"
        )
        parameters: list[int | str] = [text, options, *pks]
    else:
        sql = (
            "SELECT rowid, snippet(articles_search, 2, char(2), char(3), ' … ', 32) FROM articles_search"  # noqa: S608
            f" WHERE articles_search MATCH %s AND rowid IN ({marks})"
        )
        parameters = [_fts5(text), *pks]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {pk: _marked(found) for pk, found in cursor.fetchall()}


def _marked(found: str) -> SafeString:
    return trusted(escape(found).replace(_START, "<mark>").replace(_END, "</mark>"))


def _clean(text: str) -> str:
    """What a reader typed, cut to a length and without what neither database wants."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode()).replace("\x00", " ")
    return " ".join(text.split())[:_LONGEST]


def _fts5(text: str) -> str:
    """An FTS5 query that cannot be malformed: every word and phrase in quotes, then what must not be there."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus_phrase, phrase, minus_word, word in _PIECE.findall(text):
        words = _NOT_A_WORD.sub(" ", phrase or word).strip()
        if words:
            (unwanted if minus_phrase or minus_word else wanted).append(f'"{words}"')
    if not wanted:
        return ""
    return " AND ".join(wanted) + "".join(f" NOT {words}" for words in unwanted)
