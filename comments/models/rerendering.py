"""Making stored HTML again, after `comments.markup` or the sanitiser has learned something."""

from typing import TYPE_CHECKING, Final

from django.db import models

from comments import markup
from newsroom.lib.html import TooMuchHTML, clean_comment
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.models.comment import Comment

BATCH: Final = 500


class Rerendering(models.Manager):  # type: ignore[type-arg]
    """The verb `render_again`, part of `Comment.objects`."""

    def render_again(self, after: int = 0) -> int | None:
        """Renew the HTML of the next comments after the one with this id; the last id seen, None where none is left.

        A comment that its writer changes meanwhile is left alone: it was made new by that.
        """
        stale = self.filter(pk__gt=after, html_version__lt=markup.VERSION).order_by("pk")
        last, articles = None, set()
        for comment in stale.only("article_id", "text", "html", "version", "legacy_id")[:BATCH]:
            made = {"html": _html(comment), "html_version": markup.VERSION}
            self.filter(pk=comment.pk, version=comment.version).update(**made)
            last = comment.pk
            if made["html"] != comment.html:
                articles.add(Stamp.article(comment.article_id))
        Stamp.objects.bump(*articles)
        return last


def _html(comment: "Comment") -> str:
    """What an import brought as HTML knows more than its text: it is cleaned again, not made anew."""
    if comment.legacy_id and comment.version == 1:
        try:
            return clean_comment(comment.html)
        except TooMuchHTML:
            pass
    return markup.render(comment.text)
