"""The pages of a discussion: roots in three orders by keyset, their first answers, whole threads by path.

The number of queries and of rows read does not depend on how many comments there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery

from articles.models import Article
from comments.models import Comment
from comments.models.comment import DIGITS, SEQ_MAX
from comments.thread import after_subtree, in_reading_order, steps
from newsroom.lib import keyset

ROOTS: Final = 20
REPLIES: Final = 5
OF_A_THREAD: Final = 50
ORDERS: Final = ("newest", "oldest", "best")


@dataclass(frozen=True)
class Page:
    """Comments in reading order, and the cursor of what follows ('' at the end)."""

    comments: list[Comment]
    roots: list[Comment]
    following: str = ""


def page_of(article: Article, order: str, after: str | None) -> Page:
    """Twenty threads, each with its first answers; from the first on where the cursor is not one of ours.

    The first page begins with what is pinned.
    """
    at = _position(order, after)
    rows = list(_roots_after(article, order, at)[: ROOTS + 1])
    following = _cursor(order, rows[ROOTS - 1]) if len(rows) > ROOTS else ""
    roots = rows[:ROOTS] if at else [*pinned(article), *rows[:ROOTS]]
    return Page(in_reading_order(roots, first_replies(roots)), roots, following)


def _position(order: str, after: str | None) -> tuple[Any, int] | None:
    """The sort keys that a page begins after: of `best` a number, else a moment; None for page 1."""
    if order == "best":
        at = keyset.position(order, after, [int, int])
        return (at[0], at[1]) if at else None
    at = keyset.position(order, after, [str, int])
    return (datetime.fromisoformat(at[0]), at[1]) if at else None


def _roots_after(article: Article, order: str, at: tuple[Any, int] | None) -> "QuerySet[Comment]":
    """Spelled so that both databases begin at the right place of the index, and never sort by the key alone."""
    roots = _with_cut(Comment.objects.roots(article).filter(pinned_at=None))
    if order == "oldest":
        roots = roots.order_by("created_at", "id")
        return roots.filter(Q(created_at__gt=at[0]) | Q(id__gt=at[1]), created_at__gte=at[0]) if at else roots
    if order == "newest":
        roots = roots.order_by("-created_at", "-id")
        return roots.filter(Q(created_at__lt=at[0]) | Q(id__lt=at[1]), created_at__lte=at[0]) if at else roots
    roots = roots.order_by("-best", "-id")
    return roots.filter(Q(best__lt=at[0]) | Q(id__lt=at[1]), best__lte=at[0]) if at else roots


def _with_cut(roots: "QuerySet[Comment]") -> "QuerySet[Comment]":
    visible = Comment.objects.filter(root=OuterRef("pk"), visible=True).order_by("seq").values("seq")
    return roots.annotate(cut=Subquery(visible[REPLIES - 1 : REPLIES], output_field=IntegerField()))


def _cursor(order: str, root: Comment) -> str:
    return keyset.cursor(order, root.best if order == "best" else root.created_at.isoformat(), root.pk)


def first_replies(roots: list[Comment]) -> list[Comment]:
    """The first visible answers of each thread, in one query; a prefix by `seq` always holds what it answers too.

    Each root carries `cut`, the `seq` of its fifth visible answer: mostly 5, more where answers were removed.
    """
    by_cut: dict[int, list[int]] = {}
    for root in roots:
        if root.thread_count:
            cut: int | None = getattr(root, "cut", None)
            by_cut.setdefault(SEQ_MAX if cut is None else cut, []).append(root.pk)
    if not by_cut:
        return []
    wanted = Q()
    for cut, ids in by_cut.items():
        wanted |= Q(root__in=ids, seq__lte=cut)
    return list(Comment.objects.in_place().filter(wanted).order_by("root", "seq"))


def subtree(comment: Comment, after: str | None, most: int) -> tuple[list[Comment], str]:
    """What stands below a comment, in reading order, and the cursor of what follows."""
    order = f"below {comment.pk}"
    rows = Comment.objects.in_place().filter(root=comment.first_id).order_by("path")
    if comment.root_id:
        rows = rows.filter(path__gt=comment.path, path__lt=after_subtree(comment.path, DIGITS))
    if at := keyset.position(order, after, [str]):
        rows = rows.filter(path__gt=at[0])
    found = list(rows[: most + 1])
    shown = found[:most]
    return shown, keyset.cursor(order, shown[-1].path) if len(found) > most else ""


def ancestors(comment: Comment) -> list[Comment]:
    """What a comment answers, from the thread's first comment down: found by its path, without recursion."""
    if comment.root_id is None:
        return []
    above = Q(pk=comment.root_id) | Q(root=comment.root_id, seq__in=steps(comment.path, DIGITS)[:-1])
    return list(Comment.objects.in_place().filter(above).order_by("depth"))


def pinned(article: Article) -> list[Comment]:
    """All of them: three at most are pinned here, but another system may have brought more, and none may be lost."""
    found = _with_cut(Comment.objects.roots(article).filter(pinned_at__isnull=False))
    return list(found.order_by("pinned_at", "id")[:ROOTS])


def missing_parents(comments: list[Comment]) -> dict[int, Comment]:
    """What some of these answer that is not among them (below the deepest level only)."""
    known = {comment.pk for comment in comments}
    absent = {c.parent_id for c in comments if c.parent_id is not None and c.parent_id not in known}
    return Comment.objects.in_bulk(absent) if absent else {}
