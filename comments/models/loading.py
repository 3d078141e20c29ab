"""Storing many comments of one article at once, from an import or a demo: the same rows that posting would make."""

import uuid
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from comments import markup
from comments.models.posting import place
from comments.models.stats import CommentStats
from comments.wilson import wilson
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models import Article
    from comments.models.comment import Comment
    from newsroom.accounts.models import Reader


@dataclass(frozen=True)
class Loaded:
    """One comment from elsewhere. `key` and `parent` are the caller's own names; an unknown parent makes a root.

    `html`, where given, must have been through `newsroom.lib.html.clean_comment`; otherwise it is made from `text`.
    """

    key: Hashable
    reader: "Reader"
    name: str
    text: str
    created_at: datetime
    parent: Hashable | None = None
    status: str = "published"
    html: str | None = None
    badge: str = ""
    reason: str = ""
    up: int = 0
    down: int = 0
    #: `up` and `down` come without their voters; otherwise the caller stores a Vote for each.
    voters_unknown: bool = False
    pinned_at: datetime | None = None
    featured_at: datetime | None = None
    edited_at: datetime | None = None
    legacy_id: str = ""


class Loading(models.Manager):  # type: ignore[type-arg]
    """The verb `load`, part of `Comment.objects`."""

    def load(self, article: "Article", rows: Iterable[Loaded]) -> "dict[Hashable, Comment]":
        """Store whole threads; the comments by the caller's keys. No letters go out for any of them.

        Replies to comments that are in the database already go through `post`.
        """
        comments = self._build(article, rows)
        levels: dict[int, list[Comment]] = {}
        true_depth: dict[int, int] = {}
        for comment in comments.values():
            level = true_depth[id(comment)] = true_depth[id(comment.parent)] + 1 if comment.parent else 0
            levels.setdefault(level, []).append(comment)
        published = sum(comment.is_published for comment in comments.values())
        with transaction.atomic():
            CommentStats.objects.move(article.pk, published)
            for _level, batch in sorted(levels.items()):
                for comment in batch:
                    comment.parent, comment.root = comment.parent, comment.root  # their keys are known by now
                self.bulk_create(batch, batch_size=500)
            Stamp.objects.bump(Stamp.article(article.pk))
        return comments

    def _build(self, article: "Article", rows: Iterable[Loaded]) -> "dict[Hashable, Comment]":
        comments: dict[Hashable, Comment] = {}
        for row in _parents_first(rows):
            comment = comments[row.key] = self.model(**_fields(article, row))
            if (parent := comments.get(row.parent)) is not None:
                root = parent.root or parent
                root.last_seq += 1
                for field, value in place(0, parent, root.last_seq).items():
                    setattr(comment, field, value)
                comment.root = root
        for comment in reversed(comments.values()):  # answers before what they answer
            comment.visible = comment.is_published or comment.reply_count > 0
            if comment.visible and comment.parent:
                comment.parent.reply_count += 1
                comment.root.thread_count += 1  # type: ignore[union-attr]
        return comments


def _fields(article: "Article", row: Loaded) -> dict[str, Any]:
    published_at = row.created_at if row.status == "published" else None
    return {
        "article": article, "reader": row.reader, "name": row.name[:80], "badge": row.badge, "status": row.status,
        "reason": row.reason, "text": row.text, "html": markup.render(row.text) if row.html is None else row.html,
        "html_version": markup.VERSION, "created_at": row.created_at, "published_at": published_at, "notified_at": row.created_at,
        "edited_at": row.edited_at, "pinned_at": row.pinned_at, "featured_at": row.featured_at,
        "reviewed_at": row.created_at if row.legacy_id else None,  # moderated where it came from
        "up": row.up, "brought_up": row.up * row.voters_unknown,
        "down": row.down, "brought_down": row.down * row.voters_unknown,
        "best": wilson(row.up, row.down), "submit_token": uuid.uuid4().hex, "legacy_id": row.legacy_id,
    }  # fmt: skip


def _parents_first(rows: Iterable[Loaded]) -> list[Loaded]:
    """In the order of time, but an answer never before what it answers; circles are cut open."""
    ordered = sorted(rows, key=lambda row: row.created_at)
    by_key = {row.key: row for row in ordered}
    done: dict[Hashable, Loaded] = {}
    for row in ordered:
        chain = [row]
        names = {row.key}
        while (up := by_key.get(chain[-1].parent)) is not None and up.key not in done and up.key not in names:
            chain.append(up)
            names.add(up.key)
        for item in reversed(chain):
            done.setdefault(item.key, item)
    return list(done.values())
