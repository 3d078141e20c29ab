""" "My comments, subscriptions and data": what a member, or this device's guest, wrote, follows and is told."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from comments.forms import WishesForm
from comments.models import Comment, Digest, Notice, Sanction, Subscription
from comments.private_feed import feed_of_replies
from comments.sanction_letter import sentence
from comments.views.finding import ID_MAX, see_other
from newsroom.accounts import guests
from newsroom.accounts.models import Erasure, Reader
from newsroom.lib import keyset
from newsroom.lib.clock import now_of
from newsroom.lib.origin import own_pages_only

COMMENTS: Final = 20
NOTICES: Final = 10
#: Nobody follows so many by hand; "stop all" ends those that are not listed too.
SUBSCRIPTIONS: Final = 200


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def mine(request: HttpRequest) -> HttpResponse:
    """POST `end=<id>` ends a subscription of one's own, `end=all` every one."""
    reader = guests.reader_of(request)
    if reader is None:
        return render(request, "comments/mine.html", {"reader": None})
    subscriptions = Subscription.objects.running().filter(reader__in=reader.identities)
    if request.method == "POST":
        wanted = request.POST.get("end", "")
        (subscriptions if wanted == "all" else subscriptions.filter(pk=_number(wanted))).end()
        return see_other(f"{reverse('comments_mine')}#follow")
    context = {
        "reader": reader,
        "form": WishesForm(instance=reader),
        "erasure": Erasure.objects.of(reader),
        "replies_feed": feed_of_replies(reader),
        "sanctions": [sentence(one, reader) for one in Sanction.objects.of(reader).running(now_of(request))[:5]],
    }
    context["subscriptions"] = subscriptions.select_related("article", "comment").defer(
        "article__body", "article__body_text"
    )[:SUBSCRIPTIONS]
    return render(request, "comments/mine.html", context | _written(request, reader) | _told(request, reader))


@require_POST
@own_pages_only
def wishes(request: HttpRequest) -> HttpResponse:
    """How letters come, and whether a member is told on the site."""
    reader = guests.reader_of(request)
    if reader is None:
        return see_other(reverse("comments_mine"))
    form = WishesForm(request.POST, instance=reader)
    if not form.is_valid():
        return render(request, "comments/wishes_page.html", {"reader": reader, "form": form}, status=422)
    reader.save(update_fields=list(form.fields))
    if "pace" in form.changed_data:
        Digest.objects.follow_the_pace_of(reader, now_of(request))
    return see_other(f"{reverse('comments_mine')}#wishes")


@require_POST
@own_pages_only
def notices(request: HttpRequest) -> HttpResponse:
    """POST `see=all` marks everything read; `see=<id>` one notice, and leads to its comment."""
    reader = guests.reader_of(request)
    wanted = request.POST.get("see", "")
    mine = Notice.objects.filter(reader__in=reader.identities if reader else ())
    if wanted == "all":
        mine.see()
    notice = mine.filter(pk=_number(wanted)).select_related("comment").first()
    if notice is None:
        return see_other(f"{reverse('comments_mine')}#notices")
    mine.filter(pk=notice.pk).see()
    return see_other(f"{notice.comment.get_absolute_url()}#c{notice.comment_id}")


@require_POST
@own_pages_only
def forget(request: HttpRequest) -> HttpResponse:
    """ "Not you?": this device is nobody's from now on; back to the page, if it is one of ours."""
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    response = see_other(wanted if own and wanted.startswith("/") else "/")
    guests.forget(response)
    return response


def _number(typed: str) -> int:
    """A row's number; 0, which none has, for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 and int(typed) <= ID_MAX else 0


def _written(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """One page of the reader's comments, newest first."""
    rows = Comment.objects.filter(reader__in=reader.identities).select_related("article")
    found, older = _page(request, "after", rows.defer("article__body", "article__body_text"), COMMENTS)
    return {"comments": found, "older_comments": older}


def _told(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """One page of notices; `shown` are the comments among them that may still be read."""
    rows = Notice.objects.filter(reader__in=reader.identities).select_related("comment__article")
    found, older = _page(
        request, "notices", rows.defer("comment__article__body", "comment__article__body_text"), NOTICES
    )
    shown = Comment.objects.shown(now_of(request)).filter(pk__in=[notice.comment_id for notice in found])
    unread = any(notice.seen_at is None for notice in found) or rows.unseen().exists()
    return {
        "notices": found,
        "older_notices": older,
        "shown": set(shown.values_list("pk", flat=True)),
        "unread": unread,
    }


def _page(request: HttpRequest, name: str, rows: "QuerySet[Any]", most: int) -> tuple[list[Any], str]:
    """Rows after the cursor that the address has under `name`, newest first, and the cursor of what follows."""
    if at := keyset.position(f"mine.{name}", request.GET.get(name), [str, int]):
        moment = datetime.fromisoformat(at[0])
        rows = rows.filter(Q(created_at__lt=moment) | Q(pk__lt=at[1]), created_at__lte=moment)
    found = list(rows.order_by("-created_at", "-pk")[: most + 1])
    if len(found) <= most:
        return found, ""
    last = found[most - 1]
    return found[:most], keyset.cursor(f"mine.{name}", last.created_at.isoformat(), last.pk)
