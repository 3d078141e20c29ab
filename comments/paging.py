"""The pages of a discussion: roots in three orders by keyset, their first answers, whole threads by path.

The number of queries and of rows read does not depend on how many comments there are.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from articles.models import Article
from comments.models import Comment
from comments.models.comment import DEPTH_MAX, DIGITS, SEQ_MAX
from comments.thread import after_subtree, in_reading_order, steps
from newsroom.lib import keyset
from newsroom.lib.prepared import prepared

ROOTS: Final = 20
REPLIES: Final = 5
OF_A_THREAD: Final = 50
LATEST: Final = 50
#: How many comments above a very deep one its own page shows, besides those of the first levels.
ABOVE: Final = 50
ORDERS: Final = ("newest", "oldest", "best")

#: What no page of a discussion shows of a comment: what was typed, what screening thought of it, what other rooms keep with it.
_NOT_SHOWN: Final = (
    *("text", "findings", "html_version", "last_seq", "brought_up", "brought_down", "flag_weight", "reviewed_by"),
    *("purged_at", "notified_at", "submit_token", "network", "legacy_id"),
)
#: What each list goes by; the key decides between equals.
_KEYS: Final = {
    "newest": "-created_at",
    "oldest": "created_at",
    "best": "-best",
    "picks": "-featured_at",
    "latest": "-published_at",
}


@dataclass(frozen=True)
class Page:
    """Comments in reading order, and the cursors of what follows and precedes ('' where nothing does)."""

    comments: list[Comment]
    roots: list[Comment]
    following: str = ""
    preceding: str = ""
    #: What the address began it by: `after`, `before` or `at`; "" for a first page, also where the address says nonsense.
    by: str = ""


def page_of(
    article: Article,
    order: str,
    after: str | None = None,
    *,
    before: str | None = None,
    at: str = "",
    has_pins: bool = True,
) -> Page:
    """Twenty threads, each with its first answers; from the first on where the cursor is not one of ours.

    `after` and `before` are cursors, `at` the id of a root to begin with. The first page begins with what is pinned;
    where it is known that nothing is (`has_pins`), nothing is asked about it.
    """
    if earlier := _position(order, before):
        rows = list(_roots_after(article, order, earlier, backwards=True)[: ROOTS + 1])
        if rows:
            preceding = _cursor(order, rows[ROOTS - 1]) if len(rows) > ROOTS else ""
            roots = rows[:ROOTS][::-1]
            return _page(roots, following=_cursor(order, roots[-1]), preceding=preceding, by="before")
    followed = _position(order, after)
    start = followed or _beginning_with(article, order, at)
    rows = list(_roots_after(article, order, start)[: ROOTS + 1] if start else _first_roots(order)(article.pk))
    roots, following = rows[:ROOTS], _cursor(order, rows[ROOTS - 1]) if len(rows) > ROOTS else ""
    if start is None:
        return _page([*(pinned(article) if has_pins else ()), *roots], following=following)
    preceding = _cursor(order, roots[0]) if roots else ""
    return _page(roots, following=following, preceding=preceding, by="after" if followed else "at")


def _page(roots: list[Comment], *, following: str = "", preceding: str = "", by: str = "") -> Page:
    return Page(in_reading_order(roots, first_replies(roots)), roots, following, preceding, by)


def inline_page(article: Article, passage: int | None, after: str | None) -> Page:
    """What was said on one passage of the story, or on any, newest first, with its first answers."""
    start = _position("newest", after)
    found = list(_after(_inline(article, passage), "newest", start)[: ROOTS + 1])
    following = _cursor("newest", found[ROOTS - 1]) if len(found) > ROOTS else ""
    return _page(found[:ROOTS], following=following, by="after" if start else "")


def _inline(article: Article, passage: int | None) -> "QuerySet[Comment]":
    among = Comment.objects.roots(article).filter(anchor__isnull=False)
    return _with_cut(among.filter(anchor=passage) if passage else among)


def picks_of(article: Article, after: str | None) -> Page:
    """Editor's picks, the newest pick first, out of their threads."""
    picked = Comment.objects.filter(article=article, status=Comment.Status.PUBLISHED, featured_at__isnull=False)
    start = _position("picks", after)
    rows = list(_after(picked.select_related("parent"), "picks", start)[: ROOTS + 1])
    shown = rows[:ROOTS]
    following = _cursor("picks", shown[-1]) if len(rows) > ROOTS else ""
    return Page(shown, shown, following, by="after" if start else "")


def latest_of(article: Article, after: str | None) -> Page:
    """The newest comments wherever they stand, each with what is above it; the thread that moved last comes first."""
    published = Comment.objects.filter(article=article, status=Comment.Status.PUBLISHED)
    start = _position("latest", after)
    rows = list(_after(published, "latest", start)[: LATEST + 1])
    newest = rows[:LATEST]
    above = Q(pk__in={comment.first_id for comment in newest})
    for comment in newest:
        above |= _above(comment)
    known = {comment.pk: comment for comment in Comment.objects.in_place().filter(above)} if newest else {}
    known |= {comment.pk: comment for comment in newest}
    threads: dict[int, list[Comment]] = {comment.first_id: [] for comment in newest}
    for comment in sorted(known.values(), key=lambda comment: comment.path):
        threads[comment.first_id].append(comment)
    ordered = [comment for thread in threads.values() for comment in thread]
    following = _cursor("latest", newest[-1]) if len(rows) > LATEST else ""
    return Page(ordered, [], following, by="after" if start else "")


def _position(order: str, cursor: str | None) -> tuple[Any, int] | None:
    """The sort keys that a page begins after: of `best` a number, else a moment; None for page 1."""
    if order == "best":
        at = keyset.position(order, cursor, [int, int])
        return (at[0], at[1]) if at else None
    at = keyset.position(order, cursor, [str, int])
    return (datetime.fromisoformat(at[0]), at[1]) if at else None


def _beginning_with(article: Article, order: str, pk: str) -> tuple[Any, int] | None:
    """The position just before one root, so that the page begins with it."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    root = Comment.objects.roots(article).filter(pinned_at=None, pk=int(pk)).first()
    if root is None:
        return None
    return getattr(root, _KEYS[order].lstrip("-")), root.pk + (1 if _KEYS[order].startswith("-") else -1)


def _roots_after(
    article: Article | int, order: str, at: tuple[Any, int] | None, *, backwards: bool = False
) -> "QuerySet[Comment]":
    roots = _with_cut(Comment.objects.roots(article).filter(pinned_at=None))
    return _after(roots, order, at, backwards=backwards)


@functools.cache
def _first_roots(order: str) -> Callable[[int], list[Comment]]:
    return prepared(lambda article: _roots_after(article, order, None)[: ROOTS + 1])


def _after(
    rows: "QuerySet[Comment]", order: str, at: tuple[Any, int] | None, *, backwards: bool = False
) -> "QuerySet[Comment]":
    """Spelled so that both databases begin at the right place of the index, and never sort by the id alone."""
    key = _KEYS[order]
    down = key.startswith("-") != backwards
    field, way, sign = key.lstrip("-"), "lt" if down else "gt", "-" if down else ""
    rows = rows.order_by(f"{sign}{field}", f"{sign}id")
    if at is None:
        return rows
    return rows.filter(Q(**{f"{field}__{way}": at[0]}) | Q(**{f"id__{way}": at[1]}), **{f"{field}__{way}e": at[0]})


def _with_cut(roots: "QuerySet[Comment]") -> "QuerySet[Comment]":
    visible = Comment.objects.filter(root=OuterRef("pk"), visible=True).order_by("seq").values("seq")
    return roots.defer(*_NOT_SHOWN).annotate(cut=Subquery(visible[REPLIES - 1 : REPLIES], output_field=IntegerField()))


def _cursor(order: str, comment: Comment) -> str:
    key = getattr(comment, _KEYS[order].lstrip("-"))
    return keyset.cursor(order, key.isoformat() if isinstance(key, datetime) else key, comment.pk)


def first_replies(roots: list[Comment]) -> list[Comment]:
    """The first visible answers of each thread, in one query; a prefix by `seq` always holds what it answers too.

    Each root carries `cut`, the `seq` of its fifth visible answer: mostly 5, more where answers were removed.
    """
    cuts = {root.pk: getattr(root, "cut", None) or SEQ_MAX for root in roots if root.thread_count}
    return list(_answers(list(cuts), list(cuts.values()))) if cuts else []


def _up_to(roots: list[int], cuts: list[int]) -> "QuerySet[Comment]":
    """The visible answers of each root up to its last `seq`, thread by thread.

    Joined to a list of threads, and not `root IN (...)`: PostgreSQL knows that a few threads hold a large part of all
    comments, expects as many rows where one of them is named, and would read the whole table.
    """
    rows = ", ".join(["(%s, %s)"] * len(roots))
    ids = RawSQL(  # noqa: S611 - values are bound
        f"WITH wanted (root, cut) AS (VALUES {rows}) SELECT reply.id FROM wanted"  # noqa: S608 - only marks
        " JOIN comments_comment AS reply ON reply.root_id = wanted.root AND reply.seq <= wanted.cut AND reply.visible",
        [value for pair in zip(roots, cuts, strict=True) for value in pair],
    )
    return Comment.objects.filter(pk__in=ids).defer(*_NOT_SHOWN).order_by("root", "seq")


_answers: Final = prepared(_up_to)


def subtree(comment: Comment, after: str | None, most: int) -> tuple[list[Comment], str]:
    """What stands below a comment, in reading order, and the cursor of what follows."""
    order = f"below {comment.pk}"
    rows = Comment.objects.in_place().filter(root=comment.first_id).order_by("path")
    if comment.depth == DEPTH_MAX:  # its answers became its neighbours
        rows = rows.filter(parent=comment.pk)
    elif comment.root_id:
        rows = rows.filter(path__gt=comment.path, path__lt=after_subtree(comment.path, DIGITS))
    if at := keyset.position(order, after, [str]):
        rows = rows.filter(path__gt=at[0])
    found = list(rows[: most + 1])
    shown = found[:most]
    return shown, keyset.cursor(order, shown[-1].path) if len(found) > most else ""


def ancestors(comment: Comment) -> list[Comment]:
    """What a comment answers, from the thread's first comment down: found by its path, without recursion.

    What stands below the deepest level answers neighbours on that level: the nearest fifty of those come too.
    """
    if comment.root_id is None:
        return []
    above = Q(pk=comment.root_id) | _above(comment)
    if comment.depth == DEPTH_MAX:
        above |= Q(pk__in=RawSQL(_ANSWERED, [comment.parent_id, ABOVE]))  # noqa: S611 - the text is ours, the values apart
    return list(Comment.objects.in_place().filter(above).order_by("depth", "seq"))


def _above(comment: Comment) -> Q:
    """The answers above a comment; all levels but the thread's first comment."""
    above = steps(comment.path, DIGITS)[:-1]
    return Q(root=comment.root_id, seq__in=above) if above else Q()


_ANSWERED: Final = """
    WITH RECURSIVE answered (id, parent_id, hops) AS (
        SELECT id, parent_id, 1 FROM comments_comment WHERE id = %s
        UNION ALL
        SELECT c.id, c.parent_id, hops + 1 FROM comments_comment c JOIN answered ON c.id = answered.parent_id
        WHERE hops < %s
    ) SELECT id FROM answered"""


def pinned(article: Article) -> list[Comment]:
    """All of them: three at most are pinned here, but another system may have brought more, and none may be lost."""
    found = _with_cut(Comment.objects.roots(article).filter(pinned_at__isnull=False))
    return list(found.order_by("pinned_at", "id")[:ROOTS])


def missing_parents(comments: list[Comment]) -> dict[int, Comment]:
    """What some of these answer that is not among them (below the deepest level only)."""
    known = {comment.pk for comment in comments}
    absent = {c.parent_id for c in comments if c.parent_id is not None and c.parent_id not in known}
    return Comment.objects.in_bulk(absent) if absent else {}
