"""Reporting live: a page to post from at speed, the newest posts beside it, and what may be done to each."""

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from articles.admin.live_form import HtmlForm, MarksForm, PostForm, form_for
from articles.admin.live_list import rows_of
from articles.models import Article, LiveUpdate
from articles.models.workflow import StepRefused
from articles.permissions import can, may_change_post
from articles.richtext import allow_editor
from newsroom.lib.fragment import wants_fragment

_FINISHES: Final = {"end": Article.end_coverage, "resume": Article.resume_coverage}


@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, and the newest posts beside it. A script sends the form as a part and gets the list."""
    article = _story(request, pk)
    update = LiveUpdate(article=article)
    form = PostForm(request.POST or None, request.FILES or None, instance=update, user=request.user)
    if request.method != "POST":
        return _page(request, article, form)
    if form.is_valid() and form.post():
        return _done(request, article, _("Posted."))
    return _page(request, article, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    """One post. Whoever saves second sees what the first wrote beside their own text."""
    article, update = _post(request, pk, post, "edit")
    kind = form_for(update)
    form = kind(request.POST or None, request.FILES or None, instance=update, user=request.user)
    if request.method == "POST" and form.is_valid() and form.rewrite():
        return _done(request, article, _("Stored."))
    stored = LiveUpdate.objects.select_related("edited_by", "deleted_by", "image").get(pk=post)
    if form.is_outrun:
        form.based_on(stored.seq)
    return _edit_page(request, article, form, stored)


def _edit_page(request: HttpRequest, article: Article, form: MarksForm, stored: LiveUpdate) -> HttpResponse:
    words = {"article": article, "form": form, "stored": stored, "title": _("Edit a post")}
    context = admin.site.each_context(request) | words
    response = render(request, "admin/live/edit.html", context, status=422 if form.is_bound else 200)
    if isinstance(form, HtmlForm):
        allow_editor(response)
    return response


@require_POST
def remove(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    article, update = _post(request, pk, post, "delete")
    if update.take_off(by=request.user):  # type: ignore[arg-type]
        return _done(request, article, _("Taken off the page."))
    return _done(request, article, _("Nothing was changed: the post had been taken off before."), messages.WARNING)


@require_POST
def restore(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    article, update = _post(request, pk, post, "delete")
    if update.put_back():
        return _done(request, article, _("The post stands on the page again."))
    return _done(request, article, _("Nothing was changed: the post stands on the page."), messages.WARNING)


@require_POST
def mark(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    """`pinned` or `key_event`, each 1 or 0."""
    article, update = _post(request, pk, post, "edit")
    marks = {
        name: request.POST[name] == "1" for name in ("pinned", "key_event") if request.POST.get(name) in {"0", "1"}
    }
    if not marks:
        return _done(request, article, _("Nothing was changed: the form was damaged. Try again."), messages.ERROR)
    if update.mark(**marks):
        return _done(request, article, _("Stored."))
    return _done(request, article, _("Nothing was changed: the post had been taken off before."), messages.WARNING)


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """End the coverage, or go on with it."""
    article = _story(request, pk, "end_live")
    step = request.POST.get("step", "")
    if step not in _FINISHES:
        raise Http404
    try:
        _FINISHES[step](article, by=request.user)  # type: ignore[arg-type]
    except StepRefused:
        ended = _("Nothing was changed: the coverage had ended before.")
        said = ended if step == "end" else _("Nothing was changed: the coverage runs.")
        return _done(request, article, said, messages.WARNING)
    words = _("The coverage has ended. Open pages say so.") if step == "end" else _("The coverage goes on.")
    return _done(request, article, words)


def _story(request: HttpRequest, pk: int, action: str = "report_live") -> Article:
    """The live page, if this person may do that to it. Raises Http404 and PermissionDenied."""
    stories = Article.objects.filter(kind=Article.Kind.LIVE).select_related("section").defer("body", "body_text")
    article = get_object_or_404(stories, pk=pk)
    if not can(request.user, action, article):
        raise PermissionDenied
    return article


def _post(request: HttpRequest, pk: int, post: int, action: str) -> tuple[Article, LiveUpdate]:
    article = _story(request, pk)
    update = get_object_or_404(article.live_updates.select_related("image", "deleted_by", "edited_by"), pk=post)
    if not may_change_post(request.user, action, update):
        raise PermissionDenied
    return article, update


def _page(request: HttpRequest, article: Article, form: PostForm, *, status: int = 200) -> HttpResponse:
    context = _list(request, article) | {
        "form": form,
        "title": _("Live"),
        "ends": can(request.user, "end_live", article),
        "is_out": article.is_out(timezone.now()),
    }
    if wants_fragment(request):
        return render(request, "admin/live/_form.html", context, status=status)
    return render(request, "admin/live/compose.html", admin.site.each_context(request) | context, status=status)


def _done(request: HttpRequest, article: Article, said: str, level: int = messages.SUCCESS) -> HttpResponse:
    """Back to the page; a script gets the list alone, with the sentence."""
    if wants_fragment(request):
        return render(request, "admin/live/_list.html", _list(request, article) | {"said": said})
    messages.add_message(request, level, said)
    return HttpResponseRedirect(reverse("live_compose", args=[article.pk]), status=303)


def _list(request: HttpRequest, article: Article) -> dict[str, Any]:
    rows, older = rows_of(article, request.user, before=request.GET.get("before", ""))
    return {"article": article, "rows": rows, "older": older, "is_newest": "before" not in request.GET}


_inside = admin.site.admin_view

urlpatterns = [
    path("", _inside(compose), name="live_compose"),
    path("finish/", _inside(finish), name="live_finish"),
    path("<int:post>/", _inside(edit), name="live_edit"),
    path("<int:post>/remove/", _inside(remove), name="live_remove"),
    path("<int:post>/restore/", _inside(restore), name="live_restore"),
    path("<int:post>/mark/", _inside(mark), name="live_mark"),
]
