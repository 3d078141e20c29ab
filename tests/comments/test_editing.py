"""A writer changes their comment for a while, and deletes it whenever they like."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.diff import change
from comments.models import Comment, CommentRevision, CommentStats, ModerationAction, StepRefused
from newsroom.accounts.models import User
from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from tests.make import make_comment, make_reader

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}


def written_by(client: Any, article: Article, text: str = NOOR["text"], parent: Comment | None = None) -> Comment:
    url = f"/comments/{parent.pk}/reply/" if parent else f"/comments/on/{article.pk}/post/"
    assert client.post(url, NOOR | {"text": text}).status_code == 303
    return Comment.objects.latest("id")


def edit(client: Any, comment: Comment, text: str, **over: Any) -> Any:
    return client.post(f"/comments/{comment.pk}/edit/", {"text": text, "version": comment.version} | over)


def fresh(comment: Comment) -> Comment:
    return Comment.objects.get(pk=comment.pk)


def set_site(**values: Any) -> None:
    SiteSettings.objects.filter(pk=1).update(**values)
    stamps.drop_kept()


def age(comment: Comment, **delta: int) -> None:
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(**delta))


# Changing it.


def test_a_guest_changes_their_comment_and_the_old_words_are_kept(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    page = client.get(f"/comments/{comment.pk}/edit/")
    assert NOOR["text"] in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    answer = edit(client, comment, "I cross *three* times a day.")
    assert answer.status_code == 303
    assert answer["Location"].endswith(f"#c{comment.pk}")
    now = fresh(comment)
    assert (now.text, now.version) == ("I cross *three* times a day.", 2)
    assert now.html == "<p>I cross <em>three</em> times a day.</p>"
    assert now.edited_at is not None
    kept = CommentRevision.objects.get()
    assert (kept.n, kept.text, kept.was_shown) == (1, NOOR["text"], True)
    shown = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert f'href="/comments/{comment.pk}/history/"' in shown


def test_the_page_offers_edit_and_delete_to_the_writer_alone(client: Any, other_client: Any, article: Article) -> None:
    comment = written_by(client, article)
    for what in ("edit", "delete"):
        link = f'href="/comments/{comment.pk}/{what}/"'
        assert link in client.get(f"/comments/on/{article.pk}/").content.decode()
        assert link not in other_client.get(f"/comments/on/{article.pk}/").content.decode()


def test_a_change_moves_the_stamp_of_the_article(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    assert not Stamp.objects.filter(scope=Stamp.article(article.pk)).exists()
    edit(client, comment, "Other words.")
    assert Stamp.objects.get(scope=Stamp.article(article.pk)).n == 1


def test_pressing_save_twice_or_changing_nothing_keeps_one_old_text(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    assert edit(client, comment, NOOR["text"]).status_code == 303
    for _ in range(2):
        assert edit(client, comment, "Other words.").status_code == 303
    assert CommentRevision.objects.count() == 1
    assert fresh(comment).version == 2


def test_changing_it_at_two_places_at_once_loses_nothing(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    edit(client, comment, "From the phone.")
    answer = edit(client, comment, "From the desk.")
    assert answer.status_code == 422
    assert "elsewhere" in answer.content.decode()
    assert "From the desk." in answer.content.decode()
    assert fresh(comment).text == "From the phone."


@pytest.mark.parametrize("text", ["", "x", "y" * 3001, "||||"])
def test_a_change_that_says_nothing_or_too_much_comes_back(client: Any, article: Article, text: str) -> None:
    comment = written_by(client, article)
    answer = edit(client, comment, text)
    assert answer.status_code == 422
    assert "not saved yet" in answer.content.decode()
    assert fresh(comment).version == 1


def test_a_member_changes_their_comment_from_another_device(
    client: Any, client_of: Any, member: User, article: Article
) -> None:
    client_of(member).post(f"/comments/on/{article.pk}/post/", {"text": "As myself."})
    comment = Comment.objects.get()
    assert edit(client_of(member), comment, "As myself, again.").status_code == 303
    assert edit(client, comment, "As somebody else.").status_code == 404


def test_who_was_found_to_be_the_same_person_changes_what_they_wrote_before(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    survivor = make_reader("Noor B.", email="noor.b@example.com", verified_at=timezone.now())
    comment.reader.merged_into = survivor
    comment.reader.save()
    assert edit(client, comment, "Still mine.").status_code == 303


def test_a3_nobody_changes_or_deletes_what_somebody_else_wrote(
    client: Any, other_client: Any, moderator: User, client_of: Any, article: Article
) -> None:
    comment = written_by(client, article)
    other = written_by(other_client, article, "Somebody else.")
    other_client.cookies["guest"] = "Noor%20B."
    other_client.cookies["email"] = NOOR["email"]
    for stranger in (other_client, client_of(moderator)):
        for what in ("edit", "delete"):
            url = f"/comments/{comment.pk}/{what}/"
            assert stranger.get(url).status_code == 404
            assert stranger.post(url, NOOR | {"text": "Mine now.", "version": 1}).status_code == 404
    # Ids in the body count for nothing.
    edit(other_client, other, "Mine anyhow.", pk=comment.pk, id=comment.pk, reader=comment.reader_id)
    assert fresh(comment).text == NOOR["text"]
    assert fresh(other).text == "Mine anyhow."


def test_a3_a_forged_or_rotated_device_cookie_opens_nothing(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    signed = client.cookies["device"].value
    for forged in ("", "1", signed[:-2] + "xx", signed.replace(signed[:3], "999")):
        client.cookies["device"] = forged
        assert edit(client, comment, "Forged.").status_code == 404
    client.cookies["device"] = signed
    client.post("/comments/forget/", {"next": "/"})
    assert edit(client, comment, "Forgotten.").status_code == 404


def test_a3_after_a_quarter_of_an_hour_it_stays_as_it_is(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    age(comment, minutes=14)
    assert edit(client, comment, "In time.").status_code == 303
    age(comment, minutes=16)
    answer = edit(client, fresh(comment), "Too late, but kept.")
    assert answer.status_code == 403
    assert "15 minutes" in answer.content.decode()
    assert "Too late, but kept." in answer.content.decode()
    assert fresh(comment).text == "In time."
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert f"/comments/{comment.pk}/edit/" not in page
    assert f"/comments/{comment.pk}/delete/" in page


@pytest.mark.parametrize("how", ["site", "story", "age", "thread"])
def test_a3_nothing_is_changed_once_the_discussion_is_closed(client: Any, article: Article, how: str) -> None:
    comment = written_by(client, article)
    if how == "site":
        set_site(comments_open=False)
    elif how == "story":
        Article.objects.filter(pk=article.pk).update(comments_mode="closed")
    elif how == "age":
        Article.objects.filter(pk=article.pk).update(publish_at=timezone.now() - timedelta(days=30))
    else:
        Comment.objects.update(closed_at=timezone.now())
    answer = edit(client, comment, "Too late.")
    assert answer.status_code == 403
    assert "closed" in answer.content.decode()
    assert "Too late." in answer.content.decode()
    assert fresh(comment).version == 1
    # Deleting is possible at any time.
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 303


@pytest.mark.parametrize("over", [{"status": "draft"}, {"comments_mode": "hidden"}, {"expire_at": "past"}])
def test_a1_under_a_story_that_is_not_shown_nothing_is_changed(
    client: Any, article: Article, over: dict[str, Any]
) -> None:
    comment = written_by(client, article)
    if over.get("expire_at"):
        over = {"expire_at": timezone.now() - timedelta(minutes=1)}
    Article.objects.filter(pk=article.pk).update(**over)
    for what in ("edit", "delete", "history"):
        assert client.get(f"/comments/{comment.pk}/{what}/").status_code == 404
        assert client.post(f"/comments/{comment.pk}/{what}/", {"text": "x y", "version": 1}).status_code in {404, 405}
    assert fresh(comment).status == "published"


@pytest.mark.parametrize("status", ["rejected", "removed"])
def test_a1_what_a_moderator_took_away_is_changed_by_nobody(client: Any, article: Article, status: str) -> None:
    comment = written_by(client, article)
    getattr(comment, "reject" if status == "rejected" else "remove")(by=None)
    assert edit(client, comment, "Back again.").status_code == 404
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 404
    assert fresh(comment).status == status


def test_once_it_is_answered_words_are_only_added(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    opened_before = {"version": 1}
    make_comment(article, comment)
    late = edit(client, comment, "Something quite different.", **opened_before)
    assert late.status_code == 422
    assert "Somebody answered meanwhile" in late.content.decode()
    assert "Something quite different." in late.content.decode()
    page = client.get(f"/comments/{comment.pk}/edit/").content.decode()
    assert "its words stay" in page
    for _ in range(2):
        assert edit(client, comment, "The ferry does, too.", adds="1").status_code == 303
    assert fresh(comment).text == f"{NOOR['text']}\n\n**Update:** The ferry does, too."
    assert fresh(comment).version == 2


def test_the_database_step_itself_refuses_to_replace_what_is_answered(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    make_comment(article, comment)
    with pytest.raises(StepRefused):
        comment.edit("Something quite different.", now=timezone.now())
    assert not CommentRevision.objects.exists()


def test_an_addition_that_is_too_long_says_by_how_much(client: Any, article: Article) -> None:
    comment = written_by(client, article, "x" * 2900)
    make_comment(article, comment)
    answer = edit(client, comment, "y" * 101, adds="1")
    assert answer.status_code == 422
    assert "characters too many" in answer.content.decode()


def test_a3_what_a_moderator_approved_goes_back_to_review_when_it_changes(
    client: Any, moderator: User, article: Article
) -> None:
    set_site(guests_held=1)
    comment = written_by(client, article)
    comment.approve(by=moderator)
    set_site(guests_held=0)
    assert CommentStats.objects.get(article=article).published == 1
    edit(client, comment, "Buy the best ropes here.")
    now = fresh(comment)
    assert (now.status, now.reason, now.visible) == ("pending", "edited", False)
    assert CommentStats.objects.get(article=article).published == 0
    assert CommentStats.recount() == []
    assert "Buy the best" not in client_without_cookies(article)


def client_without_cookies(article: Article) -> str:
    from tests.conftest import Browser

    return Browser().get(f"/comments/on/{article.pk}/").content.decode()


def test_a3_a_changed_comment_does_not_vouch_for_itself(client: Any, article: Article) -> None:
    set_site(guests_held=1)
    comment = written_by(client, article)
    comment.approve(by=None)
    edit(client, comment, "Other words.")
    assert (fresh(comment).status, fresh(comment).reason) == ("pending", "first")


def test_a3_new_words_are_screened_as_a_new_comment_is(client: Any, article: Article) -> None:
    root = make_comment(article)
    comment = written_by(client, article, parent=root)
    edit(client, comment, "See https://one.example/ and https://two.example/")
    assert (fresh(comment).status, fresh(comment).reason) == ("pending", "links")
    assert (fresh(root).reply_count, fresh(root).thread_count) == (0, 0)
    assert ModerationAction.objects.get().version == 2
    assert CommentStats.recount() == []


def test_changing_what_waits_leaves_it_waiting(client: Any, article: Article) -> None:
    comment = written_by(client, article, "See https://one.example/ and https://two.example/")
    edit(client, comment, "No links any more.")
    assert (fresh(comment).status, fresh(comment).text) == ("pending", "No links any more.")
    assert not CommentRevision.objects.get().was_shown


def test_a23_a_moderator_does_not_approve_words_that_changed_meanwhile(
    client: Any, moderator: User, article: Article
) -> None:
    comment = written_by(client, article, "See https://one.example/ and https://two.example/")
    seen = fresh(comment)
    edit(client, comment, "Quite other words.")
    with pytest.raises(StepRefused):
        seen.approve(by=moderator, version=seen.version)


def test_changing_it_too_often_is_slowed_down_and_the_words_are_kept(
    client: Any, article: Article, settings: Any
) -> None:
    comment = written_by(client, article)
    settings.NEWSROOM_LIMITS = True
    answers = [edit(client, fresh(comment), f"Version {n} of it.") for n in range(11)]
    assert [a.status_code for a in answers] == [303] * 10 + [429]
    assert "Version 10 of it." in answers[-1].content.decode()


def test_a_script_gets_the_changed_comment_or_the_form_with_its_errors(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    part = {"X-Fragment": "1"}
    url = f"/comments/{comment.pk}/edit/"
    bad = client.post(url, {"text": "", "version": 1}, headers=part)
    assert bad.status_code == 422
    assert "<html" not in bad.content.decode()
    assert "data-part" in bad.content.decode()
    good = client.post(url, {"text": "Other words.", "version": 1}, headers=part)
    assert good.status_code == 200
    assert "<html" not in good.content.decode()
    assert "Other words." in good.content.decode()
    assert "Your comment is posted." in good.content.decode()
    gone = client.post(f"/comments/{comment.pk}/delete/", headers=part)
    assert "Your comment is deleted." in gone.content.decode()
    assert "<article" not in gone.content.decode()


# What was changed.


def test_everybody_can_see_what_was_changed(client: Any, other_client: Any, article: Article) -> None:
    comment = written_by(client, article, "I cross twice a day <b>.")
    edit(client, comment, "I cross three times a day <b>.")
    page = other_client.get(f"/comments/{comment.pk}/history/").content.decode()
    assert "<del> twice</del><ins> three times</ins> a day &lt;b&gt;." in page


def test_words_that_readers_never_saw_stay_unseen(client: Any, moderator: User, article: Article) -> None:
    comment = written_by(client, article, "See https://one.example/ and https://two.example/")
    edit(client, comment, "No links.")
    fresh(comment).approve(by=moderator)
    page = client.get(f"/comments/{comment.pk}/history/").content.decode()
    assert "one.example" not in page
    assert "No earlier words" in page


def test_words_that_a_moderator_took_away_stay_away(
    client: Any, other_client: Any, moderator: User, article: Article
) -> None:
    comment = written_by(client, article, "He is a crook.")
    edit(client, comment, "He is not honest.")
    held = fresh(comment)
    held.hold(by=moderator)
    assert other_client.get(f"/comments/{comment.pk}/history/").status_code == 404
    edit(client, fresh(comment), "I do not trust him.")
    fresh(comment).approve(by=moderator)
    page = other_client.get(f"/comments/{comment.pk}/history/").content.decode()
    assert "crook" not in page
    assert "honest" not in page


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a x c", ("a", " b", " x", " c")),
        ("a b", "a b c", ("a b", "", " c", "")),
        ("a b c", "b c", ("", "a b", "b", " c")),
        ("same", "same", ("same", "", "", "")),
        ("", "new", ("", "", "new", "")),
        ("a a a", "a a", ("a a", " a", "", "")),
    ],
)
def test_what_an_edit_changed_in_words(old: str, new: str, expected: tuple[str, ...]) -> None:
    assert tuple(change(old, new)) == expected


# Deleting it.


def test_looking_at_the_page_deletes_nothing_and_its_button_does(client: Any, article: Article) -> None:
    comment = written_by(client, article)
    url = f"/comments/{comment.pk}/delete/"
    assert "cannot be brought back" in client.get(url).content.decode()
    client.head(url)
    assert fresh(comment).is_published
    assert client.post(url).status_code == 303
    assert (fresh(comment).status, fresh(comment).reason, fresh(comment).visible) == ("removed", "writer", False)
    assert CommentStats.objects.get(article=article).published == 0
    assert CommentStats.recount() == []
    assert client.get(f"/comments/{comment.pk}/").status_code == 404
    assert client.post(url).status_code == 404


def test_a_deleted_comment_that_is_answered_keeps_its_place_without_its_words(
    client: Any, other_client: Any, article: Article
) -> None:
    comment = written_by(client, article)
    edit(client, comment, "What I said first.")
    make_comment(article, fresh(comment), "An answer.")
    client.post(f"/comments/{comment.pk}/delete/")
    for url in (f"/comments/on/{article.pk}/", f"/comments/{comment.pk}/"):
        for reader in (client, other_client):
            page = reader.get(url).content.decode()
            assert "deleted by its writer" in page
            assert "What I said first." not in page
            assert NOOR["text"] not in page
            assert "An answer." in page
    assert other_client.get(f"/comments/{comment.pk}/history/").status_code == 404
    assert CommentStats.objects.get(article=article).published == 1
    assert CommentStats.recount() == []


def test_a_comment_that_waits_can_be_deleted_too(client: Any, article: Article) -> None:
    comment = written_by(client, article, "See https://one.example/ and https://two.example/")
    assert comment.status == "pending"
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 303
    assert fresh(comment).status == "removed"


def test_moderators_see_that_its_writer_deleted_it_and_cannot_bring_it_back(
    client: Any, moderator: User, article: Article
) -> None:
    comment = written_by(client, article)
    client.post(f"/comments/{comment.pk}/delete/")
    line = ModerationAction.objects.get()
    assert (line.actor, line.action, line.from_status, line.to_status) == (None, "withdraw", "published", "removed")
    for step in ("approve", "mark_spam", "approve"):
        now = fresh(comment)
        if step == "approve":
            with pytest.raises(StepRefused, match="deleted"):
                now.approve(by=moderator)
        else:
            now.mark_spam(by=moderator)
    assert not fresh(comment).is_published
