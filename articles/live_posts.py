"""The posts of a live page: newest first, fifty at a time, what is pinned above them all, and what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.safestring import SafeString

from articles.models import Article, Image, LiveUpdate
from articles.models.live_update import LiveUpdateQuerySet
from articles.rendering import images_of, render

#: Posts on a page; older ones are a link away.
MOST: Final = 50
#: Key events that the list beside the posts holds.
KEY_EVENTS: Final = 20
#: Changes that one answer to an open page brings; who missed more had better load the page anew.
CHANGES: Final = 30


@dataclass(frozen=True)
class Post:
    """One entry, ready for `articles/_post.html`."""

    update: LiveUpdate
    body: SafeString


@dataclass
class Posts:
    article: Article
    pinned: list[LiveUpdate] = field(default_factory=list)
    updates: list[LiveUpdate] = field(default_factory=list)
    key_events: list[LiveUpdate] = field(default_factory=list)
    older: int | None = None
    #: Whether the newest post is among them.
    is_first: bool = True
    #: The address names a post that this story never had.
    is_unknown: bool = False
    #: Which word of the address led to this page, `post` or `before`; "" where none did.
    by: str = ""
    #: The address names a post that was taken off.
    is_gone: bool = False

    @property
    def bodies(self) -> list[str]:
        """All the HTML that the page holds, the story's own text first."""
        return [self.article.body, *(update.body for update in [*self.pinned, *self.updates])]

    @property
    def newest(self) -> list[LiveUpdate]:
        """Everything that the page shows, newest first."""
        return sorted([*self.pinned, *self.updates], key=lambda update: (update.published_at, update.pk), reverse=True)

    def rendered(self, images: Mapping[int, Image]) -> "RenderedPosts":
        here = {update.pk for update in [*self.pinned, *self.updates]}
        return RenderedPosts(
            pinned=[Post(update, render(update, images=images)) for update in self.pinned],
            posts=[Post(update, render(update, images=images)) for update in self.updates],
            key_events=[KeyEvent(update, update.pk in here) for update in self.key_events],
            older=self.older,
            is_first=self.is_first,
            is_gone=self.is_gone,
            is_unknown=self.is_unknown,
        )


@dataclass(frozen=True)
class KeyEvent:
    update: LiveUpdate
    is_here: bool

    @property
    def href(self) -> str:
        """A post of this page, or the page that begins with it."""
        return f"#u{self.update.pk}" if self.is_here else f"?post={self.update.pk}#u{self.update.pk}"


@dataclass(frozen=True)
class RenderedPosts:
    pinned: list[Post]
    posts: list[Post]
    key_events: list[KeyEvent]
    older: int | None
    is_first: bool
    is_gone: bool
    is_unknown: bool


def posts_of(article: Article, *, before: str | None = None, post: str | None = None) -> Posts:
    """The newest posts, those before the post named, or those from the post named; nothing is asked for other stories."""
    if article.kind != Article.Kind.LIVE:
        return Posts(article, is_unknown=post is not None)
    found = Posts(article, pinned=list(_pinned(article)), key_events=list(_key_events(article)))
    flow = _flow(article)
    wanted = _named(article, post or before)
    if post is not None and wanted is None:
        return Posts(article, is_unknown=True)
    if wanted and post is None:
        found.is_first = False
        flow = flow.before(wanted.published_at, wanted.pk)
    found.by = "" if wanted is None else "before" if post is None else "post"
    _fill(found, flow)
    if wanted and post is not None:
        found.is_gone = wanted.deleted_at is not None
        if not found.is_gone and wanted.pk not in {update.pk for update in [*found.pinned, *found.updates]}:
            found.is_first = False
            _fill(found, flow.before(wanted.published_at, wanted.pk + 1))
    return found


@dataclass(frozen=True)
class Changes:
    """What an open page that knows everything up to a number has not seen; `seq` is what it knows then."""

    seq: int
    posts: list[LiveUpdate] = field(default_factory=list)
    too_many: bool = False

    def rendered(self) -> list[Post | LiveUpdate]:
        """Each change as the post that it made, or as the row that was taken off."""
        images = images_of(update.body for update in self.posts if update.deleted_at is None)
        return [
            Post(update, render(update, images=images)) if update.deleted_at is None else update
            for update in self.posts
        ]


def changes_since(article: Article, seq: int) -> Changes:
    """One query, whatever happened meanwhile: every change up to the highest number found was committed before it."""
    rows = LiveUpdate.objects.filter(article=article).since(seq).select_related("user")
    found = list(rows[: CHANGES + 1])
    if len(found) > CHANGES:
        return Changes(article.live_seq, too_many=True)
    return Changes(max([article.live_seq, *(update.seq for update in found)]), found)


def key_events_of(article: Article) -> list[KeyEvent]:
    """For a page that is open already: it knows itself which of them it holds."""
    return [KeyEvent(update, is_here=False) for update in _key_events(article)]


def _fill(found: Posts, flow: LiveUpdateQuerySet) -> None:
    rows = list(flow.order_by("-published_at", "-id")[: MOST + 1])
    found.updates, found.older = rows[:MOST], rows[MOST - 1].pk if len(rows) > MOST else None


def _shown(article: Article) -> LiveUpdateQuerySet:
    return LiveUpdate.objects.filter(article=article).shown()


def _flow(article: Article) -> LiveUpdateQuerySet:
    return _shown(article).filter(pinned=False).select_related("user")


def _pinned(article: Article) -> LiveUpdateQuerySet:
    return _shown(article).filter(pinned=True).select_related("user").order_by("-published_at", "-id")[:3]


def _key_events(article: Article) -> LiveUpdateQuerySet:
    return _shown(article).filter(key_event=True).order_by("-published_at", "-id")[:KEY_EVENTS]


def _named(article: Article, number: str | None) -> LiveUpdate | None:
    """The row that an address names, if this story has it; whatever else stands there is nobody."""
    if not number or not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    return LiveUpdate.objects.filter(article=article, pk=int(number)).first()
