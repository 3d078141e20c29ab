"""People who are warned, suspended or banned: what they may not do, what they are told, and that they go on reading."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.test import RequestFactory
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.facts import release
from comments.models import (
    Comment,
    Flag,
    ModerationAction,
    ProtectedDomain,
    Sanction,
    SanctionLetter,
    StepRefused,
    Subscription,
    Vote,
)
from newsroom.accounts.guests import device_cookie
from newsroom.accounts.models import Reader, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.ratelimit import network
from newsroom.lib.signing import sign
from newsroom.management.commands.worker import old_networks
from tests.conftest import Browser
from tests.make import make_comment, make_reader, make_user

REASON = "You called another commenter names."


def here() -> str:
    """The network that the test client comes from, as it is kept."""
    return network(RequestFactory().get("/"))


def known(reader: Reader) -> Browser:
    browser = Browser()
    browser.cookies[device_cookie()] = sign("device", reader.pk)
    return browser


def ban(by: User, **of: Any) -> Sanction:
    scope = "reader" if "reader" in of else "address"
    return Sanction(**{"scope": scope, "kind": "ban", "reason": REASON} | of).impose(by=by)


@pytest.fixture(autouse=True)
def contact(site: SiteSettings) -> None:
    SiteSettings.objects.filter(pk=1).update(contact_email="desk@kestrel.example")


def typed(text: str = "Good morning to all", email: str = "zoe@nowhere.example") -> dict[str, str]:
    return {"text": text, "name": "Zoe", "email": email}


def test_a_banned_person_keeps_the_words_and_reads_why_until_when_and_how_to_appeal(
    article: Article, moderator: User
) -> None:
    reader = make_reader("Rex", email="rex@example.org")
    until = timezone.now() + timedelta(days=7)
    Sanction(scope="reader", reader=reader, kind="suspend", reason=REASON, until=until).impose(by=moderator)
    answer = known(reader).post(f"/comments/on/{article.pk}/post/", typed("My good words"))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert not Comment.objects.exists()
    for words in (REASON, f"{until.day} {until:%B %Y}", "mailto:desk@kestrel.example", "My good words"):
        assert words in page
    part = known(reader).post(f"/comments/on/{article.pk}/post/", typed("My good words"), headers={"X-Fragment": "1"})
    assert (part.status_code, b"<html" in part.content) == (403, False)
    assert REASON in part.content.decode()


def test_who_is_suspended_neither_answers_changes_votes_reports_nor_follows_but_reads_and_deletes(
    article: Article, moderator: User
) -> None:
    reader = make_reader("Rex", email="rex@example.org", verified_at=timezone.now())
    own, other = make_comment(article, text="What I said", reader=reader), make_comment(article, text="What they said")
    Sanction(
        scope="reader", reader=reader, kind="suspend", reason=REASON, until=timezone.now() + timedelta(days=1)
    ).impose(by=moderator)
    browser = known(reader)
    refused = [
        browser.post(f"/comments/{other.pk}/reply/", typed()),
        browser.post(f"/comments/{own.pk}/edit/", {"text": "Something else"}),
        browser.post(f"/comments/{other.pk}/vote/", {"vote": "1"}),
        browser.post(f"/comments/{other.pk}/flag/", {"reason": "spam"}),
        browser.post(f"/comments/on/{article.pk}/follow/", {}),
        browser.post(f"/comments/{other.pk}/follow/", {}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6
    assert all(REASON in answer.content.decode() for answer in refused)
    assert not any(rows.objects.exists() for rows in (Vote, Flag, Subscription))
    assert browser.get(article.get_absolute_url()).status_code == 200
    assert browser.get(f"/comments/{other.pk}/").status_code == 200
    assert REASON in browser.get("/comments/mine/").content.decode()
    assert browser.post(f"/comments/{own.pk}/delete/").status_code == 303


def test_a_warning_stops_nobody_and_is_read_on_ones_own_page(article: Article, moderator: User) -> None:
    reader = make_reader("Rex", email="rex@example.org")
    Sanction(scope="reader", reader=reader, kind="warn", reason=REASON).impose(by=moderator)
    assert known(reader).post(f"/comments/on/{article.pk}/post/", typed()).status_code == 303
    assert REASON in known(reader).get("/comments/mine/").content.decode()


@pytest.mark.parametrize(
    ("scope", "value", "email"),
    [
        ("address", "zoe@nowhere.example", "Zoe@Nowhere.example"),
        ("domain", "nowhere.example", "zoe@nowhere.example"),
        ("domain", "nowhere.example", "zoe@mail.nowhere.example"),
        ("network", "here", "zoe@nowhere.example"),
    ],
)
def test_a_ban_of_an_address_a_domain_or_a_network_meets_whoever_comes_with_it(
    client: Browser, article: Article, admin_user: User, scope: str, value: str, email: str
) -> None:
    assert client.post(f"/comments/on/{article.pk}/post/", typed("Before it", email)).status_code == 303
    ban(admin_user, scope=scope, value=here() if value == "here" else value)
    answer = Browser().post(f"/comments/on/{article.pk}/post/", typed("After it", email))
    assert answer.status_code == 403
    assert "After it" in answer.content.decode()
    assert Comment.objects.count() == 1
    if scope != "network":
        assert Browser().post(f"/comments/on/{article.pk}/post/", typed(email="a@where.example")).status_code == 303


def test_whoever_only_types_a_banned_address_is_not_told_what_its_owner_did(
    client: Browser, article: Article, moderator: User
) -> None:
    ban(moderator, value="zoe@nowhere.example")
    page = client.post(f"/comments/on/{article.pk}/post/", typed()).content.decode()
    assert "This address cannot be used here" in page
    assert REASON not in page


def test_a_sanction_follows_the_guest_who_turns_out_to_be_a_member(
    article: Article, moderator: User, member: User, client_of: Any
) -> None:
    guest = make_reader("Noor", email=member.email, verified_at=timezone.now())
    ban(moderator, reader=guest)
    Reader.objects.take_over(member, member.email)
    assert client_of(member).post(f"/comments/on/{article.pk}/post/", {"text": "Hello again"}).status_code == 403


def test_somebody_who_works_here_is_neither_sanctioned_nor_met_by_a_ban_of_their_network(
    article: Article, moderator: User, editor: User, admin_user: User, client_of: Any
) -> None:
    with pytest.raises(StepRefused, match="works here"):
        ban(moderator, reader=Reader.objects.for_user(editor))
    ban(admin_user, scope="network", value=here())
    assert client_of(editor).post(f"/comments/on/{article.pk}/post/", {"text": "From the desk"}).status_code == 303


def test_a_suspension_ends_by_itself_and_a_lifted_ban_at_once(article: Article, moderator: User) -> None:
    reader = make_reader("Rex", email="rex@example.org")
    Sanction(
        scope="reader", reader=reader, kind="suspend", reason=REASON, until=timezone.now() - timedelta(seconds=1)
    ).impose(by=moderator)
    made = ban(moderator, reader=reader)
    assert known(reader).post(f"/comments/on/{article.pk}/post/", typed()).status_code == 403
    made.lift(by=moderator, note="A mistake")
    assert known(reader).post(f"/comments/on/{article.pk}/post/", typed()).status_code == 303
    with pytest.raises(StepRefused):
        made.lift(by=moderator)
    lines = ModerationAction.objects.filter(reader=reader).order_by("id").values_list("action", "note")
    assert list(lines) == [("suspend", REASON), ("ban", REASON), ("lift", "A mistake")]


def test_the_database_keeps_one_target_one_end_and_one_ban(article: Article, moderator: User) -> None:
    reader = make_reader()
    wrong = [
        {"scope": "reader", "reader": None, "kind": "ban"},
        {"scope": "reader", "reader": reader, "value": "a@b.example", "kind": "ban"},
        {"scope": "address", "reader": reader, "value": "a@b.example", "kind": "ban"},
        {"scope": "network", "value": "", "kind": "ban"},
        {"scope": "reader", "reader": reader, "kind": "suspend"},
        {"scope": "network", "value": "abc", "kind": "suspend", "until": timezone.now()},
        {"scope": "reader", "reader": reader, "kind": "warn", "until": timezone.now()},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.create(reason="x", **fields)
    ban(moderator, reader=reader)
    with pytest.raises(StepRefused, match="already"):
        ban(moderator, reader=reader)
    ban(moderator, value="a@b.example")
    with pytest.raises(StepRefused, match="already"):
        ban(moderator, value="A@b.example")
    with pytest.raises(TypeError):
        Sanction.objects.get(value="a@b.example").save()


def test_a_ban_whose_time_is_over_leaves_room_for_the_next_one_and_its_network_is_forgotten(moderator: User) -> None:
    over = timezone.now() - timedelta(minutes=1)
    ban(moderator, scope="network", value="abc", until=over)
    ban(moderator, scope="network", value="abc")
    old, new = Sanction.objects.order_by("pk")
    assert (old.value, old.lifted_at, old.lifted_by) == ("", over, None)
    assert new.value == "abc"
    new.lift(by=moderator)
    assert new.value == ""
    ban(moderator, scope="network", value="def", until=over)
    assert Sanction.objects.end(timezone.now()) == 1
    assert not Sanction.objects.exclude(value="").exists()


def test_the_check_is_one_query(article: Article, moderator: User, django_assert_num_queries: Any) -> None:
    reader = make_reader("Rex", email="rex@example.org")
    made = ban(moderator, reader=reader)
    fresh = Reader.objects.get(pk=reader.pk)
    with django_assert_num_queries(1):
        found = Sanction.objects.against(fresh, addresses=["a@b.example"], network="abc", now=timezone.now())
    assert found == made


# Letters.


@pytest.fixture
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_who_has_a_confirmed_address_gets_one_letter_with_the_reason_and_how_to_appeal(
    a_mail_server: None, moderator: User
) -> None:
    reader = make_reader("Rex", email="rex@example.org", verified_at=timezone.now())
    ban(moderator, reader=reader)
    ban(moderator, reader=make_reader("Typed", email="typed@example.org"))
    assert SanctionLetter.objects.count() == 1
    deliver_due(timezone.now())
    deliver_due(timezone.now())
    assert [letter.to for letter in mail.outbox] == [["rex@example.org"]]
    said = str(mail.outbox[0].body)
    assert [words in said for words in (REASON, "desk@kestrel.example", "any more")] == [True] * 3


def test_a_sanction_that_was_lifted_before_the_letter_left_is_told_to_nobody(
    a_mail_server: None, moderator: User
) -> None:
    reader = make_reader("Rex", email="rex@example.org", verified_at=timezone.now())
    ban(moderator, reader=reader).lift(by=moderator)
    deliver_due(timezone.now())
    assert not mail.outbox


def test_large_mail_providers_are_protected_from_the_start(db: None) -> None:
    assert ProtectedDomain.objects.protects("gmail.com")
    assert ProtectedDomain.objects.protects("co.uk")
    assert not ProtectedDomain.objects.protects("nowhere.example")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_moderators_who_ban_at_once_make_one_ban(transactional_db: None) -> None:
    moderators, reader = [make_user("Moderator"), make_user("Moderator")], make_reader()

    def bans(by: User) -> bool:
        try:
            ban(by, reader=Reader.objects.get(pk=reader.pk))
        except StepRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bans, moderators)) == [False, True]
    assert Sanction.objects.count() == 1
    assert ModerationAction.objects.filter(action="ban").count() == 1


def test_what_waits_of_a_banned_guest_does_not_appear_when_the_address_is_confirmed(
    article: Article, moderator: User
) -> None:
    reader = make_reader("Rex", email="rex@example.org", verified_at=timezone.now())
    make_comment(article, reader=reader)
    waiting = make_comment(article, reader=reader, status="pending", reason="first")
    made = ban(moderator, value=reader.email)
    assert release(reader) == 0
    made.lift(by=moderator)
    assert release(reader) == 1
    waiting.refresh_from_db()
    assert waiting.is_published


def test_where_comments_and_reports_came_from_is_forgotten_after_a_month_and_not_where_a_ban_applies(
    article: Article, moderator: User, admin_user: User
) -> None:
    old, new = (make_comment(article, network="abc") for _ in range(2))
    for comment in (old, new):
        Flag.objects.raise_for(comment, make_reader(), "spam", network="abc")
        comment.approve(by=moderator)
    month = timezone.now() - timedelta(days=31)
    Comment.objects.filter(pk=old.pk).update(created_at=month)
    Flag.objects.filter(comment=old).update(flagged_at=month)
    made = ban(admin_user, scope="network", value="abc")
    old_networks()(lambda: False)
    assert list(Comment.objects.order_by("pk").values_list("network", flat=True)) == ["", "abc"]
    assert list(Flag.objects.order_by("pk").values_list("network", flat=True)) == ["", "abc"]
    made.refresh_from_db()
    assert made.value == "abc"
