"""System checks: a wrong environment is one clear sentence at start, not a 500 later."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, register
from django.http.request import validate_host

from articles.renditions import can_avif


@register()
def environment_is_readable(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(sentence, hint=f"Set {variable} in the environment, or leave it out.", id="newsroom.E001")
        for variable, sentence in settings.ENVIRONMENT_ERRORS
    ]


@register()
def production_has_a_secret(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.SECRET_KEY_GIVEN:
        return []
    hint = "Run `make run`, which keeps one in var/, or set NEWSROOM_SECRET_KEY to 50 random characters."
    return [Error("There is no secret key.", hint=hint, id="newsroom.E002")]


@register()
def hosts_are_named(**kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.NEWSROOM_URL).hostname or ""
    hint = f"Set NEWSROOM_HOSTS={host} (and other names of the site, with commas between them)."
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("NEWSROOM_HOSTS lets anybody name this site as they like.", hint=hint, id="newsroom.E005")]
    if is_public(host) and not settings.HOSTS_GIVEN and not settings.DEBUG:
        return [Error(f"NEWSROOM_HOSTS must name the hosts of a public site ({host}).", hint=hint, id="newsroom.E003")]
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return [Error(f"NEWSROOM_HOSTS leaves out {host}, the host of NEWSROOM_URL.", hint=hint, id="newsroom.E006")]
    return []


@register()
def debug_stays_at_home(**kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.NEWSROOM_URL).hostname or ""
    if not settings.DEBUG or not is_public(host):
        return []
    hint = "Leave NEWSROOM_DEBUG out: its error pages show the settings to every visitor."
    return [Error(f"NEWSROOM_DEBUG is on for a public site ({host}).", hint=hint, id="newsroom.E004")]


@register()
def pictures_can_be_avif(**kwargs: Any) -> list[CheckMessage]:
    if can_avif():
        return []
    hint = "Pillow's own wheels can: `pip install --force-reinstall pillow`. Nothing else is missing."
    return [Info("This Pillow writes no AVIF: pictures are made as WebP and JPEG.", hint=hint, id="newsroom.I001")]


def is_public(host: str) -> bool:
    """Whether others than this machine and its own network may reach a host of this name."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not (host == "localhost" or host.endswith((".localhost", ".test", ".local")))


def refuse_to_start_if_wrong() -> None:
    """For the server, which runs no system checks: end the process with the sentences that `check` would print."""
    every = (environment_is_readable, production_has_a_secret, hosts_are_named, debug_stays_at_home)
    found = [message for check in every for message in check()]
    if found:
        raise SystemExit("\n".join(f"{each.msg} {each.hint} ({each.id})" for each in found))
