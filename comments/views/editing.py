"""What a comment's writer does with it afterwards: change it, delete it. And, for everybody, what was changed."""

from itertools import pairwise

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from comments.diff import change
from comments.facts import Reminder
from comments.forms import EditForm
from comments.markup import hides_words
from comments.models import Comment, CommentRevision, StepRefused
from comments.spam_checker import ask_about
from comments.submission import Submission
from comments.views.finding import own_comment, readable_comment, why_closed, why_not_you
from comments.views.limits import is_too_fast
from comments.views.placing import placed
from newsroom.accounts import guests
from newsroom.lib.clock import now_of
from newsroom.lib.fragment import wants_fragment
from newsroom.lib.html import trusted
from newsroom.lib.origin import own_pages_only


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    comment = own_comment(request, pk)
    form = EditForm(request.POST if request.method == "POST" else None, comment=comment)
    if frozen := _frozen(request, comment):
        return _edit_again(request, form, frozen=frozen, status=403)
    if not form.is_bound:
        return _edit_again(request, form, status=200)
    if is_too_fast(request, "edit", 10):
        form.add_error(None, _("That was fast. Wait a minute and save it again."))
        return _edit_again(request, form, status=429)
    if not form.is_valid() or not _revise(request, form):
        return _edit_again(request, form, status=422)
    return placed(request, comment, guests.reader_of(request))


def _frozen(request: HttpRequest, comment: Comment) -> str:
    """Why the comment cannot be changed now; '' while it can."""
    if not comment.is_changeable(now_of(request)):
        return _("A comment can be changed for 15 minutes. You can still answer it, or delete it.")
    if comment.revisions.filter(editor__isnull=False).exists():
        return _("A moderator removed words of it. You can delete it.")
    return why_closed(request, comment.article, comment) or why_not_you(request)


def _revise(request: HttpRequest, form: EditForm) -> bool:
    """Store the new words, once however often the button was pressed."""
    comment = form.comment
    if form.is_repeat:
        return True
    submission = Submission(request, form, comment.article, comment.parent)
    try:
        submission.remind(comment.reader)
        decision = submission.screened_again(comment)
        with transaction.atomic():
            comment.edit(form.whole, now=now_of(request), **decision._asdict())
            ask_about(comment, request)
    except Reminder as reminder:
        form.add_error("text", str(reminder))
        return False
    except StepRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _edit_again(request: HttpRequest, form: EditForm, *, status: int, frozen: str = "") -> HttpResponse:
    context = {"comment": form.comment, "article": form.comment.article, "form": form, "closed": frozen}
    context["html"] = trusted(form.comment.html)
    page = "comments/_edit_form.html" if wants_fragment(request) else "comments/edit_page.html"
    return render(request, page, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only the button deletes; looking at the page does not."""
    comment = own_comment(request, pk)
    if request.method != "POST":
        return render(request, "comments/delete_page.html", {"comment": comment, "article": comment.article})
    try:
        comment.withdraw()
    except StepRefused as refusal:
        raise Http404 from refusal
    return placed(request, comment, guests.reader_of(request))


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """What a comment said before, as far as readers saw it then."""
    comment = readable_comment(request, pk)
    if not comment.is_published and not comment.is_waiting:
        raise Http404
    texts = [*CommentRevision.objects.public(comment), CommentRevision(n=comment.version, text=comment.text)]
    changes = [
        (
            earlier.created_at,
            change(earlier.text, later.text) if later.n == earlier.n + 1 else None,
            hides_words(earlier.text) or hides_words(later.text),
        )
        for earlier, later in pairwise(texts)
    ]
    context = {"comment": comment, "article": comment.article, "changes": changes[::-1]}
    return render(request, "comments/history_page.html", context)
