"""System checks: a wrong environment is one clear sentence at start, not a 500 later."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def environment_is_readable(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(sentence, hint=f"Set {variable} in the environment.", id="newsroom.E001")
        for variable, sentence in settings.ENVIRONMENT_ERRORS
    ]


@register(deploy=False)
def production_has_a_secret(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.SECRET_KEY_GIVEN:
        return []
    hint = "Run `make run`, which keeps one in var/, or set NEWSROOM_SECRET_KEY to 50 random characters."
    return [Error("There is no secret key.", hint=hint, id="newsroom.E002")]
