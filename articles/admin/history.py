"""What became of a story: its versions and its steps on one page, any two versions side by side, and the way back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from articles.comparison import Comparison, compare
from articles.models import Article, Revision
from articles.models.snapshot import Data, snapshot
from articles.models.workflow import StepRefused
from articles.permissions import can, story_for
from articles.readiness import checklist_of_draft, refuse_unready

#: Lines of a history on one page.
PAGE: Final = 40


@dataclass(frozen=True)
class State:
    """One side of a comparison."""

    key: str
    label: str
    data: Data


class WithHistory(admin.ModelAdmin):  # type: ignore[type-arg]
    """For the story's admin: the pages below its form that tell of its past."""

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, str, Callable[..., HttpResponse]]] = [
            ("<int:pk>/history/", "history", history),
            ("<int:pk>/compare/", "compare", compare_page),
            ("<int:pk>/restore/<int:number>/", "restore", restore),
            ("<int:pk>/draft/", "draft", decide),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"articles_article_{name}")
            for route, name, view in pages
        ]
        return [*own, *super().get_urls()]


def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Newest first; `before` is the moment at which the page before ended."""
    article = story_for(request.user, "look", pk)
    before = parse_datetime(request.GET.get("before", "")) or timezone.now()
    lines = list(_lines(article, before))
    older = lines[PAGE - 1]["at"].isoformat() if len(lines) > PAGE else ""
    numbers = [line["revision"].number for line in lines[:PAGE] if "revision" in line]
    words = {
        "lines": lines[:PAGE],
        "older": older,
        "may_restore": can(request.user, "restore", article),
        "old": numbers[min(1, len(numbers) - 1)] if numbers else None,
        "new": numbers[0] if numbers else None,
    }
    return _page(request, "object_history", article, gettext("History"), words)


def _lines(article: Article, before: datetime) -> Iterator[dict[str, Any]]:
    revisions = article.revisions.filter(created_at__lte=before).select_related("user").defer("data")
    steps = article.transitions.filter(at__lte=before).select_related("user")
    both = [
        *({"at": row.created_at, "revision": row, "by": row.user, "note": row.note} for row in _first(revisions)),
        *({"at": row.at, "step": row, "by": row.user, "note": row.note} for row in _first(steps)),
    ]
    yield from sorted(both, key=lambda line: line["at"], reverse=True)[: PAGE + 1]


def _first(rows: Any) -> Any:
    return rows.order_by("-created_at" if rows.model is Revision else "-at", "-pk")[: PAGE + 1]


def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Any two states of a story; without a choice, what readers see and what waits for them."""
    article = story_for(request.user, "look", pk)
    waiting = "draft" if article.working_draft else "live"
    old, new = (_state(article, request.GET.get(name) or first) for name, first in (("old", "live"), ("new", waiting)))
    since_live = (old.key, new.key) == ("live", "draft")
    words = {
        "old": old,
        "new": new,
        "comparison": compare(old.data, new.data),
        "choices": _choices(article),
        "checklist": checklist_of_draft(article) if since_live else None,
        "may_publish": since_live and can(request.user, "publish_update", article),
        "may_discard": since_live and can(request.user, "discard_draft", article),
    }
    return _page(request, "compare", article, gettext("What differs"), words)


def _state(article: Article, key: str) -> State:
    if key == "live":
        seen = gettext("What readers see") if article.is_out(timezone.now()) else gettext("The story as it stands")
        return State(key, seen, snapshot(article))
    if key == "draft" and article.working_draft:
        return State(key, gettext("The working draft"), article.working_draft.data)
    if not key.isdecimal() or len(key) > 9:
        raise Http404
    revision = article.revisions.filter(number=key).first()
    if revision is None:
        raise Http404
    return State(key, gettext("Version %d") % revision.number, revision.data)


def _choices(article: Article) -> list[tuple[str, str]]:
    """What may be compared: the two states that count, and the last versions."""
    states = [_state(article, key) for key in ("live", *(["draft"] if article.working_draft else []))]
    versions = article.revisions.select_related("user").defer("data").order_by("-number")[:50]
    return [
        *((state.key, state.label) for state in states),
        *((str(row.number), f"{gettext('Version %d') % row.number}, {row.by}") for row in versions),
    ]


def waiting_in(article: Article) -> Comparison | None:
    """What the working draft changes, if there is one."""
    return compare(snapshot(article), article.working_draft.data) if article.working_draft else None


def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What bringing a version back would change; the button does it, and readers see nothing of it."""
    article = story_for(request.user, "restore", pk)
    revision = article.revisions.filter(number=number).first()
    if revision is None:
        raise Http404
    if request.method == "POST":
        return _try(request, article, lambda base: article.restore(revision, base=base, by=_by(request)), "restored")
    now = article.working_draft.data if article.working_draft else snapshot(article)
    words = {"revision": revision, "comparison": compare(now, revision.data), "is_out": article.is_out(timezone.now())}
    return _page(request, "restore", article, gettext("Restore version %d") % number, words)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish or discard the working draft from the page that shows what it changes."""
    step = request.POST.get("step", "")
    if step not in {"publish_update", "discard_draft"}:
        raise Http404
    article = story_for(request.user, step, pk)
    words: dict[str, Any] = {"by": _by(request), "note": request.POST.get("note", "")[:500]}

    def verb(base: int) -> None:
        if step == "discard_draft":
            article.discard_draft(base=base, **words)
            return
        refuse_unready(checklist_of_draft(article), request.POST.get("accept", ""))
        article.publish_update(base=base, material=request.POST.get("material") == "on", **words)

    return _try(request, article, verb, step)


def _try(request: HttpRequest, article: Article, verb: Callable[[int], None], step: str) -> HttpResponse:
    base = request.POST.get("base", "")
    try:
        verb(int(base) if base.isdecimal() and len(base) < 10 else -1)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _done(step))
    return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))


def _done(step: str) -> str:
    return {
        "publish_update": gettext("Published: readers see the story as it stands below."),
        "discard_draft": gettext("The working draft is discarded. It stays in the history."),
        "restored": gettext("The version is back in the form below. Readers see nothing of it yet."),
    }[step]


def _by(request: HttpRequest) -> Any:
    return request.user


def _page(request: HttpRequest, name: str, article: Article, title: str, words: dict[str, Any]) -> HttpResponse:
    context = {**admin.site.each_context(request), "story": article, "title": title, "opts": Article._meta, **words}
    return TemplateResponse(request, f"admin/articles/article/{name}.html", context)
