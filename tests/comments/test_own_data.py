"""Take everything with you, and have it erased: a person leaves marks in every table, and none is forgotten."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core import mail
from django.db import models
from django.utils import timezone

from articles.models import Article
from comments.models import (
    Comment,
    CommentRevision,
    CommentStats,
    ConfirmationLetter,
    Digest,
    Flag,
    Notice,
    Notification,
    PersonNote,
    Sanction,
    SanctionLetter,
    Subscription,
    Vote,
    own_data,
)
from newsroom import privacy
from newsroom.accounts.guests import device_cookie
from newsroom.accounts.models import Erasure, Letter, Reader, Suppression, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.signing import sign
from ratings.models import Rating, RatingSummary
from tests.conftest import Browser
from tests.make import make_comment, make_reader, make_user

#: Tables that say something about a person, and what is done with it.
HANDLED = {
    "accounts.Erasure": "exported; the address is emptied",
    "accounts.Letter": "exported; deleted",
    "accounts.Reader": "exported; emptied",
    "accounts.User": "exported; emptied and closed",
    "account.EmailAddress": "exported; deleted",
    "account.EmailConfirmation": "goes with the address; our confirmations are signed, not stored",
    "mfa.Authenticator": "exported; deleted",
    "articles.AlertLetter": "exported; deleted",
    "articles.AlertSubscription": "exported; deleted",
    "comments.Comment": "exported; emptied, a place stays where others answered",
    "comments.CommentRevision": "exported; deleted",
    "comments.ConfirmationLetter": "exported; deleted",
    "comments.Digest": "exported; deleted",
    "comments.Flag": "exported; deleted",
    "comments.Notice": "exported; deleted",
    "comments.Notification": "exported; deleted",
    "comments.PersonNote": "exported; deleted",
    "comments.Sanction": "exported; deleted, but a ban of an address stays until it ends",
    "comments.SanctionLetter": "exported; deleted",
    "comments.SpamCheck": "deleted; lives for minutes",
    "comments.Subscription": "exported; deleted",
    "comments.Vote": "exported; folded into the totals",
    "ratings.Rating": "exported; stays without its voter",
}
_PAPER = "the paper's own record: what colleagues published, and who did"
#: Tables that lead to a person by a foreign key, or hold an address, and are left alone; each with its reason.
_SUMS = "how often a story was opened; of nobody in particular"
LEFT_ALONE = {
    "accounts.Invitation": "asks a colleague to join; an admin's record",
    "accounts.Suppression": "an address that asked for no letters: forgetting it would break that promise",
    "admin.LogEntry": "what colleagues did in the admin",
    "articles.Alert": _PAPER,
    "articles.Arrangement": _PAPER,
    "articles.Article": _PAPER,
    "articles.Author": _PAPER,
    "articles.Autosave": "what a colleague has not saved yet; goes when it is, and with the account",
    "articles.BrokenLink": _PAPER,
    "articles.Byline": _PAPER,
    "articles.Correction": _PAPER,
    "articles.EditSession": "which colleague has a story open; goes with the account",
    "articles.Image": _PAPER,
    "articles.Letterhead": _PAPER,
    "articles.LiveUpdate": _PAPER,
    "articles.MostRead": _SUMS,
    "articles.PreviewLink": _PAPER,
    "articles.Reading": _SUMS,
    "articles.Redirect": _PAPER,
    "articles.Referral": _SUMS,
    "articles.Rendition": _PAPER,
    "articles.Revision": _PAPER,
    "articles.SiteSettings": _PAPER,
    "articles.Slot": _PAPER,
    "articles.Transition": _PAPER,
    "comments.CommentStats": "numbers of an article",
    "comments.DeskLetter": "letters to a colleague who moderates; go with the account",
    "comments.DeskWishes": "a colleague's hours; go with the account",
    "comments.InlineAnchor": "words of the article; made by a colleague",
    "comments.ModerationAction": "the record of moderation: leads to an emptied comment and an emptied reader",
    "comments.Phrase": "word lists, kept by colleagues",
    "comments.SpamLesson": "that a comment was counted as spam or not; its words are in no row any more",
    "donations.CampaignChange": _PAPER,
    "ratings.RatingSummary": "numbers of an article",
    "sessions.Session": "says who is logged in, signed; ends with the account, and expires",
}
#: Columns that tell of a person even where no foreign key leads to one.
_TELLING = {"email", "to", "network", "address", "user_agent", "session_data", "ip_address"}


def test_every_table_that_leads_to_a_person_is_exported_and_erased_or_has_a_reason_not_to_be() -> None:
    """A new table fails here until somebody decides. Handled: give the app's `own_data` its words about it."""
    reached: set[type[models.Model]] = {Reader, User}
    while True:
        further = {
            model
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if field.remote_field and field.related_model in reached
        }
        if further <= reached:
            break
        reached |= further
    reached |= {model for model in apps.get_models() for field in model._meta.concrete_fields if field.name in _TELLING}
    known = HANDLED.keys() | LEFT_ALONE.keys()
    assert {model._meta.label for model in reached} - known == set(), "decide about these tables"
    assert not HANDLED.keys() & LEFT_ALONE.keys()


# A person with marks everywhere.

MARKS = ("Quillfeather", "quillfeather", "Zanzibar")


def marked_rows() -> list[str]:
    """Every column of every row that still tells of the person."""
    found = []
    for model in apps.get_models():
        texts = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model._default_manager.values_list("pk", *(field.attname for field in texts)) if texts else ():
            for field, value in zip(texts, row[1:], strict=True):
                said = value if isinstance(value, str) else json.dumps(value)
                if any(mark in said for mark in MARKS):
                    found.append(f"{model._meta.label} {row[0]} {field.name}: {said[:60]}")
    return found


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = "https://news.example"


def deliver() -> list[Any]:
    before = len(mail.outbox)
    deliver_due(timezone.now() + timedelta(seconds=1))
    return mail.outbox[before:]


@pytest.fixture
def quill(article: Article, client_of: Any) -> tuple[User, Any]:
    """A member, who had been a guest before, and left something in every table."""
    user = make_user(email="quillfeather@example.com", name="Ada Quillfeather")
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    member = Reader.objects.for_user(user)
    guest = make_reader("A. Quillfeather", email="quillfeather@example.com", verified_at=timezone.now())
    others = make_comment(article, text="Somebody else’s words."), make_comment(article, text="And somebody’s.")
    for reader in (guest, member):
        for value, comment in zip((1, -1), others, strict=True):
            Vote.objects.cast(comment, reader, value)
        Flag.objects.raise_for(others[0], reader, "other", note="Zanzibar again")
        Rating.objects.rate(article, reader, 5)
    for name, reader in (("answered", guest), ("alone", member), ("waiting", member)):
        status = "pending" if name == "waiting" else "published"
        make_comment(article, reader=reader, text=f"Zanzibar is {name}.", status=status, network="1" * 32)
    answered = Comment.objects.get(text="Zanzibar is answered.")
    answered.edit("Zanzibar is answered.\n\nStill.", now=timezone.now())
    make_comment(article, answered, text="An answer that stays.")
    Vote.objects.cast(answered, make_reader(), 1)
    Subscription.objects.follow(guest, article, "all")
    Subscription.objects.follow(member, article, "thread", comment=others[0])
    Reader.objects.take_over(user, "quillfeather@example.com")
    Reader.objects.filter(pk=member.pk).update(pace="hourly")
    make_comment(article, others[0], text="News for the member.")
    Notification.objects.plan(timezone.now())
    PersonNote.objects.create(reader=guest, text="Writes about Zanzibar")
    Sanction(scope="reader", reader=guest, kind="warn", reason="Too much of it").impose(by=make_user("Moderator"))
    ConfirmationLetter.objects.create(reader=guest, to="quillfeather@example.com", article=article)
    Letter.objects.create(kind="notice", to="quillfeather@example.com", user=user, context={"about": "Zanzibar"})
    Letter.objects.create(kind="own_page", to="quillfeather@example.com", context={"reader": guest.pk})
    deliver()
    mail.outbox.clear()
    return user, client_of(user)


def export_of(browser: Any) -> dict[str, Any]:
    answer = browser.post("/comments/mine/export/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert answer["Cache-Control"] == "private, no-store"
    told: dict[str, Any] = answer.json()
    return told


def test_a25_the_export_holds_everything_of_ones_own(quill: Any) -> None:
    told = export_of(quill[1])
    assert {row["name"] for row in told["reader"]} == {"Ada Quillfeather", "A. Quillfeather"}
    assert told["accounts"][0]["email"] == "quillfeather@example.com"
    assert told["accounts"][0]["addresses"]
    assert told["accounts"][0]["second_factors"]
    assert {row["state"] for row in told["comments"]} == {"published", "pending"}
    assert [row["text"] for comment in told["comments"] for row in comment["earlier_texts"]] == [
        "Zanzibar is answered."
    ]
    assert sorted(row["value"] for row in told["votes"]) == [-1, 1]
    assert [row["note"] for row in told["reports"]] == ["Zanzibar again"] * 2
    assert {row["kind"] for row in told["subscriptions"]} == {"all", "thread"}
    assert [row["stars"] for row in told["ratings"]] == [5]
    for kind in (
        "letters",
        "digests",
        "notices",
        "confirmation_letters",
        "account_letters",
        "sanctions",
        "sanction_letters",
        "notes",
    ):
        assert told[kind], kind


def test_a25_the_export_holds_nothing_of_anybody_else(quill: Any, article: Article) -> None:
    typed = make_reader("Somebody", email="quillfeather@example.com")
    make_comment(article, reader=typed, text="Typed her address.")
    said = json.dumps(export_of(quill[1]), ensure_ascii=False)
    for foreign in ("Somebody", "An answer that stays", "News for the member", "Typed her address"):
        assert foreign not in said
    stranger = Browser()
    stranger.post(
        f"/comments/on/{article.pk}/post/",
        {"text": "I am not her.", "name": "Eve", "email": "quillfeather@example.com"},
    )
    assert "Zanzibar" not in stranger.post("/comments/mine/export/").content.decode()


def test_a25_three_exports_a_day(quill: Any, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    answers = [quill[1].post("/comments/mine/export/").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_the_export_is_made_by_a_button_only(quill: Any) -> None:
    assert quill[1].get("/comments/mine/export/").status_code == 405


def erase_now() -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        privacy.erase_due(timezone.now(), lambda: False)
        deliver()


def test_a25_erasure_leaves_no_mark_in_any_table(quill: Any, article: Article) -> None:
    user, browser = quill
    assert len(marked_rows()) > 10
    votes = list(Comment.objects.order_by("pk").values_list("up", "down"))
    stars = RatingSummary.objects.get(article=article).counts
    assert browser.post("/comments/mine/erase/").status_code == 303
    erase_now()
    assert marked_rows() == []
    readers = Reader.objects.filter(erased_at__isnull=False)
    assert readers.count() == 2
    for model in (
        Subscription,
        Notification,
        Digest,
        Notice,
        ConfirmationLetter,
        Flag,
        Vote,
        Rating,
        Sanction,
        SanctionLetter,
        PersonNote,
    ):
        assert not model._default_manager.filter(reader__in=readers).exists(), model
    assert not readers.exclude(merged_into=None, user=None).exists()
    assert not EmailAddress.objects.filter(user=user).exists()
    assert not Authenticator.objects.filter(user=user).exists()
    assert not CommentRevision.objects.filter(comment__reader__in=readers).exists()
    assert not Comment.objects.filter(reader__in=readers).exclude(network="").exists()
    # what others see is exact
    assert list(Comment.objects.order_by("pk").values_list("up", "down")) == votes
    assert RatingSummary.objects.get(article=article).counts == stars
    assert CommentStats.recount() == []
    assert RatingSummary.recount() == []
    assert not Comment.objects.filter(flag_weight__gt=0).exists()


def test_a25_a_place_stays_where_others_answered_and_nothing_else(quill: Any, article: Article, client: Any) -> None:
    answered, alone = (
        Comment.objects.get(text__startswith="Zanzibar is answered"),
        Comment.objects.get(text="Zanzibar is alone."),
    )
    quill[1].post("/comments/mine/erase/")
    erase_now()
    shown = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "An answer that stays." in shown
    assert f'id="c{answered.pk}"' in shown
    assert f'id="c{alone.pk}"' not in shown
    assert "deleted by its writer" in shown.lower() or "removed by its writer" in shown.lower()
    assert client.get(f"/comments/{answered.pk}/").status_code == 200
    assert client.get(f"/comments/{alone.pk}/").status_code == 404


def test_erasure_waits_a_day_and_can_be_taken_back_on_ones_page(quill: Any) -> None:
    browser = quill[1]
    assert "after 24 hours" in browser.get("/comments/mine/erase/").content.decode()
    assert not Erasure.objects.exists()
    for _ in range(2):
        browser.post("/comments/mine/erase/")
    assert Erasure.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert privacy.erase_due(timezone.now(), lambda: False) == 0
    assert "You asked us to erase your data" in browser.get("/comments/mine/").content.decode()
    browser.post("/comments/mine/keep/")
    erase_now()
    assert Comment.objects.filter(text="Zanzibar is alone.").exists()
    browser.post("/comments/mine/erase/")
    assert Erasure.objects.open().count() == 1


def test_letters_say_that_it_was_asked_for_and_that_it_is_done(quill: Any, client: Any) -> None:
    quill[1].post("/comments/mine/erase/")
    (asked,) = deliver()
    assert asked.to == ["quillfeather@example.com"]
    assert asked.subject == "Your data will be erased"
    erase_now()
    assert [letter.subject for letter in mail.outbox[1:]] == ["Your data is erased"]
    assert mail.outbox[-1].to == ["quillfeather@example.com"]
    assert marked_rows() == []


def test_the_letter_takes_it_back_without_a_log_in(quill: Any, client: Any) -> None:
    quill[1].post("/comments/mine/erase/")
    (asked,) = deliver()
    found = re.search(r"https://news\.example(/comments/mine/keep/[^\s]+)", asked.body)
    assert found
    assert "Keep my data" in client.get(found.group(1)).content.decode()
    assert Erasure.objects.open().exists()
    assert "Nothing is erased" in client.post(found.group(1)).content.decode()
    erase_now()
    assert len(marked_rows()) > 10


def test_a15_a_way_back_is_for_one_erasure(quill: Any, client: Any) -> None:
    quill[1].post("/comments/mine/erase/")
    pk = Erasure.objects.get().pk
    good = sign("erasure.keep", pk)
    for wrong in (good[:-1], sign("erasure.keep", pk + 1), sign("letter.own_page", pk), sign("comments.confirm", pk)):
        assert client.post(f"/comments/mine/keep/{wrong}/").status_code == 404
    assert client.post(f"/comments/unsubscribe/{good}/").status_code == 404
    assert Erasure.objects.open().exists()
    erase_now()
    assert client.post(f"/comments/mine/keep/{good}/").status_code == 404


def test_once_begun_it_is_not_taken_back(quill: Any) -> None:
    quill[1].post("/comments/mine/erase/")
    erasure = Erasure.objects.get()
    assert erasure.begin()
    assert not erasure.cancel()
    taken_back = Erasure.objects.create(reader=make_reader(), due_at=timezone.now())
    assert taken_back.cancel()
    assert not Erasure.objects.get(pk=taken_back.pk).begin()


@pytest.mark.parametrize("step", ["forget", "forget_comments", "_erase"])
def test_a_worker_killed_while_erasing_is_followed_by_one_that_ends_it(
    quill: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    quill[1].post("/comments/mine/erase/")
    real, calls = getattr(own_data, step), 0

    def dies_once(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == (2 if step == "_erase" else 1):
            raise SystemExit
        return real(*args)

    monkeypatch.setattr(own_data, step, dies_once)
    later = timezone.now() + timedelta(hours=25)
    with pytest.raises(SystemExit):
        privacy.erase_due(later, lambda: False)
    assert privacy.erase_due(later, lambda: False) == 1
    deliver_due(later + timedelta(seconds=1))
    assert marked_rows() == []
    assert CommentStats.recount() == []


def test_the_account_is_closed_and_its_address_free_again(quill: Any, client: Any) -> None:
    browser = quill[1]
    browser.post("/comments/mine/erase/")
    erase_now()
    answer = client.post("/account/login/", {"login": "quillfeather@example.com", "password": "secret"})
    assert answer.status_code == 422
    assert not browser.get("/comments/mine/").wsgi_request.user.is_authenticated
    again = User.objects.create_user("quillfeather@example.com", "secret")
    assert Reader.objects.for_user(again).comments.count() == 0


def test_a_guests_device_is_nobodys_afterwards(article: Article, client: Any) -> None:
    client.post(
        f"/comments/on/{article.pk}/post/", {"text": "Zanzibar.", "name": "Quillfeather", "email": "q@example.com"}
    )
    client.post("/comments/mine/erase/")
    assert deliver() == []  # the address was only typed: nobody there asked for anything
    erase_now()
    assert marked_rows() == []
    assert client.cookies[device_cookie()]
    assert "This device is not known here" in client.get("/comments/mine/").content.decode()
    client.post(
        f"/comments/on/{article.pk}/post/", {"text": "Somebody new.", "name": "Eve", "email": "eve@example.com"}
    )
    assert Comment.objects.get(text="Somebody new.").reader.erased_at is None


def test_who_works_here_is_told_to_ask_an_admin(client_of: Any, moderator: User, site: Any) -> None:
    browser = client_of(moderator)
    assert "belongs to the newsroom" in browser.get("/comments/mine/erase/").content.decode()
    assert browser.post("/comments/mine/erase/").status_code == 403
    assert not Erasure.objects.exists()


def test_an_address_that_wants_no_letters_stays_on_that_list(quill: Any) -> None:
    Suppression.add("wants-none@example.com", "asked")
    quill[1].post("/comments/mine/erase/")
    erase_now()
    assert Suppression.holds("wants-none@example.com")


def test_hundreds_of_votes_are_folded_in_a_bounded_number_of_statements(
    article: Article, django_assert_max_num_queries: Any
) -> None:
    voter, writer = make_reader(), make_reader()
    said = [make_comment(article, reader=writer) for _ in range(60)]
    for n, comment in enumerate(said):
        Vote.objects.cast(comment, voter, 1 if n % 3 else -1)
    with django_assert_max_num_queries(40):
        own_data.forget({voter.pk})
    assert not Vote.objects.exists()
    assert Comment.objects.filter(brought_up=1, up=1).count() == 40
    assert Comment.objects.filter(brought_down=1, down=1).count() == 20
    assert CommentStats.recount() == []
