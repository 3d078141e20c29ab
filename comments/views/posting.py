"""Writing a comment or a reply: 303 back to it, or the form again with its errors and every word kept."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from articles.models import Article
from comments import markup
from comments.chosen import Chosen
from comments.facts import Reminder
from comments.follow import follow, offer
from comments.forms import TEXT_MAX, CommentForm
from comments.limits import Refused
from comments.models import Comment, NoSuchParent, NotInTheText
from comments.submission import Submission
from comments.views.finding import live_article, shown_comment, why_closed, why_no_answer, why_not_you
from comments.views.limits import is_too_fast
from comments.views.placing import placed
from newsroom.accounts import guests
from newsroom.lib.fragment import wants_fragment
from newsroom.lib.html import trusted
from newsroom.lib.origin import own_pages_only


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def post(request: HttpRequest, article_id: int) -> HttpResponse:
    article = live_article(request, article_id)
    if request.method != "POST":
        return redirect("comments_on", article_id)
    return _take(request, article, None)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    parent = shown_comment(request, pk)
    if request.method != "POST":
        return redirect(f"{reverse('comment', args=[pk])}?reply={pk}#reply-{pk}")
    return _take(request, parent.article, parent)


def _take(request: HttpRequest, article: Article, parent: Comment | None) -> HttpResponse:
    form = _form(request, parent)
    if closed := why_closed(request, article, parent) or why_no_answer(request, parent) or _why_not_you(request):
        return _again(request, article, parent, form, closed=closed, status=403)
    if "preview" in request.POST:
        return _again(request, article, parent, form.as_typed(), status=200)
    if not form.is_valid():
        return _again(request, article, parent, form, status=422)
    try:
        comment, writer = Submission(request, form, article, parent).store()
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _again(request, article, parent, form, status=refusal.status)
    except Reminder as reminder:
        form.add_error("text", str(reminder))
        return _again(request, article, parent, form, status=422)
    except NotInTheText as error:
        form.add_error(None, str(error))
        form.passage = None  # pressing Post again posts it without
        return _again(request, article, parent, form, status=422)
    except NoSuchParent as error:
        raise Http404 from error
    follow(request, writer, article, form.notify_chosen)
    offer(request, comment)
    response = placed(request, comment, writer, is_new=True)
    guests.recognise(response, writer)
    guests.remember_name(response, writer)
    return response


def _why_not_you(request: HttpRequest) -> str:
    return why_not_you(request, request.POST.get("email", ""))


def _form(request: HttpRequest, parent: Comment | None) -> CommentForm:
    place = f"reply-{parent.pk}" if parent else "passage" if Chosen.of(request.POST) else "comment"
    return CommentForm(request.POST, reader=guests.reader_of(request), place=place)


def _again(
    request: HttpRequest, article: Article, parent: Comment | None, form: CommentForm, *, status: int, closed: str = ""
) -> HttpResponse:
    """The form with its errors, or with a preview; the sentence that says why nothing can be posted any more."""
    context = {"article": article, "parent": parent, "form": form, "closed": closed, "text": form["text"].value()}
    context["reader"] = guests.reader_of(request)
    if status == 200:
        context["preview"] = trusted(markup.render(form["text"].value()))
    part = "comments/_kept.html" if closed else "comments/_form.html"
    return render(request, part if wants_fragment(request) else "comments/post_page.html", context, status=status)


@require_POST
@own_pages_only
def preview(request: HttpRequest) -> HttpResponse:
    """Typed words as they will look, for a script that shows them beside the form. Nothing is stored."""
    if is_too_fast(request, "preview", 240):
        return HttpResponse(status=429)
    text = request.POST.get("text", "")[: 2 * TEXT_MAX]
    return render(request, "comments/_preview.html", {"preview": trusted(markup.render(text))})
