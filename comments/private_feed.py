"""The address of a reader's own feed: a secret that never expires and can be replaced."""

from django.urls import reverse

from newsroom.accounts.models import Reader
from newsroom.lib.signing import BadToken, sign_for_good, unsign_for_good

_PURPOSE = "comments.replies"


def feed_of_replies(reader: Reader) -> str:
    """The path of the feed of replies to `reader`; whoever has it can read the feed."""
    return reverse("my_replies_rss", args=[sign_for_good(_PURPOSE, [reader.pk, reader.feed_key])])


def reader_behind(token: str) -> Reader | None:
    """Whose feed it is; None where the address was replaced, damaged, or its reader is erased."""
    try:
        pk, key = unsign_for_good(_PURPOSE, token)
        reader = Reader.objects.select_related("merged_into").get(pk=pk, feed_key=key).survivor
    except (BadToken, TypeError, ValueError, Reader.DoesNotExist):
        return None
    return None if reader.erased_at else reader
