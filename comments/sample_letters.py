"""Letters about a made-up discussion, for those who decide how letters look: written by what writes the real ones."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.digest_letter import tell_many
from comments.letters import ask, tell
from comments.models import Comment
from newsroom.accounts.models import Reader
from newsroom.lib.models import Sample


def sample_story(pk: int, headline: str) -> Article:
    return Article(pk=pk, headline=headline, slug="sample", dated=date(2026, 11, 23))


def about_comments() -> dict[str, Sample]:
    """Letters about a made-up discussion; their links lead nowhere."""
    reader, other, writer = (
        Reader(pk=0, email="noor@example.org"),
        Reader(pk=-2, email="noor@example.org"),
        Reader(pk=-1),
    )
    at = datetime(2026, 11, 23, 12, 57, tzinfo=site_settings().zone)
    article = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    mine = Comment(pk=0, article=article, reader=reader, name="Noor B.", status=Comment.Status.PUBLISHED)
    mine.text = _("The extra ferry got me there eleven minutes before the bell. Could we keep it after the repair?")
    answer = Comment(pk=0, article=article, parent=mine, reader=writer, name="Old Ferryman", published_at=at)
    answer.text = _("The boats are not the difficulty. Crews are: every late sailing needs a second master.")
    news = Comment(pk=0, article=article, reader=writer, name="Old Ferryman", published_at=at, text=answer.text)
    return {
        "reply": Sample(_("A reply"), lambda: tell(reader, answer, "replies", [], box=0)),
        "thread": Sample(_("A reply in a thread"), lambda: tell(other, answer, "thread", [], box=0)),
        "comment": Sample(_("A new comment"), lambda: tell(reader, news, "all", [], box=0)),
    }


def confirmations() -> dict[str, Sample]:
    reader = Reader(pk=0, email="noor@example.org")
    article = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    return {"confirm": Sample(_("Confirming an address"), lambda: ask(reader, reader.email, article))}


def digests() -> dict[str, Sample]:
    """A digest of made-up comments; its links lead nowhere."""
    reader = Reader(pk=0, email="noor@example.org")
    reader.identities = {0}
    bridge = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    trains = sample_story(-1, _("Night trains return to the coast line"))
    at = datetime(2026, 11, 23, 12, 57, tzinfo=site_settings().zone)
    mine = Comment(pk=-1, article=bridge, reader=reader, name="Noor B.")
    said = (
        (bridge, mine, "Old Ferryman", _("The boats are not the difficulty. Crews are.")),
        (bridge, None, "Tide Watcher", _("High water is at ten. The slip floods at half past nine.")),
        (trains, None, "Sleeper 4", _("Will they take bicycles again?")),
    )
    writer = Reader(pk=-1)
    comments = [
        Comment(pk=0, article=article, parent=parent, reader=writer, name=name, text=text, published_at=at)
        for article, parent, name, text in said
    ]
    return {"digest": Sample(_("A digest"), lambda: tell_many(reader, comments, len(comments)))}
