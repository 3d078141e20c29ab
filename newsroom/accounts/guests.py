"""Who a reader is without logging in: the signed `device` cookie, the name that a form remembers, and the `mine` hint."""

from datetime import timedelta
from http.cookies import Morsel
from typing import Any, Final, Protocol
from urllib.parse import quote

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from newsroom.accounts.models import Reader
from newsroom.lib.prepared import prepared
from newsroom.lib.signing import BadToken, sign, unsign

#: The longest that browsers keep a cookie.
DEVICE_LASTS: Final = timedelta(days=400)
HINT_LASTS: Final = timedelta(days=14)
#: Readable by the page's own script ("Posting as Noor B."); holds a display name and proves nothing.
NAME_COOKIE: Final = "guest"
#: Tells the page cache that this reader has something of their own on the page.
HINT_COOKIE: Final = "mine"


class HasPage(Protocol):
    pk: Any

    def get_absolute_url(self) -> str: ...


def device_cookie() -> str:
    return "__Host-device" if settings.HTTPS else "device"


def reader_of(request: HttpRequest) -> Reader | None:
    """The member who is logged in, else the guest whom this device's cookie names; None for somebody new.

    Never by a typed address. A device that belongs to a member counts only while the member is logged in, so logging
    out on a shared computer ends it.
    """
    who = request.user.pk if request.user.is_authenticated else request.COOKIES.get(device_cookie(), "")
    asked: tuple[Any, Reader | None] | None = getattr(request, "_reader", None)
    if asked is None or asked[0] != who:  # once in a request
        member = Reader.objects.for_user(request.user) if request.user.is_authenticated else None
        asked = (who, member or _guest_of(request.COOKIES.get(device_cookie(), "")))
        request._reader = asked  # type: ignore[attr-defined]
    return asked[1]


def _guest_of(cookie: str) -> Reader | None:
    if not cookie:
        return None
    try:
        pk = unsign("device", cookie, within=DEVICE_LASTS)
    except BadToken:
        return None
    reader = next(iter(_reader(pk)), None) if isinstance(pk, int) else None
    if reader:
        reader = reader.survivor
    return None if reader is None or reader.is_member or reader.erased_at else reader


@prepared
def _reader(pk: int) -> "QuerySet[Reader]":
    return Reader.objects.select_related("merged_into").filter(pk=pk)


def recognise(response: HttpResponse, reader: Reader) -> None:
    """Let this device be known as `reader` from now on; a member is known by the log-in and gets no cookie."""
    if not reader.is_member:
        _set(response, device_cookie(), sign("device", reader.pk), DEVICE_LASTS, httponly=True)


def remember_name(response: HttpResponse, reader: Reader) -> None:
    """Percent-encoded, for `decodeURIComponent`."""
    if not reader.is_member and reader.name:
        _set(response, NAME_COOKIE, quote(reader.name), DEVICE_LASTS, httponly=False)


def forget(response: HttpResponse) -> None:
    """ "Not you?": the next one at this device is somebody new."""
    response.delete_cookie(device_cookie(), samesite="Lax")
    response.delete_cookie(NAME_COOKIE, samesite="Lax")


def hint(response: HttpResponse, article: HasPage) -> None:
    """For two weeks this reader gets the article's page, and its list of comments, rendered for them alone."""
    for path in (article.get_absolute_url(), f"/comments/on/{article.pk}/"):
        morsel: Morsel[str] = Morsel()
        morsel.set(HINT_COOKIE, "1", "1")
        morsel["path"] = path
        morsel["max-age"] = int(HINT_LASTS.total_seconds())
        morsel["httponly"], morsel["samesite"] = True, "Lax"
        if settings.HTTPS:
            morsel["secure"] = True
        # Two cookies of one name: Django keys them by name, so the second one is filed under its path as well.
        response.cookies[f"{HINT_COOKIE} {path}"] = morsel


def _set(response: HttpResponse, name: str, value: str, lasts: timedelta, *, httponly: bool) -> None:
    response.set_cookie(name, value, max_age=lasts, path="/", httponly=httponly, samesite="Lax", secure=settings.HTTPS)
