"""Reading the environment for newsroom.settings: what cannot be right is collected, and told by newsroom.checks."""

import warnings
from typing import Any
from urllib.parse import urlsplit

import environ

env = environ.FileAwareEnv()

#: What the environment said that cannot be right: (variable, sentence). newsroom.checks turns these into system checks.
ENVIRONMENT_ERRORS: list[tuple[str, str]] = []


_YES_OR_NO = {"1", "0", "true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "ok"}


def read(reader: str, name: str, default: Any, example: str) -> Any:
    """One variable through django-environ; a wrong value becomes a system check instead of a traceback."""
    reading = getattr(env, reader)
    unset = f"{name}_IS_NOT_SET"  # so that a default goes through the same reader
    why = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            given = env.str(name, "")
            if reader == "bool" and given and given.lower() not in _YES_OR_NO:
                raise ValueError(given)
            value = reading(name if given else unset, default=default)
        if reader != "db_url" or (
            value.get("NAME") and value["ENGINE"].rpartition(".")[2] in {"sqlite3", "postgresql"}
        ):
            return value
    except Exception as error:
        why = "" if reader.endswith("_url") else f" ({error})"  # an address may hold a password
    ENVIRONMENT_ERRORS.append((name, f"{name} cannot be read{why}. Write it like {example}"))
    return reading(unset, default=default)


def encrypted_where_asked(mail: dict[str, Any]) -> dict[str, Any]:
    """`smtp://...?tls=True` means what it says; django-environ knows only smtp+tls:// and would send in the clear."""
    asked = {name.lower(): str(value).lower() for name, value in mail.pop("OPTIONS", {}).items()}
    for name in ("tls", "ssl"):
        if asked.get(name) in {"1", "true", "yes", "on"}:
            mail[f"EMAIL_USE_{name.upper()}"] = True
    return mail


def is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.path and (parts.port or 1) > 0
    except ValueError:
        return False
