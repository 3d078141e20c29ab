"""What a page shows of an article's discussion, for everybody or for the one reader it is rendered for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments import paging
from comments.closing import closed_because, closes_at
from comments.forms import CommentForm, untouched_form
from comments.heading import Heading, heading_of
from comments.inline_feedback import InlineFeedback, Passage, feedback_of, passages_of
from comments.models import THERE_FOR_ITS_WRITER, Comment, Vote
from comments.moderating import moderator_of, open_to_moderator, with_waiting
from comments.steps import REJECTIONS
from comments.thread import Entry, arrange, count_the_rest, milliseconds
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Reader, User
from newsroom.lib.addresses import address
from newsroom.lib.clock import now_of
from newsroom.lib.pagecache import is_private, means

#: For so long a reader finds their own new comment at the top, wherever its order would put it.
OWN_FOR: Final = timedelta(hours=1)
OWN_MAX: Final = 5
FILTERS: Final = ("inline", "picks", "latest")


@dataclass(frozen=True)
class Choice:
    """Which comments a list can show."""

    label: str
    url: str
    is_current: bool


@dataclass
class Discussion:
    """`comments/_discussion.html` shows it. Everything about a person is empty on a page that everybody shares."""

    article: Article
    heading: Heading = field(default_factory=Heading)
    sort: str = "best"
    #: '' all of them in threads, "inline", "picks" or "latest".
    chosen: str = ""
    feedback: InlineFeedback = field(default_factory=InlineFeedback)
    #: The one passage whose comments are listed.
    passage: Passage | None = None
    entries: list[Entry] = field(default_factory=list)
    #: The reader's own new comments that the page would not show otherwise.
    own: list[Entry] = field(default_factory=list)
    more_url: str = ""
    first_url: str = ""
    #: What stands before this page, where it is not the first.
    newer_url: str = ""
    #: Whether the page is the plain list of all comments itself.
    is_all: bool = False
    form: CommentForm | None = None
    #: The comment that the form answers.
    replying_to: Comment | None = None
    #: Why nothing can be written here; '' while it is open.
    closed: str = ""
    reader: Reader | None = None
    #: When the page changes by itself.
    until: datetime | None = None
    query: str = ""
    down_votes: bool = False
    #: The page is rendered for one; `waiting`: what waits and has no place on it.
    moderator: User | None = None
    waiting: list[Entry] = field(default_factory=list)

    @property
    def rejections(self) -> list[tuple[str, str]]:
        return [(name, str(label)) for name, label in REJECTIONS.items()]

    @property
    def is_hidden(self) -> bool:
        return self.article.comments_mode == Article.Comments.HIDDEN

    @property
    def count(self) -> int:
        return self.heading.published

    @property
    def following(self) -> bool:
        return self.heading.following

    @property
    def newest(self) -> int:
        """When the newest comment was published, for the page's script: milliseconds since 1970; 0 where there is none."""
        return milliseconds(self.heading.newest) if self.heading.newest else 0

    @property
    def list_url(self) -> str:
        return address("comments_on", self.article.pk)

    @property
    def choices(self) -> list[Choice]:
        """All, and what there is some of."""
        found = [("", _("All %(count)s") % {"count": intcomma(self.count)}, self.count)]
        inline = _("Inline feedback %(count)s") % {"count": intcomma(self.feedback.count)}
        found.append(("inline", inline, self.feedback.is_there))
        found.append(("picks", _("Editor’s picks %(count)s") % {"count": self.heading.picks}, self.heading.picks))
        found.append(("latest", _("Latest"), self.count > 1))
        return [
            Choice(
                label, f"{self.list_url}?{urlencode({'filter': name})}" if name else self.list_url, self.chosen == name
            )
            for name, label, some in found
            if some or name == self.chosen
        ]

    @property
    def which(self) -> dict[str, str | int]:
        """Which comments, and in which order, as an address says it."""
        if not self.chosen:
            return {"sort": self.sort}
        return {"filter": self.chosen} | ({"at": self.passage.row.pk} if self.passage else {})

    @property
    def sorts(self) -> list[tuple[str, str]]:
        return [("newest", _("Newest")), ("oldest", _("Oldest")), ("best", _("Best"))]

    @property
    def told(self) -> str:  # once, however many of their own comments wait
        return next(filter(None, (entry.comment.told_while_waiting for entry in self.own)), "")

    @property
    def replies_inline(self) -> bool:
        """Whether the comment that is answered is on the page, so that the form stands under it."""
        return any(entry.is_replied for entry in self.entries)


def discussion_of(request: HttpRequest, article: Article) -> Discussion:
    """One page of an article's comments, as the address says (`sort`, `filter`, `after`, `before`, `at`, `reply`).

    At most six queries about comments, however many there are; one more where passages of the story are marked.
    """
    sort, chosen = request.GET.get("sort", ""), request.GET.get("filter", "")
    if sort not in paging.ORDERS:
        sort = "newest" if article.is_breaking else "best"
    discussion = Discussion(article, sort=sort, query=_query(request), moderator=moderator_of(request))
    if discussion.is_hidden:
        return discussion
    discussion.chosen = chosen if chosen in FILTERS else ""
    reader = reader_of(request) if is_private(request) else None
    discussion.heading = heading_of(article, reader)
    if discussion.heading.has_passages:
        discussion.feedback = feedback_of(article)
    at = {name: request.GET.get(name, "") for name in ("after", "before", "at")}
    if discussion.chosen == "inline":
        discussion.passage = discussion.feedback.at(at.pop("at"))
    begun_by = _fill(discussion, **at)
    is_first = not any(at.values())
    discussion.first_url = "" if is_first else f"{discussion.list_url}?{urlencode(discussion.which)}"
    discussion.is_all = is_first and not discussion.chosen and request.path == discussion.list_url
    open_for_writing(request, discussion)
    found = {"filter": discussion.chosen, "at": discussion.passage, "reply": discussion.replying_to}
    sorted_by = "sort" if request.GET.get("sort") == sort else ""
    means(request, begun_by, sorted_by, *(name for name in found if found[name]))
    personalise(request, discussion, reader, on_top=is_first and not discussion.chosen)
    _quote(discussion, discussion.feedback)
    return discussion


def _quote(discussion: Discussion, feedback: InlineFeedback) -> None:
    """Say of each comment which passage it is about, and let the form be about the one that is shown."""
    for entry in [*discussion.entries, *discussion.own, *discussion.waiting] if feedback.passages else ():
        if entry.comment.anchor_id:
            entry.passage = feedback.passages.get(entry.comment.anchor_id)
            if entry.passage and entry.is_waiting:
                entry.passage.own.append(entry.comment)
    if discussion.form and discussion.passage and discussion.passage.is_open and not discussion.replying_to:
        discussion.form = CommentForm(reader=discussion.reader, passage=discussion.passage.chosen)


def _fill(discussion: Discussion, *, after: str, before: str, at: str = "") -> str:
    """The entries of the page, and where the pages beside it are; says by which of the three it begins."""
    article = discussion.article
    if discussion.chosen == "inline":
        page = paging.inline_page(article, discussion.passage.row.pk if discussion.passage else None, after)
        discussion.entries = arrange(page.comments)
        count_the_rest(discussion.entries)
    elif discussion.chosen == "picks":
        page = paging.picks_of(article, after)
        discussion.entries = [Entry(c, 0, answered=c.parent, is_apart=True) for c in page.comments]
    elif discussion.chosen == "latest":
        page = paging.latest_of(article, after)
        discussion.entries = arrange(page.comments, elsewhere=paging.missing_parents(page.comments))
        count_the_rest(discussion.entries)
    else:
        pins = discussion.heading.has_pins
        page = paging.page_of(article, discussion.sort, after, before=before, at=at, has_pins=pins)
        discussion.entries = arrange(with_waiting(discussion, page.comments, first=not (after or before or at)))
        count_the_rest(discussion.entries)
    if page.following:
        discussion.more_url = f"{discussion.list_url}?{urlencode(discussion.which | {'after': page.following})}"
    if page.preceding:
        discussion.newer_url = f"{discussion.list_url}?{urlencode(discussion.which | {'before': page.preceding})}"
    return page.by


def thread_of(request: HttpRequest, comment: Comment) -> Discussion:
    """A comment with what it answers above it and what answers it below, as its permalink shows it."""
    discussion = Discussion(comment.article, query=_query(request), moderator=moderator_of(request))
    after = request.GET.get("after")
    below, following = paging.subtree(comment, after, paging.OF_A_THREAD if comment.root_id is None else paging.ROOTS)
    context = [*paging.ancestors(comment), comment]
    context += [above for above in paging.ancestors(below[0]) if above not in context] if below and after else []
    shown = with_waiting(discussion, [*context, *below], first=False)
    discussion.entries = arrange(shown, elsewhere=paging.missing_parents(shown))
    for entry in discussion.entries:
        entry.is_target = entry.comment.pk == comment.pk
    discussion.more_url = f"?{urlencode({'after': following})}" if following else ""
    open_for_writing(request, discussion)
    personalise(request, discussion, reader_of(request), on_top=False)  # a permalink is never shared
    _quote(discussion, passages_of(comment.article, shown))
    return discussion


def alone(request: HttpRequest, comment: Comment, reader: Reader | None) -> Discussion:
    """One comment as its page shows it to `reader`, for a script that puts it in its place."""
    discussion = Discussion(comment.article, query=_query(request), moderator=moderator_of(request))
    discussion.entries = [Entry(comment, 0, answered=comment.parent)]
    open_for_writing(request, discussion)
    personalise(request, discussion, reader, on_top=False)
    open_to_moderator(discussion, discussion.entries, at_hand=True)
    _quote(discussion, passages_of(comment.article, [comment]))
    return discussion


def open_for_writing(request: HttpRequest, discussion: Discussion) -> None:
    """The form, or the sentence that says why there is none."""
    site, article = site_settings(), discussion.article
    discussion.until, discussion.down_votes = closes_at(article, site), site.down_votes
    discussion.closed = closed_because(article, site, now_of(request))
    if discussion.closed:
        return
    if (wanted := request.GET.get("reply", "")).isascii() and wanted.isdigit() and len(wanted) < 19:
        _answer(discussion, int(wanted))
    discussion.form = CommentForm(place=f"reply-{to.pk}") if (to := discussion.replying_to) else untouched_form()


def _answer(discussion: Discussion, pk: int) -> None:
    for entry in discussion.entries:
        if entry.comment.pk == pk and entry.comment.is_published and not entry.is_closed:
            entry.is_replied = True
            discussion.replying_to = entry.comment
            return
    found = Comment.objects.filter(pk=pk, article=discussion.article, status="published")
    discussion.replying_to = found.filter(closed_at=None, root__closed_at=None).first()


def personalise(request: HttpRequest, discussion: Discussion, reader: Reader | None, *, on_top: bool) -> None:
    """On a page rendered for one reader: their name in the form, their votes, their comments that still wait."""
    if reader is None:
        return
    discussion.reader = reader
    if discussion.form:
        discussion.form = CommentForm(reader=reader, place=discussion.form.place)
    voted = Vote.objects.given(reader, [entry.comment.pk for entry in discussion.entries])
    for entry in discussion.entries:
        _mark_own(request, discussion, entry)
        entry.vote = voted.get(entry.comment.pk, 0)
    if on_top:
        discussion.own = _own(now_of(request), discussion, reader)
        for entry in discussion.own:
            _mark_own(request, discussion, entry)
    open_to_moderator(discussion, [*discussion.entries, *discussion.own, *discussion.waiting])


def _mark_own(request: HttpRequest, discussion: Discussion, entry: Entry) -> None:
    assert discussion.reader
    entry.is_own = entry.comment.reader_id in discussion.reader.identities
    entry.is_changeable = (
        entry.is_own and not (discussion.closed or entry.is_closed) and entry.comment.is_changeable(now_of(request))
    )


def _own(now: datetime, discussion: Discussion, reader: Reader) -> list[Entry]:
    shown = {entry.comment.pk for entry in discussion.entries}
    mine = Comment.objects.filter(
        reader__in=reader.identities, article=discussion.article, status__in=THERE_FOR_ITS_WRITER
    )
    recent = mine.select_related("parent", "reader").order_by("-created_at", "-id")[:OWN_MAX]
    new = [c for c in recent if c.pk not in shown and not (c.is_published and c.created_at <= now - OWN_FOR)]
    return [Entry(comment, 0, answered=comment.parent, is_apart=True) for comment in new]


def _query(request: HttpRequest) -> str:
    """The part of the address that a reply link keeps."""
    kept = {name: request.GET[name] for name in ("sort", "filter", "after", "before", "at") if request.GET.get(name)}
    return f"{urlencode(kept)}&" if kept else ""
