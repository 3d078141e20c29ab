"""What a moderator sets apart: pinned comments, editor's picks, closed threads, and whose words carry a badge."""

from typing import Any

import pytest

from articles.models import Article
from comments.models import Comment, ModerationAction, StepRefused
from newsroom.accounts.models import User
from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from tests.make import make_article, make_author, make_comment, make_user

LIST = "/admin/comments/comment/"


def test_three_comments_of_a_story_are_pinned_and_not_a_fourth(article: Article, moderator: User) -> None:
    for _ in range(3):
        make_comment(article).pin(by=moderator)
    fourth, elsewhere = make_comment(article), make_comment(make_article(section=article.section))
    with pytest.raises(StepRefused, match="3 comments are pinned here already"):
        fourth.pin(by=moderator)
    elsewhere.pin(by=moderator)
    Comment.objects.filter(pinned_at__isnull=False, article=article).first().unpin(by=moderator)
    fourth.pin(by=moderator)
    assert Comment.objects.filter(pinned_at__isnull=False, article=article).count() == 3


def test_only_what_begins_a_thread_is_pinned_or_closed(article: Article, moderator: User) -> None:
    reply = make_comment(article, make_comment(article))
    for step in (reply.pin, reply.close_thread):
        with pytest.raises(StepRefused, match="choose the first comment"):
            step(by=moderator)
    assert not ModerationAction.objects.exists()


@pytest.mark.parametrize("step", ["pin", "feature"])
def test_what_is_not_published_does_not_stand_out(article: Article, moderator: User, step: str) -> None:
    held = make_comment(article, status="pending")
    with pytest.raises(StepRefused, match="waiting for a moderator"):
        getattr(held, step)(by=moderator)


@pytest.mark.parametrize(
    ("step", "back", "field"),
    [
        ("pin", "unpin", "pinned_at"),
        ("feature", "unfeature", "featured_at"),
        ("close_thread", "open_thread", "closed_at"),
    ],
)
def test_each_step_is_taken_once_recorded_and_taken_back(
    article: Article, moderator: User, step: str, back: str, field: str
) -> None:
    comment = make_comment(article)
    scope = Stamp.article(article.pk)
    before = stamps.read([scope])
    getattr(comment, step)(by=moderator, note="worth it")
    assert stamps.read([scope]) != before
    late = Comment.objects.get(pk=comment.pk)
    assert getattr(late, field) == getattr(comment, field) is not None
    with pytest.raises(StepRefused, match="already"):
        getattr(late, step)(by=moderator)
    getattr(late, back)(by=moderator)
    with pytest.raises(StepRefused, match="already"):
        getattr(late, back)(by=moderator)
    assert getattr(Comment.objects.get(pk=comment.pk), field) is None
    record = list(ModerationAction.objects.order_by("pk").values_list("actor", "from_status", "to_status", "note"))
    assert record == [
        (moderator.pk, "published", "published", "worth it"),
        (moderator.pk, "published", "published", ""),
    ]


def test_a_closed_thread_takes_no_answers_until_it_is_opened(client: Any, article: Article, moderator: User) -> None:
    root = make_comment(article)
    root.close_thread(by=moderator)
    words = {"text": "One more thing to say.", "name": "Noor", "email": "noor@example.org"}
    answer = client.post(f"/comments/{root.pk}/reply/", words)
    assert answer.status_code == 403
    assert "One more thing to say." in answer.content.decode()
    root.open_thread(by=moderator)
    assert client.post(f"/comments/{root.pk}/reply/", words).status_code == 303


def test_a_moderator_sets_comments_apart_in_the_list(client_of: Any, moderator: User, article: Article) -> None:
    root = make_comment(article, text="Read this first")
    reply = make_comment(article, root)
    browser = client_of(moderator)
    chosen = {"_selected_action": [root.pk, reply.pk]}
    page = browser.post(LIST, chosen | {"action": "pin_them"}, follow=True).content.decode()
    assert "Done: Read this first" in page
    assert "choose the first comment" in page
    browser.post(LIST, chosen | {"action": "feature_them"})
    browser.post(LIST, chosen | {"action": "close_their_threads"})
    root = Comment.objects.get(pk=root.pk)
    assert root.pinned_at
    assert root.featured_at
    assert root.closed_at
    assert Comment.objects.get(pk=reply.pk).featured_at
    for action in ("unpin_them", "unfeature_them", "open_their_threads"):
        browser.post(LIST, chosen | {"action": action})
    root = Comment.objects.get(pk=root.pk)
    assert (root.pinned_at, root.featured_at, root.closed_at) == (None, None, None)


def test_a24_only_moderators_set_comments_apart(client_of: Any, reporter: User, article: Article) -> None:
    comment = make_comment(article)
    for action in ("pin_them", "feature_them", "close_their_threads"):
        client_of(reporter).post(LIST, {"action": action, "_selected_action": [comment.pk]})
    comment = Comment.objects.get(pk=comment.pk)
    assert (comment.pinned_at, comment.featured_at, comment.closed_at) == (None, None, None)


def test_a22_badges_come_from_the_account_alone(
    client_of: Any, client: Any, section: Any, reporter: User, editor: User, member: User
) -> None:
    freelance = make_user(name="Ada Freelance")
    authors = [make_author("Ines Halloran", user=reporter), make_author("Ada Freelance", user=freelance)]
    article = make_article(section=section, authors=authors)
    url = f"/comments/on/{article.pk}/post/"
    for user in (reporter, freelance, editor, member):
        client_of(user).post(url, {"text": f"Words of {user.name}."})
    guest = {"text": "Words of nobody.", "name": "Ines Halloran", "email": reporter.email, "badge": "author"}
    client.post(url, guest)
    badges = dict(Comment.objects.values_list("text", "badge"))
    assert badges == {
        "Words of Ines Halloran.": "author",
        "Words of Ada Freelance.": "author",
        "Words of Oskar Lind.": "staff",
        "Words of Noor B..": "",
        "Words of nobody.": "",
    }
