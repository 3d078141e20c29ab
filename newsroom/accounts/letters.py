"""What account letters say. Links are made here, when a letter is sent or looked at; none is ever stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from allauth.account import app_settings as allauth_settings
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from cryptography.fernet import InvalidToken
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsroom.lib.mail import Mail, absolute, write
from newsroom.lib.models import Sample
from newsroom.lib.signing import sealer, sign
from newsroom.lib.text import one_line, unlinked

if TYPE_CHECKING:
    from newsroom.accounts.models import Letter


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    paragraphs: list[str]
    footnote: str
    url: str = ""
    label: str = ""
    code: str = ""


class NotNow(Exception):
    """The letter must not be sent any more; the message says why."""


def compose(letter: "Letter") -> Mail | None:
    """The mail of an account letter; None, with the reason in `last_error`, where its moment has passed."""
    try:
        words = _WRITERS[letter.kind](letter)
    except NotNow as reason:
        letter.last_error = str(reason)
        return None
    return _mail(letter.to, letter.kind, words)


def _mail(to: str, kind: str, words: Words) -> Mail:
    context: dict[str, Any] = {name: getattr(words, name) for name in Words.__slots__}
    # A letter that welcomes somebody may begin with the newsroom's own words; codes and warnings say one thing only.
    context |= {"preheader": words.paragraphs[0], "kind": "account" if kind in _WELCOMING else kind}
    text, html = write("accounts/mail/letter", context)
    return Mail(to=to, subject=words.subject, text=text, html=html)


def samples() -> dict[str, Sample]:
    """Account letters for nobody; their links and codes open nothing."""
    to = "noor@example.org"
    url = absolute(reverse("account_confirm_email", args=["sample"]))
    return {
        "account": Sample(_("Opening an account"), lambda: _mail(to, "confirm_email", _confirm_words(url))),
        "login_code": Sample(_("A log-in code"), lambda: _mail(to, "login_code", _code_words("K7QP-M2XD"))),
    }


def seal(code: str) -> str:
    """Encrypt a one-time code: allauth makes it during the request, so it has to wait in the row, but not readably."""
    return sealer().encrypt(code.encode()).decode()


def unseal(sealed: str) -> str:
    """The code, for as long as allauth accepts it. Raises NotNow."""
    try:
        return sealer().decrypt(sealed.encode(), ttl=allauth_settings.LOGIN_BY_CODE_TIMEOUT).decode()
    except InvalidToken as error:
        raise NotNow(_("The code has expired.")) from error


def _confirm_email(letter: "Letter") -> Words:
    address = EmailAddress.objects.filter(user_id=letter.user_id, email__iexact=letter.to).first()
    if address is None or address.verified:
        raise NotNow(_("The address is confirmed already, or no longer asked for."))
    key = EmailConfirmationHMAC.create(address).key
    return _confirm_words(absolute(reverse("account_confirm_email", args=[key])))


def _confirm_words(url: str) -> Words:
    return Words(
        subject=_("Confirm your e-mail address"),
        paragraphs=[_("One step is left: confirm that this address is yours, and you can log in.")],
        label=_("Confirm my address"),
        url=url,
        footnote=_("Somebody entered this address on our site. If it was not you, do nothing: no account is opened."),
    )


def _login_code(letter: "Letter") -> Words:
    return _code_words(unseal(letter.context.get("sealed", "")))


def _code_words(code: str) -> Words:
    minutes = allauth_settings.LOGIN_BY_CODE_TIMEOUT // 60
    return Words(
        subject=_("Your log-in code"),
        paragraphs=[
            _("Enter this code in the window in which you asked for it. It works once, for %(n)d minutes.")
            % {"n": minutes}
        ],
        code=code,
        footnote=_("If you did not ask for a code, do nothing. Nobody from the newsroom will ever ask you for it."),
    )


def _reset_password(letter: "Letter") -> Words:
    user = letter.user
    if user is None or not user.is_active:
        raise NotNow(_("The account is gone or closed."))
    key = default_token_generator.make_token(user)
    return Words(
        subject=_("Set a new password"),
        paragraphs=[_("You asked for a new password. Choose it on this page; until then the old one stays.")],
        label=_("Choose a new password"),
        url=absolute(reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])),
        footnote=_("The link works once, for three days. If you did not ask for it, do nothing."),
    )


def _unknown_account(letter: "Letter") -> Words:
    return Words(
        subject=_("There is no account with this address"),
        paragraphs=[
            _("Somebody tried to log in, or to set a new password, with %s. We know no such account.") % letter.to
        ],
        label=_("Open an account"),
        url=absolute(reverse("account_signup")),
        footnote=_("If it was not you, do nothing."),
    )


def _account_exists(letter: "Letter") -> Words:
    return Words(
        subject=_("You have an account already"),
        paragraphs=[
            _("Somebody tried to open an account with %s. There is one: log in, or set a new password.") % letter.to
        ],
        label=_("Set a new password"),
        url=absolute(reverse("account_reset_password")),
        footnote=_("If it was not you, do nothing."),
    )


def _invitation(letter: "Letter") -> Words:
    from newsroom.accounts.models import Invitation

    invitations = Invitation.objects.select_related("role", "invited_by")
    invitation = invitations.filter(pk=letter.context.get("invitation")).first()
    if invitation is None or not invitation.is_open(timezone.now()):
        raise NotNow(_("The invitation was accepted, taken back or is too old."))
    who = invitation.invited_by.get_full_name() if invitation.invited_by else _("An admin")
    return Words(
        subject=_("You are invited to the newsroom"),
        paragraphs=[_("%(who)s invites you to join as: %(role)s.") % {"who": who, "role": invitation.role.name}],
        label=_("Choose your password"),
        url=absolute(invitation.path()),
        footnote=_("The link works once, until %s.") % date_format(invitation.ends_at, "j F Y, H:i"),
    )


def _own_page(letter: "Letter") -> Words:
    from newsroom.accounts.models import Reader, User

    footnote = _("If you did not ask for this, do nothing: nobody else got this letter.")
    if User.objects.filter(email__iexact=letter.to, is_active=True).exists():
        return Words(
            subject=_("Your comments, subscriptions and data"),
            paragraphs=[_("You have an account with this address: log in, and you find your page there.")],
            label=_("Log in"),
            url=absolute(f"{reverse('account_login')}?next={reverse('comments_mine')}"),
            footnote=footnote,
        )
    if not Reader.objects.reachable().filter(pk=letter.context.get("reader"), email__iexact=letter.to).exists():
        raise NotNow(_("The address is not that reader’s any more."))
    return Words(
        subject=_("Your comments, subscriptions and data"),
        paragraphs=[_("This link opens your page on another device. It works once, for one hour.")],
        label=_("Open my page"),
        url=absolute(reverse("comments_mine_open", args=[letter.token()])),
        footnote=footnote,
    )


def _new_address(letter: "Letter") -> Words:
    from newsroom.accounts.models import Reader

    if not Reader.objects.reachable().filter(pk=letter.context.get("reader")).exists():
        raise NotNow(_("The reader is not there any more."))
    return Words(
        subject=_("Confirm your new address"),
        paragraphs=[_("Letters about comments are to go to this address. Confirm it on the device where you asked.")],
        label=_("Confirm"),
        url=absolute(reverse("comments_mine_address_confirm", args=[letter.token()])),
        footnote=_("If you did not ask for this, do nothing: no other letter follows."),
    )


def _alerts(letter: "Letter") -> Words:
    asked = _("Somebody, you we hope, asked us to send breaking news to this address. Confirm, and it starts.")
    footnote = _("If you did not ask for this, do nothing: no other letter follows.")
    url = absolute(reverse("alerts_confirm", args=[letter.token()]))
    return Words(_("Confirm: breaking news by mail"), [asked], footnote, url, label=_("Confirm"))


def _erasure_asked(letter: "Letter") -> Words:
    from newsroom.accounts.models import Erasure

    erasure = Erasure.objects.open().filter(pk=letter.context.get("erasure"), begun_at=None).first()
    if erasure is None:
        raise NotNow(_("The erasure was taken back, or has begun."))
    due = date_format(timezone.localtime(erasure.due_at), "j F Y, H:i")
    return Words(
        subject=_("Your data will be erased"),
        paragraphs=[
            _("You asked us to erase what we keep of you. We do so after %s.") % due,
            _("Until then you can take it back. If it was not you who asked, do that now."),
        ],
        label=_("Keep my data"),
        url=absolute(reverse("comments_mine_keep_by_letter", args=[sign("erasure.keep", erasure.pk)])),
        footnote=_("Nothing else is needed from you."),
    )


def _erased(letter: "Letter") -> Words:
    return Words(
        subject=_("Your data is erased"),
        paragraphs=[
            _("We have erased what we kept of you, as you asked."),
            _("Where others answered you, an empty place is left in the discussion, without your name and words."),
        ],
        footnote=_("This is the last letter: we do not keep your address any more."),
    )


def _notice(letter: "Letter") -> Words:
    context: dict[str, Any] = letter.context
    sentence = _NOTICES.get(context.get("about", ""), lambda: _("Your account was changed."))() % context
    at = parse_datetime(context.get("at", "")) or letter.created_at
    when = date_format(timezone.localtime(at), "j F Y, H:i")
    # Whoever asked for the change chose what their browser calls itself: no links in the owner's letter.
    browser = one_line(unlinked(str(context.get("user_agent") or "?"), _("[link]"), _("[address]")))
    return Words(
        subject=_("Your account was changed"),
        paragraphs=[sentence, _("When: %s") % when, _("Browser: %s") % browser],
        label=_("Look at my account"),
        url=absolute(reverse("account_index")),
        footnote=_("If it was not you, set a new password at once and write to us."),
    )


#: What a notice is about: the last part of allauth's template name.
_NOTICES: Final[dict[str, Callable[[], str]]] = {
    "password_changed": lambda: _("Your password was changed."),
    "password_set": lambda: _("A password was set."),
    "password_reset": lambda: _("Your password was reset."),
    "email_changed": lambda: _("Your address was changed from %(from_email)s to %(to_email)s."),
    "email_confirm": lambda: _("Your address was confirmed."),
    "email_deleted": lambda: _("The address %(deleted_email)s was removed."),
    "totp_activated": lambda: _("An authenticator app was added."),
    "totp_deactivated": lambda: _("The authenticator app was removed."),
    "webauthn_added": lambda: _("A security key was added."),
    "webauthn_removed": lambda: _("A security key was removed."),
    "second_factor_lost": lambda: _(
        "%(by)s took the second step off your log-in, because you lost it. Set up a new one."
    ),
    "recovery_codes_generated": lambda: _("New recovery codes were made."),
}

_WELCOMING: Final = frozenset({"confirm_email", "invitation"})

_WRITERS: Final[dict[str, Callable[["Letter"], Words]]] = {
    "confirm_email": _confirm_email,
    "login_code": _login_code,
    "reset_password": _reset_password,
    "unknown_account": _unknown_account,
    "account_exists": _account_exists,
    "invitation": _invitation,
    "notice": _notice,
    "own_page": _own_page,
    "new_address": _new_address,
    "alerts": _alerts,
    "erasure_asked": _erasure_asked,
    "erased": _erased,
}
