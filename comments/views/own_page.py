"""Getting at one's own page from another device, and giving it another address: by letters, and only by POST."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comments.follow import ask, confirm, may_write
from comments.forms import FollowForm
from comments.views.finding import see_other
from comments.views.limits import is_too_fast
from newsroom.accounts import guests
from newsroom.accounts.models import Letter, Reader
from newsroom.accounts.models.letter import NEW_ADDRESS_FOR, OWN_PAGE_FOR
from newsroom.lib.origin import own_pages_only
from newsroom.lib.secret_page import secret_page


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def send_link(request: HttpRequest) -> HttpResponse:
    """Ask for a link to one's own page. The answer is the same whether or not the address is known here."""
    form = FollowForm(request.POST or None, auto_id="own-%s", use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "comments/link_page.html", {"form": form}, status=status)
    address = form.cleaned_data["email"]
    reader = Reader.objects.at_address(address)
    if not is_too_fast(request, "own-page", 5) and may_write(request, address, "own-page") and reader:
        Letter.objects.create(kind=Letter.Kind.OWN_PAGE, to=reader.address, context={"reader": reader.pk})
    return render(request, "comments/link_page.html", {"address": address})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of that letter: a page with a button, which makes this device the reader's. It works once."""
    letter = Letter.objects.behind(Letter.Kind.OWN_PAGE, token, within=OWN_PAGE_FOR)
    reader = _guest_of(letter) if letter else None
    if letter is None or reader is None:
        return secret_page(request, "comments/open_page.html", {"is_dead": True}, status=404)
    if request.method != "POST":
        return secret_page(request, "comments/open_page.html", {"reader": reader})
    if not letter.use():
        return secret_page(request, "comments/open_page.html", {"is_dead": True}, status=404)
    response = see_other(reverse("comments_mine"))
    guests.recognise(response, reader)
    guests.remember_name(response, reader)
    return response


def _guest_of(letter: Letter) -> Reader | None:
    """Whom a letter was written to, as long as the address is still theirs; a member logs in instead."""
    mine = Reader.objects.reachable().filter(pk=letter.context.get("reader"), user=None)
    return mine.filter(email__iexact=letter.to).first()


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def address(request: HttpRequest) -> HttpResponse:
    """Give a guest an address, or another one. It counts when its owner has confirmed it at this device."""
    reader = guests.reader_of(request)
    if reader is None or reader.is_member:
        return redirect("account_email" if reader else "comments_mine")
    form = FollowForm(request.POST or None, auto_id="new-%s", use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "comments/address_page.html", {"form": form, "reader": reader}, status=status)
    wanted = form.cleaned_data["email"]
    if not is_too_fast(request, "address", 5):
        _ask_for(request, reader, wanted)
    return render(request, "comments/address_page.html", {"address": wanted, "reader": reader})


def _ask_for(request: HttpRequest, reader: Reader, wanted: str) -> None:
    if reader.verified_at is None:
        reader.email = wanted
        reader.save(update_fields=["email"])
        ask(request, reader, None)
    elif may_write(request, wanted, "confirm"):
        Letter.objects.create(kind=Letter.Kind.NEW_ADDRESS, to=wanted, context={"reader": reader.pk})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The link to a new address. Only at a device of the reader who asked: else whoever types another person's address
    and waits for the click would become that person."""
    letter = Letter.objects.behind(Letter.Kind.NEW_ADDRESS, token, within=NEW_ADDRESS_FOR)
    reader = guests.reader_of(request)
    if letter is None:
        return secret_page(request, "comments/new_address_page.html", {"is_dead": True}, status=404)
    if reader is None or reader.pk != letter.context.get("reader"):
        return secret_page(request, "comments/new_address_page.html", {"is_elsewhere": True}, status=403)
    if request.method != "POST" or not letter.use():
        return secret_page(request, "comments/new_address_page.html", {"address": letter.to})
    owner = confirm(reader, letter.to, at_device_of=reader)
    response = see_other(reverse("comments_mine"))
    guests.recognise(response, owner)
    return response
