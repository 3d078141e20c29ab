"""What the links in a letter to a moderator open: a page with a button. Only the button does anything."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comments.desk_link import DeskLink, moderator_to_stop
from comments.models import Comment, DeskWishes, StepRefused
from comments.steps import DECISIONS, REJECTIONS, words_for
from newsroom.lib.secret_page import secret_page
from newsroom.lib.signing import BadToken


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def desk_link(request: HttpRequest, token: str) -> HttpResponse:
    """One decision on one comment. The token is the authority: whoever holds the letter is that moderator."""
    try:
        link = DeskLink.of(token)
        comment = _with_context(link.comment)
    except (BadToken, Comment.DoesNotExist):
        return secret_page(request, "comments/desk_link_page.html", {"is_dead": True}, status=404)
    context = {"link": link, "comment": comment, "article": comment.article, "rejections": REJECTIONS.items()}
    context["why"] = words_for(comment.reason)
    if request.method != "POST":
        return secret_page(request, "comments/desk_link_page.html", context | {"refused": link.refusal(comment)})
    reason = request.POST.get("reason", "")
    try:
        link.take(reason=reason if link.action == "reject" and reason in REJECTIONS else "")
    except StepRefused as refusal:
        context |= {"refused": str(refusal), "comment": _with_context(link.comment)}
        return secret_page(request, "comments/desk_link_page.html", context, status=409)
    done = {"done": DECISIONS[link.action], "comment": _with_context(link.comment)}
    return secret_page(request, "comments/desk_link_page.html", context | done)


def _with_context(pk: int) -> Comment:
    rows = Comment.objects.filter(pk=pk).select_related("article__section", "parent")
    return rows.defer("article__body", "article__body_text").get()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def desk_stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more letters about what waits, for people (a page with a button) and for mail programs (RFC 8058)."""
    try:
        moderator = moderator_to_stop(token)
    except BadToken:
        return secret_page(request, "comments/desk_stop_page.html", {"is_dead": True}, status=404)
    done = request.method == "POST"
    if done:
        DeskWishes.objects.update_or_create(user=moderator, defaults={"letters_on": False})
    return secret_page(request, "comments/desk_stop_page.html", {"done": done})
