"""What letters about comments say. Everything is decided anew when a letter leaves: consent, and what may still be shown.

No link, picture or markup of a commenter gets into a letter: their words are plain text, addresses are taken out.
"""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from articles.models.site_settings import site_settings
from comments import markup
from comments.follow import confirm_token, unsubscribe_token
from comments.models import Comment, ConfirmationLetter, Notification, Subscription
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.text import initials, one_line

#: Characters of a comment that a letter quotes.
QUOTED: Final = 1200


def about_comment(letter: Notification) -> Mail | None:
    """Tell a reader of a comment; None, with the reason in `last_error`, where that must not happen any more."""
    comment = Comment.objects.select_related("article", "parent", "reader__user").get(pk=letter.comment_id)
    reader = letter.reader.survivor
    if refusal := _refusal(comment, reader):
        letter.last_error = refusal
        return None
    with _in_the_language_of_the_site():
        context = _context(comment, reader, letter.reason)
        text, html = write("comments/mail/about_comment", context)
        stop = absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, comment.article)]))
        return Mail(
            to=reader.address, subject=context["subject"], text=text, html=html, headers=_headers(comment, reader, stop)
        )


def asking_to_confirm(letter: ConfirmationLetter) -> Mail | None:
    """Ask an address whether it wants what was asked for in its name. Holds nothing that a reader typed."""
    if letter.reader.has_confirmed_address or letter.reader.email.lower() != letter.to.lower():
        letter.last_error = _("The address is confirmed already, or was changed.")
        return None
    if Suppression.holds(letter.to):
        letter.last_error = _("The address wants no letters.")
        return None
    with _in_the_language_of_the_site():
        site = site_settings().name
        asked = _("Somebody, you we hope, asked us to write to this address about new comments.")
        if letter.article:
            asked = (
                _("Somebody, you we hope, asked us to write to this address about comments on “%s”.") % letter.article
            )
        context = {
            "subject": _("Confirm that %s may write to you") % site,
            "asked": asked,
            "label": _("Confirm"),
            "url": absolute(reverse("comments_confirm", args=[confirm_token(letter.reader)])),
        }
        text, html = write("comments/mail/confirm", context)
        return Mail(to=letter.to, subject=context["subject"], text=text, html=html)


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
    name = one_line(comment.name, longest=60)
    own = parent is not None and parent.reader_id == reader.pk
    about, why = _reasons()[reason]
    subject = (
        _("%s replied to you") % name
        if own
        else _("%(name)s on “%(headline)s”") % {"name": name, "headline": article.headline}
    )
    quoted = _words_of(parent, 400) if parent and parent.is_published else ""
    return {
        "subject": subject,
        "preheader": Truncator(_words_of(comment, QUOTED).replace("\n", " ")).chars(140),
        "about": about,
        "why": why,
        "headline": article.headline,
        "article_url": absolute(article.get_absolute_url()),
        "quoted": quoted,
        "quoted_lines": "\n".join(f"> {line}" for line in quoted.split("\n")),
        "quoted_who": _("You wrote:") if own else _("%s wrote:") % (parent.name if parent else ""),
        "name": name,
        "initials": initials(name),
        "at": date_format(
            timezone.localtime(comment.published_at or comment.created_at, site_settings().zone), "H:i, j N Y"
        ),
        "said": _words_of(comment, QUOTED),
        "label": _("Read and reply"),
        "url": absolute(comment.get_absolute_url()),
        "report_url": absolute(reverse("comment_flag", args=[comment.pk])),
        "stop_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, article)])),
        "stop_all_url": absolute(reverse("comments_unsubscribe", args=[unsubscribe_token(reader, None)])),
    }


def _reasons() -> dict[str, tuple[str, str]]:
    return {
        "replies": (_("A reply to your comment"), _("You asked to be told of new replies to your comments.")),
        "thread": (_("A reply in a thread"), _("You asked to be told of new replies in this thread.")),
        "all": (_("A new comment"), _("You asked to be told of new comments on this story.")),
    }


def _words_of(comment: Comment | None, most: int) -> str:
    words = markup.without_addresses(comment.text, _("[link]")) if comment else ""
    return Truncator(words).chars(most)


def _headers(comment: Comment, reader: Reader, stop: str) -> dict[str, str]:
    """A discussion is one conversation in the reader's mail program, and one button ends it (RFC 8058)."""
    host = urlsplit(settings.NEWSROOM_URL).hostname
    story = f"<a.{comment.article_id}.{reader.pk}@{host}>"
    above = [f"<c.{pk}.{reader.pk}@{host}>" for pk in (comment.root_id, comment.parent_id) if pk]
    references = list(dict.fromkeys([story, *above]))
    return {
        "Message-ID": f"<c.{comment.pk}.{reader.pk}@{host}>",
        "In-Reply-To": references[-1],
        "References": " ".join(references),
        "List-Id": f"<comments.{comment.article_id}.{host}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _in_the_language_of_the_site() -> translation.override:
    return translation.override(site_settings().language)
