"""What a digest says: decided when it leaves, of what may still be shown and is still wanted."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.follow import unsubscribe_token
from comments.letters import list_headers, plain_name, plain_words, refuses_letters
from comments.models import Comment, Digest, Subscription
from newsroom.accounts.models import Reader
from newsroom.lib.mail import Mail, absolute, write

#: Comments that one digest names; the others are counted.
MOST: Final = 50
#: Characters of each of them.
QUOTED: Final = 400


def about_many(letter: Digest) -> Mail | None:
    """One letter about everything attached to it; None, with the reason in `last_error`, where nothing is left to tell."""
    reader = letter.reader.survivor
    if refusal := refuses_letters(reader):
        letter.last_error = refusal
        return None
    news = _still_news(letter, reader)
    comments = list(news[:MOST])
    if not comments:
        letter.last_error = _("Nothing of it may or need be told any more.")
        return None
    return tell_many(reader, comments, news.count() if len(comments) == MOST else len(comments))


def tell_many(reader: Reader, comments: Sequence[Comment], n: int) -> Mail:
    """`n`: how many comments there are to tell of, these included."""
    with translation.override(site_settings().language):
        articles = list(dict.fromkeys(comment.article for comment in comments))
        context = _context(reader, comments, articles, n)
        text, html = write("comments/mail/digest", context)
    headers = list_headers(reader, articles[0] if len(articles) == 1 else None)
    return Mail(to=reader.address, subject=context["subject"], text=text, html=html, headers=headers)


def _still_news(letter: Digest, reader: Reader) -> QuerySet[Comment]:
    """Shown, still followed and not the reader's own, oldest first."""
    shown = Comment.objects.shown(timezone.now()).filter(notifications__digest=letter)
    articles = shown.order_by().values_list("article", flat=True).distinct()
    news: QuerySet[Comment] = shown.filter(Subscription.objects.all().news_of(reader, articles))
    rows = news.exclude(reader__in=reader.identities).select_related("article", "parent")
    return rows.defer("article__body", "article__body_text").order_by("published_at", "id")


def _context(reader: Reader, comments: Sequence[Comment], articles: Sequence[Article], n: int) -> dict[str, Any]:
    by_article: dict[int, list[dict[str, Any]]] = {}
    for comment in comments:
        by_article.setdefault(comment.article_id, []).append(_told(comment, reader))
    first = Truncator(plain_words(comments[0].text, QUOTED).replace("\n", " ")).chars(90)
    more = n - len(comments)
    return {
        "kind": "digest",
        "subject": _subject(articles, n),
        "preheader": f"{plain_name(comments[0].name)}: {first}",
        "about": _("New comments"),
        "why": _why(reader),
        "stories": [_story(article, by_article[article.pk], reader) for article in articles],
        "more": ngettext("And %d more comment.", "And %d more comments.", more) % more if more else "",
        "label": _("What you follow"),
        "url": absolute(reverse("comments_mine")),
        "stop_all_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, None)])),
    }


def _subject(articles: Sequence[Article], n: int) -> str:
    if len(articles) == 1:
        one = ngettext("%(n)d new comment on “%(headline)s”", "%(n)d new comments on “%(headline)s”", n)
        return one % {"n": n, "headline": articles[0].headline}
    return _("%(n)d new comments on %(stories)d stories") % {"n": n, "stories": len(articles)}


def _why(reader: Reader) -> str:
    if reader.pace == Reader.Pace.DAILY:
        return _("You asked for one letter a day.")
    if reader.pace == Reader.Pace.HOURLY:
        return _("You asked for at most one letter an hour.")
    return _("There was more to tell than a few letters an hour, so the rest comes in one.")


def _story(article: Article, told: list[dict[str, Any]], reader: Reader) -> dict[str, Any]:
    return {
        "headline": article.headline,
        "url": absolute(article.get_absolute_url()),
        "comments": told,
        "stop_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, article)])),
    }


def _told(comment: Comment, reader: Reader) -> dict[str, Any]:
    at = timezone.localtime(comment.published_at or comment.created_at, site_settings().zone)
    return {
        "name": plain_name(comment.name),
        "at": date_format(at, "H:i, j N Y"),
        "said": plain_words(comment.text, QUOTED),
        "to_you": comment.parent is not None and comment.parent.reader_id in reader.identities,
        "url": absolute(comment.get_absolute_url()),
    }
