"""Who a reader is without logging in: by a cookie that only we can write, never by a typed address."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from articles.models import Article
from newsroom.accounts import guests
from newsroom.accounts.models import Reader, User
from newsroom.lib.signing import sign
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def visit(response: HttpResponse | None = None, user: Any = None, **cookies: str) -> HttpRequest:
    """The next request of the browser that got `response`."""
    request = RequestFactory().post("/", {"email": "noor@example.org"})
    request.user = user or AnonymousUser()
    if response:
        request.COOKIES.update({morsel.key: morsel.value for morsel in response.cookies.values() if morsel.value})
    request.COOKIES.update(cookies)
    return request


def known_as(reader: Reader) -> HttpResponse:
    response = HttpResponse()
    guests.recognise(response, reader)
    guests.remember_name(response, reader)
    return response


def test_a_guest_is_known_again_on_the_same_device() -> None:
    guest = make_reader("Zoë; B.")
    response = known_as(guest)
    assert guests.reader_of(visit(response)) == guest
    cookie = response.cookies["device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not response.cookies["guest"]["httponly"], "the page's script reads the name"
    assert response.cookies["guest"].value == "Zo%C3%AB%3B%20B."


def test_nobody_is_known_by_a_typed_address_or_a_forged_cookie() -> None:
    guest = make_reader("Noor", email="noor@example.org")
    assert guests.reader_of(visit()) is None
    for forged in (
        str(guest.pk),
        sign("other", guest.pk),
        sign("device", guest.pk) + "x",
        "",
        "\x00",
        sign("device", "x'"),
    ):
        assert guests.reader_of(visit(device=forged)) is None


def test_a_device_follows_its_reader_to_whom_they_were_found_to_be() -> None:
    first, second, third = make_reader("A"), make_reader("B"), make_reader("C")
    response = known_as(first)
    first.merged_into, second.merged_into = second, third
    first.save()
    second.save()
    assert guests.reader_of(visit(response)) == third


def test_a_member_is_known_by_the_log_in_and_not_after_logging_out(member: User) -> None:
    guest = make_reader("Noor")
    response = known_as(guest)
    reader = guests.reader_of(visit(response, user=member))
    assert reader
    assert reader.user == member
    guest.merged_into = reader
    guest.save()
    assert guests.reader_of(visit(response)) is None
    assert "device" not in known_as(reader).cookies


def test_not_you_forgets() -> None:
    response = known_as(make_reader("Noor"))
    guests.forget(response)
    assert guests.reader_of(visit(response)) is None
    assert response.cookies["guest"]["max-age"] == 0


def test_on_https_the_device_cookie_is_bound_to_the_host(settings: Any) -> None:
    settings.HTTPS = True
    guest = make_reader("Noor")
    response = known_as(guest)
    cookie = response.cookies["__Host-device"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert guests.reader_of(visit(response)) == guest


def test_the_hint_reaches_the_story_and_its_list_of_comments_only(article: Article) -> None:
    response = HttpResponse()
    guests.hint(response, article)
    lines = [morsel.OutputString() for morsel in response.cookies.values()]
    assert all(line.startswith("mine=1;") for line in lines)
    paths = {morsel["path"] for morsel in response.cookies.values()}
    assert paths == {article.get_absolute_url(), f"/comments/on/{article.pk}/"}
