"""Following a discussion, agreeing to it from the mail, and ending it. Only POST changes anything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles.models import Article
from comments.facts import release
from comments.follow import confirm as agree
from comments.follow import follow, reader_to_confirm, subscriptions_of
from comments.follow import unsubscribe as end
from comments.forms import FollowForm
from comments.models import Comment, Subscription
from comments.screening import Reason
from comments.views.finding import live_article, readable_comment, see_other, why_not_you
from comments.views.limits import is_too_fast
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.origin import own_pages_only
from newsroom.lib.secret_page import secret_page
from newsroom.lib.signing import BadToken


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def follow_article(request: HttpRequest, article_id: int) -> HttpResponse:
    """Follow without commenting. The answer is the same whether or not the address is known here."""
    return _follow(request, live_article(request, article_id), None)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def follow_thread(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow the thread that a comment is in."""
    comment = readable_comment(request, pk)
    first = Comment.objects.select_related("article").get(pk=comment.first_id)
    return _follow(request, comment.article, first)


def _follow(request: HttpRequest, article: Article, thread: Comment | None) -> HttpResponse:
    reader = guests.reader_of(request)
    kinds = [Subscription.Kind.THREAD if thread else Subscription.Kind.ALL]
    context: dict[str, object] = {"article": article, "thread": thread, "reader": reader}
    if request.method == "POST" and (unwelcome := why_not_you(request, request.POST.get("email", ""))):
        return render(request, "comments/follow_page.html", context | {"unwelcome": unwelcome}, status=403)
    if request.method == "POST" and reader is not None and reader.has_confirmed_address:
        follow(request, reader, article, list(kinds), thread=thread)
        response = see_other(f"{article.get_absolute_url()}#{f'c{thread.pk}' if thread else 'comments'}")
        guests.hint(response, article)
        return response
    form = FollowForm(request.POST or None, auto_id="follow-%s", use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        mine = Subscription.objects.running().filter(reader__in=reader.identities if reader else ())
        following = mine.filter(article=article, kind__in=kinds, comment=thread).exists()
        context |= {"form": form, "following": following}
        return render(request, "comments/follow_page.html", context, status=status)
    address = form.cleaned_data["email"]
    if not is_too_fast(request, "follow", 5):
        reader = _reader_for(reader, address)
        follow(request, reader, article, list(kinds), thread=thread)
    response = render(request, "comments/follow_page.html", context | {"address": address})
    if reader is not None:
        guests.recognise(response, reader)
    return response


def _reader_for(reader: Reader | None, address: str) -> Reader:
    """This device's reader where the address fits; typing an address never makes anybody its owner."""
    if reader is None or (reader.email and reader.email.lower() != address.lower()):
        return Reader.objects.create(email=address)
    if not reader.email and not reader.is_member:
        reader.email = address
        reader.save(update_fields=["email"])
    return reader


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a confirmation letter: a page with a button. The token is the authority, so no origin is asked."""
    try:
        reader, address = reader_to_confirm(token)
    except (BadToken, Reader.DoesNotExist):
        return secret_page(request, "comments/confirm_page.html", {"is_dead": True}, status=404)
    followed = Subscription.objects.running().filter(reader=reader).select_related("article")[:5]
    said = reader.comments.filter(status=Comment.Status.PENDING, reason=Reason.FIRST.value).order_by("-id")[:3]
    context = {"address": address, "followed": list(followed), "said": list(said)}
    if request.method != "POST":
        return secret_page(request, "comments/confirm_page.html", context)
    owner = agree(reader, address, at_device_of=guests.reader_of(request))
    release(owner)
    response = secret_page(request, "comments/confirm_page.html", context | {"done": True})
    guests.recognise(response, owner)
    guests.remember_name(response, owner)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every letter, for people (a page with a button) and for mail programs (RFC 8058, one POST)."""
    try:
        reader, article, thread = subscriptions_of(token)
    except (BadToken, Reader.DoesNotExist):
        return secret_page(request, "comments/unsubscribe_page.html", {"is_dead": True}, status=404)
    done = request.method == "POST"
    if done:
        end(reader, article, thread)
    context = {"article": article, "thread": thread, "done": done}
    return secret_page(request, "comments/unsubscribe_page.html", context)
