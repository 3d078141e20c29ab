"""Storing a new comment: its place in the thread, the counters and the record, in one transaction."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from comments import markup
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp
from newsroom.lib.prepared import insert, prepared

if TYPE_CHECKING:
    from articles.models import Article
    from comments.models.comment import Comment
    from comments.models.inline_anchor import InlineAnchor
    from newsroom.accounts.models import Reader


class NoSuchParent(Exception):
    """What the reply answers is not there (any more): not published, of another article, or in a full thread."""


class _StoredBefore(Exception):
    def __init__(self, comment: "Comment") -> None:
        self.comment = comment


class Posting(models.Manager):  # type: ignore[type-arg]
    """The verb `post`, part of `Comment.objects`."""

    def post(
        self,
        article: "Article",
        parent: "Comment | None",
        reader: "Reader",
        text: str,
        *,
        status: str = "published",
        reason: str = "",
        findings: Sequence[Any] = (),
        name: str = "",
        badge: str = "",
        network: str = "",
        tokens: Sequence[str] = (),
        anchor: "InlineAnchor | None" = None,
        created_at: datetime | None = None,
        also: "Callable[[Comment], None] | None" = None,
    ) -> "Comment":
        """Store one comment and everything that follows from it. Raises NoSuchParent.

        A `reader` who is new is stored with it. `tokens` name the submission (the first one) and its earlier windows: where one of them is stored already, that
        comment is returned with `is_repeat` set and nothing is written. `also` is called in the transaction of a comment
        that is stored. Letters are planned by the worker.
        """
        now = timezone.now()
        comment: Comment = self.model(
            article=article, reader=reader, name=name or reader.display_name, badge=badge,
            text=text, html=markup.render(text), html_version=markup.VERSION, status=status, reason=reason, findings=list(findings),
            visible=status == "published",
            created_at=created_at or now, published_at=now if status == "published" else None,
            submit_token=tokens[0] if tokens else uuid.uuid4().hex, network=network, anchor=anchor,
        )  # fmt: skip
        try:
            with transaction.atomic():
                self._store(comment, parent, tokens)
                if also:
                    also(comment)
        except _StoredBefore as found:
            return found.comment
        except IntegrityError:
            if (before := self.stored(article, tokens)) is None:
                raise
            return before
        return comment

    def submitted(self, article: "Article", tokens: Sequence[str]) -> "Comment | None":
        """What is stored of a submission already; waits for the request that is storing it at this moment."""
        with transaction.atomic():
            CommentStats.objects.move(article.pk)
            return self.stored(article, tokens)

    def stored(self, article: "Article", tokens: Sequence[str]) -> "Comment | None":
        """What is stored of a submission already."""
        for pk in _submitted(article.pk, list(tokens)):
            found: Comment = self.select_related("reader__user").get(pk=pk)
            found.is_repeat = True
            return found
        return None

    def _store(self, comment: "Comment", parent: "Comment | None", tokens: Sequence[str]) -> None:
        published = int(comment.is_published)
        CommentStats.objects.move(comment.article_id, published)
        if parent is not None:
            self._take_a_place(comment, parent, published, tokens)
        elif tokens and (before := self.stored(comment.article, tokens)):
            raise _StoredBefore(before)
        if comment.reader._state.adding:
            insert(comment.reader)
            comment.reader.identities = {comment.reader.pk}
            comment.reader = comment.reader  # its key is known by now
        insert(comment)
        if published:
            Stamp.objects.bump(Stamp.readers(comment.article_id))

    def _take_a_place(self, comment: "Comment", parent: "Comment", published: int, tokens: Sequence[str]) -> None:
        """The next `seq` of the thread, and the path that follows from it; thread and parent are counted in one step,
        unless the comment is stored already."""
        from comments.models.comment import SEQ_MAX

        root = parent.root_id or parent.pk
        with connection.cursor() as cursor:
            names = {f"token{n}": token for n, token in enumerate(tokens or [""])}
            values = {
                "root": root,
                "parent": parent.pk,
                "by": published,
                "article": comment.article_id,
                "most": SEQ_MAX,
            }
            cursor.execute(_COUNT_A_REPLY.format(tokens=", ".join(f"%({name})s" for name in names)), values | names)
            seqs = dict(cursor.fetchall())
        if seqs.keys() != {root, parent.pk}:
            if tokens and (before := self.stored(comment.article, tokens)):
                raise _StoredBefore(before)
            raise NoSuchParent
        for field, value in place(root, parent, seqs[root]).items():
            setattr(comment, field, value)


@prepared
def _submitted(article: int, tokens: list[str]) -> "models.QuerySet[Any, Any]":
    from comments.models.comment import Comment

    return Comment.objects.filter(article=article, submit_token__in=tokens).values_list("pk", flat=True)


_COUNT_A_REPLY: Final = """
    UPDATE comments_comment SET
        last_seq = last_seq + CASE WHEN id = %(root)s THEN 1 ELSE 0 END,
        thread_count = thread_count + CASE WHEN id = %(root)s THEN %(by)s ELSE 0 END,
        reply_count = reply_count + CASE WHEN id = %(parent)s THEN %(by)s ELSE 0 END
    WHERE article_id = %(article)s AND id IN (%(root)s, %(parent)s)
        AND (id <> %(root)s OR (closed_at IS NULL AND last_seq < %(most)s))
        AND (id <> %(parent)s OR status = 'published')
        AND NOT EXISTS (
            SELECT 1 FROM comments_comment AS stored
            WHERE stored.article_id = %(article)s AND stored.submit_token IN ({tokens})
        )
    RETURNING id, last_seq
"""


def place(root: int, parent: "Comment", seq: int) -> dict[str, Any]:
    """Where a reply to `parent` with this `seq` stands; below the deepest level it becomes its neighbour."""
    from comments.models.comment import DEPTH_MAX, DIGITS

    depth = min(parent.depth + 1, DEPTH_MAX)
    path = f"{parent.path[: (depth - 1) * DIGITS]}{seq:0{DIGITS}}"
    return {"root_id": root, "parent": parent, "seq": seq, "depth": depth, "path": path}
