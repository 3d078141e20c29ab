"""An admin asks a colleague to join; the mailed link opens the desk once, and only for seven days."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from newsroom.accounts.models import Invitation, Letter, User
from newsroom.accounts.roles import EDITOR
from tests.make import make_user

pytestmark = pytest.mark.django_db

JOIN = {"name": "Ines Halloran", "password": "a long enough word"}


@pytest.fixture
def path(client_of: Any, admin_user: User, site: Any) -> str:
    """Where the letter of an invitation that an admin has just sent leads."""
    return invite(client_of(admin_user), "ines@example.org")


def invite(browser: Client, email: str) -> str:
    from django.contrib.auth.models import Group

    role = Group.objects.get(name=EDITOR)
    page = browser.post("/admin/accounts/invitation/add/", {"email": email, "role": role.pk})
    assert page.status_code == 302, page.content.decode()
    letter = Letter.objects.filter(kind="invitation").latest("pk")
    assert "invitation/" not in str(letter.context), "the link is made when the letter is sent, never stored"
    mail = letter.compose()
    assert mail
    assert mail.to == email
    found = re.search(r"^https?://[^/]+(/\S+)$", mail.text, re.MULTILINE)
    assert found
    return found[1]


def test_a_colleague_joins_with_a_password_of_their_own(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert not User.objects.filter(email="ines@example.org").exists(), "opening the link changes nothing"
    assert client.post(path, JOIN)["Location"] == "/admin/"
    user = User.objects.get(email="ines@example.org")
    assert user.is_staff
    assert not user.is_superuser
    assert [group.name for group in user.groups.all()] == [EDITOR]
    assert client.get("/admin/").status_code == 200
    client.post("/account/logout/")
    client.post("/account/login/", {"login": "ines@example.org", "password": JOIN["password"]})
    assert client.session["_auth_user_id"] == str(user.pk), "the address counts as confirmed"


def test_the_link_works_once(client: Client, other_client: Client, path: str) -> None:
    client.post(path, JOIN)
    assert other_client.get(path).status_code == 410
    assert other_client.post(path, JOIN | {"password": "somebody else's word"}).status_code == 410
    assert User.objects.get(email="ines@example.org").check_password(JOIN["password"])


def test_the_link_ends_after_seven_days(client: Client, path: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert client.get(path).status_code == 410


def test_an_admin_takes_an_invitation_back(client: Client, client_of: Any, admin_user: User, path: str) -> None:
    chosen = {"action": "take_back", "_selected_action": [Invitation.objects.get().pk]}
    client_of(admin_user).post("/admin/accounts/invitation/", chosen)
    assert client.get(path).status_code == 410
    letter = Letter.objects.get()
    assert letter.compose() is None
    assert letter.last_error


def test_a_second_invitation_takes_the_place_of_the_first(
    client: Client, client_of: Any, admin_user: User, path: str
) -> None:
    second = invite(client_of(admin_user), "INES@example.org")
    assert client.get(path).status_code == 410
    assert client.get(second).status_code == 200


def test_a_weak_password_is_refused_and_the_name_kept(client: Client, path: str) -> None:
    page = client.post(path, JOIN | {"password": "short"})
    assert page.status_code == 422
    assert 'value="Ines Halloran"' in page.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_a_tampered_link_opens_nothing(client: Client, path: str) -> None:
    assert client.get(path[:-3] + "xx/").status_code == 410


def test_a_reader_with_an_account_becomes_a_colleague(client: Client, path: str) -> None:
    make_user(email="Ines@example.org", name="Old name")
    client.post(path, JOIN)
    user = User.objects.get(email__iexact="ines@example.org")
    assert user.is_staff
    assert user.check_password(JOIN["password"])


def test_who_works_here_already_is_not_invited(client_of: Any, admin_user: User, editor: User, site: Any) -> None:
    role = editor.groups.get()
    page = client_of(admin_user).post("/admin/accounts/invitation/add/", {"email": editor.email, "role": role.pk})
    assert page.status_code == 200
    assert not Invitation.objects.exists()


def test_only_an_admin_invites(client_of: Any, editor: User, moderator: User, site: Any) -> None:
    for user in (editor, moderator):
        assert client_of(user).get("/admin/accounts/invitation/add/").status_code == 403
