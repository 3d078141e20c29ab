"""What letters about comments say. Everything is decided anew when a letter leaves: consent, and what may still be shown.

No link, picture or markup of a commenter gets into a letter: their words and names are plain text, and whatever a mail
program would make a link of is taken out of them (`plain_words`, `plain_name`).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.follow import confirm_token, unsubscribe_token
from comments.models import Comment, ConfirmationLetter, Notification, Subscription
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.models import Sample
from newsroom.lib.text import initials, one_line, unlinked

#: Characters of a comment that a letter quotes.
QUOTED: Final = 1200
#: What the page shows only to those who ask for it (`comments.markup`).
_SPOILER = re.compile(r"(?<!\|)\|\|(?=[^\s|])[^|]*(?:\|[^|]+)*(?<=[^\s|])\|\|(?!\|)")


def about_comment(letter: Notification) -> Mail | None:
    """Tell a reader of a comment; None, with the reason in `last_error`, where that must not happen any more."""
    comment = Comment.objects.select_related("article", "parent", "reader__user").get(pk=letter.comment_id)
    reader = letter.reader.survivor
    if refusal := _refusal(comment, reader):
        letter.last_error = refusal
        return None
    above = [pk for pk in (comment.root_id, comment.parent_id) if pk]
    told: list[int] = []
    if above:
        had = Notification.objects.filter(
            reader=letter.reader_id, comment__in=above, sent_at__isnull=False, digest=None
        )
        told = sorted(had.values_list("comment", flat=True))
    return _tell(reader, comment, letter.reason, told, box=letter.reader_id)


def _tell(reader: Reader, comment: Comment, reason: str, told: Iterable[int], *, box: int) -> Mail:
    """`told`: comments above this one of which this reader had a letter, the oldest first. `box` keeps the ids of one
    reader's letters apart from another's, and stays the same whomever that reader turns out to be."""
    with _in_the_language_of_the_site():
        context = _context(comment, reader, reason)
        text, html = write("comments/mail/about_comment", context)
    above = [f"c.{pk}" for pk in told]
    headers = {
        **list_headers(reader, comment.article),
        **thread_headers(box, f"c.{comment.pk}", [f"a.{comment.article_id}", *above]),
    }
    return Mail(to=reader.address, subject=context["subject"], text=text, html=html, headers=headers)


def asking_to_confirm(letter: ConfirmationLetter) -> Mail | None:
    """Ask an address whether it wants what was asked for in its name. Holds nothing that a reader typed."""
    if letter.reader.has_confirmed_address or letter.reader.email.lower() != letter.to.lower():
        letter.last_error = _("The address is confirmed already, or was changed.")
        return None
    if Suppression.holds(letter.to):
        letter.last_error = _("The address wants no letters.")
        return None
    return _ask(letter.reader, letter.to, letter.article, about_record=letter.about_record)


def _ask(reader: Reader, to: str, article: Article | None, *, about_record: bool = False) -> Mail:
    with _in_the_language_of_the_site():
        asked = _("Somebody, you we hope, asked us to write to this address about new comments.")
        if article:
            asked = _("Somebody, you we hope, asked us to write to this address about comments on “%s”.") % article
        subject = _("Confirm that %s may write to you") % site_settings().name
        if about_record:
            subject = _("Did you comment at %s?") % site_settings().name
            asked = _(
                "Somebody, you we hope, commented with this address, under which comments are published already."
                " Confirm that it is yours, and your comments need not wait for a moderator."
            )
        context = {
            "kind": "confirm",
            "subject": subject,
            "asked": asked,
            "label": _("Confirm"),
            "url": absolute(reverse("comments_confirm", args=[confirm_token(reader)])),
        }
        text, html = write("comments/mail/confirm", context)
    return Mail(to=to, subject=context["subject"], text=text, html=html, headers=list_headers(reader, article))


def _refusal(comment: Comment, reader: Reader) -> str:
    """Why this letter must not leave; '' where it may."""
    if not Comment.objects.shown(timezone.now()).filter(pk=comment.pk).exists():
        return _("The comment is not shown any more.")
    if comment.reader_id in reader.identities:
        return _("There is nobody to write to.")
    if refusal := refuses_letters(reader):
        return refusal
    if not Subscription.objects.running().filter(reader__in=reader.identities).about(comment).exists():
        return _("The reader does not follow it any more.")
    return ""


def refuses_letters(reader: Reader) -> str:
    """Why no letter about comments goes to this reader; '' where one may."""
    if not Reader.objects.reachable().filter(pk=reader.pk).exists():
        return _("There is nobody to write to.")
    if reader.pace == Reader.Pace.NEVER or Suppression.holds(reader.address):
        return _("The address wants no letters.")
    return ""


def _context(comment: Comment, reader: Reader, reason: str) -> dict[str, str]:
    article, parent = comment.article, comment.parent
    name = plain_name(comment.name)
    own = parent is not None and parent.reader_id in reader.identities
    kind, about, why = _reasons()[reason]
    subject = (
        _("%s replied to you") % name
        if own
        else _("%(name)s on “%(headline)s”") % {"name": name, "headline": article.headline}
    )
    quoted = plain_words(parent.text, 400) if parent and parent.is_published else ""
    said = plain_words(comment.text, QUOTED)
    return {
        "kind": kind,
        "subject": subject,
        "preheader": Truncator(said.replace("\n", " ")).chars(140),
        "about": about,
        "why": why,
        "headline": article.headline,
        "article_url": absolute(article.get_absolute_url()),
        "quoted": quoted,
        "quoted_who": _("You wrote:") if own else _("%s wrote:") % plain_name(parent.name if parent else ""),
        "name": name,
        "initials": initials(name),
        "at": date_format(
            timezone.localtime(comment.published_at or comment.created_at, site_settings().zone), "H:i, j N Y"
        ),
        "said": said,
        "label": _("Read and reply"),
        "url": absolute(comment.get_absolute_url()),
        "report_url": absolute(reverse("comment_flag", args=[comment.pk])),
        "stop_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, article)])),
        "stop_all_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, None)])),
    }


def _reasons() -> dict[str, tuple[str, str, str]]:
    """By why a reader is told: the kind of letter, what it is called, why it came."""
    return {
        "replies": ("reply", _("A reply to your comment"), _("You asked to be told of new replies to your comments.")),
        "thread": ("thread", _("A reply in a thread"), _("You asked to be told of new replies in this thread.")),
        "all": ("comment", _("A new comment"), _("You asked to be told of new comments on this story.")),
    }


def plain_words(text: str, most: int) -> str:
    """A commenter's words as a letter may quote them: nothing that a mail program makes a link of, no spoiler; cut at
    `most` characters."""
    return Truncator(unlinked(_SPOILER.sub(_("[spoiler]"), text), _("[link]"), _("[address]"))).chars(most)


def plain_name(name: str) -> str:
    """A commenter's name as a letter may say it, in its subject too."""
    return one_line(unlinked(one_line(name), _("[link]"), _("[address]")), longest=60)


def list_headers(reader: Reader, article: Article | None) -> dict[str, str]:
    """One button of the mail program ends letters about a story, or (no story) about all of them: RFC 8058."""
    stop = absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, article)]))
    return {
        "List-Id": f"<comments.{article.pk if article else 'all'}.{_host()}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def thread_headers(box: int, own: str, above: list[str]) -> dict[str, str]:
    """A discussion is one conversation in the reader's mail program. `own` and `above` are local ids (`c.5`, `a.2`).

    `above` begins with the story's id, which no letter bears and which holds its letters together, and goes on with
    ids that earlier letters to this reader really bore.
    """
    own, *references = (f"<{local}.{box}@{_host()}>" for local in (own, *dict.fromkeys(above)))
    return {"Message-ID": own, "In-Reply-To": references[-1], "References": " ".join(references)}


def _host() -> str:
    return urlsplit(settings.NEWSROOM_URL).hostname or "localhost"


def _in_the_language_of_the_site() -> translation.override:
    return translation.override(site_settings().language)


def sample_story(pk: int, headline: str) -> Article:
    return Article(pk=pk, headline=headline, slug="sample", dated=date(2026, 11, 23))


def samples() -> dict[str, Sample]:
    """Letters about a made-up discussion; their links lead nowhere."""
    reader, other, writer = (
        Reader(pk=0, email="noor@example.org"),
        Reader(pk=-2, email="noor@example.org"),
        Reader(pk=-1),
    )
    for somebody in (reader, other):
        somebody.identities = {somebody.pk}
    at = datetime(2026, 11, 23, 12, 57, tzinfo=site_settings().zone)
    article = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    mine = Comment(pk=0, article=article, reader=reader, name="Noor B.", status=Comment.Status.PUBLISHED)
    mine.text = _("The extra ferry got me there eleven minutes before the bell. Could we keep it after the repair?")
    answer = Comment(pk=0, article=article, parent=mine, reader=writer, name="Old Ferryman", published_at=at)
    answer.text = _("The boats are not the difficulty. Crews are: every late sailing needs a second master.")
    news = Comment(pk=0, article=article, reader=writer, name="Old Ferryman", published_at=at, text=answer.text)
    return {
        "reply": Sample(_("A reply"), lambda: _tell(reader, answer, "replies", [], box=0)),
        "thread": Sample(_("A reply in a thread"), lambda: _tell(other, answer, "thread", [], box=0)),
        "comment": Sample(_("A new comment"), lambda: _tell(reader, news, "all", [], box=0)),
    }


def confirmation_samples() -> dict[str, Sample]:
    reader = Reader(pk=0, email="noor@example.org")
    article = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    return {"confirm": Sample(_("Confirming an address"), lambda: _ask(reader, reader.email, article))}
