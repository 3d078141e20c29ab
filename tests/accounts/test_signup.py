"""A reader opens an account, proves the address, logs in; and nobody learns from us who has an account."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from newsroom.accounts.models import Letter, Reader, User
from newsroom.lib.mail import Mail
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

SIGN_UP = {"name": "Noor B.", "email": "noor@example.org", "password1": "a long enough word"}


def mail_of(kind: str) -> Mail:
    letter = Letter.objects.get(kind=kind)
    mail = letter.compose()
    assert mail, letter.last_error
    return mail


def link_in(mail: Mail) -> str:
    found = re.search(r"^https?://[^/]+(/\S+)$", mail.text, re.MULTILINE)
    assert found
    return found[1]


def confirm(client: Client) -> None:
    assert client.post(link_in(mail_of("confirm_email"))).status_code == 302


def test_a_reader_signs_up_confirms_and_logs_in(client: Client, site: Any) -> None:
    page = client.post("/account/signup/", SIGN_UP)
    assert page.status_code == 302
    refused = client.post("/account/login/", {"login": SIGN_UP["email"], "password": SIGN_UP["password1"]})
    assert refused.status_code == 302
    assert "_auth_user_id" not in client.session
    link = link_in(mail_of("confirm_email"))
    assert client.get(link).status_code == 200, "opening the link, as mail scanners do, confirms nothing"
    assert not Reader.objects.exists()
    assert client.post(link).status_code == 302
    client.post("/account/login/", {"login": "NOOR@example.org", "password": SIGN_UP["password1"]})
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.name == "Noor B."
    assert Reader.objects.get().display_name == "Noor B."


def test_a_confirmed_guest_who_signs_up_stays_the_same_person(client: Client, site: Any) -> None:
    guest = make_reader("Noor B.", email="noor@example.org", verified_at=timezone.now())
    stranger = make_reader("Noor?", email="noor@example.org")
    client.post("/account/signup/", SIGN_UP)
    confirm(client)
    guest.refresh_from_db()
    stranger.refresh_from_db()
    assert guest.survivor.user == User.objects.get()
    assert stranger.merged_into is None, "an address that was only typed proves nothing"


def test_a_form_with_errors_is_422_and_keeps_every_word(client: Client, site: Any) -> None:
    page = client.post("/account/signup/", SIGN_UP | {"password1": "short"})
    assert page.status_code == 422
    html = page.content.decode()
    assert 'value="Noor B."' in html
    assert 'id="id_password1_error"' in html
    assert 'aria-invalid="true"' in html


def test_sign_up_does_not_tell_who_has_an_account(client: Client, other_client: Client, site: Any) -> None:
    make_user(email="noor@example.org")
    known = client.post("/account/signup/", SIGN_UP, follow=True)
    unknown = other_client.post("/account/signup/", SIGN_UP | {"email": "else@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert words(known) == words(unknown)
    assert {letter.kind for letter in Letter.objects.all()} == {"account_exists", "confirm_email"}
    assert User.objects.filter(email="noor@example.org").count() == 1


@pytest.mark.parametrize("path", ["/account/password/reset/", "/account/login/code/"])
def test_resets_and_codes_do_not_tell_who_has_an_account(
    client: Client, other_client: Client, site: Any, path: str
) -> None:
    make_user(email="noor@example.org")
    known = client.post(path, {"email": "noor@example.org"}, follow=True)
    unknown = other_client.post(path, {"email": "else@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert words(known) == words(unknown)
    assert Letter.objects.count() == 2, "an answer goes out either way, so that the time tells nothing"


def words(page: Any) -> str:
    text = page.content.decode().replace("noor@example.org", "X").replace("else@example.org", "X")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_a_new_password_by_mail(client: Client, site: Any) -> None:
    user = make_user(email="noor@example.org")
    client.post("/account/password/reset/", {"email": "noor@example.org"})
    letter = Letter.objects.get()
    assert "http" not in str(letter.context), "links are made when the letter is sent, never stored"
    page = client.get(link_in(mail_of("reset_password")), follow=True)
    form = page.redirect_chain[-1][0]
    assert client.post(form, {"password1": "another long word", "password2": "another long word"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long word")
    assert Letter.objects.filter(kind="notice", to="noor@example.org").exists()


def test_a_code_logs_in_and_waits_sealed(client: Client, site: Any) -> None:
    user = make_user(email="noor@example.org")
    client.post("/account/login/code/", {"email": "noor@example.org"})
    letter = Letter.objects.get()
    mail = mail_of("login_code")
    code = re.search(r"^    (\S+)$", mail.text, re.MULTILINE)[1]  # type: ignore[index]
    assert code not in str(letter.context)
    client.post("/account/login/code/confirm/", {"code": code})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_code_that_has_expired_is_not_sent(client: Client, site: Any) -> None:
    make_user(email="noor@example.org")
    client.post("/account/login/code/", {"email": "noor@example.org"})
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        letter = Letter.objects.get()
        assert letter.compose() is None
        assert letter.last_error


def test_ten_wrong_passwords_are_enough(client: Client, site: Any) -> None:
    make_user(email="noor@example.org")
    for _ in range(12):
        page = client.post("/account/login/", {"login": "noor@example.org", "password": "wrong"})
    assert page.status_code in {422, 429}
    client.post("/account/login/", {"login": "noor@example.org", "password": "secret"})
    assert "_auth_user_id" not in client.session


def test_staff_go_to_the_desk_and_the_admin_asks_for_the_site_s_own_log_in(client: Client, site: Any) -> None:
    make_user("Editor", email="oskar@example.com")
    asked = client.get(client.get("/admin/")["Location"])
    assert asked["Location"].startswith("/account/login/")
    page = client.post("/account/login/", {"login": "oskar@example.com", "password": "secret"})
    assert page["Location"] == "/admin/"


@pytest.mark.parametrize(
    "path",
    [
        *("/account/login/", "/account/signup/", "/account/login/code/", "/account/password/reset/"),
        *("/account/", "/account/email/", "/account/password/change/", "/account/2fa/", "/account/logout/"),
    ],
)
def test_account_pages_are_private_and_carry_no_inline_script(
    path: str, client_of: Any, member: User, client: Client, site: Any
) -> None:
    if path in {"/account/", "/account/email/", "/account/password/change/", "/account/2fa/", "/account/logout/"}:
        client = client_of(member)
    page = client.get(path)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"] or "private" in page["Cache-Control"]
    html = page.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert " style=" not in html
    assert "Content-Security-Policy" in page


def test_a_member_changes_the_name(client_of: Any, member: User, site: Any) -> None:
    Reader.objects.for_user(member)
    browser = client_of(member)
    assert browser.post("/account/", {"name": "  Noor\nBaker "}).status_code == 302
    assert Reader.objects.get(user=member).display_name == "Noor Baker"
    assert browser.post("/account/", {"name": " "}).status_code == 422
