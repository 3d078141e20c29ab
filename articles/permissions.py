"""Who may do what to which story: one function, asked by lists, forms, buttons and bulk actions alike."""

from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone

from articles.models import Article, Byline, LiveUpdate

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from newsroom.accounts.models import User

_OPEN: Final = frozenset({"draft", "review", "ready"})

#: action: (permission, states in which it makes sense)
ACTIONS: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "look": ("articles.view_article", _OPEN | {"published", "withdrawn"}),
    "edit": ("articles.change_article", frozenset({"draft", "review", "ready", "published"})),
    "restore": ("articles.change_article", _OPEN | {"published"}),
    "submit": ("articles.submit_article", frozenset({"draft"})),
    "approve": ("articles.approve_article", frozenset({"review"})),
    "send_back": ("articles.approve_article", frozenset({"review", "ready"})),
    "publish": ("articles.publish_article", _OPEN | {"published"}),
    "schedule": ("articles.publish_article", _OPEN | {"published"}),
    "publish_update": ("articles.publish_article", frozenset({"published"})),
    "correct": ("articles.add_correction", frozenset({"published"})),
    "discard_draft": ("articles.publish_article", frozenset({"published"})),
    "unschedule": ("articles.publish_article", frozenset({"published"})),
    "break_news": ("articles.break_news", _OPEN | {"published"}),
    "prolong": ("articles.break_news", frozenset({"published"})),
    "end_breaking": ("articles.break_news", frozenset({"published"})),
    "withdraw": ("articles.withdraw_article", frozenset({"published"})),
    "reinstate": ("articles.reinstate_article", frozenset({"withdrawn"})),
    "delete": ("articles.delete_article", _OPEN),
    "report_live": ("articles.add_liveupdate", _OPEN | {"published"}),
    "end_live": ("articles.publish_article", frozenset({"published"})),
}


def can(user: "User | AnonymousUser", action: str, article: Article) -> bool:
    """Whether `user` may do `action` to `article` now.

    Own stories may be changed while they are drafts; those of others, and what was handed in, by whoever may change
    any; what readers see, by whoever may publish. What is one's own may be looked at in every state. What was ever public
    is never deleted. To a live page that readers see, whoever may post anywhere may post.
    """
    permission, states = ACTIONS[action]
    if article.status not in states or not user.has_perm(permission):
        return False
    if action == "delete" and article.first_published_at is not None:
        return False
    if action == "report_live" and article.status == Article.Status.PUBLISHED:
        return True
    if action == "break_news" and not article.is_out(timezone.now()) and not can(user, "publish", article):
        return False  # breaking a story publishes it
    if not user.has_perm("articles.edit_any_article"):
        return (action == "look" or article.status == Article.Status.DRAFT) and is_own(user, article)
    is_writing = action in {"edit", "restore"} and article.status == Article.Status.PUBLISHED
    return not is_writing or user.has_perm("articles.publish_article")


def story_for(user: "User | AnonymousUser", action: str, pk: int) -> Article:
    """The story, for a page on which `user` does `action` to it. Raises Http404 and PermissionDenied."""
    article = get_object_or_404(Article, pk=pk)
    if not can(user, action, article):
        raise PermissionDenied
    return article


def is_own(user: "User | AnonymousUser", article: Article) -> bool:
    """Whoever began a story or stands in its byline owns it."""
    if article.created_by_id == user.pk:
        return True
    return Byline.objects.filter(article=article, author__user=user.pk).exists()


def may_change_post(user: "User | AnonymousUser", action: str, update: LiveUpdate) -> bool:
    """Whether `user` may "edit" or "delete" a post of a live page that they may report for: their own, or those of others
    where they may edit any story, or delete any post."""
    if update.user_id == user.pk:
        return user.has_perm("articles.change_liveupdate")
    return user.has_perm("articles.delete_liveupdate" if action == "delete" else "articles.edit_any_article")
