"""Who posts with an address that has comments here proves that it is theirs by one mailed link; nobody learns who is known."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, ConfirmationLetter, Loaded
from newsroom.accounts.models import Reader, User
from newsroom.lib import stamps
from newsroom.lib.mail import deliver_due
from tests.make import make_comment, make_reader

MIRA = {"text": "I wrote here for years.", "name": "Mira", "email": "Mira@example.com"}


@pytest.fixture
def strangers_wait(site: SiteSettings) -> None:
    SiteSettings.objects.update(guests_held=1)
    stamps.drop_kept()


def imported(article: Article, email: str = "mira@example.com", **over: Any) -> Comment:
    reader = make_reader("Mira", email=email)
    row = Loaded(
        key=1, reader=reader, name="Mira", text="From the old site.", created_at=timezone.now(), legacy_id="old 1"
    )
    return Comment.objects.load(article, [row])[1]


def post(client: Any, article: Article, **over: str) -> Comment:
    assert client.post(f"/comments/on/{article.pk}/post/", MIRA | over).status_code == 303
    return Comment.objects.order_by("-pk")[0]


def mailed(settings: Any) -> str:
    """The text of the one letter that leaves."""
    settings.EMAIL_GIVEN, settings.EMAIL_BACKEND = True, "django.core.mail.backends.locmem.EmailBackend"
    deliver_due(timezone.now() + timedelta(seconds=1))
    (letter,) = mail.outbox
    return str(letter.body)


def link_in(text: str) -> str:
    found = re.search(r"/comments/confirm/\S+", text)
    assert found
    return found.group()


def test_one_letter_after_which_comments_appear_at_once(
    client: Any, article: Article, strangers_wait: None, settings: Any
) -> None:
    old = imported(article)
    comment = post(client, article)
    assert (comment.status, comment.reason) == ("pending", "first")
    text = mailed(settings)
    assert MIRA["text"] not in text
    page = client.get(link_in(text)).content.decode()
    assert MIRA["text"] in page  # so that nobody confirms what they did not write
    comment.refresh_from_db()
    assert comment.is_waiting  # looking changes nothing
    client.post(link_in(text))
    comment.refresh_from_db()
    assert comment.is_published
    assert post(client, article, text="And I go on writing.").is_published
    assert old.reader_id in comment.reader.survivor.identities


def test_only_one_letter_however_often_somebody_posts(client: Any, article: Article, strangers_wait: None) -> None:
    imported(article)
    for n in range(3):
        post(client, article, text=f"Comment number {n}.")
    letter = ConfirmationLetter.objects.get()
    assert letter.about_record
    assert letter.to.lower() == "mira@example.com"


def test_nobody_learns_whether_an_address_is_known(
    client: Any, other_client: Any, article: Article, strangers_wait: None
) -> None:
    imported(article)
    post(client, article)
    post(other_client, article, email="nobody@example.com")
    pages = [browser.get(f"/comments/on/{article.pk}/").content.decode() for browser in (client, other_client)]
    assert all("If you commented here before under this address" in page for page in pages)
    said = [
        browser.post(f"/comments/on/{article.pk}/post/", MIRA | sent | {"text": "Again."}, headers={"X-Fragment": "1"})
        for browser, sent in ((client, {}), (other_client, {"email": "nobody@example.com"}))
    ]
    assert all("If you commented here before under this address" in answer.content.decode() for answer in said)
    assert ConfirmationLetter.objects.count() == 1


def test_whoever_is_known_gets_the_link_whatever_holds_the_comment(
    client: Any, other_client: Any, article: Article, strangers_wait: None
) -> None:
    imported(article)
    SiteSettings.objects.update(comments_premoderated=True)
    stamps.drop_kept()
    comment = post(client, article)
    assert (comment.status, comment.reason) == ("pending", "site")
    assert ConfirmationLetter.objects.get().about_record
    post(other_client, article, email="nobody@example.com")
    pages = [browser.get(f"/comments/on/{article.pk}/").text for browser in (client, other_client)]
    assert all("If you commented here before under this address" not in page for page in pages)
    assert ConfirmationLetter.objects.count() == 1


def test_an_address_that_was_only_typed_here_is_no_record(
    client: Any, other_client: Any, article: Article, strangers_wait: None
) -> None:
    post(client, article).approve(by=None)
    post(other_client, article, text="I am Mira as well.")
    assert not ConfirmationLetter.objects.exists()


def test_what_was_typed_here_on_another_device_stays_where_it_is(
    client: Any, article: Article, strangers_wait: None, settings: Any
) -> None:
    stranger = make_reader("Not Mira", email="mira@example.com")
    theirs = make_comment(article, reader=stranger)
    imported(article)
    post(client, article)
    client.post(link_in(mailed(settings)))
    assert Reader.objects.get(pk=stranger.pk).merged_into is None
    assert Comment.objects.get(pk=theirs.pk).reader_id == stranger.pk


def test_a14_looking_at_the_link_publishes_nothing(
    client: Any, other_client: Any, article: Article, strangers_wait: None, settings: Any
) -> None:
    imported(article)
    comment = post(client, article)
    link = link_in(mailed(settings))
    for method in ("get", "head"):
        getattr(other_client, method)(link)
    comment.refresh_from_db()
    assert comment.is_waiting


def test_a_member_whose_first_comment_waits_reads_nothing_of_it(
    client_of: Any, member: User, article: Article, site: SiteSettings
) -> None:
    SiteSettings.objects.update(members_held=1)
    stamps.drop_kept()
    browser = client_of(member)
    browser.post(f"/comments/on/{article.pk}/post/", {"text": "As a member."})
    assert "If you commented here before" not in browser.get(f"/comments/on/{article.pk}/").content.decode()
    assert not ConfirmationLetter.objects.exists()


def test_a_moderator_marks_people_in_the_admin(client_of: Any, moderator: User, reporter: User) -> None:
    reader = make_reader("Troublesome Tom", email="tom@example.com")
    people = "/admin/accounts/reader/"
    browser = client_of(moderator)
    assert "Troublesome Tom" in browser.get(f"{people}?q=tom@example.com").content.decode()
    browser.post(people, {"action": "premoderate", "_selected_action": [reader.pk]})
    reader.refresh_from_db()
    assert reader.premoderated_by == moderator
    assert "Troublesome Tom" in browser.get(f"{people}?looked_at_first=yes").content.decode()
    client_of(reporter).post(people, {"action": "trust", "_selected_action": [reader.pk]})
    assert Reader.objects.exclude(premoderated_at=None).exists()
    browser.post(people, {"action": "trust", "_selected_action": [reader.pk]})
    assert not Reader.objects.exclude(premoderated_at=None).exists()
