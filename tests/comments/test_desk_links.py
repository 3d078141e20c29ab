"""Acting from the letter: every link opens a page with a button, and the button does one thing, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.desk_link import DeskLink, stop_token
from comments.models import Comment, CommentStats, DeskWishes, ModerationAction
from newsroom.accounts.models import User
from newsroom.lib.signing import sign
from tests.make import make_comment


def link_to(comment: Comment, moderator: User, action: str, **over: Any) -> str:
    link = DeskLink(action, comment.pk, comment.status, comment.version, moderator.pk, timezone.now())
    return f"/comments/desk/{link._replace(**over).token}/"


@pytest.fixture
def comment(article: Article) -> Comment:
    root = make_comment(article, text="What it answers.")
    return make_comment(article, root, "Wait for <b>me</b>.", status="pending", reason="suspect")


@pytest.mark.parametrize("action", ["approve", "reject", "spam"])
def test_a14_a_scanner_that_follows_every_link_changes_nothing(
    client: Any, comment: Comment, moderator: User, action: str
) -> None:
    url = link_to(comment, moderator, action)
    for method in (client.get, client.head, client.get, client.options):
        method(url)
    assert Comment.objects.get(pk=comment.pk).is_waiting
    assert not ModerationAction.objects.exists()


def test_the_page_shows_the_comment_in_its_context_and_is_handed_on_to_nobody(
    client: Any, comment: Comment, moderator: User
) -> None:
    answer = client.get(link_to(comment, moderator, "approve"))
    page = answer.content.decode()
    for words in ("Approve this comment?", "What it answers.", comment.article.headline, "holds suspect words"):
        assert words in page
    assert "Wait for &lt;b&gt;me&lt;/b&gt;." in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies


@pytest.mark.parametrize(("action", "to"), [("approve", "published"), ("reject", "rejected"), ("spam", "spam")])
def test_the_button_does_that_one_thing_as_that_moderator_on_any_device(
    client: Any, comment: Comment, moderator: User, action: str, to: str
) -> None:
    answer = client.post(link_to(comment, moderator, action), {"reason": "false", "step": "remove"})
    assert answer.status_code == 200
    assert Comment.objects.get(pk=comment.pk).status == to
    line = ModerationAction.objects.get()
    assert (line.actor, line.action, line.version) == (moderator, action, 1)
    assert line.reason == ("false" if action == "reject" else "")
    assert line.note == "From a letter."
    assert CommentStats.recount() == []


def test_a_published_one_is_kept_or_held(client: Any, article: Article, moderator: User) -> None:
    comment = make_comment(article)
    assert client.post(link_to(comment, moderator, "approve")).status_code == 200
    assert Comment.objects.get(pk=comment.pk).reviewed_by == moderator
    other = make_comment(article)
    assert client.post(link_to(other, moderator, "hold")).status_code == 200
    assert Comment.objects.get(pk=other.pk).is_waiting


def test_a15_a_link_works_once_even_where_the_comment_waits_again(
    client: Any, comment: Comment, moderator: User, admin_user: User
) -> None:
    url = link_to(comment, moderator, "approve")
    assert client.post(url).status_code == 200
    again = client.post(url)
    assert again.status_code == 409
    assert "The comment is “published” now." in again.content.decode()
    ModerationAction.objects.all().undo(by=admin_user)
    assert Comment.objects.get(pk=comment.pk).is_waiting
    late = client.post(url)
    assert late.status_code == 409
    assert "Somebody decided on it after this letter was written." in late.content.decode()
    assert 'class="button">Approve' not in client.get(url).content.decode()
    assert Comment.objects.get(pk=comment.pk).is_waiting


def test_a15_another_text_or_another_decision_is_told_and_shown(
    client: Any, comment: Comment, moderator: User, admin_user: User
) -> None:
    url = link_to(comment, moderator, "approve")
    Comment.objects.filter(pk=comment.pk).update(text="Other words", version=2)
    stale = client.post(url)
    assert stale.status_code == 409
    assert "The text was changed after you looked at it." in stale.content.decode()
    assert "Other words" in stale.content.decode()
    Comment.objects.get(pk=comment.pk).reject(by=admin_user)
    for answer in (client.get(url), client.post(url)):
        assert "The comment is “rejected” now." in answer.content.decode()
    assert not ModerationAction.objects.filter(actor=moderator).exists()


def test_what_its_writer_deleted_is_not_shown(client: Any, comment: Comment, moderator: User) -> None:
    url = link_to(comment, moderator, "approve")
    comment.withdraw()
    for answer in (client.get(url), client.post(url)):
        assert "Its writer deleted it." in answer.content.decode()
        assert "Wait for" not in answer.content.decode()


@pytest.mark.parametrize("over", [{"is_active": False}, {"is_staff": False}, {"groups": ()}])
def test_a_link_ends_with_the_right_to_moderate(
    client: Any, comment: Comment, moderator: User, over: dict[str, Any]
) -> None:
    url = link_to(comment, moderator, "approve")
    if "groups" in over:
        moderator.groups.clear()
    else:
        User.objects.filter(pk=moderator.pk).update(**over)
    answer = client.post(url)
    assert answer.status_code == 409
    assert "does not moderate here any more" in answer.content.decode()
    assert Comment.objects.get(pk=comment.pk).is_waiting


def test_a_link_ends_after_a_week(client: Any, comment: Comment, moderator: User, time_machine: Any) -> None:
    url = link_to(comment, moderator, "approve")
    time_machine.move_to(timezone.now() + timedelta(days=7, minutes=1))
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 404
        assert "does not work any more" in answer.content.decode()
    assert Comment.objects.get(pk=comment.pk).is_waiting


def test_a_token_that_was_made_for_something_else_opens_nothing(client: Any, comment: Comment, moderator: User) -> None:
    token = link_to(comment, moderator, "approve").split("/")[3]
    crafted = [
        sign("device", 1),
        sign("desk", 1),
        sign("desk", ["approve"]),
        stop_token(moderator),
        token[:-2] + "xx",
        "x",
    ]
    gone = DeskLink("approve", 10**9, "pending", 1, moderator.pk, timezone.now()).token
    for wrong in (*crafted, gone):
        assert client.post(f"/comments/desk/{wrong}/").status_code == 404, wrong
    assert client.post(f"/comments/desk/stop/{token}/").status_code == 404
    assert Comment.objects.get(pk=comment.pk).is_waiting


def test_one_click_ends_the_letters_and_a_look_does_not(client: Any, moderator: User) -> None:
    url = f"/comments/desk/stop/{stop_token(moderator)}/"
    assert "Press the button" in client.get(url).content.decode()
    assert not DeskWishes.objects.exists()
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not DeskWishes.objects.get(user=moderator).letters_on
