"""What our own scripts get: the part of a page that a form changed. And the preview, with and without them."""

from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, Vote
from newsroom.accounts.models import Reader, User
from newsroom.lib import stamps
from tests.make import make_comment, make_reader

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}
PART = {"X-Fragment": "1"}


def post_url(article: Article) -> str:
    return f"/comments/on/{article.pk}/post/"


def set_site(**values: Any) -> None:
    SiteSettings.objects.filter(pk=1).update(**values)
    stamps.drop_kept()


# Posting.


def test_a_script_gets_the_new_comment_and_a_form_that_knows_its_writer(client: Any, article: Article) -> None:
    answer = client.post(post_url(article), NOOR, headers=PART)
    part, comment = answer.content.decode(), Comment.objects.get()
    assert answer.status_code == 200
    assert "<html" not in part
    assert f'id="c{comment.pk}"' in part
    assert 'data-said="Your comment is posted."' in part
    assert f"/comments/{comment.pk}/edit/" in part
    assert "Posting as" in part
    assert NOOR["email"] not in part
    assert {"device", "guest"} <= answer.cookies.keys()
    assert any(name.startswith("mine") for name in answer.cookies)


def test_a_script_is_told_that_a_comment_waits(client: Any, article: Article) -> None:
    set_site(guests_held=1)
    part = client.post(post_url(article), NOOR, headers=PART).content.decode()
    assert "waits for a moderator" in part
    assert "Awaiting approval" in part


def test_a_reply_comes_back_as_a_reply(client: Any, article: Article) -> None:
    root = make_comment(article, reader=make_reader("Old Ferryman"))
    part = client.post(f"/comments/{root.pk}/reply/", NOOR, headers=PART).content.decode()
    assert "Old Ferryman" in part
    assert f'action="{post_url(article)}"' in part


def test_a9_pressed_twice_a_script_gets_the_same_comment_twice(client: Any, article: Article) -> None:
    parts = [client.post(post_url(article), NOOR, headers=PART).content.decode() for _ in range(2)]
    comment = Comment.objects.get()
    assert all(f'id="c{comment.pk}"' in part for part in parts)


def test_a_script_gets_the_form_with_its_errors(client: Any, article: Article) -> None:
    answer = client.post(post_url(article), NOOR | {"text": "", "name": ""}, headers=PART)
    part = answer.content.decode()
    assert answer.status_code == 422
    assert "<html" not in part
    assert "not posted yet" in part
    assert 'value="noor.b@example.com"' in part
    assert not Comment.objects.exists()


@pytest.mark.parametrize("how", ["site", "story", "thread"])
def test_a_script_is_told_why_it_is_closed_and_gets_the_words_back(client: Any, article: Article, how: str) -> None:
    root = make_comment(article)
    url, sentence = post_url(article), "closed on this site"
    if how == "site":
        set_site(comments_open=False)
    elif how == "story":
        Article.objects.filter(pk=article.pk).update(comments_mode="closed")
        sentence = "on this story are closed"
    else:
        Comment.objects.update(closed_at=timezone.now())
        url, sentence = f"/comments/{root.pk}/reply/", "This thread is closed"
    answer = client.post(url, NOOR, headers=PART)
    assert answer.status_code == 403
    assert sentence in answer.content.decode()
    assert NOOR["text"] in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a29_a_late_second_click_does_not_bring_back_what_a_moderator_removed(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    Comment.objects.get().remove(by=None)
    part = client.post(post_url(article), NOOR, headers=PART).content.decode()
    assert Comment.objects.get().status == "removed"
    assert "taken down" in part
    assert "<article" not in part
    assert client.post(post_url(article), NOOR).status_code == 303
    assert Comment.objects.count() == 1


def test_a29_confirming_the_address_later_does_not_bring_it_back(client: Any, article: Article) -> None:
    from comments.follow import confirm_token

    client.post(post_url(article), NOOR | {"notify": ["replies"]})
    comment = Comment.objects.get()
    comment.remove(by=None)
    assert client.post(f"/comments/confirm/{confirm_token(comment.reader)}/").status_code == 200
    assert Comment.objects.get().status == "removed"


def test_what_its_writer_deleted_can_be_written_again(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    client.post(f"/comments/{Comment.objects.get().pk}/delete/")
    client.post(post_url(article), NOOR)
    assert list(Comment.objects.order_by("id").values_list("status", flat=True)) == ["removed", "published"]


# The preview.


def test_the_preview_shows_the_words_as_they_will_look_and_stores_nothing(client: Any, site: SiteSettings) -> None:
    answer = client.post("/comments/preview/", {"text": "*soft* <script>alert(1)</script> ||x||"})
    part = answer.content.decode()
    assert "<em>soft</em> &lt;script&gt;" in part
    assert "<details>" in part
    assert "<html" not in part
    assert not answer.cookies
    assert not Comment.objects.exists()
    assert not Reader.objects.exists()


def test_the_preview_is_only_asked_for_and_not_too_often(client: Any, site: SiteSettings, settings: Any) -> None:
    assert client.get("/comments/preview/").status_code == 405
    settings.NEWSROOM_LIMITS = True
    codes = {client.post("/comments/preview/", {"text": "x"}).status_code for _ in range(241)}
    assert codes == {200, 429}


def test_without_script_preview_shows_the_form_again_with_everything_in_it(client: Any, article: Article) -> None:
    sent = NOOR | {"text": "*soft*", "email": "", "notify": ["all"], "preview": "1"}
    answer = client.post(post_url(article), sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<em>soft</em>" in page
    assert ">\n*soft*</textarea>" in page
    assert 'value="Noor B."' in page
    assert 'value="all" checked' in page
    assert "aria-invalid" not in page
    assert not Comment.objects.exists()
    assert client.post(post_url(article), {"preview": "1"}).status_code == 200


def test_a_reply_is_previewed_under_what_it_answers(client: Any, article: Article) -> None:
    root = make_comment(article, text="What was said")
    page = client.post(f"/comments/{root.pk}/reply/", NOOR | {"preview": "1"}).content.decode()
    assert "What was said" in page
    assert f'action="/comments/{root.pk}/reply/"' in page


# Votes.


def test_a_vote_is_given_turned_and_taken_back_with_counts_that_follow(client: Any, article: Article) -> None:
    set_site(down_votes=True)
    comment = make_comment(article)
    url = f"/comments/{comment.pk}/vote/"
    seen = []
    for value in ("1", "-1", "0", "-1", "-1"):
        part = client.post(url, {"vote": value}, headers=PART).content.decode()
        assert "<html" not in part
        pressed = part.count('aria-pressed="true"')
        comment.refresh_from_db()
        seen.append((comment.up, comment.down, pressed))
        assert f"Vote up {comment.up}" in part
        assert f"Vote down {comment.down}" in part
    assert seen == [(1, 0, 1), (0, 1, 1), (0, 0, 0), (0, 1, 1), (0, 1, 1)]
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert 'value="0" aria-pressed="true"' in page


def test_without_down_votes_there_is_no_button_for_them(client: Any, article: Article) -> None:
    comment = make_comment(article)
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "Vote up" in page
    assert "Vote down" not in page
    assert client.post(f"/comments/{comment.pk}/vote/", {"vote": "-1"}).status_code == 400


def test_nobody_votes_on_their_own_words_under_another_identity(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    comment = Comment.objects.get()
    survivor = make_reader("Noor B.", email="n@example.com", verified_at=timezone.now())
    Reader.objects.filter(pk=comment.reader_id).update(merged_into=survivor)
    answer = client.post(f"/comments/{comment.pk}/vote/", {"vote": "1"}, headers=PART)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.content.decode()
    assert "others vote on it" in answer.content.decode()
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("down", "says"), [(4, ""), (5, "Readers voted this down"), (9, "Readers voted"), (10, "Many readers voted")]
)
def test_what_readers_voted_down_is_folded_away_and_can_be_opened(
    client: Any, article: Article, down: int, says: str
) -> None:
    comment = make_comment(article, text="An unpopular thought.")
    Comment.objects.filter(pk=comment.pk).update(down=down)
    # Where the site has no down-votes (any more) nothing is folded.
    assert "voted this down" not in client.get(f"/comments/on/{article.pk}/").content.decode()
    set_site(down_votes=True)
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "An unpopular thought." in page
    assert ("voted this down" in page) == bool(says)
    assert says in page


@pytest.mark.parametrize("what", ["badge", "pinned_at", "featured_at"])
def test_the_newsrooms_own_words_and_its_picks_are_never_folded(client: Any, article: Article, what: str) -> None:
    set_site(down_votes=True)
    comment = make_comment(article)
    value = "staff" if what == "badge" else timezone.now()
    Comment.objects.filter(pk=comment.pk).update(down=40, **{what: value})
    assert "voted this down" not in client.get(f"/comments/on/{article.pk}/").content.decode()


def test_a_writer_sees_their_own_words_unfolded_with_their_votes(
    client_of: Any, member: User, article: Article
) -> None:
    set_site(down_votes=True)
    browser = client_of(member)
    browser.post(post_url(article), {"text": "An unpopular thought."})
    Comment.objects.update(up=1, down=12)
    page = browser.get(f"/comments/on/{article.pk}/").content.decode()
    assert "voted this down" not in page
    assert "1 vote, 12 against" in page


def test_voting_too_fast_is_told_beside_the_button(client: Any, article: Article, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    comment = make_comment(article)
    answers = [client.post(f"/comments/{comment.pk}/vote/", {"vote": str(n % 2)}, headers=PART) for n in range(23)]
    assert answers[-1].status_code == 429
    assert "That was fast" in answers[-1].content.decode()
