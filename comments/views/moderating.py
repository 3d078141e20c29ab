"""Deciding on a comment where it stands: on the story page, in the list of all comments, on its own page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from comments.discussion import alone
from comments.models import Comment, ModerationAction, StepRefused
from comments.moderating import moderator_of
from comments.steps import Step
from comments.views.finding import any_comment, see_other
from comments.views.reacting import place_of
from newsroom.accounts.guests import reader_of
from newsroom.accounts.models import User
from newsroom.lib.fragment import wants_fragment
from newsroom.lib.origin import own_pages_only


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def moderate(request: HttpRequest, pk: int) -> HttpResponse:
    """POST a `step` with the `pick` (comment, state and version) that was looked at, or `undo` with the batch of the last one."""
    moderator = moderator_of(request)
    if moderator is None:
        raise PermissionDenied
    comment = any_comment(request, pk)
    if request.method != "POST":
        return redirect(comment)
    step = Step.of(request.POST)
    if "undo" not in request.POST and (step is None or list(step.seen) != [pk]):
        return HttpResponseBadRequest(_("That is not possible."), content_type="text/plain; charset=utf-8")
    try:
        said = _take(comment, step, request.POST.get("undo", ""), moderator)
    except StepRefused as refusal:
        return _answer(request, any_comment(request, pk), str(refusal), refused=True)
    return _answer(request, any_comment(request, pk), said)


def _take(comment: Comment, step: Step | None, batch: str, moderator: User) -> str:
    """Do it, and say what was done. Raises StepRefused."""
    if step is not None:
        step.take(comment, by=moderator)
        return f"{step.said}."
    lines = [line for line in comment.actions.filter(actor=moderator) if str(line.batch) == batch]
    ModerationAction.objects.filter(pk__in=[line.pk for line in lines]).undo(by=moderator)
    return _("Taken back.")


def _answer(request: HttpRequest, comment: Comment, said: str, *, refused: bool = False) -> HttpResponse:
    """For a script the comment as it is now; else the way back to where it stands."""
    if wants_fragment(request):
        discussion = alone(request, comment, reader_of(request))
        for entry in discussion.entries:
            entry.refused = said if refused else ""
        context = {"discussion": discussion, "article": comment.article, "said": said}
        return render(request, "comments/_alone.html", context, status=422 if refused else 200)
    messages.add_message(request, messages.WARNING if refused else messages.SUCCESS, said)
    is_in_the_list = comment.is_published or comment.is_waiting
    return see_other(place_of(request, comment) if is_in_the_list else f"{comment.get_absolute_url()}#c{comment.pk}")
