"""One's own page: what a reader wrote, follows and is told, at home and from another device."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, ConfirmationLetter, Digest, Notice, Notification, Subscription
from newsroom.accounts.models import Letter, Reader, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.signing import sign
from tests.conftest import Browser
from tests.make import make_article, make_comment, make_reader

NOOR = {"text": "What I said.", "name": "Noor B.", "email": "noor.b@example.com", "notify": ["replies"]}


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = "https://news.example"


def deliver() -> list[Any]:
    before = len(mail.outbox)
    deliver_due(timezone.now() + timedelta(seconds=1))
    return mail.outbox[before:]


def link(letter: Any, part: str) -> str:
    found = re.search(rf"https://news\.example(/[^\s>]*{part}[^\s>]*)", letter.body)
    assert found, letter.body
    return found.group(1)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/comments/mine/{query}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


@pytest.fixture
def noor(article: Article) -> Browser:
    """A guest who commented and confirmed her address, at her own device."""
    browser = Browser()
    browser.post(f"/comments/on/{article.pk}/post/", NOOR)
    browser.post(link(deliver()[0], "/confirm/"))
    return browser


def reader() -> Reader:
    return Reader.objects.verified().get()


# Following a thread.


def test_a_thread_is_followed_from_its_first_comment_and_from_the_page_of_any(
    client: Any, noor: Browser, article: Article
) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    for url in (f"/comments/on/{article.pk}/", f"/comments/{reply.pk}/"):
        assert f"/comments/{root.pk}/follow/" in client.get(url).content.decode().replace(str(reply.pk), str(root.pk))
    assert "Follow this thread" in noor.get(f"/comments/{reply.pk}/follow/").content.decode()
    assert noor.post(f"/comments/{reply.pk}/follow/")["Location"].endswith(f"#c{root.pk}")
    assert Subscription.objects.get(kind="thread").comment == root
    assert "You asked to hear of new comments." in noor.get(f"/comments/{root.pk}/follow/").content.decode()
    deliver()
    make_comment(article, root, text="In the thread.")
    make_comment(article, reply, text="Deeper in it.")
    make_comment(article, text="Somewhere else.")
    said = " ".join(letter.body for letter in deliver())
    assert "In the thread." in said
    assert "Deeper in it." in said
    assert "Somewhere else." not in said


def test_following_a_thread_asks_an_unknown_address_first(client: Any, article: Article) -> None:
    root = make_comment(article)
    answer = client.post(f"/comments/{root.pk}/follow/", {"email": "quiet@example.com"})
    assert "If quiet@example.com can receive mail" in answer.content.decode()
    (asking,) = deliver()
    client.post(link(asking, "/confirm/"))
    make_comment(article, root, text="In the thread.")
    (letter,) = deliver()
    assert letter.to == ["quiet@example.com"]
    assert "You asked to be told of new replies in this thread." in letter.body


@pytest.mark.parametrize("over", [{"status": "pending"}, {"status": "spam"}, {"status": "rejected"}])
def test_a1_nobody_follows_what_is_not_there(client: Any, article: Article, over: dict[str, str]) -> None:
    comment = make_comment(article, **over)
    draft = make_comment(make_article(publish_at=timezone.now() + timedelta(days=1)))
    for pk in (comment.pk, draft.pk, 0, 10**30):
        assert client.post(f"/comments/{pk}/follow/", {"email": "a@example.com"}).status_code == 404
    assert not Subscription.objects.exists()


# The page.


def test_the_page_shows_comments_with_their_state_page_by_page(noor: Browser, article: Article) -> None:
    mine = reader()
    for status in ("pending", "spam", "rejected"):
        make_comment(article, reader=mine, text=f"This one is {status}.", status=status)
    for n in range(20):
        make_comment(article, reader=mine, text=f"Number {n:02}.")
    make_comment(article, text="Somebody else’s.")
    first = page(noor)
    assert "Number 19." in first
    assert "Somebody else" not in first
    older = re.search(r"\?after=[^\"#]+", first)
    assert older
    second = page(noor, older.group())
    assert "What I said." in second
    assert "Number 00." in first
    assert "This one is rejected." in second
    assert second.count("Awaiting approval") == 2
    assert second.count("Not published") == 1
    assert "spam</span>" not in second


def test_a_cursor_that_was_tampered_with_is_page_one(noor: Browser) -> None:
    for query in ("?after=x", "?notices=%00", f"?after={sign('cursor', ['mine.notices', 'x', 1])}"):
        assert "What I said." in page(noor, query)


def test_one_button_ends_one_subscription_another_ends_all(noor: Browser, article: Article) -> None:
    mine = reader()
    for _ in range(3):
        Subscription.objects.follow(mine, make_article(), "all")
    others = Subscription.objects.follow(make_reader(), article, "all")
    assert page(noor).count('name="end"') == 5
    noor.post("/comments/mine/", {"end": str(Subscription.objects.filter(reader=mine).first().pk)})  # type: ignore[union-attr]
    assert Subscription.objects.running().filter(reader=mine).count() == 3
    for nonsense in ("", "x", "-1", str(others.pk), "9" * 40):
        noor.post("/comments/mine/", {"end": nonsense})
    assert Subscription.objects.running().count() == 4
    noor.post("/comments/mine/", {"end": "all"})
    assert [subscription.pk for subscription in Subscription.objects.running()] == [others.pk]


def test_the_page_costs_the_same_however_much_there_is(
    noor: Browser, article: Article, django_assert_max_num_queries: Any
) -> None:
    mine = reader()
    for n in range(60):
        make_comment(article, reader=mine)
        Subscription.objects.follow(mine, make_article(), "all")
        Notice.objects.create(reader=mine, comment=make_comment(article, text=f"N{n}"), reason="all")
    with django_assert_max_num_queries(12):
        page(noor)


def test_a_reader_chooses_how_letters_come(noor: Browser, article: Article) -> None:
    mine = reader()
    Subscription.objects.follow(mine, article, "all")
    assert noor.post("/comments/mine/wishes/", {"pace": "daily"}).status_code == 303
    make_comment(article, text="One of many.")
    assert deliver() == []
    due = Digest.objects.get().due_at
    noor.post("/comments/mine/wishes/", {"pace": "hourly"})
    assert Digest.objects.get().due_at <= min(due, timezone.now() + timedelta(hours=1))
    noor.post("/comments/mine/wishes/", {"pace": "instant"})
    (letter,) = deliver()
    assert "One of many." in letter.body
    assert noor.post("/comments/mine/wishes/", {"pace": "never"}).status_code == 303
    make_comment(article)
    assert deliver() == []


def test_a_pace_that_does_not_exist_is_refused_in_words(noor: Browser) -> None:
    answer = noor.post("/comments/mine/wishes/", {"pace": "yearly"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert reader().pace == "instant"


def test_strangers_are_asked_to_log_in_or_for_a_link(client: Any, site: SiteSettings) -> None:
    shown = page(client)
    assert "/account/login/?next=/comments/mine/" in shown
    assert "/comments/mine/link/" in shown
    for url in ("wishes", "notices", "export", "keep"):
        assert client.post(f"/comments/mine/{url}/", {"pace": "never", "see": "all"}).status_code in (302, 303)


# Notices and the bell.


def test_a_member_sees_a_bell_with_a_number_and_reads_what_is_new(
    client_of: Any, member: User, article: Article
) -> None:
    browser = client_of(member)
    mine = Reader.objects.for_user(member)
    Subscription.objects.follow(mine, article, "all")
    said = [make_comment(article, text=f"Remark {n}.") for n in range(3)]
    deliver()
    story = browser.get(article.get_absolute_url()).content.decode()
    assert re.search(r'class="bell__n">3<', story)
    listed = page(browser)
    assert "Remark 2." in listed
    answer = browser.post("/comments/mine/notices/", {"see": str(Notice.objects.get(comment=said[0]).pk)})
    assert answer["Location"] == f"/comments/{said[0].pk}/#c{said[0].pk}"
    assert Notice.objects.unseen().count() == 2
    browser.post("/comments/mine/notices/", {"see": "all"})
    assert "bell__n" not in browser.get(article.get_absolute_url()).content.decode()


def test_the_bell_is_one_query_and_on_no_shared_page(
    client: Any, client_of: Any, member: User, article: Article, django_assert_num_queries: Any
) -> None:
    mine = Reader.objects.for_user(member)
    Notice.objects.bulk_create(
        Notice(reader=mine, comment=comment, reason="all") for comment in [make_comment(article) for _ in range(3)]
    )
    assert 'class="act tool bell"' not in client.get(article.get_absolute_url()).content.decode()
    with django_assert_num_queries(1):
        assert Notice.objects.unread_by(member) == 3


def test_notices_of_others_are_not_read_for_them(client_of: Any, member: User, article: Article) -> None:
    other = Notice.objects.create(reader=make_reader(), comment=make_comment(article), reason="all")
    browser = client_of(member)
    for wanted in ("all", str(other.pk)):
        assert browser.post("/comments/mine/notices/", {"see": wanted})["Location"] == "/comments/mine/#notices"
    assert Notice.objects.unseen().count() == 1


def test_a4_a_notice_does_not_show_what_was_taken_away_since(client_of: Any, member: User, article: Article) -> None:
    Subscription.objects.follow(Reader.objects.for_user(member), article, "all")
    comment = make_comment(article, text="Soon gone.")
    Notification.objects.plan(timezone.now())
    comment.reject(by=None)
    shown = page(client_of(member))
    assert "Soon gone." not in shown
    assert "not shown any more" in shown


def test_a_member_may_do_without_notices(client_of: Any, member: User, article: Article) -> None:
    browser, mine = client_of(member), Reader.objects.for_user(member)
    Subscription.objects.follow(mine, article, "all")
    browser.post("/comments/mine/wishes/", {"pace": "instant"})
    make_comment(article)
    assert len(deliver()) == 1
    assert not Notice.objects.exists()


# From another device.


def test_a_mailed_link_opens_the_page_on_another_device_once(noor: Browser, other_client: Any) -> None:
    asked = other_client.post("/comments/mine/link/", {"email": "Noor.B@example.com"})
    assert "If Noor.B@example.com is confirmed here" in asked.content.decode()
    (letter,) = deliver()
    assert letter.to == ["noor.b@example.com"]
    url = link(letter, "/mine/link/")
    assert "Noor B." in other_client.get(url).content.decode()
    assert "What I said." not in page(other_client)
    assert other_client.post(url).status_code == 303
    assert "What I said." in page(other_client)
    third = Browser()
    assert third.post(url).status_code == 404
    assert "What I said." not in page(third)


def test_a12_the_answer_about_a_link_does_not_tell_who_is_known(noor: Browser, client: Any) -> None:
    make_reader(email="typed@example.com")
    answers = {
        client.post("/comments/mine/link/", {"email": address}).content.decode().replace(address, "X")
        for address in ("noor.b@example.com", "unknown@example.com", "typed@example.com")
    }
    assert len(answers) == 1
    assert [letter.to for letter in deliver()] == [["noor.b@example.com"]]


def test_a12_a_mailbox_gets_three_links_a_day_however_it_is_spelled(settings: Any, noor: Browser) -> None:
    settings.NEWSROOM_LIMITS = True
    for n in range(6):
        browser = Browser(REMOTE_ADDR=f"198.51.{n}.7")
        browser.post("/comments/mine/link/", {"email": "NOOR.B@example.com" if n % 2 else "noor.b@example.com"})
    assert Letter.objects.filter(kind="own_page").count() == 3


def test_a12_one_network_does_not_ask_for_everybodys_links(settings: Any, noor: Browser, client: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    for n in range(30):
        client.post("/comments/mine/link/", {"email": f"nobody{n}@example.com"})
    client.post("/comments/mine/link/", {"email": "noor.b@example.com"})
    assert not Letter.objects.filter(kind="own_page").exists()


@pytest.mark.parametrize("address", ["", "%", "noor.b@%", "_oor.b@example.com", "a\r\nb@example.com"])
def test_a12_wildcards_find_nobody(noor: Browser, client: Any, address: str) -> None:
    client.post("/comments/mine/link/", {"email": address})
    assert not Letter.objects.filter(kind="own_page").exists()


def test_a_member_is_asked_to_log_in_instead(member: User, client: Any) -> None:
    Reader.objects.for_user(member)
    client.post("/comments/mine/link/", {"email": member.email})
    (letter,) = deliver()
    assert "/account/login/?next=/comments/mine/" in letter.body


def test_a15_a_link_is_for_one_thing_one_person_and_one_hour(noor: Browser, client: Any) -> None:
    client.post("/comments/mine/link/", {"email": "noor.b@example.com"})
    url = link(deliver()[0], "/mine/link/")
    token = url.split("/")[-2]
    for wrong in (f"/comments/mine/address/{token}/", f"/comments/mine/keep/{token}/", f"/comments/confirm/{token}/"):
        assert client.post(wrong).status_code == 404
    assert client.post(f"/comments/unsubscribe/{token}/").status_code == 404
    letter = Letter.objects.get(kind="own_page")
    for forged in (token[:-1], token[1:], sign("letter.new_address", letter.pk), sign("letter.own_page", 10**9)):
        assert client.post(f"/comments/mine/link/{forged}/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.post(url).status_code == 404
    Reader.objects.update(email="another@example.com")
    assert client.post(url).status_code == 404
    assert "What I said." not in page(client)


def test_a14_looking_at_links_opens_confirms_and_ends_nothing(noor: Browser, article: Article, client: Any) -> None:
    client.post("/comments/mine/link/", {"email": "noor.b@example.com"})
    noor.post("/comments/mine/address/", {"email": "new@example.com"})
    noor.post("/comments/mine/erase/")
    letters = deliver()
    urls = [link(letter, part) for letter, part in zip(letters, ("/link/", "/address/", "/keep/"), strict=True)]
    for url in urls:
        for scanner in (client, noor):
            for method in ("get", "head"):
                answer = getattr(scanner, method)(url)
                assert answer.status_code in (200, 403)
                assert answer["Referrer-Policy"] == "no-referrer"
                assert answer["Cache-Control"] == "private, no-store"
                assert not answer.cookies
    assert reader().email == "noor.b@example.com"
    assert reader().erasures.get().cancelled_at is None
    assert not Letter.objects.filter(used_at__isnull=False).exists()
    assert "What I said." not in page(client)


# Another address.


def test_a_guest_moves_to_another_address_when_its_owner_confirms_here(noor: Browser, article: Article) -> None:
    answer = noor.post("/comments/mine/address/", {"email": "new@example.com"})
    assert "If new@example.com can receive mail" in answer.content.decode()
    (letter,) = deliver()
    assert letter.to == ["new@example.com"]
    assert "Noor" not in letter.body
    assert reader().email == "noor.b@example.com"
    noor.post(link(letter, "/mine/address/"))
    assert reader().email == "new@example.com"
    make_comment(article, Comment.objects.get(text="What I said."))
    assert [letter.to for letter in deliver()] == [["new@example.com"]]


def test_waiting_for_anothers_click_moves_nobody_to_their_address(noor: Browser, other_client: Any) -> None:
    noor.post("/comments/mine/address/", {"email": "victim@example.com"})
    url = link(deliver()[0], "/mine/address/")
    assert other_client.post(url).status_code == 403
    assert reader().email == "noor.b@example.com"


def test_moving_to_an_address_that_was_confirmed_elsewhere_joins_the_two(noor: Browser, article: Article) -> None:
    desk = make_reader("Noor at work", email="work@example.com", verified_at=timezone.now())
    make_comment(article, reader=desk, text="From my desk.")
    noor.post("/comments/mine/address/", {"email": "Work@example.com"})
    noor.post(link(deliver()[0], "/mine/address/"))
    shown = page(noor)
    assert "From my desk." in shown
    assert "What I said." in shown


def test_a_guest_who_never_confirmed_may_mend_a_mistyped_address(article: Article, client: Any) -> None:
    client.post(f"/comments/on/{article.pk}/post/", NOOR | {"email": "nor.b@example.com"})
    deliver()
    client.post("/comments/mine/address/", {"email": "noor.b@example.com"})
    (asking,) = deliver()
    assert asking.to == ["noor.b@example.com"]
    client.post(link(asking, "/confirm/"))
    assert reader().email == "noor.b@example.com"


def test_a12_a_mailbox_is_asked_three_times_a_day_about_becoming_somebodys_address(
    settings: Any, noor: Browser
) -> None:
    settings.NEWSROOM_LIMITS = True
    for address in ("victim@example.com", "VICTIM@example.com", "vic.tim+1@example.com", "vic.tim@example.com"):
        noor.post("/comments/mine/address/", {"email": address})
    assert Letter.objects.filter(kind="new_address").count() == 3
    assert not ConfirmationLetter.objects.waiting().exists()


def test_members_change_their_address_in_the_account(client_of: Any, member: User) -> None:
    assert client_of(member).get("/comments/mine/address/")["Location"] == "/account/email/"


def test_a17_a_foreign_page_changes_nothing_here(noor: Browser, site: SiteSettings) -> None:
    for url in ("", "wishes/", "notices/", "link/", "address/", "export/", "erase/", "keep/"):
        answer = noor.post(
            f"/comments/mine/{url}", {"end": "all", "pace": "never"}, headers={"sec-fetch-site": "cross-site"}
        )
        assert answer.status_code == 403
    assert Subscription.objects.running().exists()
    assert reader().pace == "instant"
