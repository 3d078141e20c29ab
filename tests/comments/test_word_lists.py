"""A moderator keeps the word lists on one screen."""

from typing import Any

import pytest

from articles.models import Article
from comments.models import Phrase
from newsroom.accounts.models import User
from tests.make import make_comment

LISTS = "/admin/comments/phrase/"


def boxes(browser: Any, **over: str) -> dict[str, str]:
    """What the page holds, as a browser would send it back."""
    form = browser.get(LISTS).context["form"]
    held = {name: str(form.initial.get(name, "")) for name in ("banned", "suspect", "note", "text", "seen")}
    return held | over


def test_both_lists_are_pasted_in_as_wordpress_keeps_them(client_of: Any, moderator: User) -> None:
    browser = client_of(moderator)
    pasted = "viagra\r\n\r\n192.0.2.7\r\nspam.example\r\n viagra \r\n***\r\nbuy now!\r\n"
    answer = browser.post(LISTS, boxes(browser, banned=pasted, suspect="casino*", note="From the old site", save="1"))
    assert answer.status_code == 302
    assert set(Phrase.objects.values_list("kind", "text")) == {
        ("banned", "viagra"), ("banned", "192.0.2.7"), ("banned", "spam.example"), ("banned", "buy now!"),
        ("suspect", "casino*"),
    }  # fmt: skip
    assert set(Phrase.objects.values_list("note", "added_by")) == {("From the old site", moderator.pk)}
    page = browser.get(LISTS).content.decode()
    assert "spam.example" in page
    assert "casino*" in page


def test_what_stays_keeps_who_when_and_why(client_of: Any, moderator: User, admin_user: User) -> None:
    Phrase.objects.replace("banned", ["old word", "older word"], by=admin_user, note="an old story")
    before = Phrase.objects.get(text="old word").added_at
    browser = client_of(moderator)
    browser.post(LISTS, boxes(browser, banned="old word\nnew word", note="a new story", save="1"))
    rows = {row.text: row for row in Phrase.objects.all()}
    assert rows.keys() == {"old word", "new word"}
    kept, new = rows["old word"], rows["new word"]
    assert (kept.added_by, kept.added_at, kept.note) == (admin_user, before, "an old story")
    assert (new.added_by, new.note) == (moderator, "a new story")
    page = browser.get(f"{LISTS}all/?q=old").content.decode()
    assert "an old story" in page
    assert "new word" not in page


def test_five_thousand_phrases_fit(client_of: Any, moderator: User, django_assert_max_num_queries: Any) -> None:
    browser = client_of(moderator)
    lines = "\n".join(f"phrase number {n}" for n in range(5000))
    sent = boxes(browser, banned=lines, save="1")
    with django_assert_max_num_queries(50):
        assert browser.post(LISTS, sent).status_code == 302
    assert Phrase.objects.count() == 5000
    assert browser.post(LISTS, boxes(browser, save="1")).status_code == 302
    assert Phrase.objects.count() == 5000


def test_a_text_is_tried_on_lists_that_are_not_saved(client_of: Any, moderator: User) -> None:
    browser = client_of(moderator)
    sent = boxes(browser, banned="viagra", suspect="pills", text="Buy v i a g r a <b>pills</b>!")
    sent["try"] = "1"
    page = browser.post(LISTS, sent).content.decode()
    assert '<mark class="matched matched--banned">v i a g r a</mark>' in page
    assert '<mark class="matched matched--suspect">pills</mark>' in page
    assert "<b>pills" not in page
    assert not Phrase.objects.exists()


def test_which_of_the_last_thousand_comments_would_this_have_caught(
    client_of: Any, moderator: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    make_comment(article, text="All about viagra here")
    make_comment(article, text="A harmless remark", name="Casino King")
    make_comment(article, text="Scunthorpe is lovely")
    browser = client_of(moderator)
    sent = boxes(browser, banned="viagra\ncunt", suspect="casino", look="1")
    with django_assert_max_num_queries(15):
        page = browser.post(LISTS, sent).content.decode()
    assert "2 of the last 3 comments" in page
    assert "<mark" in page
    assert "All about" in page
    assert "Scunthorpe is lovely" not in page


@pytest.mark.parametrize(
    ("banned", "says"), [("x" * 201, "Line 1 is longer"), ("\n".join(f"p {n}" for n in range(10_001)), "10001 phrases")]
)
def test_what_cannot_be_kept_is_said_and_every_line_stays(
    client_of: Any, moderator: User, banned: str, says: str
) -> None:
    browser = client_of(moderator)
    answer = browser.post(LISTS, boxes(browser, banned=banned, suspect="kept", save="1"))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert banned[-200:] in answer.content.decode()
    assert not Phrase.objects.exists()


def test_two_moderators_at_the_same_lists_lose_nothing(client_of: Any, moderator: User, admin_user: User) -> None:
    first, second = client_of(moderator), client_of(admin_user)
    mine, theirs = boxes(first, banned="mine"), boxes(second, banned="theirs")
    first.post(LISTS, mine | {"save": "1"})
    answer = second.post(LISTS, theirs | {"save": "1"})
    assert answer.status_code == 422
    assert "meanwhile" in answer.content.decode()
    assert "theirs" in answer.content.decode()
    assert list(Phrase.objects.values_list("text", flat=True)) == ["mine"]


def test_a24_only_moderators_look_and_save(client_of: Any, reporter: User, editor: User, member: User) -> None:
    for user in (reporter, editor, member):
        browser = client_of(user)
        assert browser.get(LISTS).status_code in {302, 403}
        assert browser.get(f"{LISTS}all/").status_code in {302, 403}
        browser.post(LISTS, {"banned": "x", "seen": "0 None None", "save": "1"})
    assert not Phrase.objects.exists()
