"""Storing a new comment: its place in the thread, the counters and the record, in one transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone

from comments import markup
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

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
    ) -> "Comment":
        """Store one comment and everything that follows from it. Raises NoSuchParent.

        `tokens` name the submission (the first one) and its earlier windows: where one of them is stored already, that
        comment is returned with `is_repeat` set and nothing is written. Letters are planned by the worker.
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
        except _StoredBefore as found:
            found.comment.is_repeat = True
            return found.comment
        except IntegrityError:
            before: Comment | None = self.filter(article=article, submit_token__in=tokens).first()
            if before is None:
                raise
            before.is_repeat = True
            return before
        return comment

    def submitted(self, article: "Article", tokens: Sequence[str]) -> "Comment | None":
        """What is stored of a submission already; waits for the request that is storing it at this moment."""
        with transaction.atomic():
            CommentStats.objects.move(article.pk)
            found = self.filter(article=article, submit_token__in=tokens).select_related("reader").first()
        if found:
            found.is_repeat = True
        return found

    def _store(self, comment: "Comment", parent: "Comment | None", tokens: Sequence[str]) -> None:
        published = int(comment.is_published)
        CommentStats.objects.move(comment.article_id, published)
        if tokens and (before := self.filter(article=comment.article_id, submit_token__in=tokens).first()):
            raise _StoredBefore(before)
        if parent is not None:
            self._take_a_place(comment, parent, published)
        comment.save(force_insert=True)
        if published:
            CommentStats.objects.saw(comment.article_id, comment.pk)
            Stamp.objects.bump(Stamp.article(comment.article_id))

    def _take_a_place(self, comment: "Comment", parent: "Comment", published: int) -> None:
        """The next `seq` of the thread, and the path that follows from it. The thread's row is locked first."""
        from comments.models.comment import SEQ_MAX

        root = parent.root_id or parent.pk
        thread = self.filter(pk=root, article=comment.article_id, closed_at=None, last_seq__lt=SEQ_MAX)
        if not thread.update(last_seq=F("last_seq") + 1, thread_count=F("thread_count") + published):
            raise NoSuchParent
        answered = self.filter(pk=parent.pk, article=comment.article_id, status="published")
        if not answered.update(reply_count=F("reply_count") + published):
            raise NoSuchParent
        seq = self.filter(pk=root).values_list("last_seq", flat=True).get()
        for field, value in place(root, parent, seq).items():
            setattr(comment, field, value)


def place(root: int, parent: "Comment", seq: int) -> dict[str, Any]:
    """Where a reply to `parent` with this `seq` stands; below the deepest level it becomes its neighbour."""
    from comments.models.comment import DEPTH_MAX, DIGITS

    depth = min(parent.depth + 1, DEPTH_MAX)
    path = f"{parent.path[: (depth - 1) * DIGITS]}{seq:0{DIGITS}}"
    return {"root_id": root, "parent": parent, "seq": seq, "depth": depth, "path": path}
