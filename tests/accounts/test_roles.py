"""What each role may do, and that a migration mends what was lost."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from newsroom.accounts.models import User
from newsroom.accounts.roles import ROLES
from tests.make import make_user

pytestmark = pytest.mark.django_db


def test_every_line_of_the_table_names_a_permission() -> None:
    known = {
        f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.select_related("content_type")
    }
    lines = {line for lines in ROLES.values() for line in lines}
    assert {line for line in lines if not line.endswith(".*")} <= known
    assert {line[:-2] for line in lines if line.endswith(".*")} <= {app.label for app in apps.get_app_configs()}


def test_a_migration_mends_roles_and_keeps_what_an_admin_gave() -> None:
    Group.objects.get(name="Moderator").delete()
    editor = Group.objects.get(name="Editor")
    editor.permissions.remove(Permission.objects.get(codename="publish_article"))
    editor.permissions.add(Permission.objects.get(codename="break_news"))
    for _ in range(2):
        call_command("migrate", verbosity=0)
    assert Group.objects.count() == len(ROLES)
    assert make_user("Moderator").has_perm("comments.moderate_comment")
    assert make_user("Editor").has_perms(["articles.publish_article", "articles.break_news"])


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("Reporter", "articles.submit_article", "articles.edit_any_article"),
        ("Reporter", "articles.change_article", "articles.publish_article"),
        ("Editor", "articles.publish_article", "articles.break_news"),
        ("Editor", "articles.withdraw_article", "articles.reinstate_article"),
        ("Front editor", "articles.break_news", "articles.withdraw_article"),
        ("Front editor", "articles.add_alert", "articles.change_sitesettings"),
        ("Moderator", "comments.moderate_comment", "articles.change_article"),
        ("Admin", "articles.reinstate_article", "auth.add_group"),
        ("Admin", "accounts.change_user", "auth.change_permission"),
    ],
)
def test_what_a_role_may_do(role: str, may: str, may_not: str) -> None:
    user = make_user(role)
    assert user.has_perm(may)
    assert not user.has_perm(may_not)


def test_an_admin_cannot_become_more_than_an_admin(client_of: Any, admin_user: User, site: Any) -> None:
    plain = make_user("Admin", email="plain@example.com")
    browser = client_of(plain)
    own = f"/admin/accounts/user/{plain.pk}/change/"
    assert "is_superuser" not in browser.get(own).content.decode()
    form = {"email": plain.email, "name": "Plain", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    browser.post(own, form | {"groups": [group.pk for group in plain.groups.all()]})
    plain.refresh_from_db()
    assert plain.name == "Plain"
    assert not plain.is_superuser
    above = f"/admin/accounts/user/{admin_user.pk}/"
    assert browser.post(f"{above}change/", form).status_code == 403
    assert browser.get(f"{above}password/").status_code == 403


def test_a_new_address_given_by_an_admin_logs_in(client_of: Any, client: Any, admin_user: User, site: Any) -> None:
    user = make_user("Editor", email="old@example.com")
    form = {
        "email": "new@example.com",
        "name": "N",
        "is_active": "on",
        "is_staff": "on",
        "groups": [user.groups.get().pk],
    }
    page = client_of(admin_user).post(f"/admin/accounts/user/{user.pk}/change/", form)
    assert page.status_code == 302
    client.post("/account/login/", {"login": "new@example.com", "password": "secret"})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_account_letters_are_for_superusers_only(client_of: Any, admin_user: User, site: Any) -> None:
    plain = client_of(make_user("Admin"))
    plain.post("/account/password/reset/", {"email": admin_user.email})
    from newsroom.accounts.models import Letter

    letter = Letter.objects.get(kind="reset_password")
    base = f"/admin/accounts/letter/{letter.pk}/"
    for path in ("/admin/accounts/letter/", f"{base}change/", f"{base}letter/"):
        assert plain.get(path).status_code in {403, 404}
    above = client_of(admin_user)
    page = above.get(f"{base}change/").content.decode()
    assert 'href="http' in page
    assert "/account/password/reset/key/" in page
    html = above.get(f"{base}letter/")
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert "/account/password/reset/key/" in html.content.decode()
