"""Breaking news: what open pages ask for, and the pages on which letters about it are asked for and ended."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from articles.alert_signup import AlertsForm, agree, sign_up
from articles.models import AlertSubscription
from articles.models.section import all_sections
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import Letter, Reader
from newsroom.furniture import AlertBar, bars_now
from newsroom.lib.clock import now_of
from newsroom.lib.origin import own_pages_only
from newsroom.lib.pagecache import is_private, share
from newsroom.lib.secret_page import secret_page
from newsroom.lib.signing import BadToken, unsign
from newsroom.pages.boundaries import next_boundary

#: How long the link that confirms an address works.
CONFIRM_WITHIN: Final = timedelta(days=30)


@require_safe
def on_air(request: HttpRequest) -> HttpResponse:
    """Every alert that some page shows now, newest first, each as that page would show it: one address for all readers."""
    now = now_of(request)
    alerts = [
        {"key": bar.key, "url": bar.url, "front": bar.on_front_only, "sections": bar.sections, "html": _html(bar)}
        for bar in bars_now(now)
    ]
    return share(JsonResponse({"alerts": alerts}), until=next_boundary(now))


def _html(bar: AlertBar) -> str:
    return render_to_string("newsroom/_alert.html", {"alert": bar}).strip()


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def alerts(request: HttpRequest) -> HttpResponse:
    """Ask for breaking news by mail, choose sections, or end it (POST `end`)."""
    posted = request.method == "POST"
    known = _known(request) if posted or is_private(request) else None
    mine = AlertSubscription.objects.running().of(known) if known else AlertSubscription.objects.none()
    if posted and "end" in request.POST:
        mine.end()
        return render(request, "newsroom/alerts_page.html", {"known": known, "ended": True})
    chosen = [section.pk for one in mine[:1] for section in one.sections.all()]
    form = AlertsForm(request.POST if posted else None, known=known, initial={"sections": chosen})
    context: dict[str, Any] = {"form": form, "known": known, "subscription": mine.first()}
    if not posted:
        return share(render(request, "newsroom/alerts_page.html", context), until=next_boundary(now_of(request)))
    if not form.is_valid():
        return render(request, "newsroom/alerts_page.html", context, status=422)
    data = form.cleaned_data
    started = not data["homepage"] and sign_up(request, known, data["email"], data["sections"])
    context |= {"asked": not started, "started": started, "address": data["email"] or (known.address if known else "")}
    return render(request, "newsroom/alerts_page.html", context | {"named": _names(data["sections"])})


def _known(request: HttpRequest) -> Reader | None:
    reader = reader_of(request)
    return reader if reader and reader.has_confirmed_address else None


def _names(sections: list[int]) -> list[str]:
    return [section.name for section in all_sections() if section.pk in sections]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the letter that asks: a page with a button. The token is the authority, so no origin is asked."""
    letter = _letter_behind(token)
    if letter is None:
        return secret_page(request, "newsroom/alerts_confirm_page.html", {"is_dead": True}, status=404)
    if request.method == "POST":
        agree(letter)
        letter.refresh_from_db()
    context = {"address": letter.to, "done": letter.used_at is not None}
    return secret_page(
        request, "newsroom/alerts_confirm_page.html", context | {"named": _names(letter.context.get("sections", []))}
    )


def _letter_behind(token: str) -> Letter | None:
    try:
        pk = unsign("letter.alerts", token, within=CONFIRM_WITHIN)
    except BadToken:
        return None
    return Letter.objects.filter(pk=pk, kind=Letter.Kind.ALERTS).first()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every letter, for people (a page with a button) and for mail programs (RFC 8058, one POST)."""
    try:
        mine = AlertSubscription.objects.filter(pk=unsign("alerts.stop", token)).select_related("reader").first()
    except BadToken:
        mine = None
    if mine is None:
        return secret_page(request, "newsroom/alerts_stop_page.html", {"is_dead": True}, status=404)
    theirs = AlertSubscription.objects.of(mine.reader.survivor)
    if request.method == "POST":
        theirs.end()
    return secret_page(request, "newsroom/alerts_stop_page.html", {"done": not theirs.running().exists()})
