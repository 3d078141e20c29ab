"""The second step of a log-in: set up, asked for, lost, and demanded of whoever works here."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.admin.models import LogEntry
from django.core.cache import cache

from newsroom.accounts.adapter import SecondFactorAdapter
from newsroom.accounts.models import Letter, User
from tests.make import make_user

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Any]
HOME, LOG_IN = "/account/2fa/", {"password": "secret"}


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def log_in(browser: Any, user: User) -> Any:
    return browser.post("/account/login/", {**LOG_IN, "login": user.email})


def set_up_app(browser: Any, password: str = "secret") -> tuple[str, list[str]]:
    """An authenticator app for whoever is logged in; its secret and the recovery codes that were shown."""
    assert browser.get(f"{HOME}totp/activate/").headers["Location"].startswith("/account/reauthenticate/")
    browser.post("/account/reauthenticate/", {"password": password})
    page = browser.get(f"{HOME}totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret">(\w+)<', page)
    assert secret, page
    cache.clear()  # a code may be used once
    shown = browser.post(f"{HOME}totp/activate/", {"code": code_of(secret[1])}, follow=True).content.decode()
    codes = re.findall(r"<li><code>(\w+)</code>", shown)
    cache.clear()
    return secret[1], codes


@pytest.fixture
def required(settings: Any) -> None:
    settings.NEWSROOM_STAFF_MFA = "required"


def test_who_works_here_sets_up_a_second_step_before_the_desk_opens(
    required: None, editor: User, site: Any, client: Any
) -> None:
    assert log_in(client, editor).headers["Location"] == "/admin/"
    for path in ("/admin/", "/admin/articles/article/", "/admin/moderation/", "/admin/calendar/"):
        assert client.get(path).headers["Location"] == HOME
    assert client.post("/admin/articles/upload/").headers["Location"] == HOME
    page = client.get(HOME).content.decode()
    assert "Before the desk opens" in page
    _secret, codes = set_up_app(client)
    assert len(codes) == 10
    assert client.get("/admin/").status_code == 200


def test_readers_and_the_paper_are_not_asked(required: None, article: Any, member: User, client: Any) -> None:
    log_in(client, member)
    assert client.get("/account/").status_code == 200
    assert client.get(article.get_absolute_url()).status_code == 200
    assert client.get("/admin/", follow=True).status_code == 403


def test_where_it_is_optional_the_desk_opens(editor: User, site: Any, client: Any) -> None:
    log_in(client, editor)
    assert client.get("/admin/").status_code == 200


def test_who_is_sent_to_set_up_may_log_out(required: None, editor: User, site: Any, client: Any) -> None:
    log_in(client, editor)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


def test_the_app_is_asked_for_after_the_password(editor: User, site: Any, client: Any, other_client: Any) -> None:
    log_in(client, editor)
    secret, _codes = set_up_app(client)
    assert log_in(other_client, editor).headers["Location"] == f"{HOME}authenticate/"
    assert other_client.get("/admin/").status_code == 302
    wrong = other_client.post(f"{HOME}authenticate/", {"code": "000000"})
    assert wrong.status_code == 422
    other_client.post(f"{HOME}authenticate/", {"code": code_of(secret)})
    assert other_client.get("/admin/").status_code == 200


def test_a_recovery_code_logs_in_once(editor: User, site: Any, client: Any, other_client: Any) -> None:
    log_in(client, editor)
    _secret, codes = set_up_app(client)
    for browser, status in ((other_client, 302), (type(other_client)(), 422)):
        log_in(browser, editor)
        assert browser.post(f"{HOME}authenticate/", {"code": codes[0]}).status_code == status


def test_secrets_are_sealed_in_the_database(editor: User, site: Any, client: Any) -> None:
    log_in(client, editor)
    secret, _codes = set_up_app(client)
    stored = Authenticator.objects.get(user=editor, type="totp").data["secret"]
    assert secret not in stored
    assert SecondFactorAdapter().decrypt(stored) == secret
    assert SecondFactorAdapter().decrypt("KEPTINTHECLEAR") == "KEPTINTHECLEAR"


def test_an_admin_takes_a_lost_second_step_off_and_it_is_written_down(
    editor: User, admin_user: User, site: Any, client: Any, client_of: Browse, other_client: Any
) -> None:
    log_in(client, editor)
    set_up_app(client)
    Letter.objects.all().delete()
    form = {"action": "lose_second_factor", "_selected_action": [editor.pk]}
    page = client_of(admin_user).post("/admin/accounts/user/", form, follow=True).content.decode()
    assert "1 log-in takes a password alone now." in page
    assert not editor.has_second_factor
    line = LogEntry.objects.get(object_id=str(editor.pk))
    assert (line.user, line.change_message) == (admin_user, "Removed the lost second step of the log-in.")
    letter = Letter.objects.get(to=editor.email)
    mail = letter.compose()
    assert mail is not None
    assert "Priya Lanner took the second step off your log-in" in mail.text
    assert log_in(other_client, editor).headers["Location"] == "/admin/"


def test_a15_nobody_takes_off_their_own_or_that_of_somebody_who_may_do_more(
    admin_user: User, site: Any, client: Any, client_of: Browse
) -> None:
    plain = make_user("Admin", email="plain@example.com")
    for user in (plain, admin_user):
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    form = {"action": "lose_second_factor", "_selected_action": [plain.pk, admin_user.pk]}
    page = client_of(plain).post("/admin/accounts/user/", form, follow=True).content.decode()
    assert "Left alone" in page
    assert Authenticator.objects.count() == 2


def test_nobody_reads_secrets_in_the_admin(admin_user: User, site: Any, client_of: Browse) -> None:
    assert client_of(admin_user).get("/admin/mfa/authenticator/").status_code == 404


def test_whoever_is_invited_sets_up_the_second_step_first(required: None, site: Any, client: Any) -> None:
    from django.contrib.auth.models import Group

    from newsroom.accounts.models import Invitation

    asked = Invitation(email="new@example.com", role=Group.objects.get(name="Editor"))
    asked.send()
    letter = Letter.objects.get(kind="invitation")
    mail = letter.compose()
    assert mail is not None
    link = re.search(r"/account/invitation/\S+", mail.text)
    assert link
    client.post(link[0], {"name": "Nia", "password": "kestrel-bridge-1907"})
    assert client.get("/admin/").headers["Location"] == HOME
    _secret, codes = set_up_app(client, "kestrel-bridge-1907")
    assert codes
    assert client.get("/admin/").status_code == 200


# Guessing


def guess(browser: Any, email: str, times: int, **extra: Any) -> Any:
    answer = None
    for n in range(times):
        answer = browser.post("/account/login/", {"login": email, "password": f"wrong-{n}"}, **extra)
    return answer


def test_a16_the_sixth_wrong_password_is_refused_with_a_sentence(editor: User, site: Any, client: Any) -> None:
    fifth = guess(client, editor.email, 5).content.decode()
    assert "Too many wrong passwords" not in fifth
    answer = guess(client, editor.email, 1)
    assert answer.status_code == 422
    assert "Too many wrong passwords or codes. Wait five minutes" in answer.content.decode()
    log_in(client, editor)
    assert "_auth_user_id" not in client.session, "not even with the right one, from there"


def test_a17_whoever_guesses_cannot_lock_a_colleague_out(
    editor: User, site: Any, client: Any, other_client: Any
) -> None:
    guess(client, editor.email, 8, REMOTE_ADDR="203.0.113.9")
    other_client.post("/account/login/", {**LOG_IN, "login": editor.email}, REMOTE_ADDR="198.51.100.7")
    assert other_client.session["_auth_user_id"] == str(editor.pk)


def test_a18_trying_many_accounts_from_one_network_ends_too(site: Any, client: Any) -> None:
    for n in range(30):
        guess(client, f"nobody{n}@example.com", 1, REMOTE_ADDR=f"203.0.113.{n + 1}")
    answer = guess(client, "nobody@example.com", 1, REMOTE_ADDR="203.0.113.77")
    assert "Too many wrong passwords" in answer.content.decode()


def test_right_passwords_are_not_counted(editor: User, site: Any, client: Any) -> None:
    for _ in range(8):
        log_in(client, editor)
        assert client.session["_auth_user_id"] == str(editor.pk)
        client.post("/account/logout/")
