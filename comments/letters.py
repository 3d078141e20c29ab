"""What letters about comments say. Everything is decided anew when a letter leaves: consent, and what may still be shown.

No link, picture or markup of a commenter gets into a letter: their words and names are plain text, and whatever a mail
program would make a link of is taken out of them (`plain_words`, `plain_name`).
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.letterhead import letterhead
from articles.models.site_settings import site_settings
from comments import markup
from comments.follow import confirm_token, unsubscribe_token
from comments.models import Comment, ConfirmationLetter, Notification
from comments.models.announcing import followers_of
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.text import initials, one_line, unlinked

#: Characters of a comment that a letter quotes.
QUOTED: Final = 1200
#: Stand for a reader's own links until they are put in; nobody who writes a comment can know them.
_STOP_STORY: Final = f"stop-{secrets.token_hex(12)}"
_STOP_ALL: Final = f"stop-{secrets.token_hex(12)}"
_STOP_THREAD: Final = f"stop-{secrets.token_hex(12)}"
#: For how long it is believed, while a batch leaves, that a letter may go.
BELIEVED: Final = timedelta(seconds=1)


class _Written(NamedTuple):
    """A letter but for the links of its reader, with everything that it was written from."""

    context: dict[str, str]
    looks: tuple[object, ...]
    text: str
    html: str


_last: _Written | None = None


def about_comment(letter: Notification) -> Mail | None:
    """Tell a reader of a comment; None, with the reason in `last_error`, where that must not happen any more."""
    if letter.decided_at is None or timezone.now() - letter.decided_at > BELIEVED:
        letter.comment = _with_surroundings().get(pk=letter.comment_id)
        decide([letter])
    if letter.refusal:
        letter.last_error = letter.refusal
        return None
    comment = letter.comment
    above = [pk for pk in (comment.root_id, comment.parent_id) if pk]
    told: list[int] = []
    if above:
        had = Notification.objects.filter(
            reader=letter.reader_id, comment__in=above, sent_at__isnull=False, digest=None
        )
        told = sorted(had.values_list("comment", flat=True))
    return tell(letter.reader.survivor, comment, letter.reason, told, box=letter.reader_id)


def decide(letters: Sequence[Notification]) -> None:
    """Say of each whether it must not leave (`refusal`), at this moment: for a batch it takes the queries of one letter."""
    now = timezone.now()
    readers = {letter.reader_id: letter.reader.survivor for letter in letters}
    comments = {letter.comment_id: letter.comment for letter in letters}
    shown = set(Comment.objects.shown(now).filter(pk__in=comments).values_list("pk", flat=True))
    persons = [reader.pk for reader in readers.values()]
    reachable = set(Reader.objects.reachable().filter(pk__in=persons).values_list("pk", flat=True))
    suppressed = Suppression.objects.among(reader.address for reader in readers.values())
    following = {
        pk: set(followers_of(comment).filter(person__in=persons).values_list("person", flat=True))
        for pk, comment in comments.items()
    }
    for letter in letters:
        reader, comment = readers[letter.reader_id], comments[letter.comment_id]
        letter.decided_at, letter.refusal = now, ""
        if comment.pk not in shown:
            letter.refusal = _("The comment is not shown any more.")
        elif reader.pk not in reachable or comment.reader.survivor == reader:
            letter.refusal = _("There is nobody to write to.")
        elif reader.pace == Reader.Pace.NEVER or reader.address.lower() in suppressed:
            letter.refusal = _("The address wants no letters.")
        elif reader.pk not in following[comment.pk]:
            letter.refusal = _("The reader does not follow it any more.")


def _with_surroundings() -> QuerySet[Comment]:
    rows = Comment.objects.select_related("article", "parent__reader__merged_into", "reader__merged_into")
    return rows.defer("article__body", "article__body_text")


def load(letters: Sequence[Notification]) -> None:
    """Read what letters of a batch tell of, and whether they may leave."""
    comments = _with_surroundings().in_bulk({letter.comment_id for letter in letters})
    for letter in letters:
        letter.comment = comments[letter.comment_id]
    decide(letters)


def tell(reader: Reader, comment: Comment, reason: str, told: Iterable[int], *, box: int) -> Mail:
    """`told`: comments above this one of which this reader had a letter, the oldest first. `box` keeps the ids of one
    reader's letters apart from another's, and stays the same whomever that reader turns out to be."""
    with _in_the_language_of_the_site():
        context = _context(comment, reader, reason)
        text, html = _written(context)
    ends = [(_STOP_STORY, comment.article, 0), (_STOP_ALL, None, 0), (_STOP_THREAD, comment.article, comment.first_id)]
    for mark, article, thread in ends[: 3 if context["stop_thread_url"] else 2]:
        link = absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, article, thread)]))
        text, html = text.replace(mark, link), html.replace(mark, link)
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
    return ask(letter.reader, letter.to, letter.article, about_record=letter.about_record)


def ask(reader: Reader, to: str, article: Article | None, *, about_record: bool = False) -> Mail:
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
    own = parent is not None and parent.reader.survivor == reader
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
        "stop_url": _STOP_STORY,
        "stop_all_url": _STOP_ALL,
        "stop_thread_url": _STOP_THREAD if kind == "thread" else "",
    }


def _written(context: dict[str, str]) -> tuple[str, str]:
    """Text and HTML, kept until somebody is to read another letter than the one before: thousands get the same but for
    the links that stop it."""
    global _last
    last, looks = _last, (letterhead(), site_settings())
    if last is None or last.context != context or any(a is not b for a, b in zip(last.looks, looks, strict=True)):
        last = _last = _Written(context, looks, *write("comments/mail/about_comment", context))
    return last.text, last.html


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
    return Truncator(unlinked(markup.unspoiled(text), _("[link]"), _("[address]"))).chars(most)


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
