"""The record of moderation: looked through, taken away as a file, changed by nobody."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, ModerationAction
from newsroom.accounts.models import User
from tests.make import make_article, make_comment, make_reader, make_user

RECORD = "/admin/moderation/record/"
EXPORT = "/admin/moderation/record/export/"


def told(browser: Any, query: str = "") -> str:
    return str(browser.get(f"{RECORD}{query}").content.decode())


def test_the_record_is_looked_through_by_who_what_person_story_and_time(
    client_of: Any, moderator: User, editor: User, article: Article
) -> None:
    noor = make_reader("Noor")
    mine = make_comment(article, text="Wanted words", reader=noor)
    mine.hold(by=moderator, note="Let us see")
    make_comment(make_article(), text="Other words").reject(by=editor)
    browser = client_of(moderator)
    today = timezone.localdate()
    for query in (
        *(f"?who={moderator.pk}", "?what=hold", f"?person={noor.pk}", f"?article={article.pk}"),
        *(f"?comment={mine.pk}", f"?who={moderator.pk}&since={today}&until={today}"),
    ):
        page = told(browser, query)
        assert "Wanted words" in page, query
        assert "Let us see" in page, query
        assert "Other words" not in page, query
    assert "Wanted words" not in told(browser, f"?until={today - timedelta(days=1)}")


@pytest.mark.parametrize(
    "query", ["?who=x", "?what=nothing", "?since=2026-02-31", "?since=0001-01-01", "?until=99999-01-01", "?batch='",
              f"?person={'9' * 30}", "?after=tampered", "?article=-1", "?comment=%00"]
)  # fmt: skip
def test_a19_crafted_parameters_of_the_record_are_as_if_they_were_not_said(
    client_of: Any, moderator: User, article: Article, query: str
) -> None:
    make_comment(article, text="Wanted words").hold(by=moderator)
    assert "Wanted words" in told(client_of(moderator), query)


def test_the_record_is_walked_by_keyset_with_a_fixed_number_of_queries(
    client_of: Any, moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    for _ in range(60):
        make_comment(article, status="pending")
    Comment.objects.filter(status="pending").decide("approve", by=moderator)  # all at one moment
    browser = client_of(moderator)
    told(browser)
    with django_assert_max_num_queries(8):
        first = told(browser)
    assert first.count('<tr id="line-') == 50
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert str(browser.get(following).content.decode()).count('<tr id="line-') == 10


def test_a_line_is_taken_back_from_the_record_alone(client_of: Any, moderator: User, article: Article) -> None:
    comments = [make_comment(article, status="pending") for _ in range(3)]
    decided = Comment.objects.filter(status="pending").decide("spam", by=moderator)
    line = ModerationAction.objects.get(comment=comments[1])
    browser = client_of(moderator)
    answer = browser.post(f"/admin/moderation/undo/{decided.batch}/", {"line": line.pk, "to": "record", "back": "?"})
    assert answer["Location"].startswith(RECORD)
    assert list(Comment.objects.filter(status="pending").values_list("pk", flat=True)) == [comments[1].pk]
    assert "taken back" in told(browser)


def test_the_record_is_taken_away_as_a_table_that_starts_no_formula(
    client_of: Any, admin_user: User, article: Article
) -> None:
    make_comment(article, status="pending").reject(by=admin_user, reason="abusive", note="=cmd|' /C calc'!A0")
    make_comment(article, status="pending").approve(by=admin_user)
    answer = client_of(admin_user).get(f"{EXPORT}?what=reject")
    assert answer.streaming
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == 1
    assert (rows[0]["who"], rows[0]["from"], rows[0]["to"]) == (admin_user.email, "pending", "rejected")
    assert (rows[0]["why"], rows[0]["note"]) == ("abusive", "'=cmd|' /C calc'!A0")


def test_nobody_changes_or_deletes_the_record_in_the_admin(client_of: Any, admin_user: User, article: Article) -> None:
    make_comment(article).hold(by=admin_user)
    line = ModerationAction.objects.get()
    browser = client_of(admin_user)
    base = "/admin/comments/moderationaction/"
    assert browser.get(base).status_code == 302
    assert browser.get(f"{base}add/").status_code == 403
    assert browser.post(f"{base}{line.pk}/change/", {"note": "other"}).status_code == 403
    assert browser.post(f"{base}{line.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ModerationAction.objects.get().note == ""


def test_every_page_of_the_admin_says_how_much_waits_to_those_who_moderate(
    client_of: Any, moderator: User, reporter: User, article: Article
) -> None:
    make_comment(article, status="pending")
    page = client_of(moderator).get("/admin/").content.decode()
    assert 'class="moderation" href="/admin/moderation/">Moderation <b>1</b>' in page
    assert "/admin/moderation/" not in client_of(reporter).get("/admin/").content.decode()


def test_the_numbers_are_drawn_with_a_table_under_each_plot(
    client_of: Any, moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    for status in ("pending", "published", "spam", "rejected"):
        make_comment(article, status=status)
    make_comment(article, status="pending", created_at=timezone.now() - timedelta(minutes=30)).approve(by=moderator)
    browser = client_of(moderator)
    browser.get("/admin/moderation/")
    with django_assert_max_num_queries(12):
        page = browser.get("/admin/moderation/numbers/").content.decode()
    assert page.count("<svg viewBox") == page.count("As a table") == 3
    assert moderator.name in page
    assert "<script" not in page.split("<figure")[1].split("</figure>")[0]
    assert "30" in page


#: Whoever is logged in, by role or by a single permission.
PEOPLE = [
    *("nobody", "member", "Reporter", "Editor", "Front editor", "Moderator", "Admin"),
    *("comments.view_comment", "comments.change_comment", "comments.moderate_comment", "comments.view_flag"),
    *("comments.view_moderationaction", "comments.export_moderationaction", "comments.delete_comment"),
]
#: Every address of the desk, with the permission that opens it.
ADDRESSES = [
    ("get", "/admin/moderation/", "comments.moderate_comment"),
    ("get", "/admin/moderation/?queue=approved", "comments.moderate_comment"),
    ("get", "/admin/moderation/all/?queue=pending", "comments.moderate_comment"),
    ("get", "/admin/moderation/undo/{batch}/", "comments.moderate_comment"),
    ("get", "/admin/moderation/numbers/", "comments.moderate_comment"),
    ("get", "/admin/moderation/record/", "comments.view_moderationaction"),
    ("get", "/admin/moderation/record/export/", "comments.export_moderationaction"),
    ("post", "/admin/moderation/decide/", "comments.moderate_comment"),
    ("post", "/admin/moderation/all/", "comments.moderate_comment"),
    ("post", "/admin/moderation/reply/{pk}/", "comments.moderate_comment"),
    ("post", "/admin/moderation/undo/{batch}/", "comments.moderate_comment"),
]


def somebody(who: str) -> User | None:
    from django.contrib.auth.models import Permission

    if who in {"nobody", "member"}:
        return make_user() if who == "member" else None
    if "." not in who:
        return make_user(who)
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename=who.split(".")[1], content_type__app_label="comments"))
    return user


@pytest.mark.once
@pytest.mark.parametrize("who", PEOPLE)
def test_a24_every_permission_at_every_address_of_the_desk(
    client: Any, client_of: Any, moderator: User, article: Article, who: str
) -> None:
    make_comment(article, status="pending").approve(by=moderator)
    comment = make_comment(article, status="pending")
    batch = ModerationAction.objects.get().batch
    user = somebody(who)
    browser = client_of(user) if user else client
    for method, address, permission in ADDRESSES:
        url = address.format(batch=batch, pk=comment.pk)
        data = {
            "step": "approve",
            "pick": f"{comment.pk}:pending:1",
            "reply": "Good",
            "seen": "pending",
            "version": "1",
        }
        answer = getattr(browser, method)(url, data if method == "post" else None)
        if user is None or not user.is_staff:
            assert answer.status_code == 302, url  # to the log-in
            assert "login" in answer["Location"]
        elif user.has_perm(permission):
            assert answer.status_code in {200, 303, 422}, url
        else:
            assert answer.status_code == 403, url
    if user is None or not user.has_perm("comments.moderate_comment"):
        comment.refresh_from_db()
        assert comment.is_waiting
        assert ModerationAction.objects.count() == 1


def test_a24_a_moderator_cannot_promote(client_of: Any, moderator: User) -> None:
    from django.contrib.auth.models import Group, Permission

    browser = client_of(moderator)
    data = {"groups": [Group.objects.get(name="Admin").pk], "is_superuser": "on", "is_staff": "on", "name": "Me"}
    assert browser.post(f"/admin/accounts/user/{moderator.pk}/change/", data).status_code == 403
    group = Group.objects.get(name="Moderator")
    everything = {"name": "Moderator", "permissions": list(Permission.objects.values_list("pk", flat=True))}
    assert browser.post(f"/admin/auth/group/{group.pk}/change/", everything).status_code == 403
    again = User.objects.get(pk=moderator.pk)
    assert not again.is_superuser
    assert not again.has_perm("accounts.change_user")
