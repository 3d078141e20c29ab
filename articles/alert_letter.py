"""What a letter about an alert says. Whether it may leave at all is decided when it does."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.headlines import without_label
from articles.models.alert import Alert
from articles.models.article import Article
from articles.models.letterhead import letterhead
from articles.models.site_settings import site_settings
from newsroom.accounts.models import Suppression
from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.models import Sample
from newsroom.lib.signing import sign
from newsroom.lib.text import one_line

if TYPE_CHECKING:
    from articles.models.alert_letter import AlertLetter

#: For how long it is believed, while a batch leaves, that a letter may go.
BELIEVED: Final = timedelta(seconds=1)
#: Stands for a reader's own link until that is put in.
_STOP: Final = f"stop-{secrets.token_hex(12)}"


class _Written(NamedTuple):
    """A letter but for the link of its reader, with everything that it was written from."""

    words: dict[str, str]
    looks: tuple[object, ...]
    text: str
    html: str


_last: _Written | None = None


def about_alert(letter: "AlertLetter") -> Mail | None:
    """Tell somebody of breaking news; None, with the reason in `last_error`, where that must not happen any more."""
    now = timezone.now()
    if letter.decided_at is None or now - letter.decided_at > BELIEVED:
        letter.alert.refresh_from_db(fields=["stopped_at", "ends_at"])
        decide([letter], now)
    if letter.refusal:
        letter.last_error = letter.refusal
        return None
    return tell(letter.alert, letter.to, stop_token(letter.subscription_id))


def decide(letters: Sequence["AlertLetter"], now: datetime) -> None:
    """Say of each whether it must not leave (`refusal`): the alert may be over, the reader may have changed their mind."""
    suppressed = Suppression.objects.among(letter.to for letter in letters)
    for letter in letters:
        reader = letter.subscription.reader.survivor
        letter.decided_at, letter.refusal = now, ""
        if not letter.alert.is_on_air(now):
            letter.refusal = _("The alert is over.")
        elif letter.subscription.ended_at is not None or letter.to in suppressed:
            letter.refusal = _("The address wants no letters.")
        elif reader.erased_at or reader.address.lower() != letter.to or not reader.has_confirmed_address:
            letter.refusal = _("There is nobody to write to.")


def stop_token(subscription: int) -> str:
    """For the link that ends the letters of a subscription. It never expires."""
    return sign("alerts.stop", subscription)


def tell(alert: Alert, to: str, token: str) -> Mail:
    with translation.override(site_settings().language):
        words = _words(alert)
        text, html = _written(words)
    stop = absolute(reverse("alerts_stop", args=[token]))
    headers = {
        "List-Id": f"<alerts.{urlsplit(settings.NEWSROOM_URL).hostname or 'localhost'}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    text, html = text.replace(_STOP, stop), html.replace(_STOP, stop)
    return Mail(to=to, subject=words["subject"], text=text, html=html, headers=headers)


def _written(words: dict[str, str]) -> tuple[str, str]:
    """Text and HTML, kept until another letter is to be written: thousands get the same."""
    global _last
    last, looks = _last, (letterhead(), site_settings())
    if last is None or last.words != words or any(a is not b for a, b in zip(last.looks, looks, strict=True)):
        last = _last = _Written(words, looks, *write("articles/mail/alert", words))
    return last.text, last.html


def _words(alert: Alert) -> dict[str, str]:
    article = alert.article
    assert article is not None
    news, headline = without_label(alert.text), without_label(article.headline)
    at = timezone.localtime(alert.starts_at, site_settings().zone)
    return {
        "subject": _("Breaking: %s") % one_line(news),
        "heading": news,
        "preheader": article.standfirst,
        "headline": "" if headline == news else headline,
        "section": article.section.name,
        "standfirst": article.standfirst,
        "at": f"{date_format(at, 'H:i')} {at.tzname()}, {date_format(at, 'j F Y')}",
        "label": _("Read the story"),
        "url": absolute(article.get_absolute_url()),
        "choose_url": absolute(reverse("alerts")),
        "stop_url": _STOP,
    }


def samples() -> dict[str, Sample]:
    """A letter about made-up news; its links lead nowhere."""
    from articles.models.section import Section

    article = Article(
        pk=0,
        headline=_("Kestrel Bridge closed after crack found in main span"),
        standfirst=_("Trams and buses end at both bridgeheads; extra ferries sail from half past six."),
        slug="sample",
        dated=date(2026, 11, 23),
        section=Section(name=_("Transport")),
    )
    at = datetime(2026, 11, 23, 6, 12, tzinfo=site_settings().zone)
    alert = Alert(article=article, text=article.headline, starts_at=at)
    return {"alert": Sample(_("Breaking news"), lambda: tell(alert, "noor@example.org", "sample"))}
