"""What a letter to a moderator says: how much waits, since when, and the newest of it, each with what may be done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models.site_settings import site_settings
from comments.desk_link import DeskLink, stop_token
from comments.letters import plain_name, plain_words
from comments.models import Comment
from comments.models.desk_letter import DeskLetter, moderators, waiting
from comments.sample_letters import sample_story
from comments.screening import Reason
from newsroom.accounts.models import Reader, Suppression, User
from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.models import Sample

#: Comments that a letter shows; the others are counted, as far as it matters.
SHOWN: Final = 10
COUNTED: Final = 1000
#: Characters of each of them, and of what it answers.
QUOTED: Final = 600
ANSWERED: Final = 200


def about_what_waits(letter: DeskLetter) -> Mail | None:
    """None, with the reason in `last_error`, where nothing waits any more or nobody is to be told."""
    if refusal := _refusal(letter, timezone.now()):
        letter.last_error = refusal
        return None
    rows = Comment.objects.filter(waiting())
    newest = rows.select_related("article", "parent").order_by("-created_at", "-id")
    comments = list(newest.defer("html", "parent__html", "article__body", "article__body_text")[:SHOWN])
    if not comments:
        letter.last_error = _("Everything was decided before it left.")
        return None
    n = rows.order_by()[: COUNTED + 1].count() if len(comments) == SHOWN else len(comments)
    oldest = rows.order_by("created_at", "id").values_list("created_at", flat=True)[0]
    return _tell(letter.moderator, comments, n, oldest, since=letter.created_at)


def _refusal(letter: DeskLetter, now: datetime) -> str:
    user = moderators().select_related("desk_wishes").filter(pk=letter.moderator_id).first()
    if user is None:
        return _("They do not moderate here any more.")
    if Suppression.holds(user.email):
        return _("The address wants no letters.")
    if (wishes := getattr(user, "desk_wishes", None)) and not wishes.wants_one(now):
        return _("They want no letters at this time.")
    return ""


def _tell(to: User, comments: Sequence[Comment], n: int, oldest: datetime, *, since: datetime) -> Mail:
    """`n`: how many wait, these included; `since`: what was decided after it makes a link useless."""
    with translation.override(site_settings().language):
        context = _context(to, comments, n, oldest, since)
        text, html = write("comments/mail/desk", context)
    headers = {
        "List-Id": f"<desk.{absolute('').partition('//')[2].partition(':')[0]}>",
        "List-Unsubscribe": f"<{context['stop_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    return Mail(to=to.email, subject=context["subject"], text=text, html=html, headers=headers)


def _context(to: User, comments: Sequence[Comment], n: int, oldest: datetime, since: datetime) -> dict[str, Any]:
    said = f"{COUNTED:,}+" if n > COUNTED else str(n)
    subject = ngettext("%(n)s comment waits", "%(n)s comments wait", n) % {"n": said}
    age = timesince(oldest, timezone.now(), depth=1).replace("\xa0", " ")
    old = _("The oldest waits for %s.") % age if n > 1 else _("It waits for %s.") % age
    return {
        "kind": "desk",
        "subject": f"{subject}: {plain_name(comments[0].article.headline)}" if n == 1 else subject,
        "preheader": plain_words(comments[0].text, 140).replace("\n", " "),
        "about": _("Moderation"),
        "old": old,
        "comments": [_told(comment, to, since) for comment in comments],
        "more": _("The newest %(shown)d are here, all of them on the desk.") % {"shown": SHOWN} if n > SHOWN else "",
        "label": _("Open the desk"),
        "url": absolute(reverse("moderation")),
        "why": _("You get this because you moderate comments here. The links act in your name for 7 days: pass it on to nobody."),
        "wishes_url": absolute(reverse("moderation_letters")),
        "stop_url": absolute(reverse("comments_desk_stop", args=[stop_token(to)])),
    }  # fmt: skip


def _told(comment: Comment, to: User, since: datetime) -> dict[str, Any]:
    at = timezone.localtime(comment.created_at, site_settings().zone)
    parent = comment.parent
    return {
        "name": plain_name(comment.name),
        "at": date_format(at, "H:i, j N Y"),
        "headline": comment.article.headline,
        "answers": plain_name(parent.name) if parent else "",
        "answered": plain_words(parent.text, ANSWERED) if parent else "",
        "said": plain_words(comment.text, QUOTED),
        "why": _why(comment),
        "steps": [(label, absolute(reverse("comments_desk", args=[token]))) for label, token in _steps(comment, to, since)],
    }  # fmt: skip


def _why(comment: Comment) -> str:
    if comment.is_published:
        return _("Reported by readers; published.")
    return str(Reason(comment.reason).label) if comment.reason in Reason.values else ""


def _steps(comment: Comment, to: User, since: datetime) -> list[tuple[str, str]]:
    if comment.is_published:
        steps = [("approve", _("Keep")), ("hold", _("Hold")), ("spam", _("Spam"))]
    else:
        steps = [("approve", _("Approve")), ("reject", _("Reject")), ("spam", _("Spam"))]
    link = DeskLink("", comment.pk, comment.status, comment.version, to.pk, since)
    return [(label, link._replace(action=action).token) for action, label in steps]


def samples() -> dict[str, Sample]:
    """A letter about made-up comments; its links lead nowhere."""
    article = sample_story(0, _("Kestrel Bridge closed after crack found in main span"))
    now, to = timezone.now(), User(pk=0, email="jonah@example.org")
    first = Comment(pk=0, article=article, reader=Reader(pk=0), name="Noor B.", status="pending", reason="first")
    first.text = _("The extra ferry got me there eleven minutes before the bell. Could we keep it after the repair?")
    second = Comment(pk=0, article=article, parent=first, reader=Reader(pk=0), name="Old Ferryman", status="pending")
    second.reason, second.text = "suspect", _("The boats are not the difficulty. Crews are.")
    since = now - timedelta(minutes=40)
    return {"desk": Sample(_("What waits, to a moderator"), lambda: _tell(to, [second, first], 2, since, since=now))}
