"""Cutting a passage out of a comment: a moderator takes words away and puts none of their own there."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from articles.models.site_settings import site_settings
from comments import markup
from comments.models.moderated import StepRefused
from comments.models.stats import CommentStats
from newsroom.lib.html import clean_comment
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment
    from comments.models.moderation import ModerationAction
    from newsroom.accounts.models import User


def removed_words() -> str:
    """What stands where words were cut, in the site's language."""
    with translation.override(site_settings().language):
        return _("[removed by a moderator]")


class Cutting(models.Model):
    """The verb `cut_passage`, part of a comment."""

    class Meta:
        abstract = True

    def cut_passage(self, passage: str, *, by: "User", note: str = "", version: int | None = None) -> None:
        """Replace a passage, wherever it stands in the text. The earlier text is kept, for moderators only.

        Raises StepRefused, and then nothing was written.
        """
        from comments.models.comment import Comment
        from comments.models.moderation import ModerationAction
        from comments.models.revision import CommentRevision

        words = passage.replace("\r\n", "\n").strip()
        with transaction.atomic():
            CommentStats.objects.move(cast("Comment", self).article_id)  # the lock of the discussion
            comment = Comment.objects.get(pk=self.pk)
            if version not in {None, comment.version} or comment.withdrawn_at or comment.purged_at:
                raise StepRefused(comment.changed_since(comment.status, version))
            if not words or words not in comment.text:
                raise StepRefused(_("These words are not in the comment. Copy them from it as they stand there."))
            text = comment.text.replace(words, removed_words())
            CommentRevision.objects.create(
                comment=comment, n=comment.version, text=comment.text, html=comment.html, editor=by
            )
            rewrite(comment, text, markup.render(text))
            line = ModerationAction(
                actor=by, comment=comment, reader_id=comment.reader_id, article_id=comment.article_id, action="cut",
                from_status=comment.status, to_status=comment.status, note=note, version=comment.version,
                batch=uuid.uuid4(), changes={"version": [comment.version - 1, comment.version]},
            )  # fmt: skip
            ModerationAction.objects.note([line])
            Stamp.objects.bump(Stamp.article(comment.article_id))
        self.refresh_from_db(fields=["text", "html", "html_version", "version"])


def rewrite(comment: "Comment", text: str, html: str) -> None:
    """Give a comment another text, as a new version; under the lock of its discussion."""
    comment.text, comment.html, comment.html_version = text, html, markup.VERSION
    comment.version += 1
    comment.save(update_fields=["text", "html", "html_version", "version"])


def put_back(cuts: "Iterable[ModerationAction]", *, by: "User") -> None:
    """Undo cuts, each the last thing that happened to its text; in the transaction of the undo."""
    from comments.models.comment import Comment
    from comments.models.revision import CommentRevision

    for line in cuts:
        comment = Comment.objects.get(pk=line.comment_id)
        before = CommentRevision.objects.get(comment=comment, n=line.version - 1)
        CommentRevision.objects.create(
            comment=comment, n=comment.version, text=comment.text, html=comment.html, editor=by
        )
        rewrite(comment, before.text, clean_comment(before.html))
