"""Where allauth meets the house: its letters go through the outbox, a confirmed address makes a reader, and wrong passwords
are counted by the house's own limiter.
"""

import hashlib
from typing import Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.letters import seal
from newsroom.accounts.models import Letter, Reader, User
from newsroom.lib.ratelimit import Limit, client_address, give_back, hits, network
from newsroom.lib.signing import sealer
from newsroom.lib.text import one_line

#: allauth's template names, by their last part; everything else is a notice about a change.
_KINDS: Final = {
    "email_confirmation": Letter.Kind.CONFIRM_EMAIL,
    "email_confirmation_signup": Letter.Kind.CONFIRM_EMAIL,
    "login_code": Letter.Kind.LOGIN_CODE,
    "password_reset_key": Letter.Kind.RESET_PASSWORD,
    "unknown_account": Letter.Kind.UNKNOWN_ACCOUNT,
    "account_already_exists": Letter.Kind.ACCOUNT_EXISTS,
}
_NOTED: Final = ("from_email", "to_email", "deleted_email", "user_agent")


#: Wrong passwords for one account from one network, and for any account from it, and in how many seconds.
_WRONG: Final = 5
_WRONG_ALTOGETHER: Final = 30
_WINDOW: Final = 300


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar[Any] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many wrong passwords or codes. Wait five minutes, or have a code sent to your address."
        ),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before looking at the password, the same in every process.

        Per account and network: whoever guesses from elsewhere cannot lock the owner out.
        """
        name = hashlib.sha256(str(credentials.get("email", "")).strip().lower().encode()).hexdigest()[:24]
        here = network(request)
        self._attempt = [
            Limit(f"login:{here}:{name}", _WRONG, _WINDOW),
            Limit(f"login:{here}", _WRONG_ALTOGETHER, _WINDOW),
        ]
        if hits(self._attempt):
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        """allauth calls this when the password was right: only wrong ones count."""
        give_back(self._attempt)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing is cached: a window is over by itself."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A row instead of a mail. What is kept are facts; links are made again when the letter is sent or looked at."""
        name = template_prefix.rpartition("/")[2]
        kind = _KINDS.get(name, Letter.Kind.NOTICE)
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        kept: dict[str, Any] = {}
        if kind == Letter.Kind.LOGIN_CODE:
            kept = {"sealed": seal(context["code"])}
        elif kind == Letter.Kind.NOTICE:
            kept = {key: one_line(str(context[key])) for key in _NOTED if context.get(key)}
            kept |= {"about": name, "at": context["timestamp"].isoformat() if "timestamp" in context else ""}
        Letter.objects.create(kind=kind, to=email, user=user, context=kept)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = one_line(form.cleaned_data.get("name", ""), longest=80)
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            Reader.objects.take_over(email_address.user, email_address.email)
        return confirmed

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever works here wants the desk; a reader goes back to the paper."""
        works_here = request.user.is_authenticated and request.user.is_staff
        return reverse("admin:index") if works_here else str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_index")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address that our own limiter sees, behind as many proxies as are trusted."""
        return client_address(request)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The secrets of authenticator apps and the seeds of recovery codes lie in the database sealed by the secret key."""

    def encrypt(self, text: str) -> str:
        return sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return sealer().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # stored before secrets were sealed
            return encrypted_text
