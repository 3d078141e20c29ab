"""The person who runs a site starts it with one command and can log in at once."""

import getpass
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article, Page, SiteSettings
from newsroom.accounts.models import User

pytestmark = pytest.mark.django_db

ANSWERS = {"name": "The Osprey", "language": "de", "time_zone": "Europe/Berlin", "email": "Ada@example.org"}


@pytest.fixture
def password(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text("a long enough word\n")
    return str(file)


def set_up(password: str, **over: Any) -> str:
    out = io.StringIO()
    call_command("setup", **ANSWERS | {"password_file": password, "no_input": True, "stdout": out} | over)
    return out.getvalue()


def test_an_empty_site_with_an_admin_who_can_log_in(client: Any, password: str) -> None:
    said = set_up(password)
    assert "http://127.0.0.1:8000" in said
    assert "a long enough word" not in said
    row = SiteSettings.row()
    assert (row.name, row.language, row.time_zone) == ("The Osprey", "de", "Europe/Berlin")
    assert not Article.objects.exists()
    page = client.post("/account/login/", {"login": "ada@example.org", "password": "a long enough word"})
    assert page["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert User.objects.get().groups.get().name == "Admin"


def test_the_pages_that_every_site_needs(client: Any, password: str) -> None:
    set_up(password)
    live = dict(Page.objects.values_list("slug", "is_live"))
    assert live == {
        "about": False,
        "contact": False,
        "privacy": True,
        "house-rules": True,
        "corrections-policy": True,
        "support": False,
    }
    html = client.get("/privacy/").content.decode()
    for cookie in ("device", "guest", "mine", "ask", "sessionid", "csrftoken", "messages"):
        assert f">{cookie}</td>" in html


def test_every_page_for_readers_opens_on_an_empty_site(client: Any, password: str) -> None:
    set_up(password)
    for path in (
        "/",
        "/latest/",
        "/search/",
        "/corrections/",
        "/house-rules/",
        "/corrections-policy/",
        "/account/login/",
    ):
        assert client.get(path).status_code == 200, path


def test_a_site_is_set_up_once(password: str) -> None:
    set_up(password)
    with pytest.raises(CommandError, match="set up already"):
        set_up(password, name="Another")
    assert SiteSettings.row().name == "The Osprey"


@pytest.mark.once
@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"time_zone": "Middle/Earth"}, "Middle/Earth"),
        ({"language": "tlh"}, "language"),
        ({"email": "nobody"}, "e"),
        ({"name": " "}, "name"),
        ({"email": None}, "not given"),
    ],
)
def test_a_wrong_answer_is_a_sentence_and_nothing_is_made(password: str, over: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        set_up(password, **over)
    assert not User.objects.exists()
    assert not Page.objects.exists()


def test_a_weak_password_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weak").write_text("12345")
    with pytest.raises(CommandError, match="password"):
        set_up(str(tmp_path / "weak"))
    assert not User.objects.exists()


def test_what_is_not_given_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["", "The Osprey", "", "Europe/Berlin", "ada@example.org", "Ada"])
    passwords = iter(["a long enough word", "a long enuogh word", "a long enough word", "a long enough word"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr(getpass, "getpass", lambda _: next(passwords))
    monkeypatch.setattr("newsroom.management.commands.setup.getpass", getpass.getpass)
    call_command("setup", stdout=io.StringIO(), stderr=io.StringIO())
    assert SiteSettings.row().language == "en"
    user = User.objects.get()
    assert user.name == "Ada"
    assert user.check_password("a long enough word")
