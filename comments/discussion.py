"""What a page shows of an article's discussion, for everybody or for the one reader it is rendered for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments import paging
from comments.closing import closed_because, closes_at
from comments.forms import CommentForm
from comments.models import THERE_FOR_ITS_WRITER, Comment, CommentStats, Subscription, Vote
from comments.thread import Entry, arrange, threads
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import is_private

#: For so long a reader finds their own new comment at the top, wherever its order would put it.
OWN_FOR: Final = timedelta(hours=1)
OWN_MAX: Final = 5


@dataclass
class Discussion:
    """`comments/_discussion.html` shows it. Everything about a person is empty on a page that everybody shares."""

    article: Article
    count: int = 0
    sort: str = "best"
    entries: list[Entry] = field(default_factory=list)
    #: The reader's own new comments that the page would not show otherwise.
    own: list[Entry] = field(default_factory=list)
    more_url: str = ""
    first_url: str = ""
    form: CommentForm | None = None
    #: The comment that the form answers.
    replying_to: Comment | None = None
    #: Why nothing can be written here; '' while it is open.
    closed: str = ""
    reader: Reader | None = None
    following: bool = False
    #: When the page changes by itself.
    until: datetime | None = None
    query: str = ""

    @property
    def is_hidden(self) -> bool:
        return self.article.comments_mode == Article.Comments.HIDDEN

    @property
    def sorts(self) -> list[tuple[str, str]]:
        return [("newest", _("Newest")), ("oldest", _("Oldest")), ("best", _("Best"))]

    @property
    def replies_inline(self) -> bool:
        """Whether the comment that is answered is on the page, so that the form stands under it."""
        return any(entry.is_replied for entry in self.entries)


def discussion_of(request: HttpRequest, article: Article) -> Discussion:
    """One page of an article's comments, as `sort`, `after` and `reply` in the address say. At most five queries."""
    sort = request.GET.get("sort", "")
    if sort not in paging.ORDERS:
        sort = "newest" if article.is_breaking else "best"
    discussion = Discussion(article, sort=sort, query=_query(request))
    if discussion.is_hidden:
        return discussion
    stats: CommentStats | None = getattr(article, "comment_stats", None)
    discussion.count = stats.published if stats else 0
    after = request.GET.get("after") or None
    page = paging.page_of(article, sort, after)
    entries = discussion.entries = arrange(page.comments)
    for first, last in threads(entries):
        last.more = first.comment.thread_count - (entries.index(last) - entries.index(first))
    base = reverse("comments_on", args=[article.pk])
    discussion.more_url = f"{base}?{urlencode({'sort': sort, 'after': page.following})}" if page.following else ""
    discussion.first_url = f"{base}?{urlencode({'sort': sort})}" if after else ""
    open_for_writing(request, discussion)
    personalise(request, discussion, reader_of(request) if is_private(request) else None, on_top=after is None)
    return discussion


def thread_of(request: HttpRequest, comment: Comment) -> Discussion:
    """A comment with what it answers above it and what answers it below, as its permalink shows it."""
    discussion = Discussion(comment.article, query=_query(request))
    after = request.GET.get("after")
    most = paging.OF_A_THREAD if comment.root_id is None else paging.ROOTS
    below, following = paging.subtree(comment, after, most)
    context = [*paging.ancestors(comment), comment]
    if below and after:
        chain = paging.ancestors(below[0])
        context += [above for above in chain if above.pk not in {c.pk for c in context}]
    shown = [*context, *below]
    discussion.entries = arrange(shown, elsewhere=paging.missing_parents(shown))
    discussion.more_url = f"?{urlencode({'after': following})}" if following else ""
    open_for_writing(request, discussion)
    personalise(request, discussion, reader_of(request), on_top=False)  # a permalink is never shared
    return discussion


def alone(request: HttpRequest, comment: Comment, reader: Reader | None) -> Discussion:
    """One comment as its page shows it to `reader`, for a script that puts it in its place."""
    discussion = Discussion(comment.article, query=_query(request))
    discussion.entries = [Entry(comment, 0, answered=comment.parent)]
    open_for_writing(request, discussion)
    personalise(request, discussion, reader, on_top=False)
    return discussion


def open_for_writing(request: HttpRequest, discussion: Discussion) -> None:
    """The form, or the sentence that says why there is none."""
    site, article = site_settings(), discussion.article
    discussion.until = closes_at(article, site)
    discussion.closed = closed_because(article, site, now_of(request))
    if discussion.closed:
        return
    wanted = request.GET.get("reply", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        _answer(discussion, int(wanted))
    place = f"reply-{discussion.replying_to.pk}" if discussion.replying_to else "comment"
    discussion.form = CommentForm(place=place)


def _answer(discussion: Discussion, pk: int) -> None:
    for entry in discussion.entries:
        if entry.comment.pk == pk and entry.comment.is_published:
            entry.is_replied = True
            discussion.replying_to = entry.comment
            return
    found = Comment.objects.filter(pk=pk, article=discussion.article, status=Comment.Status.PUBLISHED)
    discussion.replying_to = found.first()


def personalise(request: HttpRequest, discussion: Discussion, reader: Reader | None, *, on_top: bool) -> None:
    """On a page rendered for one reader: their name in the form, their votes, their comments that still wait."""
    if reader is None:
        return
    discussion.reader = reader
    if discussion.form:
        discussion.form = CommentForm(reader=reader, place=discussion.form.place)
    voted = set(
        Vote.objects.filter(reader=reader, comment__in=[e.comment.pk for e in discussion.entries], value=1).values_list(
            "comment", flat=True
        )
    )
    for entry in discussion.entries:
        _mark_own(request, discussion, entry)
        entry.is_voted = entry.comment.pk in voted
    following = Subscription.objects.running().filter(reader=reader, article=discussion.article, kind="all")
    discussion.following = following.exists()
    if on_top:
        discussion.own = _own(now_of(request), discussion, reader)
        for entry in discussion.own:
            _mark_own(request, discussion, entry)


def _mark_own(request: HttpRequest, discussion: Discussion, entry: Entry) -> None:
    assert discussion.reader
    entry.is_own = entry.comment.reader_id in discussion.reader.identities
    entry.is_changeable = entry.is_own and not discussion.closed and entry.comment.is_changeable(now_of(request))


def _own(now: datetime, discussion: Discussion, reader: Reader) -> list[Entry]:
    shown = {entry.comment.pk for entry in discussion.entries}
    mine = Comment.objects.filter(
        reader__in=reader.identities, article=discussion.article, status__in=THERE_FOR_ITS_WRITER
    )
    recent = mine.select_related("parent").order_by("-created_at", "-id")[:OWN_MAX]
    entries = []
    for comment in recent:
        fresh = comment.created_at > now - OWN_FOR
        if comment.pk not in shown and (not comment.is_published or fresh):
            entries.append(Entry(comment, 0, answered=comment.parent, is_apart=True))
    return entries


def _query(request: HttpRequest) -> str:
    """The part of the address that a reply link keeps."""
    kept = {name: request.GET[name] for name in ("sort", "after") if request.GET.get(name)}
    return f"{urlencode(kept)}&" if kept else ""
