"""The answer to whoever wrote, changed or deleted a comment: for a script its place in the thread, else the way to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from comments.discussion import Discussion, alone
from comments.forms import CommentForm
from comments.models import THERE_FOR_ITS_WRITER, Comment
from comments.screening import Reason
from comments.views.finding import see_other
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.fragment import wants_fragment


def placed(request: HttpRequest, comment: Comment, reader: Reader | None, *, is_new: bool = False) -> HttpResponse:
    """`is_new`: a script also gets a fresh form, which knows by now who is writing."""
    response = see_other(f"{comment.article.get_absolute_url()}{_anchor(comment)}")
    if wants_fragment(request):
        discussion = alone(request, comment, reader)
        context = {"discussion": discussion, "article": comment.article, "reader": reader, "said": said_of(comment)}
        context["form"] = _fresh_form(discussion, reader) if is_new else None
        response = render(request, "comments/_alone.html", context)
    elif is_new and not _is_there(comment):
        messages.warning(request, said_of(comment))
    guests.hint(response, comment.article)
    return response


def said_of(comment: Comment) -> str:
    """What the writer is told."""
    if comment.is_published:
        return _("Your comment is posted.")
    if told := comment.told_while_waiting:
        return told
    if comment.status in THERE_FOR_ITS_WRITER:
        return _("Your comment waits for a moderator. Only you see it until then.")
    if comment.withdrawn_at:
        return _("Your comment is deleted.")
    if comment.reason == Reason.BANNED:
        return _("This breaks our rules. Readers do not see it.")
    return _("You wrote these words here before, and they were taken down.")


def _is_there(comment: Comment) -> bool:
    """Whether its writer finds it on the page."""
    return comment.visible or comment.status in THERE_FOR_ITS_WRITER


def _anchor(comment: Comment) -> str:
    """What was rejected is told at the top of the page."""
    if _is_there(comment):
        return f"#c{comment.pk}"
    return "#comments" if comment.withdrawn_at else ""


def _fresh_form(discussion: Discussion, reader: Reader | None) -> CommentForm | None:
    return None if discussion.closed else CommentForm(reader=reader)
