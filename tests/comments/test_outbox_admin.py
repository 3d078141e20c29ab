"""What a moderator and an admin see of the letters, and what they can do for one that did not arrive."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import ConfirmationLetter, Digest, Notification, Subscription
from newsroom.accounts.models import Letter, Reader, User
from newsroom.lib.mail import deliver_due
from tests.lib.test_mail import Sink, sink
from tests.make import make_comment, make_reader

__all__ = ["sink"]

LIST = "/admin/comments/notification/"


@pytest.fixture
def letters(article: Article, sink: Sink) -> dict[str, Notification]:
    """One that left, one that was given up, one that waits for another try."""
    for name in ("sent", "gone", "busy"):
        reader = make_reader(name, email=f"{name}@example.org", verified_at=timezone.now())
        Subscription.objects.follow(reader, article, "all")
    sink.answers = {"gone@example.org": ["550 5.7.1 no thanks"], "busy@example.org": ["451 4.3.0 try again later"]}
    make_comment(article, text="Crews are the difficulty.")
    deliver_due(timezone.now())
    return {row.reader.name: row for row in Notification.objects.select_related("reader")}


def row_of(html: str, address: str) -> str:
    return next(row for row in html.split("<tr") if address in row)


def test_the_list_says_who_what_became_of_it_and_why(
    client_of: Any, moderator: User, letters: dict[str, Notification]
) -> None:
    html = client_of(moderator).get(LIST).content.decode()
    assert "sent" in row_of(html, "sent@example.org")
    assert "given up" in row_of(html, "gone@example.org")
    assert "550 5.7.1 no thanks" in row_of(html, "gone@example.org")
    assert "waits for another try" in row_of(html, "busy@example.org")
    assert "451 4.3.0 try again later" in row_of(html, "busy@example.org")
    only = client_of(moderator).get(f"{LIST}?state=dead").content.decode()
    assert "gone@example.org" in only
    assert "sent@example.org" not in only


def test_the_list_costs_the_same_however_long_it_is(
    client_of: Any, moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    comment = make_comment(article)
    rows = [Reader(name=f"R{n}", email=f"r{n}@example.org", verified_at=timezone.now()) for n in range(60)]
    Notification.objects.bulk_create(
        Notification(reader=reader, comment=comment, reason="all") for reader in Reader.objects.bulk_create(rows)
    )
    browser = client_of(moderator)
    browser.get(LIST)
    with django_assert_max_num_queries(14):
        assert browser.get(LIST).status_code == 200


def test_a_letter_is_looked_at_and_tried_again(
    client_of: Any, moderator: User, letters: dict[str, Notification], sink: Sink
) -> None:
    browser = client_of(moderator)
    gone = letters["gone"]
    page = browser.get(f"{LIST}{gone.pk}/change/")
    html = page.content.decode()
    assert html.count("<iframe sandbox srcdoc=") == 4
    assert "Crews are the difficulty." in html
    assert "550 5.7.1 no thanks" in html
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "Try again now" in html
    answer = browser.post(LIST, {"action": "try_again", "_selected_action": [gone.pk]}, follow=True)
    assert "1 letter will be tried again." in answer.content.decode()
    assert deliver_due(timezone.now())["sent"] == 1
    assert sink.to("gone@example.org")


def test_a_letter_that_left_is_not_sent_once_more(
    client_of: Any, moderator: User, letters: dict[str, Notification], sink: Sink
) -> None:
    browser = client_of(moderator)
    assert "Try again now" not in browser.get(f"{LIST}{letters['sent'].pk}/change/").content.decode()
    browser.post(LIST, {"action": "try_again", "_selected_action": [letters["sent"].pk]})
    deliver_due(timezone.now())
    assert len(sink.to("sent@example.org")) == 1


def test_who_looks_at_a_letter_gets_no_link_that_acts_for_its_reader(
    client_of: Any, moderator: User, admin_user: User, letters: dict[str, Notification]
) -> None:
    for path in (f"{LIST}{letters['sent'].pk}/change/", f"{LIST}{letters['sent'].pk}/letter/"):
        seen = client_of(moderator).get(path).content.decode()
        assert "/comments/unsubscribe/…/" in seen
        assert "/comments/unsubscribe/W" not in seen
        assert "/comments/unsubscribe/W" in client_of(admin_user).get(path).content.decode()


def test_letters_that_wait_too_long_ask_whether_a_worker_runs(
    client_of: Any, moderator: User, letters: dict[str, Notification]
) -> None:
    browser = client_of(moderator)
    assert "Is a worker running" not in browser.get(LIST).content.decode()
    Notification.objects.filter(pk=letters["busy"].pk).update(due_at=timezone.now() - timedelta(minutes=11))
    html = browser.get(LIST).content.decode()
    assert "1 letter is due, for 11" in html
    assert "Is a worker running" in html


def test_a_digest_is_looked_at_and_a_confirmation_is_for_admins(
    client_of: Any, moderator: User, admin_user: User, editor: User, article: Article
) -> None:
    reader = make_reader("Noor", email="noor@example.org", verified_at=timezone.now())
    Subscription.objects.follow(reader, article, "all")
    digest = Digest.objects.create(reader=reader)
    Notification.objects.create(reader=reader, comment=make_comment(article), reason="all", digest=digest)
    asking = ConfirmationLetter.objects.create(reader=make_reader("X", email="x@example.org"), to="x@example.org")
    assert (
        "1 new comment on" in client_of(moderator).get(f"/admin/comments/digest/{digest.pk}/change/").content.decode()
    )
    path = f"/admin/comments/confirmationletter/{asking.pk}/change/"
    assert client_of(moderator).get(path).status_code == 403
    assert "/comments/confirm/" in client_of(admin_user).get(path).content.decode()
    for list_ in (LIST, "/admin/comments/digest/"):
        assert client_of(editor).get(list_).status_code == 403


def test_a_letter_that_must_not_leave_says_so(
    client_of: Any, moderator: User, letters: dict[str, Notification]
) -> None:
    letters["busy"].comment.reject(by=None)
    html = client_of(moderator).get(f"{LIST}{letters['busy'].pk}/change/").content.decode()
    assert "It must not be sent any more. The comment is not shown any more." in html
    assert not Letter.objects.exists()
