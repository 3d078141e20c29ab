"""The front page or a section's as an editor is arranging it: the real page, with places that nobody has saved."""

from csp.constants import SELF
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from articles.curation import Plan
from articles.models import Arrangement, Section
from newsroom.lib.clock import now_of
from newsroom.pages import front, lists


@xframe_options_sameorigin
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Shown in a frame beside the places; kept nowhere, and it changes nothing."""
    if not request.user.has_perm("articles.change_slot"):
        raise PermissionDenied
    section = get_object_or_404(Section, pk=pk) if pk else None
    posted = request.method == "POST"
    plan = Plan.posted(section, request.POST) if posted else Plan.saved(Arrangement.objects.of(section))
    slots = [slot for slot in plan.slots() if slot.is_taken(now_of(request))]
    response = lists.arranged(request, section, slots) if section else front.arranged(request, slots)
    response["Cache-Control"], response["X-Robots-Tag"] = "private, no-store", "noindex"
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    response._csp_replace = {**policy, "frame-ancestors": [SELF]}  # type: ignore[attr-defined]
    return response
