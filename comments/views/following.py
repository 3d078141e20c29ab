"""Following a discussion, agreeing to it from the mail, and ending it. Only POST changes anything."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comments.follow import confirm as agree
from comments.follow import follow, reader_to_confirm, subscriptions_of
from comments.follow import unsubscribe as end
from comments.forms import FollowForm
from comments.models import Subscription
from comments.views.finding import live_article, see_other
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import hit, network
from newsroom.lib.signing import BadToken


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def follow_article(request: HttpRequest, article_id: int) -> HttpResponse:
    """Follow without commenting. The answer is the same whether or not the address is known here."""
    article = live_article(request, article_id)
    reader = guests.reader_of(request)
    if request.method == "POST" and reader is not None and reader.has_confirmed_address:
        follow(request, reader, article, [Subscription.Kind.ALL])
        response = see_other(f"{article.get_absolute_url()}#comments")
        guests.hint(response, article)
        return response
    form = FollowForm(request.POST or None, auto_id="follow-%s", use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"article": article, "form": form, "reader": reader}
        return render(request, "comments/follow_page.html", context, status=status)
    address = form.cleaned_data["email"]
    if not settings.NEWSROOM_LIMITS or hit(f"follow:{network(request)}", limit=5, seconds=60):
        reader = _reader_for(reader, address)
        follow(request, reader, article, [Subscription.Kind.ALL])
    response = render(request, "comments/follow_page.html", {"article": article, "address": address})
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
        return _token_page(request, "comments/confirm_page.html", {"is_dead": True}, status=404)
    followed = Subscription.objects.running().filter(reader=reader).select_related("article")[:5]
    context = {"address": address, "followed": list(followed)}
    if request.method != "POST":
        return _token_page(request, "comments/confirm_page.html", context)
    owner = agree(reader, address, at_device_of=guests.reader_of(request))
    response = _token_page(request, "comments/confirm_page.html", context | {"done": True})
    guests.recognise(response, owner)
    guests.remember_name(response, owner)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every letter, for people (a page with a button) and for mail programs (RFC 8058, one POST)."""
    try:
        reader, article = subscriptions_of(token)
    except (BadToken, Reader.DoesNotExist):
        return _token_page(request, "comments/unsubscribe_page.html", {"is_dead": True}, status=404)
    done = request.method == "POST"
    if done:
        end(reader, article)
    return _token_page(request, "comments/unsubscribe_page.html", {"article": article, "done": done})


def _token_page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """A page whose address is a secret: not handed on in Referer, not stored, not indexed."""
    response = render(request, template, dict(context), status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response
