"""Words that go: a passage that a moderator cuts, and a comment that an admin purges for good."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from articles.models import Article
from comments.models import (
    Comment,
    CommentRevision,
    Flag,
    ModerationAction,
    Notice,
    Notification,
    StepRefused,
    Subscription,
)
from newsroom.accounts.guests import device_cookie
from newsroom.accounts.models import Reader, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.signing import sign
from tests.conftest import Browser
from tests.make import make_comment, make_reader

CUT = "[removed by a moderator]"
SECRET = "Mr Zanzibar lives at 4 Quillfeather Lane"


def rows_that_say(*words: str) -> list[str]:
    """Every column of every row in which one of these words still stands."""
    found = []
    for model in apps.get_models():
        columns = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model._default_manager.values("pk", *columns) if columns else ():
            found += [f"{model._meta.label}.{name}" for name in columns if any(w in str(row[name]) for w in words)]
    return found


# A passage.


def test_a_passage_is_cut_wherever_it_stands_and_readers_never_see_it_again(
    client: Browser, client_of: Any, moderator: User, article: Article
) -> None:
    comment = make_comment(article, text=f"I say: {SECRET}.\n\nAgain, {SECRET}!")
    browser, url = client_of(moderator), f"/admin/moderation/comments/{comment.pk}/cut/"
    assert SECRET in browser.get(url).content.decode()
    answer = browser.post(url, {"passage": f" {SECRET}\r\n", "version": "1", "note": "an address"})
    assert answer.status_code == 303
    comment.refresh_from_db()
    assert comment.text == f"I say: {CUT}.\n\nAgain, {CUT}!"
    assert comment.html == f"<p>I say: {CUT}.</p>\n<p>Again, {CUT}!</p>"
    assert comment.version == 2
    assert comment.edited_at is None
    kept = CommentRevision.objects.get()
    assert (kept.n, SECRET in kept.text, kept.was_shown, kept.editor) == (1, True, False, moderator)
    line = ModerationAction.objects.get()
    assert (line.action, line.actor, line.note, line.version) == ("cut", moderator, "an address", 2)
    for address in (article.get_absolute_url(), f"/comments/{comment.pk}/", f"/comments/{comment.pk}/history/"):
        assert "Quillfeather" not in client.get(address).content.decode()


def test_earlier_texts_that_held_the_passage_leave_the_public_history(
    client: Browser, moderator: User, article: Article
) -> None:
    comment = make_comment(article, text=SECRET)
    comment.edit(f"{SECRET}, I hear", now=timezone.now())
    assert "Quillfeather" in client.get(f"/comments/{comment.pk}/history/").content.decode()
    comment.cut_passage("4 Quillfeather Lane", by=moderator)
    assert "Quillfeather" not in client.get(f"/comments/{comment.pk}/history/").content.decode()


def test_a_cut_is_taken_back_from_the_record(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article, text=f"**So**: {SECRET}")
    html = comment.html
    comment.cut_passage(SECRET, by=moderator)
    line = ModerationAction.objects.get()
    client_of(moderator).post(f"/admin/moderation/undo/{line.batch}/")
    comment.refresh_from_db()
    assert (comment.text, comment.html, comment.version) == (f"**So**: {SECRET}", html, 3)
    assert list(ModerationAction.objects.order_by("id").values_list("action", flat=True)) == ["cut", "undo"]
    with pytest.raises(StepRefused):
        ModerationAction.objects.filter(pk=line.pk).undo(by=moderator)


def test_a_cut_of_what_was_edited_since_is_not_taken_back(moderator: User, article: Article) -> None:
    comment = make_comment(article, text=f"First. {SECRET}")
    comment.cut_passage("First", by=moderator)
    comment.cut_passage(SECRET, by=moderator)
    first, second = ModerationAction.objects.order_by("id")
    with pytest.raises(StepRefused):
        ModerationAction.objects.filter(pk=first.pk).undo(by=moderator)
    ModerationAction.objects.filter(pk=second.pk).undo(by=moderator)
    assert Comment.objects.get().text == f"{CUT}. {SECRET}"


@pytest.mark.parametrize(
    ("passage", "version", "said"),
    [
        ("What is not there", "1", "not in the comment"),
        ("", "1", "not in the comment"),
        (SECRET, "2", "changed after you looked"),
        (SECRET, "x", "changed after you looked"),
    ],
)
def test_a23_a_cut_is_made_on_the_text_that_was_looked_at(
    client_of: Any, moderator: User, article: Article, passage: str, version: str, said: str
) -> None:
    comment = make_comment(article, text=SECRET)
    data = {"passage": passage, "version": version, "note": "kept note"}
    answer = client_of(moderator).post(f"/admin/moderation/comments/{comment.pk}/cut/", data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "kept note" in answer.content.decode()
    assert Comment.objects.get().text == SECRET
    assert not ModerationAction.objects.exists()


def test_the_writer_cannot_put_the_words_back(moderator: User, article: Article) -> None:
    reader = make_reader("Rex", email="rex@example.org")
    comment = make_comment(article, text=SECRET, reader=reader)
    comment.cut_passage(SECRET, by=moderator)
    browser = Browser()
    browser.cookies[device_cookie()] = sign("device", reader.pk)
    answer = browser.post(f"/comments/{comment.pk}/edit/", {"text": SECRET})
    assert answer.status_code == 403
    assert Comment.objects.get().text == CUT
    assert browser.post(f"/comments/{comment.pk}/delete/").status_code == 303


# All of it.


def test_a_purge_leaves_nothing_of_the_words_anywhere_and_the_thread_stands(
    client: Browser, client_of: Any, admin_user: User, moderator: User, article: Article
) -> None:
    writer, other = make_reader("Rex"), make_reader("Noor")
    root = make_comment(article, text="Where is he?")
    comment = make_comment(article, root, "Nothing yet", reader=writer, findings=[{"rule": "suspect", "words": ["Zanzibar"], "score": 1}])  # fmt: skip
    comment.edit(f"Nothing yet\n\nUpdate: **{SECRET}**", now=timezone.now())
    Comment.objects.filter(pk=comment.pk).update(
        findings=[{"rule": "suspect", "words": ["Zanzibar"], "score": 1}], submit_token="t"
    )
    answer = make_comment(
        article, comment, "> Update: Mr Zanzibar lives at 4 Quillfeather\n\nHow do you know?", reader=other
    )
    make_comment(
        article, answer, "> > Mr Zanzibar lives at\n> 4 Quillfeather Lane\n> How do you know?\n\nI agree with Noor."
    )
    Flag.objects.raise_for(Comment.objects.get(pk=comment.pk), make_reader(), "private", note=f"It says {SECRET}")
    Comment.objects.get(pk=comment.pk).remove(by=moderator)
    url = f"/admin/moderation/comments/{comment.pk}/purge/"
    browser = client_of(admin_user)
    for data in ({"note": "He asked"}, {"typed": str(comment.pk)}, {"typed": "1234", "note": "He asked"}):
        assert browser.post(url, data).status_code == 422
    assert rows_that_say("Quillfeather")
    assert browser.post(url, {"typed": str(comment.pk), "note": "He asked"}).status_code == 303

    assert rows_that_say("Zanzibar", "Quillfeather") == []
    comment.refresh_from_db()
    assert (comment.status, comment.visible, comment.reply_count, comment.name) == ("removed", True, 1, "")
    assert Comment.objects.get(pk=answer.pk).text.startswith("How do you know?")
    assert Comment.objects.last().text == "> How do you know?\n\nI agree with Noor."  # type: ignore[union-attr]
    lines = ModerationAction.objects.filter(batch__isnull=False, action__in=["purge", "unquote"]).order_by("id")
    assert [(line.action, line.actor, line.note) for line in lines] == [
        ("purge", admin_user, "He asked"),
        ("unquote", admin_user, "He asked"),
        ("unquote", admin_user, "He asked"),
    ]
    page = client.get(article.get_absolute_url()).content.decode()
    assert "I agree with Noor." in page
    assert "Quillfeather" not in page


def test_what_was_purged_comes_back_by_no_step_and_no_undo(admin_user: User, article: Article) -> None:
    comment = make_comment(article, text=SECRET)
    comment.remove(by=admin_user)
    comment.purge(by=admin_user, note="asked for")
    with pytest.raises(StepRefused, match="purged"):
        Comment.objects.get().approve(by=admin_user)
    for line in ModerationAction.objects.all():
        with pytest.raises(StepRefused):
            ModerationAction.objects.filter(pk=line.pk).undo(by=admin_user)
    with pytest.raises(StepRefused, match="purged"):
        comment.purge(by=admin_user, note="again")
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.update(status="published", visible=True)


def test_what_readers_still_see_is_not_purged(admin_user: User, article: Article) -> None:
    comment = make_comment(article, text=SECRET)
    with pytest.raises(StepRefused, match="Remove or reject it first"):
        comment.purge(by=admin_user, note="x")
    assert Comment.objects.get().text == SECRET


def test_a_few_words_are_not_taken_for_a_quote_in_what_does_not_answer_it(admin_user: User, article: Article) -> None:
    comment = make_comment(article, text=f"Yes. {SECRET}")
    neighbour = make_comment(article, text="> Yes.\n\nThat was somebody else.")
    answer = make_comment(article, comment, "> Yes.")
    comment.remove(by=admin_user)
    assert comment.purge(by=admin_user, note="x") == 1
    assert Comment.objects.get(pk=neighbour.pk).text.startswith("> Yes.")
    assert Comment.objects.get(pk=answer.pk).text == CUT


# Letters.


@pytest.fixture
def follower(settings: Any, article: Article) -> Reader:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    reader = make_reader("Fay", email="fay@example.org", verified_at=timezone.now())
    Subscription.objects.create(reader=reader, article=article, kind="all")
    return reader


@pytest.mark.parametrize("pace", ["instant", "hourly"])
@pytest.mark.parametrize("what", ["remove", "purge", "cut"])
def test_a_letter_or_digest_that_has_not_left_says_nothing_that_was_taken_away(
    follower: Reader, moderator: User, article: Article, pace: str, what: str
) -> None:
    Reader.objects.filter(pk=follower.pk).update(pace=pace)
    comment = make_comment(article, text=SECRET)
    Notification.objects.plan(timezone.now())
    assert Notification.objects.count() == 1
    if what == "cut":
        comment.cut_passage(SECRET, by=moderator)
    else:
        comment.remove(by=moderator)
    if what == "purge":
        comment.purge(by=moderator, note="x")
        assert not Notification.objects.exists()
        assert not Notice.objects.exists()
    deliver_due(timezone.now() + timedelta(hours=2))
    assert len(mail.outbox) == (1 if what == "cut" else 0)
    assert not any("Quillfeather" in str(letter.body) for letter in mail.outbox)
