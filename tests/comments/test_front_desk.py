"""Moderators where they read: what they find in the discussion itself, and what they decide there."""

import re
from typing import Any

import pytest

from articles.models import Article
from comments.models import Comment, CommentStats, Flag, ModerationAction
from comments.steps import REJECTIONS
from newsroom.accounts.models import User
from tests.make import make_comment, make_reader


def pages(article: Article, comment: Comment) -> list[str]:
    return [article.get_absolute_url(), f"/comments/on/{article.pk}/", comment.get_absolute_url()]


def pick(comment: Comment) -> str:
    return f"{comment.pk}:{comment.status}:{comment.version}"


def press(browser: Any, comment: Comment, step: str, **more: Any) -> Any:
    return browser.post(f"/comments/{comment.pk}/moderate/", {"step": step, "pick": pick(comment)}, **more)


def test_a_moderator_finds_the_buttons_on_every_page_of_a_discussion_and_nobody_else_does(
    client: Any, client_of: Any, moderator: User, editor: User, member: User, article: Article
) -> None:
    comment = make_comment(article)
    for page in pages(article, comment):
        own = client_of(moderator).get(page)
        assert f'action="/comments/{comment.pk}/moderate/"' in own.content.decode()
        assert own["Cache-Control"] == "private, no-store"
        for browser in (client, client_of(member), client_of(editor)):
            assert "moderate" not in browser.get(page).content.decode()


def test_what_readers_get_does_not_change_by_a_byte_where_moderators_read_along(
    client: Any, client_of: Any, moderator: User, article: Article
) -> None:
    root = make_comment(article)
    before = [client.get(page).content for page in pages(article, root)]
    make_comment(article, root, "Not yet for everybody.", status="pending")
    make_comment(article, text="Nor is this.", status="pending")
    for page in pages(article, root):
        assert "Not yet for everybody." in client_of(moderator).get(page).content.decode()
    assert [client.get(page).content for page in pages(article, root)] == before


def test_what_waits_stands_in_its_place_and_says_why(
    client_of: Any, moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    root = make_comment(article, text="The first.")
    answer = make_comment(article, root, "An answer.")
    make_comment(article, answer, "Waits below the answer.", status="pending", reason="suspect")
    make_comment(article, root, "The last answer.")
    make_comment(article, text="Waits by itself.", status="pending")
    make_comment(article, text="Advertising.", status="spam")
    browser = client_of(moderator)
    browser.get(f"/comments/on/{article.pk}/")
    with django_assert_max_num_queries(16):
        page = browser.get(f"/comments/on/{article.pk}/").content.decode()
    found = [page.index(words) for words in ("Waits by itself.", "The first.", "An answer.", "Waits below", "The last")]
    assert found == sorted(found)
    assert "holds suspect words" in page
    assert "Advertising." not in page
    assert page.count("Awaiting approval") == 2
    assert "more repl" not in page


@pytest.mark.parametrize(
    ("step", "to"),
    [("approve", "published"), ("reject:abusive", "rejected"), ("spam", "spam")],
)
def test_a_moderator_decides_in_place_and_takes_it_back(
    client_of: Any, moderator: User, article: Article, step: str, to: str
) -> None:
    comment = make_comment(article, status="pending")
    browser = client_of(moderator)
    answer = press(browser, comment, step, headers={"X-Fragment": "1"})
    assert answer.status_code == 200
    assert Comment.objects.get(pk=comment.pk).status == to
    line = ModerationAction.objects.get()
    assert (line.actor, line.version, line.reason) == (moderator, 1, step.partition(":")[2])
    batch = re.search(r'name="undo" value="([^"]+)"', answer.content.decode())
    assert batch
    back = browser.post(f"/comments/{comment.pk}/moderate/", {"undo": batch[1]}, headers={"X-Fragment": "1"})
    assert "Taken back." in back.content.decode()
    assert Comment.objects.get(pk=comment.pk).is_waiting
    again = browser.post(f"/comments/{comment.pk}/moderate/", {"undo": batch[1]}, headers={"X-Fragment": "1"})
    assert again.status_code == 422
    assert CommentStats.recount() == []


def test_pins_picks_and_closed_threads_are_set_in_place(client_of: Any, moderator: User, article: Article) -> None:
    comment, browser = make_comment(article), client_of(moderator)
    for step, badge in (("pin", "Pinned"), ("feature", "Editor’s pick"), ("close_thread", "Thread closed")):
        assert badge in press(browser, comment, step, headers={"X-Fragment": "1"}).content.decode()
    for step in ("unpin", "unfeature", "open_thread"):
        assert press(browser, comment, step, headers={"X-Fragment": "1"}).status_code == 200
    comment.refresh_from_db()
    assert (comment.pinned_at, comment.featured_at, comment.closed_at) == (None, None, None)


def test_without_script_the_buttons_lead_back_and_say_what_was_done(
    client_of: Any, moderator: User, article: Article
) -> None:
    comment, browser = make_comment(article), client_of(moderator)
    kept = press(browser, comment, "approve", headers={"Referer": f"http://testserver{article.get_absolute_url()}"})
    assert (kept.status_code, kept["Location"]) == (303, f"{article.get_absolute_url()}#c{comment.pk}")
    assert "Approved." in browser.get(article.get_absolute_url()).content.decode()
    gone = press(browser, comment, "reject:false")
    assert gone["Location"] == f"/comments/{comment.pk}/#c{comment.pk}"
    page = browser.get(f"/comments/{comment.pk}/").content.decode()
    assert comment.text in page
    assert 'name="undo"' in page
    assert "rejected" in page


def test_a_rejected_comment_has_a_page_for_moderators_alone(
    client: Any, client_of: Any, moderator: User, member: User, article: Article
) -> None:
    comment = make_comment(article, status="rejected")
    assert client_of(moderator).get(comment.get_absolute_url()).status_code == 200
    assert client.get(comment.get_absolute_url()).status_code == 404
    assert client_of(member).get(comment.get_absolute_url()).status_code == 404


def test_what_its_writer_deleted_is_read_by_no_moderator(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article, text="I take that back.")
    seen = pick(comment)
    comment.withdraw()
    browser = client_of(moderator)
    assert browser.get(comment.get_absolute_url()).status_code == 404
    data = {"step": "approve", "pick": seen}
    answer = browser.post(f"/comments/{comment.pk}/moderate/", data, headers={"X-Fragment": "1"})
    assert answer.status_code == 422
    assert "Its writer deleted it." in answer.content.decode()
    assert "I take that back." not in answer.content.decode()


def test_a23_a_decision_on_another_text_or_after_a_colleague_is_refused_and_shows_the_state(
    client_of: Any, moderator: User, admin_user: User, article: Article
) -> None:
    comment = make_comment(article, status="pending")
    seen = Comment.objects.get(pk=comment.pk)
    Comment.objects.filter(pk=comment.pk).update(text="Other words", html="<p>Other words</p>", version=2)
    browser = client_of(moderator)
    stale = press(browser, seen, "approve", headers={"X-Fragment": "1"})
    assert stale.status_code == 422
    assert "The text was changed after you looked at it." in stale.content.decode()
    assert "Other words" in stale.content.decode()
    assert press(browser, seen, "pin", headers={"X-Fragment": "1"}).status_code == 422
    now = Comment.objects.get(pk=comment.pk)
    now.reject(by=admin_user)
    late = press(browser, Comment(pk=now.pk, status="pending", version=2), "approve", headers={"X-Fragment": "1"})
    assert "The comment is “rejected” now." in late.content.decode()
    assert ModerationAction.objects.filter(actor=moderator).count() == 0


@pytest.mark.parametrize("step", ["", "purge", "withdraw", "reject:because", "approve;drop"])
def test_a_step_that_no_form_of_ours_has_is_refused(
    client_of: Any, moderator: User, article: Article, step: str
) -> None:
    comment = make_comment(article)
    assert press(client_of(moderator), comment, step).status_code == 400
    other = make_comment(article)
    data = {"step": "reject", "pick": pick(other)}
    assert client_of(moderator).post(f"/comments/{comment.pk}/moderate/", data).status_code == 400
    assert ModerationAction.objects.count() == 0


def test_only_who_moderates_can_press(
    client: Any, client_of: Any, member: User, editor: User, moderator: User, article: Article
) -> None:
    comment = make_comment(article)
    for browser in (client, client_of(member), client_of(editor)):
        assert press(browser, comment, "reject").status_code == 403
    moderator.is_staff = False
    moderator.save()
    assert press(client_of(moderator), comment, "reject").status_code == 403
    assert Comment.objects.get(pk=comment.pk).is_published


def test_another_site_cannot_press_for_a_moderator(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article)
    assert press(client_of(moderator), comment, "reject", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client_of(moderator).get(f"/comments/{comment.pk}/moderate/?step=reject").status_code == 302
    assert Comment.objects.get(pk=comment.pk).is_published


def test_a_reported_comment_says_so_and_can_be_kept(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article)
    Flag.objects.raise_for(comment, make_reader(), "abusive")
    browser = client_of(moderator)
    assert "Reported by readers" in browser.get(article.get_absolute_url()).content.decode()
    page = press(browser, comment, "approve", headers={"X-Fragment": "1"}).content.decode()
    assert "Reported by readers" not in page


def test_every_reason_of_the_desk_is_offered(client_of: Any, moderator: User, article: Article) -> None:
    make_comment(article)
    page = client_of(moderator).get(article.get_absolute_url()).content.decode()
    assert re.findall(r'value="reject:([^"]+)"', page) == list(REJECTIONS)
