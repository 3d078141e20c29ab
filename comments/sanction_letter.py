"""What somebody is told of a sanction: on the site, wherever they try to write, and in a letter."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from articles.models.site_settings import site_settings
from comments.models.sanction import Sanction
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.mail import Mail, write
from newsroom.lib.models import Sample

if TYPE_CHECKING:
    from comments.models.sanction_letter import SanctionLetter


def what_it_means(sanction: Sanction, reader: Reader | None) -> str:
    """What cannot be done, and until when. An address that was only typed is not told whose it is."""
    until = sanction.until and date_format(timezone.localtime(sanction.until, site_settings().zone), "j F Y, H:i")
    if sanction.kind == Sanction.Kind.WARN:
        return _("The moderators warned you.")
    if sanction.scope == Sanction.Scope.NETWORK:
        said = _("Nothing can be written here from your network until %s.") if until else _(
            "Nothing can be written here from your network."
        )  # fmt: skip
    elif sanction.scope == Sanction.Scope.DOMAIN:
        said = _("Addresses of your mail provider cannot be used here until %s.") if until else _(
            "Addresses of your mail provider cannot be used here."
        )  # fmt: skip
    elif not sanction.may_be_explained_to(reader):
        return _("This address cannot be used here.")
    else:
        said = _("You cannot comment, vote, report or follow here until %s.") if until else _(
            "You cannot comment, vote, report or follow here any more."
        )  # fmt: skip
    return said % until if until else said


def sentence(sanction: Sanction, reader: Reader | None) -> SafeString:
    """All of it, as HTML: what, until when, why, and how to appeal."""
    said = what_it_means(sanction, reader)
    if sanction.may_be_explained_to(reader):
        said = f"{said} {_('The reason: %s') % sanction.reason}"
    contact = site_settings().contact_email
    if not contact:
        return format_html("{} {}", said, _("If you think that is wrong, write to the newsroom."))
    link = format_html('<a href="mailto:{0}">{0}</a>', contact)
    return format_html("{} {}", said, format_html(_("If you think that is wrong, write to {}."), link))


def about_sanction(letter: "SanctionLetter", now: datetime) -> Mail | None:
    """The letter; None, with the reason in `last_error`, where the sanction has ended or nobody wants it."""
    sanction, reader = letter.sanction, letter.reader.survivor
    if not sanction.is_running(now):
        letter.last_error = _("It had ended before the letter left.")
        return None
    if not reader.has_confirmed_address or not reader.address or Suppression.holds(reader.address):
        letter.last_error = _("The address wants no letters.")
        return None
    return _write(sanction, reader)


def _write(sanction: Sanction, reader: Reader) -> Mail:
    site = site_settings()
    with translation.override(site.language):
        means = what_it_means(sanction, reader)
        subject = _("Your comments at %s") % site.name
        contact = site.contact_email
        appeal = _("If you think that is wrong, write to %s.") % contact if contact else _(
            "If you think that is wrong, answer this letter."
        )  # fmt: skip
        context = {
            "kind": "sanction", "subject": subject, "preheader": means, "means": means,
            "why": _("The reason: %s") % sanction.reason, "appeal": appeal,
        }  # fmt: skip
        text, html = write("comments/mail/sanction", context)
    return Mail(to=reader.address, subject=subject, text=text, html=html, headers={"Auto-Submitted": "auto-generated"})


def samples() -> dict[str, Sample]:
    """A letter about a made-up suspension."""
    reader = Reader(pk=0, email="noor@example.org", verified_at=timezone.now())
    until = timezone.now() + timedelta(days=7)
    reason = _("You called another commenter names, after a warning.")
    made = Sanction(scope="reader", kind="suspend", reader=reader, until=until, reason=reason)
    return {"sanction": Sample(_("A sanction"), lambda: _write(made, reader))}
