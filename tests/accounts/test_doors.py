"""Every address of the desk, and to whom it opens: the table of roles as doors."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from newsroom.accounts.models import User
from newsroom.accounts.roles import IN_WORDS, ROLES, grants
from tests.make import make_user

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Any]
LETTERS = {"R": "Reporter", "E": "Editor", "F": "Front editor", "M": "Moderator", "A": "Admin"}

#: Table: who may look at its list, add to it, open a row, delete one (initials of the roles).
TABLES = {
    "accounts/invitation": ("A", "A", "A", ""),
    "accounts/letter": ("", "", "", ""),
    "accounts/reader": ("MA", "", "MA", ""),
    "accounts/suppression": ("MA", "MA", "MA", "A"),
    "accounts/user": ("A", "", "A", ""),
    "articles/alert": ("FA", "FA", "FA", "FA"),
    "articles/article": ("REFA", "REFA", "REFA", ""),
    "articles/author": ("REFA", "EFA", "REFA", "A"),
    "articles/correction": ("REFA", "", "REFA", ""),
    "articles/image": ("REFA", "REFA", "REFA", ""),
    "articles/letterhead": ("A", "", "A", ""),
    # A post that is not there is not there for anybody who works here.
    "articles/liveupdate": ("REFA", "", "REFMA", ""),
    "articles/page": ("EFA", "A", "EFA", "A"),
    "articles/redirect": ("A", "A", "A", "A"),
    "articles/section": ("REFA", "A", "REFA", "A"),
    "articles/sitesettings": ("A", "", "A", ""),
    "articles/topic": ("REFA", "REFA", "REFA", "A"),
    "auth/group": ("A", "", "A", ""),
    "comments/comment": ("MA", "", "MA", ""),
    "comments/confirmationletter": ("A", "", "A", ""),
    "comments/deskletter": ("A", "", "A", ""),
    "comments/digest": ("MA", "", "MA", ""),
    "comments/inlineanchor": ("EFMA", "EFA", "EFMA", ""),
    "comments/moderationaction": ("MA", "", "MA", ""),
    "comments/notification": ("MA", "", "MA", ""),
    # A list that is not there leads everybody who works here back to the desk.
    "comments/phrase": ("MA", "", "REFMA", ""),
    "comments/protecteddomain": ("A", "A", "A", "A"),
    "comments/sanctionletter": ("A", "", "A", ""),
    "comments/subscription": ("MA", "", "MA", ""),
    "donations/campaign": ("FA", "FA", "FA", "A"),
    "donations/dailycount": ("A", "", "A", ""),
    "donations/donation": ("A", "A", "A", "A"),
    "donations/exclusion": ("A", "A", "A", "A"),
    "donations/goal": ("A", "A", "A", "A"),
    "donations/provider": ("A", "A", "A", "A"),
    "ratings/rating": ("MA", "", "MA", ""),
}
#: Pages of our own: who may open them.
PAGES = {
    "": "REFMA",
    "calendar/": "REFA",
    "calendar/2026/11/": "REFA",
    "front/": "FA",
    "front/preview/": "FA",
    "log/": "A",
    "roles/": "REFMA",
    "articles/image/pick/": "REFA",
    "articles/letterhead/look/": "A",
    "comments/phrase/all/": "MA",
    "moderation/": "MA",
    "moderation/all/": "MA",
    "moderation/letters/": "MA",
    "moderation/numbers/": "MA",
    "moderation/people/": "MA",
    "moderation/people/9999/": "MA",
    "moderation/people/9999/remove/": "MA",
    "moderation/people/9999/sanction/": "MA",
    "moderation/comments/9999/cut/": "MA",
    "moderation/comments/9999/purge/": "A",
    "moderation/record/": "MA",
    "moderation/record/export/": "A",
    "moderation/undo/00000000-0000-0000-0000-000000000000/": "MA",
}


def doors() -> dict[str, str]:
    """Address: the roles to which it opens."""
    of_tables = {
        f"{table}/{page}": who
        for table, row in TABLES.items()
        for page, who in zip(("", "add/", "99999/change/", "99999/delete/"), row, strict=True)
    }
    return of_tables | PAGES


def addresses() -> Iterator[str]:
    """Every address under /admin/, with something in place of its variable parts."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            elif here.startswith("admin/") and "(?P" not in here:
                filled = re.sub(r"<(?:\w+:)?(?:year)>", "2026", here)
                filled = re.sub(r"<(?:\w+:)?(?:month)>", "11", filled)
                filled = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000000", filled)
                yield "/" + re.sub(r"<[^>]+>", "99999", filled)

    return walk(get_resolver().url_patterns, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "letter", [pytest.param(letter, marks=[] if letter == "A" else pytest.mark.once) for letter in LETTERS]
)
def test_each_address_opens_to_the_roles_of_the_table_and_to_nobody_else(
    letter: str, site: Any, client_of: Browse
) -> None:
    browser = client_of(make_user(LETTERS[letter]))
    wrong = {}
    for path, who in doors().items():
        status = browser.get(f"/admin/{path}").status_code
        # What is not there is said to those only who might look at it; a list of one row leads to the row.
        if status not in ({200, 302, 404} if letter in who else {403}):
            wrong[path] = status
    assert wrong == {}


def test_every_table_of_the_desk_stands_in_the_table_above() -> None:
    from django.contrib import admin

    tables = {f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry}
    assert TABLES.keys() <= tables, "these are gone from the desk"


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "reader", "without a role"])
def test_no_address_of_the_desk_opens_to_anybody_else(who: str, site: Any, member: User, client_of: Browse) -> None:
    plain = make_user(is_staff=True)
    browser = {"nobody": Client(), "reader": client_of(member), "without a role": client_of(plain)}[who]
    open_to_staff = {
        "/admin/",
        "/admin/roles/",
        "/admin/server/",
        "/admin/password_change/",
        "/admin/password_change/done/",
    }
    harmless = {"/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/articles/prose.css"}
    wrong = {}
    for path in addresses():
        for answer in (browser.get(path), browser.post(path)):
            leads_in = answer.status_code in {301, 302, 303} and "/login/" not in answer.headers["Location"]
            if answer.status_code == 200 or (leads_in and who != "without a role"):
                wrong[path] = answer.status_code
    assert wrong.keys() - harmless - (open_to_staff if who == "without a role" else set()) == set()


def test_the_table_of_roles_says_in_words_what_research_and_code_agree_on() -> None:
    """Rows as in the handbook; R, E, F, M, A as above."""
    may = ["".join(c for c, role in LETTERS.items() if grants(ROLES[role], needs)) for _words, needs in IN_WORDS]
    assert may == ["REFA", "EFA", "EFA", "FA", "FA", "FA", "EA", "A", "A", "MA", "A", "A"]


def test_the_page_of_roles_shows_what_an_admin_gave_on_top(site: Any, editor: User, client_of: Browse) -> None:
    browser = client_of(editor)
    page = browser.get("/admin/roles/").content.decode()
    assert "Publish, schedule, publish changes, correct in public" in page
    assert "changed this since" not in page
    assert '<th scope="col" class="is-mine">Editor</th>' in page
    breaks = Permission.objects.filter(codename__in=["break_news", "add_alert", "change_alert"])
    Group.objects.get(name="Editor").permissions.add(*breaks)
    assert "yes *" in browser.get("/admin/roles/").content.decode()


# The log


def test_the_log_says_who_changed_users_roles_and_settings(
    site: Any, admin_user: User, editor: User, client_of: Browse
) -> None:
    browser = client_of(admin_user)
    own = f"/admin/accounts/user/{editor.pk}/change/"
    groups = [Group.objects.get(name=name).pk for name in ("Editor", "Moderator")]
    form = {"email": editor.email, "name": "Oskar L.", "is_active": "on", "is_staff": "on", "groups": groups}
    assert browser.post(own, form).status_code == 302
    page = browser.get("/admin/log/?what=people").content.decode()
    assert "Oskar L." in page
    assert "Changed Name and Groups." in page
    assert "Priya Lanner" in page
    assert "Oskar L." not in browser.get("/admin/log/?what=settings").content.decode().partition("<tbody>")[2]
    assert "Nothing is in the log." in browser.get(f"/admin/log/?who={editor.pk}").content.decode()


def test_the_log_is_read_by_keyset_and_counts_nothing(
    site: Any, admin_user: User, client_of: Browse, django_assert_max_num_queries: Any
) -> None:
    LogEntry.objects.bulk_create(
        LogEntry(user=admin_user, action_flag=2, object_repr=f"Thing {n}", change_message="") for n in range(60)
    )
    browser = client_of(admin_user)
    first = browser.get("/admin/log/")
    assert "Thing 59" in first.content.decode()
    assert "Thing 9<" not in first.content.decode()
    with django_assert_max_num_queries(8):
        older = browser.get(f"/admin/log/{first.context['older']}").content.decode()
    assert "Thing 9" in older
    assert browser.get("/admin/log/?who=x&what=nonsense&before=99999999999999999999").status_code == 200


@pytest.mark.parametrize(
    "step", ["submit", "approve", "send_back", "publish", "break_news", "end_breaking", "withdraw"]
)
def test_every_step_of_a_story_stands_in_its_history_with_a_name_and_a_time(
    step: str, section: Any, admin_user: User
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from articles.models import Transition
    from tests.make import make_article, make_draft

    breaking = {"breaking_until": timezone.now() + timedelta(hours=1)} if step == "end_breaking" else {}
    state = {"submit": "draft", "approve": "review", "send_back": "review", "publish": "ready"}.get(step)
    story = make_draft(section=section, status=state) if state else make_article(section=section, **breaking)
    words = {"reason": "It was wrong."} if step == "withdraw" else {}
    getattr(story, step)(by=admin_user, **words)
    line = Transition.objects.get(article=story)
    assert (line.user, line.action) == (admin_user, {"break_news": "break"}.get(step, step))
    assert line.at is not None
