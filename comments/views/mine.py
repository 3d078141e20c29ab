"""What a reader wrote and follows, and "Not you?"."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from comments.models import Subscription
from comments.private_feed import feed_of_replies
from comments.views.finding import ID_MAX, see_other
from newsroom.accounts import guests
from newsroom.lib.origin import own_pages_only


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def mine(request: HttpRequest) -> HttpResponse:
    """A member's, or this device's guest's, comments and subscriptions; POST `end=<id>` ends one."""
    reader = guests.reader_of(request)
    if reader is None:
        return render(request, "comments/mine.html", {"reader": None})
    subscriptions = Subscription.objects.running().filter(reader=reader).select_related("article")
    if request.method == "POST":
        wanted = request.POST.get("end", "")
        if wanted.isascii() and wanted.isdigit() and int(wanted) <= ID_MAX:
            subscriptions.filter(pk=int(wanted)).end()
        return see_other(reverse("comments_mine"))
    comments = reader.comments.select_related("article").defer("article__body", "article__body_text")
    context = {
        "reader": reader,
        "comments": comments.order_by("-created_at", "-id")[:50],
        "subscriptions": subscriptions.order_by("-started_at")[:200],
        "replies_feed": feed_of_replies(reader),
    }
    return render(request, "comments/mine.html", context)


@require_POST
@own_pages_only
def forget(request: HttpRequest) -> HttpResponse:
    """ "Not you?": this device is nobody's from now on; back to the page, if it is one of ours."""
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    response = see_other(wanted if own and wanted.startswith("/") else "/")
    guests.forget(response)
    return response
