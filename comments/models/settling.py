"""What follows when comments change their state: who is in sight, and every counter that says so.

Everything here runs while the discussions' locks are held (`CommentStats`), on rows that were read under them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment


def carry_out(rows: "list[Comment]", changes: Mapping[int, dict[str, Any]]) -> None:
    """Write the new values of `rows` (by id), and move every counter and stamp that depends on them."""
    from comments.models.comment import Comment

    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    published: Counter[int] = Counter()
    seen_by_readers = {row.article_id for row in rows if row.visible}
    for row in rows:
        values = changes[row.pk]
        alike[tuple(sorted(values.items(), key=lambda item: item[0]))].append(row.pk)
        published[row.article_id] += (values.get("status", row.status) == "published") - row.is_published
        for name, value in values.items():
            setattr(row, name, value)
    for items, ids in alike.items():
        values = dict(items)
        if values.get("status") == "published":
            # Visible at once, as the database wants it; what that means for what it answers is settled below.
            values |= {"published_at": Coalesce("published_at", timezone.now()), "visible": True}
        Comment.objects.filter(pk__in=ids).update(**values)
    settle(rows)
    CommentStats.objects.move_many(published)
    Stamp.objects.bump(*map(Stamp.article, seen_by_readers | {row.article_id for row in rows if row.visible}))


def settle(changed: "Iterable[Comment]") -> None:
    """Bring `visible`, `reply_count` and `thread_count` in line with the new states.

    A comment is in sight while it is published, or keeps its place because something in sight answers it. An answer has
    a higher `seq` than what it answers, so that one pass from the last to the first is right for the whole batch; there
    is another one only where the place of a comment outside the batch comes or goes.
    """
    known = {row.pk: row for row in changed}
    due = list(known.values())
    replies: Counter[int] = Counter()
    threads: Counter[int] = Counter()
    turned: dict[int, Comment] = {}
    while due:
        _fetch_parents(due, known)
        above: dict[int, Comment] = {}
        for row in sorted(due, key=lambda row: -row.seq):
            needed = row.is_published or row.reply_count > 0
            if needed == row.visible:
                continue
            row.visible, turned[row.pk] = needed, row
            if row.parent_id is not None:
                parent, by = known[row.parent_id], 1 if needed else -1
                parent.reply_count += by
                replies[parent.pk] += by
                threads[row.first_id] += by
                if not parent.is_published:
                    above[parent.pk] = parent
        due = list(above.values())
    _write(turned.values(), replies, threads)


def _fetch_parents(rows: "Iterable[Comment]", known: "dict[int, Comment]") -> None:
    from comments.models.comment import Comment

    missing = {row.parent_id for row in rows if row.parent_id is not None} - known.keys()
    if missing:
        fields = ("article", "root", "parent", "seq", "status", "visible", "reply_count")
        known.update((row.pk, row) for row in Comment.objects.filter(pk__in=missing).only(*fields))


def _write(turned: "Iterable[Comment]", replies: Counter[int], threads: Counter[int]) -> None:
    from comments.models.comment import Comment

    for name, moved in (("reply_count", replies), ("thread_count", threads)):
        for by, ids in _by_amount(moved).items():
            Comment.objects.filter(pk__in=ids).update(**{name: F(name) + by})
    for visible in (True, False):
        if ids := [row.pk for row in turned if row.visible is visible]:
            Comment.objects.filter(pk__in=ids).update(visible=visible)


def _by_amount(moved: Counter[int]) -> dict[int, list[int]]:
    ids: dict[int, list[int]] = defaultdict(list)
    for pk, by in moved.items():
        if by:
            ids[by].append(pk)
    return ids
