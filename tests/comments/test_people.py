"""People at the desk: who they are, whom a ban would meet, everything they wrote removed and brought back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, ModerationAction, PersonNote, ProtectedDomain, Sanction
from newsroom import privacy
from newsroom.accounts.models import Erasure, Reader, User
from tests.conftest import Browser
from tests.make import make_article, make_comment, make_reader, make_user

PEOPLE = "/admin/moderation/people/"
REASON = "You called another commenter names."


def page_of(reader: Reader) -> str:
    return f"{PEOPLE}{reader.pk}/"


def asked(target: str = "reader", kind: str = "ban", days: str = "7", **more: str) -> dict[str, str]:
    return {"target": target, "kind": kind, "days": days, "reason": REASON, "note": "Third time", **more}


@pytest.fixture
def rex(db: None) -> Reader:
    return make_reader("Rex", email="Rex@nowhere.example")


def test_people_are_found_by_name_and_address(client_of: Any, moderator: User, rex: Reader, member: User) -> None:
    noor = Reader.objects.for_user(member)
    Reader.objects.create()  # a device
    browser = client_of(moderator)
    assert page_of(rex) in browser.get(f"{PEOPLE}?q=rex").content.decode()
    assert page_of(rex) in browser.get(f"{PEOPLE}?q=NOWHERE.example").content.decode()
    assert page_of(noor) in browser.get(f"{PEOPLE}?q=noor@").content.decode()
    assert "Nobody here has such a name" in browser.get(f"{PEOPLE}?q=zzz").content.decode()


def test_a_persons_page_tells_who_they_are_what_was_decided_and_what_they_wrote(
    client_of: Any, moderator: User, article: Article, rex: Reader, django_assert_max_num_queries: Any
) -> None:
    for n in range(3):
        make_comment(article, text=f"Words number {n}", reader=rex, network="abcdef0123")
    make_comment(article, text="Turned away", reader=rex, status="rejected")
    Sanction(scope="reader", reader=rex, kind="warn", reason=REASON).impose(by=moderator)
    browser = client_of(moderator)
    assert browser.post(f"{page_of(rex)}note/", {"text": "Writes from a <school>"}).status_code == 303
    with django_assert_max_num_queries(18):
        page = browser.get(page_of(rex)).content.decode()
    for words in ("Rex@nowhere.example", "not confirmed", "Words number 2", "Turned away", REASON, "Jonah Ekwall"):
        assert words in page
    assert "Writes from a &lt;school&gt;" in page
    assert "3 published, 1 rejected" in page
    assert "abcdef" in page


def test_the_page_of_a_guest_who_became_a_member_is_the_members(
    client_of: Any, moderator: User, rex: Reader, member: User
) -> None:
    Reader.objects.filter(pk=rex.pk).update(merged_into=Reader.objects.for_user(member))
    assert client_of(moderator).get(page_of(rex))["Location"] == page_of(Reader.objects.for_user(member))
    assert client_of(moderator).get(f"{PEOPLE}99999999999999999999/").status_code == 404


def test_a_card_of_the_desk_tells_of_sanctions_and_notes(
    client_of: Any, moderator: User, article: Article, rex: Reader
) -> None:
    make_comment(article, text="Hm", reader=rex, status="pending")
    PersonNote.objects.create(reader=rex, text="Was here before as Max", made_by=moderator)
    Sanction(scope="reader", reader=rex, kind="warn", reason=REASON).impose(by=moderator)
    page = client_of(moderator).get("/admin/moderation/").content.decode()
    assert "Was here before as Max" in page
    assert ">warning</span>" in page
    assert page_of(rex) in page


# Preview.


def seen(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_a_preview_names_exactly_whom_a_ban_meets_and_nothing_is_done_yet(
    client_of: Any, admin_user: User, article: Article, rex: Reader, member: User
) -> None:
    noor, old = Reader.objects.for_user(member), make_reader("Old")
    for reader in (rex, rex, noor, old):
        make_comment(article, reader=reader, network="abcdef")
    Comment.objects.filter(reader=old).update(created_at=timezone.now() - timedelta(days=40))
    make_comment(article, reader=make_reader("Elsewhere"), network="other")
    page = client_of(admin_user).post(f"{page_of(rex)}sanction/", asked("network:abcdef")).content.decode()
    assert seen(page) == "3-1-1-3"
    for name in ("Rex", "Noor B.", "Old"):
        assert f">{name}</a>" in page
    assert ">Elsewhere</a>" not in page
    assert not Sanction.objects.exists()


def test_a_decision_repeats_the_numbers_that_were_seen_and_is_shown_again_where_they_changed(
    client_of: Any, moderator: User, article: Article, rex: Reader
) -> None:
    make_comment(article, reader=rex)
    browser, url = client_of(moderator), f"{page_of(rex)}sanction/"
    first = seen(browser.post(url, asked()).content.decode())
    make_comment(article, reader=rex)
    answer = browser.post(url, asked(seen=first))
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()
    assert not Sanction.objects.exists()
    assert browser.post(url, asked(seen=seen(answer.content.decode()))).status_code == 303
    made = Sanction.objects.get()
    assert (made.reader, made.kind, made.made_by, made.note) == (rex, "ban", moderator, "Third time")
    assert made.until is not None
    assert made.until - made.made_at == timedelta(days=7)
    assert browser.post(url, asked(seen=first)).status_code == 422  # there is one already, or other numbers


def test_a_network_of_members_with_a_record_needs_the_number_typed(
    client_of: Any, admin_user: User, article: Article, rex: Reader, member: User
) -> None:
    for reader in (rex, Reader.objects.for_user(member)):
        make_comment(article, reader=reader, network="abcdef")
    browser, url = client_of(admin_user), f"{page_of(rex)}sanction/"
    page = browser.post(url, asked("network:abcdef")).content.decode()
    assert "It would meet 1 member whose comments are published here." in page
    assert browser.post(url, asked("network:abcdef", seen=seen(page), count="1")).status_code == 422
    assert not Sanction.objects.exists()
    assert browser.post(url, asked("network:abcdef", seen=seen(page), count="2")).status_code == 303
    assert Sanction.objects.get().value == "abcdef"


def test_a_protected_provider_is_not_banned_and_the_list_is_edited_in_the_admin(
    client_of: Any, admin_user: User, article: Article
) -> None:
    gmail = make_reader("Gil", email="gil@gmail.com")
    browser, url = client_of(admin_user), f"{page_of(gmail)}sanction/"
    answer = browser.post(url, asked("domain:gmail.com"))
    assert answer.status_code == 422
    assert "protected providers" in answer.content.decode()
    assert browser.get("/admin/comments/protecteddomain/?q=gmail").status_code == 200
    browser.post("/admin/comments/protecteddomain/add/", {"domain": "@Small.example"})
    assert ProtectedDomain.objects.protects("small.example")


def test_a_ban_of_a_domain_counts_subdomains_and_confirmed_and_typed_addresses(
    client_of: Any, admin_user: User, article: Article, rex: Reader
) -> None:
    make_reader("Sub", email="sub@mail.nowhere.example")
    make_reader("Not", email="not@othernowhere.example")
    make_comment(article, reader=rex)
    Reader.objects.for_user(make_user(email="mem@nowhere.example", name="Mem"))
    Reader.objects.for_user(make_user("Editor", email="boss@nowhere.example"))
    page = client_of(admin_user).post(f"{page_of(rex)}sanction/", asked("domain:nowhere.example")).content.decode()
    assert seen(page) == "3-1-0-1"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"target": "address:rex@nowhere.example", "kind": "warn"}, "Only a person can be warned"),
        ({"kind": "suspend", "days": ""}, "A suspension ends"),
        ({"target": "network:abcdef", "kind": "suspend"}, "Networks and mail domains are banned"),
        ({"target": "network:other"}, "Select a valid choice"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    client_of: Any, admin_user: User, article: Article, rex: Reader, fields: dict[str, str], said: str
) -> None:
    make_comment(article, reader=rex, network="abcdef")
    answer = client_of(admin_user).post(f"{page_of(rex)}sanction/", asked() | fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Third time" in answer.content.decode()


def test_a_sanction_is_lifted_from_the_persons_page(client_of: Any, moderator: User, rex: Reader) -> None:
    made = Sanction(scope="reader", reader=rex, kind="ban", reason=REASON).impose(by=moderator)
    assert f"lift/{made.pk}/" in client_of(moderator).get(page_of(rex)).content.decode()
    answer = client_of(moderator).post(f"{PEOPLE}lift/{made.pk}/", {"person": str(rex.pk), "note": "Too hard"})
    assert answer["Location"] == f"{page_of(rex)}#sanctions"
    made.refresh_from_db()
    assert made.lifted_by == moderator
    assert "Too hard" in client_of(moderator).get("/admin/moderation/record/").content.decode()


# Remove everything.


def test_everything_since_a_day_is_removed_in_one_batch_and_brought_back_by_one_undo(
    client_of: Any, moderator: User, article: Article, rex: Reader
) -> None:
    early = make_comment(article, text="Long ago", reader=rex)
    Comment.objects.filter(pk=early.pk).update(created_at=timezone.now() - timedelta(days=9))
    other = make_article("Another story")
    late = [make_comment(article, reader=rex), make_comment(other, reader=rex, status="pending")]
    turned_away = make_comment(article, reader=rex, status="rejected")
    answered = make_comment(article, late[0], "An answer by somebody else")
    browser, url = client_of(moderator), f"{page_of(rex)}remove/"
    since = (timezone.localdate() - timedelta(days=2)).isoformat()
    assert "2 comments would go" in browser.get(f"{url}?since={since}").content.decode()
    assert browser.post(url, {"since": since, "count": "3"}).status_code == 422
    assert browser.post(url, {"since": since, "count": "2", "note": "A wave"}).status_code == 303
    states = dict(Comment.objects.values_list("pk", "status"))
    assert [states[c.pk] for c in (early, *late, turned_away, answered)] == [
        *("published", "removed", "removed", "rejected", "published")
    ]
    page = browser.get(page_of(rex)).content.decode()
    assert "2 comments removed." in page
    lines = ModerationAction.objects.filter(action="remove")
    assert {(line.actor, line.note) for line in lines} == {(moderator, "A wave")}
    assert len({line.batch for line in lines}) == 1
    assert CommentStats.objects.get(article=article).published == 2
    assert f"/undo/{lines[0].batch}/" in page
    browser.post(f"/admin/moderation/undo/{lines[0].batch}/")
    assert [Comment.objects.get(pk=c.pk).status for c in late] == ["published", "pending"]
    assert CommentStats.objects.get(article=article).published == 3


def test_what_comes_after_the_question_was_asked_is_left_alone(
    client_of: Any, moderator: User, article: Article, rex: Reader
) -> None:
    make_comment(article, reader=rex)
    asked_at = timezone.now()
    new = make_comment(article, reader=rex)
    browser = client_of(moderator)
    browser.post(f"{page_of(rex)}remove/", {"count": "1", "until": asked_at.isoformat()})
    assert Comment.objects.get(pk=new.pk).status == "published"
    assert Comment.objects.filter(status="removed").count() == 1
    assert (
        browser.post(f"{page_of(rex)}remove/", {"count": "1", "until": "never", "since": "2026-02-31"}).status_code
        == 303
    )


# Who may what: every permission crossed with every address.


ADDRESSES = {
    "people/": "moderate",
    "people/{person}/": "moderate",
    "people/{person}/note/": "moderate",
    "people/{person}/sanction/": "sanction",
    "people/{person}/remove/": "sanction",
    "people/lift/{sanction}/": "sanction",
    "people/lift/{network}/": "network",
    "comments/{comment}/cut/": "moderate",
    "comments/{comment}/purge/": "purge",
}
MAY = {
    None: set[str](),
    "Reporter": set[str](),
    "Editor": set[str](),
    "Front editor": set[str](),
    "Moderator": {"moderate", "sanction"},
    "Admin": {"moderate", "sanction", "network", "purge"},
}


@pytest.mark.once
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", MAY)
def test_a24_every_role_reaches_what_it_may_and_nothing_else(
    client_of: Any, article: Article, rex: Reader, role: str | None, address: str, method: str
) -> None:
    boss = make_user("Admin")
    comment = make_comment(article, reader=rex, status="rejected")
    sanction = Sanction(scope="reader", reader=rex, kind="ban", reason=REASON).impose(by=boss)
    network = Sanction(scope="network", value="abc", kind="ban", reason=REASON).impose(by=boss)
    ids = {"person": rex.pk, "comment": comment.pk, "sanction": sanction.pk, "network": network.pk}
    before = ModerationAction.objects.count()
    answer = getattr(client_of(make_user(role)), method)(f"/admin/moderation/{address.format(**ids)}")
    if role is None:
        assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)
    elif (method == "get" and ("note" in address or "lift" in address)) or (
        method == "post" and address in {"people/", "people/{person}/"}
    ):
        assert answer.status_code == 405
    elif ADDRESSES[address] in MAY[role]:
        assert answer.status_code in {200, 303, 422}
    else:
        assert answer.status_code == 403
        assert ModerationAction.objects.count() == before
        assert Sanction.objects.running(timezone.now()).count() == 2


def test_a24_a_moderator_is_not_offered_networks_and_a_forged_one_is_refused(
    client_of: Any, moderator: User, article: Article, rex: Reader
) -> None:
    make_comment(article, reader=rex, network="abcdef")
    browser, url = client_of(moderator), f"{page_of(rex)}sanction/"
    assert "abcdef" not in browser.get(url).content.decode()
    assert browser.post(url, asked("network:abcdef", seen="1-0-0-1")).status_code == 422
    assert browser.post(url, asked("domain:nowhere.example", seen="1-0-0-1")).status_code == 422
    assert not Sanction.objects.exists()


def test_a24_nobody_sanctions_a_colleague_or_themselves(client_of: Any, moderator: User, editor: User) -> None:
    for user in (moderator, editor):
        reader = Reader.objects.for_user(user)
        url = f"{page_of(reader)}sanction/"
        answer = client_of(moderator).post(url, asked(seen="0-0-0-0"))
        assert answer.status_code == 422
        assert "works here" in answer.content.decode()
    assert not Sanction.objects.exists()


def test_get_changes_nothing(client_of: Any, admin_user: User, article: Article, rex: Reader) -> None:
    comment = make_comment(article, reader=rex)
    browser: Browser = client_of(admin_user)
    for address in ADDRESSES:
        ids = {"person": rex.pk, "comment": comment.pk, "sanction": 1, "network": 1}
        browser.get(f"/admin/moderation/{address.format(**ids)}")
    assert not ModerationAction.objects.exists()
    assert Comment.objects.get().status == "published"


def test_the_record_keeps_no_banned_address_and_no_network(client_of: Any, admin_user: User, rex: Reader) -> None:
    for scope, value in (("address", "rex@nowhere.example"), ("network", "abcdef0123"), ("domain", "nowhere.example")):
        Sanction(scope=scope, value=value, kind="ban", reason=REASON).impose(by=admin_user).lift(by=admin_user)
    notes = " ".join(ModerationAction.objects.values_list("note", flat=True))
    assert "nowhere" not in notes
    assert "abcdef" not in notes
    assert REASON in client_of(admin_user).get("/admin/moderation/record/").content.decode()


def test_a25_a_ban_of_an_address_outlives_the_erasure_of_its_owner_and_ends_with_its_time(
    article: Article, moderator: User
) -> None:
    owner = make_reader("Rex", email="rex@nowhere.example", verified_at=timezone.now())
    until = timezone.now() + timedelta(days=1)
    Sanction(scope="address", value=owner.email, kind="ban", reason=REASON, until=until).impose(by=moderator)
    Sanction(scope="reader", reader=owner, kind="ban", reason=REASON).impose(by=moderator)
    told = privacy.export(owner)
    assert sorted(row["scope"] for row in told["sanctions"]) == ["address", "reader"]
    privacy.erase(Erasure.objects.ask(owner, timezone.now()))
    assert Sanction.objects.get().value == "rex@nowhere.example"
    Sanction.objects.end(until + timedelta(seconds=1))
    assert Sanction.objects.get().value == ""
