"""Following a discussion: asked first, told once, ended with one click."""

import re
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from articles.models import Article
from comments.follow import confirm_token, unsubscribe_token
from comments.models import Comment, ConfirmationLetter, Notification, Subscription
from newsroom.accounts.models import Reader, Suppression, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.signing import sign
from tests.make import make_article, make_comment, make_reader


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = "https://news.example"


def deliver() -> list[Any]:
    """What the worker sends in its next round."""
    before = len(mail.outbox)
    deliver_due(timezone.now() + timedelta(seconds=1))
    return mail.outbox[before:]


def confirmed(name: str = "", **over: Any) -> Reader:
    reader = make_reader(name, **over)
    reader.email, reader.verified_at = f"r{reader.pk}@example.com", timezone.now()
    reader.save()
    return reader


def guest() -> Client:
    return Client(headers={"sec-fetch-site": "same-origin"})


NOOR = {"text": "Tell me of replies.", "name": "Noor B.", "email": "noor.b@example.com", "notify": ["replies"]}


def link(letter: Any, what: str) -> str:
    found = re.search(rf"https://news\.example(/comments/{what}/[^\s>]+)", letter.body)
    assert found
    return found.group(1)


def test_the_whole_way_from_a_comment_to_the_letter_about_its_reply(article: Article) -> None:
    noor, ferryman = guest(), guest()
    noor.post(f"/comments/on/{article.pk}/post/", NOOR)
    (asking,) = deliver()
    assert asking.to == ["noor.b@example.com"]
    assert NOOR["text"] not in asking.body
    assert "Noor" not in asking.body + asking.alternatives[0][0]
    assert noor.get(link(asking, "confirm")).status_code == 200
    assert not Reader.objects.verified().exists()
    noor.post(link(asking, "confirm"))
    root = Comment.objects.get()
    answer = {"text": "Crews are the difficulty.", "name": "Old Ferryman", "email": "old@example.com"}
    ferryman.post(f"/comments/{root.pk}/reply/", answer)
    (letter,) = deliver()
    assert letter.to == ["noor.b@example.com"]
    assert letter.subject == "Old Ferryman replied to you"
    assert "Crews are the difficulty." in letter.body
    assert deliver() == []
    guest().post(link(letter, "unsubscribe"), {"List-Unsubscribe": "One-Click"})
    ferryman.post(f"/comments/{root.pk}/reply/", answer | {"text": "And the tide."})
    assert deliver() == []


def test_headers_thread_and_end(article: Article) -> None:
    noor = confirmed()
    root = make_comment(article, reader=noor)
    Subscription.objects.follow(noor, article, "replies")
    reply = make_comment(article, root, reader=make_reader("A\r\nBcc: victim@example.com"))
    letters = deliver()
    message = message_from_bytes(letters[-1].message().as_bytes())
    assert message["Message-ID"] == f"<c.{reply.pk}.{noor.pk}@news.example>"
    assert message["In-Reply-To"] == message["References"] == f"<a.{article.pk}.{noor.pk}@news.example>"
    assert (
        message["List-Unsubscribe"]
        .replace("\n", "")
        .replace(" ", "")
        .startswith("<https://news.example/comments/unsubscribe/")
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


def test_no_link_and_no_markup_of_a_commenter_is_mailed(article: Article) -> None:
    noor = confirmed()
    Subscription.objects.follow(noor, article, "all")
    make_comment(
        article,
        text="Buy <img src=x onerror=alert(1)> at https://spam.example/x or HTTP://SPAM.example, www.spam.example",
    )
    (letter,) = deliver()
    html = letter.alternatives[0][0]
    assert "spam.example" not in (letter.body + html).lower()
    assert "<img" not in html


def test_one_letter_however_many_ways_one_follows(article: Article) -> None:
    noor = confirmed()
    root = make_comment(article, reader=noor)
    deliver()
    for kind in ("all", "replies"):
        Subscription.objects.follow(noor, article, kind)
    Subscription.objects.follow(noor, article, "thread", comment=root)
    make_comment(article, root)
    assert len(deliver()) == 1
    assert Notification.objects.get().reason == "replies"


def test_nobody_is_told_of_their_own_words(article: Article) -> None:
    noor = confirmed()
    Subscription.objects.follow(noor, article, "all")
    make_comment(article, reader=noor)
    assert deliver() == []


def test_the_same_address_at_another_device_is_not_told_of_its_own_words(article: Article) -> None:
    noor = confirmed()
    Subscription.objects.follow(noor, article, "all")
    make_comment(article, reader=make_reader("Noor", email=noor.email.upper()))
    assert deliver() == []


def test_members_need_no_confirmation(article: Article, member: User) -> None:
    Subscription.objects.follow(Reader.objects.for_user(member), article, "all")
    make_comment(article)
    assert [m.to for m in deliver()] == [["noor@example.com"]]


def test_an_unconfirmed_address_hears_nothing(article: Article) -> None:
    Subscription.objects.follow(make_reader("Noor", email="noor.b@example.com"), article, "all")
    make_comment(article)
    assert deliver() == []


def test_a16_a_held_comment_is_told_of_when_it_is_approved_and_only_once(article: Article) -> None:
    Subscription.objects.follow(confirmed(), article, "all")
    comment = make_comment(article, status="pending")
    assert deliver() == []
    comment.approve(by=None)
    assert len(deliver()) == 1
    for _ in range(3):
        comment.hold(by=None)
        comment.approve(by=None)
    assert deliver() == []


def test_a16_what_was_hidden_meanwhile_is_not_mailed(article: Article, settings: Any) -> None:
    Subscription.objects.follow(confirmed(), article, "all")
    comment = make_comment(article)
    settings.EMAIL_GIVEN = False
    assert deliver() == []
    assert Notification.objects.waiting().count() == 1
    comment.reject(by=None)
    settings.EMAIL_GIVEN = True
    assert deliver() == []
    assert "not shown" in Notification.objects.get().last_error


def test_who_stopped_meanwhile_gets_nothing_more(article: Article) -> None:
    noor = confirmed()
    Subscription.objects.follow(noor, article, "all")
    make_comment(article)
    Notification.objects.plan(timezone.now())
    Subscription.objects.all().end()
    assert deliver() == []


def test_a_suppressed_address_gets_neither_question_nor_letter(article: Article) -> None:
    Suppression.add("noor.b@example.com", Suppression.Reason.ASKED)
    guest().post(f"/comments/on/{article.pk}/follow/", {"email": "Noor.B@example.com"})
    assert deliver() == []


def test_following_without_commenting(article: Article) -> None:
    reader = guest()
    answer = reader.post(f"/comments/on/{article.pk}/follow/", {"email": "quiet@example.com"})
    assert "If quiet@example.com can receive mail" in answer.content.decode()
    (asking,) = deliver()
    reader.post(link(asking, "confirm"))
    make_comment(article)
    assert [m.to for m in deliver()] == [["quiet@example.com"]]


def test_a12_the_answer_does_not_tell_whether_an_address_is_known(article: Article) -> None:
    known = confirmed()
    Subscription.objects.follow(known, article, "all")
    pages = [
        guest().post(f"/comments/on/{article.pk}/follow/", {"email": address}).content.decode().replace(address, "X")
        for address in (known.email, "unknown@example.com")
    ]
    assert pages[0] == pages[1]


def test_a12_an_address_is_asked_three_times_a_day_however_it_is_spelled(settings: Any, section: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    spellings = [
        "victim@example.com",
        "VICTIM@example.com",
        "victim+x@example.com",
        "vic.tim@example.com",
        "victim+y@example.com",
    ]
    for n, address in enumerate(spellings):
        browser = Client(headers={"sec-fetch-site": "same-origin"}, REMOTE_ADDR=f"198.51.{n}.7")
        browser.post(f"/comments/on/{make_article(section=section).pk}/follow/", {"email": address})
    assert ConfirmationLetter.objects.count() == 3


@pytest.mark.parametrize("address", ["", "x", "a@b@c", "a\r\nb@example.com", f"{'a' * 250}@example.com"])
def test_a13_no_address_no_letter(article: Article, address: str) -> None:
    answer = guest().post(f"/comments/on/{article.pk}/follow/", {"email": address})
    assert answer.status_code == 422
    assert not ConfirmationLetter.objects.exists()


def test_a14_looking_at_links_changes_nothing(article: Article) -> None:
    noor = make_reader("Noor", email="noor.b@example.com")
    Subscription.objects.follow(noor, article, "all")
    for url in (
        f"/comments/confirm/{confirm_token(noor)}/",
        f"/comments/unsubscribe/{unsubscribe_token(noor, article)}/",
    ):
        for method in ("get", "head"):
            answer = getattr(guest(), method)(url)
            assert answer.status_code == 200
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "private, no-store"
    assert Subscription.objects.running().exists()
    assert not Reader.objects.verified().exists()


def test_a15_a_token_does_one_thing_for_one_person(article: Article) -> None:
    noor = make_reader("Noor", email="noor.b@example.com")
    token = confirm_token(noor)
    assert guest().post(f"/comments/unsubscribe/{token}/").status_code == 404
    assert guest().post(f"/comments/confirm/{unsubscribe_token(noor, article)}/").status_code == 404
    assert guest().post(f"/comments/confirm/{token[:-2]}/").status_code == 404
    assert (
        guest().post(f"/comments/confirm/{sign('comments.confirm', [noor.pk, 'else@example.com'])}/").status_code == 404
    )
    noor.email = "new@example.com"
    noor.save()
    assert guest().post(f"/comments/confirm/{token}/").status_code == 404
    assert not Reader.objects.verified().exists()


def test_one_click_needs_no_browser_and_ends_only_what_it_says(article: Article) -> None:
    noor, other = confirmed(), make_article()
    for story in (article, other):
        Subscription.objects.follow(noor, story, "all")
    program = Client(enforce_csrf_checks=True)
    url = f"/comments/unsubscribe/{unsubscribe_token(noor, article)}/"
    for _ in range(2):
        assert program.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [s.article_id for s in Subscription.objects.running()] == [other.pk]
    program.post(f"/comments/unsubscribe/{unsubscribe_token(noor, None)}/")
    assert not Subscription.objects.running().exists()


def test_a_letter_about_a_thread_ends_that_thread_with_one_click_and_nothing_else(article: Article) -> None:
    noor = confirmed()
    root, other = make_comment(article), make_comment(article)
    deep = make_comment(article, root)
    Subscription.objects.follow(noor, article, "replies")
    for thread in (root, other, deep):
        Subscription.objects.follow(noor, article, "thread", comment=thread)
    deliver()
    make_comment(article, deep)
    (letter,) = deliver()
    found = re.search(r"Stop this thread: https://news\.example(\S+)", letter.body)
    assert found
    assert found[1] in letter.alternatives[0][0]
    seen = guest().get(found[1])
    assert "this thread on" in seen.text
    assert Subscription.objects.running().count() == 4, "looking changes nothing"
    for _ in range(2):
        assert Client(enforce_csrf_checks=True).post(found[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    left = Subscription.objects.running().values_list("kind", "comment")
    assert sorted(left, key=str) == [("replies", None), ("thread", other.pk)]


def test_a_letter_about_a_story_has_no_thread_to_stop(article: Article) -> None:
    Subscription.objects.follow(confirmed(), article, "all")
    make_comment(article)
    (letter,) = deliver()
    assert "Stop this thread" not in letter.body + letter.alternatives[0][0]


def test_waiting_for_anothers_click_does_not_make_one_that_person(article: Article) -> None:
    mallory, victim = guest(), guest()
    mallory.post(f"/comments/on/{article.pk}/post/", NOOR)
    (asking,) = deliver()
    victim.post(link(asking, "confirm"))
    owner = Reader.objects.verified().get()
    mallory.post(f"/comments/on/{article.pk}/post/", {"text": "Who am I now?", "name": "", "email": ""})
    assert Comment.objects.get(text="Who am I now?").reader_id != owner.pk
    victim.post(f"/comments/on/{article.pk}/post/", {"text": "It is me."})
    assert Comment.objects.get(text="It is me.").reader_id == owner.pk


def test_a_second_device_joins_the_confirmed_person(article: Article) -> None:
    phone, desk = guest(), guest()
    phone.post(f"/comments/on/{article.pk}/post/", NOOR)
    phone.post(link(deliver()[0], "confirm"))
    desk.post(f"/comments/on/{article.pk}/post/", NOOR | {"text": "From my desk."})
    desk.post(link(deliver()[0], "confirm"))
    assert Reader.objects.verified().count() == 1
    assert len(set(Comment.objects.values_list("reader", flat=True))) == 1


def test_what_one_follows_and_wrote_is_on_one_page(client_of: Any, member: User, article: Article) -> None:
    browser = client_of(member)
    browser.post(f"/comments/on/{article.pk}/post/", {"text": "What I said.", "notify": ["all"]})
    page = browser.get("/comments/mine/").content.decode()
    assert "What I said." in page
    subscription = Subscription.objects.get()
    browser.post("/comments/mine/", {"end": str(subscription.pk)})
    assert not Subscription.objects.running().exists()


def test_nobody_ends_what_others_follow(client_of: Any, member: User, article: Article) -> None:
    subscription = Subscription.objects.follow(confirmed(), article, "all")
    client_of(member).post("/comments/mine/", {"end": str(subscription.pk)})
    assert Subscription.objects.running().exists()


def test_ten_thousand_followers_cost_the_poster_nothing(article: Article, django_assert_max_num_queries: Any) -> None:
    readers = [Reader(name=f"R{n}", email=f"r{n}@example.com", verified_at=timezone.now()) for n in range(300)]
    Subscription.objects.bulk_create(
        Subscription(reader=reader, article=article, kind="all") for reader in Reader.objects.bulk_create(readers)
    )
    writer = make_reader()
    with django_assert_max_num_queries(10):
        make_comment(article, reader=writer)
    assert not Notification.objects.exists()
    Notification.objects.plan(timezone.now())
    assert Notification.objects.count() == 300
