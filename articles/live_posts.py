"""The posts of a live page: newest first, fifty at a time, what is pinned above them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.safestring import SafeString

from articles.models import Article, Image, LiveUpdate
from articles.rendering import render

#: Posts on a page; older ones are a link away.
MOST: Final = 50


@dataclass(frozen=True)
class Post:
    """One entry, ready for `articles/_post.html`."""

    update: LiveUpdate
    body: SafeString


@dataclass
class Posts:
    article: Article
    updates: list[LiveUpdate] = field(default_factory=list)
    older: int | None = None

    @property
    def bodies(self) -> list[str]:
        """All the HTML that the page holds, the story's own text first."""
        return [self.article.body, *(update.body for update in self.updates)]

    @property
    def key_events(self) -> list[LiveUpdate]:
        return [update for update in self.updates if update.key_event]

    def rendered(self, images: Mapping[int, Image]) -> "RenderedPosts":
        posts = [Post(update, render(update, images=images)) for update in self.updates]
        return RenderedPosts(
            pinned=[post for post in posts if post.update.pinned],
            posts=[post for post in posts if not post.update.pinned],
            key_events=self.key_events,
            older=self.older,
        )


@dataclass(frozen=True)
class RenderedPosts:
    pinned: list[Post]
    posts: list[Post]
    key_events: list[LiveUpdate]
    older: int | None


def posts_of(article: Article, *, before: str | None = None) -> Posts:
    """The newest posts, or those before the post named; one query, and none for a story that is not a live page."""
    if article.kind != Article.Kind.LIVE:
        return Posts(article)
    shown = LiveUpdate.objects.filter(article=article).shown().select_related("user")
    if before and before.isascii() and before.isdigit() and len(before) < 18:
        edge = LiveUpdate.objects.filter(article=article, pk=int(before)).values_list("published_at", "pk").first()
        if edge:
            shown = shown.before(*edge)
    found = list(shown.order_by("-published_at", "-id")[: MOST + 1])
    return Posts(article, found[:MOST], older=found[MOST - 1].pk if len(found) > MOST else None)
