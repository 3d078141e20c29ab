"""A moderator holds, approves and rejects in the admin; every decision is exact, recorded and made once."""

from typing import Any

import pytest

from articles.models import Article
from comments.models import Comment, CommentStats, ModerationAction, StepRefused
from newsroom.accounts.models import User
from tests.make import make_comment

LIST = "/admin/comments/comment/"


def test_a_moderator_decides_many_at_once(client_of: Any, moderator: User, article: Article) -> None:
    waiting = [make_comment(article, status="pending") for _ in range(3)]
    data = {"action": "approve_them", "_selected_action": [c.pk for c in waiting]}
    answer = client_of(moderator).post(f"{LIST}?status__exact=pending", data, follow=True)
    assert "3 comments decided" in answer.content.decode()
    assert CommentStats.objects.get(article=article).published == 3
    assert set(ModerationAction.objects.values_list("actor", "from_status", "to_status")) == {
        (moderator.pk, "pending", "published")
    }


@pytest.mark.parametrize(
    ("action", "to"), [("hold_them", "pending"), ("reject_them", "rejected"), ("mark_them_spam", "spam")]
)
def test_other_bulk_decisions(client_of: Any, moderator: User, article: Article, action: str, to: str) -> None:
    comment = make_comment(article)
    client_of(moderator).post(LIST, {"action": action, "_selected_action": [comment.pk]})
    assert Comment.objects.get().status == to
    assert CommentStats.objects.get(article=article).published == 0


def test_the_list_filters_by_state_reason_story_and_person(client_of: Any, moderator: User, article: Article) -> None:
    held = make_comment(article, text="Held words", status="pending", reason="links")
    make_comment(article, text="Shown words")
    browser = client_of(moderator)
    queries = ["status__exact=pending", "reason=links", f"reader__id__exact={held.reader_id}", "q=Held"]
    for query in queries:
        page = browser.get(f"{LIST}?{query}").content.decode()
        assert "Held words" in page, query
        assert "Shown words" not in page, query
    assert "Shown words" in browser.get(f"{LIST}?article__id__exact={article.pk}").content.decode()


def test_one_comment_is_decided_in_its_context(client_of: Any, moderator: User, article: Article) -> None:
    root = make_comment(article, text="What was said before")
    comment = make_comment(article, root, text="<script>alert(1)</script>", status="pending", reason="first")
    browser = client_of(moderator)
    page = browser.get(f"{LIST}{comment.pk}/change/").content.decode()
    assert "What was said before" in page
    assert "<script>alert(1)" not in page
    assert "among the first comments" in page
    step = {"step": "approve", "version": "1", "seen": "pending", "note": "fine"}
    browser.post(f"{LIST}{comment.pk}/change/", step)
    assert Comment.objects.get(pk=comment.pk).is_published
    assert ModerationAction.objects.get().note == "fine"


def test_a23_a_decision_on_what_changed_meanwhile_is_refused(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article, status="pending")
    Comment.objects.update(version=2)
    browser = client_of(moderator)
    old = {"step": "approve", "version": "1", "seen": "pending"}
    assert "changed after you looked" in browser.post(f"{LIST}{comment.pk}/change/", old, follow=True).content.decode()
    Comment.objects.get().reject(by=None)
    late = {"step": "approve", "version": "2", "seen": "pending"}
    assert "rejected" in browser.post(f"{LIST}{comment.pk}/change/", late, follow=True).content.decode()
    assert Comment.objects.get().status == "rejected"
    assert ModerationAction.objects.count() == 1


def test_two_moderators_decide_once(article: Article, moderator: User, editor: User) -> None:
    comment = make_comment(article, status="pending")
    first, second = Comment.objects.get(pk=comment.pk), Comment.objects.get(pk=comment.pk)
    first.approve(by=moderator)
    with pytest.raises(StepRefused):
        second.reject(by=editor)
    assert ModerationAction.objects.get().actor == moderator
    assert CommentStats.objects.get(article=article).published == 1


def test_a24_only_moderators_decide(client_of: Any, reporter: User, member: User, article: Article) -> None:
    comment = make_comment(article, status="pending")
    for user in (reporter, member):
        browser = client_of(user)
        browser.post(LIST, {"action": "approve_them", "_selected_action": [comment.pk]})
        browser.post(f"{LIST}{comment.pk}/change/", {"step": "approve", "version": "1", "seen": "pending"})
    assert Comment.objects.get().status == "pending"


def test_the_words_of_a_reader_cannot_be_changed(client_of: Any, admin_user: User, article: Article) -> None:
    comment = make_comment(article, text="As it was said")
    browser = client_of(admin_user)
    browser.post(f"{LIST}{comment.pk}/change/", {"text": "Something else", "name": "Other", "status": "spam"})
    assert Comment.objects.get().text == "As it was said"
    assert browser.post(f"{LIST}{comment.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_record_is_only_ever_added_to(article: Article, moderator: User) -> None:
    make_comment(article).hold(by=moderator, note="Let us see")
    action = ModerationAction.objects.get()
    action.note = "rewritten"
    with pytest.raises(TypeError):
        action.save()
