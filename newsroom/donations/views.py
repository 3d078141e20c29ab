"""Hiding asks, and following one to its provider."""

import time
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from newsroom.donations.models import DailyCount, SlotName, Variant
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import hit, network

_ROBOTS: Final = ("bot", "crawl", "spider", "slurp", "preview", "curl", "wget", "python-")


@require_POST
@own_pages_only
def hide(request: HttpRequest) -> HttpResponse:
    """`why=close` hides asks for days, `why=done` (supports already) for a year, `why=show` brings them back."""
    response = HttpResponseRedirect(_own_path(request.POST.get("next", "")), status=303)
    why = request.POST.get("why", "")
    if why == "show":
        response.delete_cookie("ask")
    elif why in {"close", "done"}:
        variant = _variant(request.POST.get("variant", ""))
        days = (variant.campaign.close_days if why == "close" else variant.campaign.done_days) if variant else 14
        # The cookie says when and why, not until when: durations can still be shortened later.
        response.set_cookie(
            "ask", f"{why}.{int(time.time())}", max_age=days * 86400, samesite="Lax", secure=settings.HTTPS
        )
        _count(request, variant, request.POST.get("slot", ""), why)
    return response


@require_GET
def go(request: HttpRequest, variant_id: int) -> HttpResponse:
    """To the provider's page, looked up here and never taken from the request."""
    variant = get_object_or_404(
        Variant.objects.select_related("provider", "campaign"), pk=variant_id, provider__active=True
    )
    if not _is_robot(request):
        _count(request, variant, request.GET.get("slot", ""), "click")
    response = HttpResponseRedirect(variant.provider.base_url)
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _own_path(path: str) -> str:
    own = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return f"{path}#main" if own and "#" not in path else "/"


def _variant(text: str) -> Variant | None:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    return Variant.objects.select_related("campaign").filter(pk=int(text)).first()


def _count(request: HttpRequest, variant: Variant | None, slot: str, kind: str) -> None:
    if variant is None or slot not in SlotName.values:
        return
    if settings.NEWSROOM_LIMITS and not hit(f"ask:{network(request)}", limit=20, seconds=60):
        kind = DailyCount.Kind.REJECTED
    DailyCount.add(variant, slot, kind)


def _is_robot(request: HttpRequest) -> bool:
    """Prefetches and self-declared robots are not counted."""
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return True
    agent = request.headers.get("User-Agent", "").lower()
    return not agent or any(word in agent for word in _ROBOTS)
