"""The site's settings are one screen, what it says is on the page at once, and the mail server's answer is shown."""

from typing import Any

import pytest

from articles.models import MenuItem, SiteSettings
from newsroom.accounts.models import Letter, User
from newsroom.admin import SiteSettingsAdmin
from newsroom.lib.models import Stamp
from tests.lib.test_mail import Sink, sink

__all__ = ["sink"]

pytestmark = pytest.mark.django_db


def filled(browser: Any, **over: Any) -> dict[str, Any]:
    """The form as the screen shows it, with changes."""
    form = browser.get("/admin/articles/sitesettings/1/change/").context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }
    return values | over


def test_the_list_of_settings_is_their_screen(client_of: Any, admin_user: User, site: Any) -> None:
    assert client_of(admin_user).get("/admin/articles/sitesettings/")["Location"].endswith("/1/change/")


def test_no_setting_is_missing_from_the_screen() -> None:
    shown = {name for _, part in SiteSettingsAdmin.fieldsets for name in part["fields"]}
    assert {field.name for field in SiteSettings._meta.fields if field.editable} - shown == {"id"}


def test_what_an_admin_saves_is_on_the_page_at_once(client: Any, client_of: Any, admin_user: User, site: Any) -> None:
    browser = client_of(admin_user)
    before = Stamp.objects.get(scope=Stamp.SITE).n if Stamp.objects.filter(scope=Stamp.SITE).exists() else 0
    lines = {
        "menu": "Weather /weather/\n\nGames  https://games.example/play",
        "footer": "Jobs /jobs/",
        "social_links": "Mastodon https://social.example/@kestrel",
    }
    page = browser.post("/admin/articles/sitesettings/1/change/", filled(browser, name="The Osprey", **lines))
    assert page.status_code == 302, page.context["adminform"].form.errors
    row = SiteSettings.row()
    assert row.social_links == [{"label": "Mastodon", "url": "https://social.example/@kestrel"}]
    assert list(MenuItem.objects.values_list("place", "label", "url")) == [
        ("footer", "Jobs", "/jobs/"),
        ("menu", "Weather", "/weather/"),
        ("menu", "Games", "https://games.example/play"),
    ]
    assert Stamp.objects.get(scope=Stamp.SITE).n > before
    html = client.get("/").content.decode()
    assert "The Osprey" in html
    assert 'href="https://social.example/@kestrel"' in html


@pytest.mark.parametrize("line", ["no address at all", "Evil javascript:alert(1)", "x" * 41 + " /a/"])
def test_a_line_that_is_no_link_is_refused_beside_its_field(
    client_of: Any, admin_user: User, site: Any, line: str
) -> None:
    browser = client_of(admin_user)
    page = browser.post("/admin/articles/sitesettings/1/change/", filled(browser, social_links=line))
    assert page.status_code == 200
    assert "social_links" in page.context["adminform"].form.errors
    assert line in page.context["adminform"].form["social_links"].value(), "what was typed is kept"


def test_an_editor_cannot_change_the_settings(client_of: Any, editor: User, site: Any) -> None:
    assert client_of(editor).get("/admin/articles/sitesettings/").status_code == 403


def test_the_desk_says_that_nothing_leaves_the_machine(client_of: Any, editor: User, settings: Any, site: Any) -> None:
    assert "nothing leaves this machine" in client_of(editor).get("/admin/").content.decode()
    settings.EMAIL_GIVEN = True
    assert "nothing leaves this machine" not in client_of(editor).get("/admin/").content.decode()


def test_a_test_letter_shows_the_server_s_answer(client_of: Any, admin_user: User, sink: Sink, site: Any) -> None:
    page = client_of(admin_user).post("/admin/articles/sitesettings/test-letter/", follow=True)
    assert "The server says: 250" in page.content.decode()
    assert sink.to(admin_user.email)
    sink.answers[admin_user.email] = ["550 5.7.1 relaying denied"]
    page = client_of(admin_user).post("/admin/articles/sitesettings/test-letter/", follow=True)
    assert "550 5.7.1 relaying denied" in page.content.decode()


def test_a_letter_that_was_given_up_gets_another_try(client_of: Any, admin_user: User, sink: Sink, site: Any) -> None:
    from django.utils import timezone

    from newsroom.lib.mail import deliver_due

    row = Letter.objects.create(kind="unknown_account", to="noor@example.org")
    sink.answers["noor@example.org"] = ["550 full"]
    deliver_due(timezone.now())
    browser = client_of(admin_user)
    assert "550 full" in browser.get("/admin/accounts/letter/?state=dead").content.decode()
    browser.post("/admin/accounts/letter/", {"action": "try_again", "_selected_action": [row.pk]})
    assert deliver_due(timezone.now())["sent"] == 1
