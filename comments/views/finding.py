"""What every view of comments begins with: the article or the comment, if this reader may see it."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.closing import closed_because
from comments.models import THERE_FOR_ITS_WRITER, Comment, Flag, Sanction
from comments.moderating import moderator_of
from comments.sanction_letter import sentence
from newsroom.accounts.guests import reader_of
from newsroom.lib.clock import now_of
from newsroom.lib.prepared import prepared
from newsroom.lib.ratelimit import network

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: The largest number that a row can have; databases refuse to compare with a larger one.
ID_MAX = 2**63 - 1


def live_article(request: HttpRequest, pk: int) -> Article:
    """A live article that shows its comments; 404 for any other."""
    if pk > ID_MAX:
        raise Http404
    for article in _live_article(now_of(request), pk):
        return article
    raise Http404


def shown_comment(request: HttpRequest, pk: int) -> Comment:
    """A published comment under a live article; 404 for any other."""
    if pk > ID_MAX:
        raise Http404
    for comment in _shown_comment(now_of(request), pk):
        return comment
    raise Http404


def readable_comment(request: HttpRequest, pk: int) -> Comment:
    """A published comment, the place of a removed one, or this reader's own that still waits; a moderator reads any but
    what its writer deleted; 404 for any other."""
    found = any_comment(request, pk)
    if found.visible:
        return found
    reader = reader_of(request)
    if found.status in THERE_FOR_ITS_WRITER and reader is not None and found.reader_id in reader.identities:
        return found
    if moderator_of(request) and found.withdrawn_at is None:
        return found
    raise Http404


def any_comment(request: HttpRequest, pk: int) -> Comment:
    """A comment in whatever state, under a live article that shows its comments: for those who may know of it."""
    if pk > ID_MAX:
        raise Http404
    found = get_object_or_404(_with_article(Comment.objects.all()), pk=pk)
    if not found.article.is_live(now_of(request)) or found.article.comments_mode == Article.Comments.HIDDEN:
        raise Http404
    return found


def own_comment(request: HttpRequest, pk: int) -> Comment:
    """A comment that this reader wrote and that is still there for them; 404 for any other, hidden or not."""
    reader = reader_of(request)
    if pk > ID_MAX or reader is None:
        raise Http404
    mine = Comment.objects.filter(reader__in=reader.identities, status__in=THERE_FOR_ITS_WRITER)
    found = get_object_or_404(_with_article(mine).select_related("reader__user"), pk=pk)
    if not found.article.is_live(now_of(request)) or found.article.comments_mode == Article.Comments.HIDDEN:
        raise Http404
    return found


def why_closed(request: HttpRequest, article: Article, comment: Comment | None = None) -> str:
    """Why nothing can be written here, in a sentence: the thread (of `comment`), the site, the story, its age."""
    if comment and _thread_is_closed(comment):
        return _("This thread is closed.")
    return closed_because(article, site_settings(), now_of(request))


def why_no_answer(request: HttpRequest, comment: Comment | None) -> str:
    """Why this reader cannot answer a comment that others can: who reported it leaves the rest to others."""
    reader = reader_of(request) if comment else None
    if reader and comment and list(_reports(comment.pk, reader.pk)):
        return _("You reported this comment, and a moderator looks at it. Answering it is for others.")
    return ""


def why_not_you(request: HttpRequest, typed: str = "") -> str:
    """Why this reader takes part in nothing: what a moderator decided, until when and how to appeal; '' for all others.

    `typed`: an address that comes with the form.
    """
    reader = reader_of(request)
    addresses = [typed.strip(), reader.address if reader else ""]
    found = Sanction.objects.against(reader, addresses=addresses, network=network(request), now=now_of(request))
    return sentence(found, reader) if found else ""


@prepared
def _live_article(now: datetime, pk: int) -> "QuerySet[Article]":
    shown = Article.objects.live(now).exclude(comments_mode=Article.Comments.HIDDEN)
    return shown.select_related("section").only(*_OF_AN_ARTICLE).filter(pk=pk)


#: What discussions need to know of their story; anything else would be read when it is asked for.
_OF_AN_ARTICLE: Final = (
    *("headline", "slug", "dated", "status", "kind", "publish_at", "expire_at", "live_ended_at", "comments_mode"),
    *("section__name", "section__slug", "section__parent", "section__comments_premoderated"),
)


@prepared
def _shown_comment(now: datetime, pk: int) -> "QuerySet[Comment]":
    return _with_article(Comment.objects.shown(now)).filter(pk=pk)


@prepared
def _reports(comment: int, reader: int) -> "QuerySet[Flag]":
    return Flag.objects.filter(Q(reader=reader) | Q(reader__merged_into=reader), comment=comment)


def _thread_is_closed(comment: Comment) -> bool:
    first = comment.root if comment.root_id else comment
    return first is not None and first.closed_at is not None


def _with_article(comments: "QuerySet[Comment]") -> "QuerySet[Comment]":
    rows = comments.select_related("article__section", "parent", "root", "reader")
    return rows.defer("article__body", "article__body_text", "root__text", "root__html")


def see_other(url: str) -> HttpResponse:
    """303: the answer to a POST is another page, fetched by GET."""
    return HttpResponseRedirect(url, status=303)
