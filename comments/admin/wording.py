"""The words of one comment: a passage is cut, or all of it is purged for good."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from comments.admin.desk import who_may
from comments.admin.people import told
from comments.models import Comment, ModerationAction, StepRefused
from comments.views.finding import ID_MAX, see_other
from newsroom.lib.text import without_controls


@require_http_methods(["GET", "HEAD", "POST"])
def cut(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `passage`, words of the comment as it was seen (`version`)."""
    moderator, comment = who_may(request), _comment(pk)
    if request.method != "POST":
        return _page(request, comment, "cut")
    version = request.POST.get("version", "")
    try:
        comment.cut_passage(
            request.POST.get("passage", ""), by=moderator, note=_note(request),
            version=int(version[:9]) if version.isdecimal() else 0,
        )  # fmt: skip
    except StepRefused as refusal:
        return _page(request, _comment(pk), "cut", str(refusal))
    line = ModerationAction.objects.filter(comment=comment, action="cut").order_by("-id")[0]
    messages.success(request, _("The passage is cut."), extra_tags=f"batch-{line.batch}")
    return see_other(request.path)


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest, pk: int) -> HttpResponse:
    """POST, with the comment's number typed and a reason for the record."""
    admin_, comment = who_may(request, "purge_comment"), _comment(pk)
    if request.method != "POST":
        return _page(request, comment, "purge")
    if request.POST.get("typed", "").strip() != str(comment.pk):
        return _page(
            request, comment, "purge", _("Type the number %d, so that it is not done by mistake.") % comment.pk
        )
    if not _note(request):
        return _page(request, comment, "purge", _("Say why: the record keeps that, and not the words."))
    try:
        quoting = comment.purge(by=admin_, note=_note(request))
    except StepRefused as refusal:
        return _page(request, comment, "purge", str(refusal))
    said = ngettext("Purged, with quotes of it in %d comment.", "Purged, with quotes of it in %d comments.", quoting)
    messages.success(request, said % quoting if quoting else _("Purged."))
    return see_other(reverse("moderation_person", args=[comment.reader_id]))


def _comment(pk: int) -> Comment:
    if pk > ID_MAX:
        raise Http404
    rows = Comment.objects.select_related("article", "reader__user").defer("article__body", "article__body_text")
    comment: Comment = get_object_or_404(rows, pk=pk)
    return comment


def _note(request: HttpRequest) -> str:
    return without_controls(request.POST.get("note", "")).strip()[:1000]


def _page(request: HttpRequest, comment: Comment, what: str, refused: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        **admin.site.each_context(request), **told(request), "record_query": f"?comment={comment.pk}", "comment": comment, "refused": refused, "passage": request.POST.get("passage", ""),
        "note": request.POST.get("note", ""), "typed": request.POST.get("typed", ""),
        "may_purge": request.user.has_perm("comments.purge_comment"),
    }  # fmt: skip
    return render(request, f"admin/moderation/{what}.html", context, status=422 if refused else 200)
