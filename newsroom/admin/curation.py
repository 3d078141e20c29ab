"""Arranging the front page and the tops of sections: slots by drag, by keyboard and without script, beside the page itself."""

from typing import Any, Final

from csp.constants import SELF
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from articles import search
from articles.curation import Plan
from articles.models import Arrangement, Article, Section
from articles.models.arrangement import Overtaken
from articles.models.section import all_sections
from articles.models.site_settings import site_settings
from newsroom.accounts.models import User
from newsroom.lib.clock import now_of

#: Stories that are offered for a place.
OFFERED: Final = 12


def curator(request: HttpRequest) -> User:
    """Who asks, if they may give places to stories. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not request.user.has_perm("articles.change_slot"):
        raise PermissionDenied
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def curate(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The places of a page. Every button posts them all; only “save” writes, and only over what the editor has seen."""
    user = curator(request)
    arrangement = Arrangement.objects.of(get_object_or_404(Section, pk=pk) if pk else None)
    plan, base = Plan.saved(arrangement), arrangement.version
    theirs: Plan | None = None
    if request.method == "POST":
        plan, base = Plan.posted(arrangement.section, request.POST), _number(request.POST.get("base"))
        plan.press(request.POST.get("do", ""))
        slots = plan.slots()
        if request.POST.get("do") == "save" and plan.is_valid:
            try:
                arrangement.rearrange(slots, base=base, by=user)
            except Overtaken:
                arrangement = Arrangement.objects.of(arrangement.section)
                theirs, base = Plan.saved(arrangement), arrangement.version
            else:
                return _saved(request, user, arrangement, plan)
    status = 409 if theirs else 200 if plan.is_valid else 422
    return _page(request, arrangement, plan, base=base, theirs=theirs, status=status)


def _saved(request: HttpRequest, user: User, arrangement: Arrangement, plan: Plan) -> HttpResponse:
    row = Arrangement.objects.of(arrangement.section)
    LogEntry.objects.log_actions(user.pk, [row], CHANGE, plan.summary(), single_object=True)
    messages.success(request, _("Saved: readers see it now."))
    return redirect(request.path)


def _page(request: HttpRequest, arrangement: Arrangement, plan: Plan, *, status: int, **more: Any) -> HttpResponse:
    section = arrangement.section
    words = request.POST.get("q", "").strip()[:100]
    context = {
        **admin.site.each_context(request),
        "title": arrangement,
        "arrangement": arrangement,
        "plan": plan,
        "zone": site_settings().time_zone,
        "words": words,
        "offered": _offered(request, plan, section, words),
        "pages": [each for each in all_sections() if each.parent_id is None],
        "preview": reverse("desk_preview", args=[section.pk] if section else []),
        **more,
    }
    response = render(request, "admin/desk/curation.html", context, status=status)
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]  # the page itself, beside its places
    return response


def _offered(request: HttpRequest, plan: Plan, section: Section | None, words: str) -> QuerySet[Article]:
    """What is published or will be, and has no place here yet, newest first; or what words find."""
    now = now_of(request)
    stories = Article.objects.filter(Q(expire_at=None) | Q(expire_at__gt=now), status=Article.Status.PUBLISHED)
    if section:
        parts = [each.pk for each in all_sections() if section.pk in {each.pk, each.parent_id}]
        further = Article.objects.also_in_section(section).values("pk")
        stories = stories.filter(Q(section__in=parts) | Q(pk__in=further))
    stories = stories.exclude(pk__in=[place.article.pk for place in plan.places]).newest().select_related("section")
    found = search.find(stories, words) if words else stories
    return found.defer("body", "body_text")[:OFFERED]


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
