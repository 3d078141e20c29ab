"""Downloading one's data, and having it erased: asked for by POST, done a day later, taken back until then."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from newsroom import privacy
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Erasure
from newsroom.lib.clock import now_of
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import hit
from newsroom.lib.secret_page import secret_page
from newsroom.lib.signing import BadToken, unsign

EXPORTS_A_DAY = 3


@require_POST
@own_pages_only
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is kept of whoever asks, as one JSON file; three times a day."""
    reader = reader_of(request)
    if reader is None:
        return redirect("comments_mine")
    if settings.NEWSROOM_LIMITS and not hit(f"export:{reader.pk}", limit=EXPORTS_A_DAY, seconds=86400):
        sentence = _("You have downloaded your data three times today. Come back tomorrow.")
        return render(request, "comments/data_page.html", {"sentence": sentence}, status=429)
    response = JsonResponse(privacy.export(reader), json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="my-data-{now_of(request):%Y-%m-%d}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def erase(request: HttpRequest) -> HttpResponse:
    """A page that says what happens; the button starts the day after which it does."""
    reader = reader_of(request)
    if reader is None:
        return redirect("comments_mine")
    works_here = bool(reader.user and reader.user.is_staff)
    if request.method == "POST" and not works_here:
        Erasure.objects.ask(reader, now_of(request))
        return _to_my_page()
    context = {"reader": reader, "works_here": works_here, "erasure": Erasure.objects.of(reader)}
    return render(request, "comments/erase_page.html", context, status=403 if request.method == "POST" else 200)


@require_POST
@own_pages_only
def keep(request: HttpRequest) -> HttpResponse:
    """Taken back, from one's own page."""
    reader = reader_of(request)
    if reader is not None and (erasure := Erasure.objects.of(reader)):
        erasure.cancel()
    return _to_my_page()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def keep_by_letter(request: HttpRequest, token: str) -> HttpResponse:
    """Taken back by the link in the letter: a page with a button. The token is the authority."""
    try:
        pk = unsign("erasure.keep", token, within=2 * Erasure.WAITS)
    except BadToken:
        pk = None
    erasure = Erasure.objects.filter(pk=pk, done_at=None, begun_at=None).first()
    if erasure is None:
        return secret_page(request, "comments/keep_page.html", {"is_dead": True}, status=404)
    done = erasure.cancelled_at is not None or (request.method == "POST" and erasure.cancel())
    return secret_page(request, "comments/keep_page.html", {"done": done})


def _to_my_page() -> HttpResponse:
    response = redirect("comments_mine")
    response.status_code = 303
    return response
