"""Tokens that name one purpose: what was signed for one thing opens no other."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core import signing


class BadToken(Exception):
    """The token was changed, has expired or was made for something else."""


def sign(purpose: str, value: Any) -> str:
    """A URL-safe token that holds `value` (anything JSON can say) for `purpose`."""
    return signing.dumps(value, salt=f"newsroom.{purpose}", compress=False)


def unsign(purpose: str, token: str, *, within: timedelta | None = None) -> Any:
    """The value of a token made for `purpose` (and not older than `within`). Raises BadToken."""
    try:
        return signing.loads(token, salt=f"newsroom.{purpose}", max_age=within)
    except Exception as error:  # signing raises BadSignature, but damaged base64 and JSON raise their own kinds
        raise BadToken(str(error)) from error


def sign_for_good(purpose: str, value: Any) -> str:
    """The same without the moment: it never expires, and the same value has the same token tomorrow."""
    return signing.Signer(salt=f"newsroom.{purpose}").sign_object(value)


def unsign_for_good(purpose: str, token: str) -> Any:
    """The value of a token that `sign_for_good` made for `purpose`. Raises BadToken."""
    try:
        return signing.Signer(salt=f"newsroom.{purpose}").unsign_object(token)
    except Exception as error:  # as above
        raise BadToken(str(error)) from error


def digest(text: str) -> str:
    """32 characters that stand for `text` and cannot be guessed from it without the site's secret."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def sealer() -> MultiFernet:
    """Encrypts what has to wait in the database but must not be read there; opens what earlier secret keys sealed too."""
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(secret: str) -> Fernet:
    key = hashlib.sha256(f"newsroom.login-code:{secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
