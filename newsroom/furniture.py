"""What every page shows around its content: settings, sections, menu, alert."""

from typing import Any

from django.http import HttpRequest


def furniture(request: HttpRequest) -> dict[str, Any]:
    return {}
