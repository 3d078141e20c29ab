"""Writing a comment or a reply: 303 back to it, or the form again with its errors and every word kept."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from articles.models import Article
from comments.facts import Reminder
from comments.follow import follow
from comments.forms import CommentForm
from comments.models import Comment, NoSuchParent
from comments.submission import Submission, TooFast
from comments.views.finding import live_article, see_other, shown_comment, why_closed
from newsroom.accounts import guests
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
    if closed := why_closed(request, article, parent):
        return _again(request, article, parent, _form(request, parent), closed=closed, status=403)
    form = _form(request, parent)
    if not form.is_valid():
        return _again(request, article, parent, form, status=422)
    try:
        comment, writer = Submission(request, form, article, parent).store()
    except TooFast as error:
        form.add_error(None, str(error))
        return _again(request, article, parent, form, status=429)
    except Reminder as reminder:
        form.add_error("text", str(reminder))
        return _again(request, article, parent, form, status=422)
    except NoSuchParent as error:
        raise Http404 from error
    response = see_other(f"{article.get_absolute_url()}#c{comment.pk}")
    follow(request, writer, article, form.cleaned_data["notify"])
    guests.recognise(response, writer)
    guests.remember_name(response, writer)
    guests.hint(response, article)
    return response


def _form(request: HttpRequest, parent: Comment | None) -> CommentForm:
    place = f"reply-{parent.pk}" if parent else "comment"
    return CommentForm(request.POST, reader=guests.reader_of(request), place=place)


def _again(
    request: HttpRequest, article: Article, parent: Comment | None, form: CommentForm, *, status: int, closed: str = ""
) -> HttpResponse:
    context = {
        "article": article,
        "parent": parent,
        "form": form,
        "closed": closed,
        "reader": guests.reader_of(request),
    }
    return render(request, "comments/post_page.html", context, status=status)
