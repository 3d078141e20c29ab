"""What a commenter folded away is told nowhere where a reader cannot choose to look."""

from typing import Any

import pytest
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from articles.models import Article, Section
from comments.follow import confirm_token
from comments.markup import render, unspoiled, unspoiled_html
from comments.models import Comment, InlineAnchor, Notice
from newsroom.accounts.models import Reader, User
from tests.make import make_article, make_comment

SECRET = "the keeper did it"
TYPED = f"I read it twice: ||{SECRET}||. Well made."


@pytest.fixture
def spoiler(article: Article) -> Comment:
    return make_comment(article, text=TYPED)


def test_a_spoiler_is_folded_where_the_comment_is_read(client: Any, spoiler: Comment) -> None:
    for url in (spoiler.article.get_absolute_url(), f"/comments/on/{spoiler.article_id}/", f"/comments/{spoiler.pk}/"):
        page = LexborHTMLParser(client.get(url).text)
        assert SECRET in page.css_first("details > p").text(), url
        page.css_first(".comment__body details").decompose()
        assert SECRET not in page.html, url


def test_feeds_do_not_tell_it(client: Any, spoiler: Comment) -> None:
    for url in (f"/comments/on/{spoiler.article_id}/rss.xml", "/comments/rss.xml"):
        feed = client.get(url).text
        assert "[spoiler]" in feed
        assert SECRET not in feed


def test_pages_about_a_comment_do_not_tell_it(client: Any, spoiler: Comment) -> None:
    for what in ("flag", "follow"):
        page = client.get(f"/comments/{spoiler.pk}/{what}/").text
        assert "I read it twice: [spoiler]" in " ".join(page.split())
        assert SECRET not in page
    refused = client.post(f"/comments/{spoiler.pk}/reply/", {"text": ""})
    assert refused.status_code == 422
    assert SECRET not in refused.text


def test_a_notice_does_not_tell_it(client_of: Any, member: User, spoiler: Comment) -> None:
    Notice.objects.create(reader=Reader.objects.for_user(member), comment=spoiler, reason="all")
    page = client_of(member).get("/comments/mine/").text
    assert "I read it twice: [spoiler]" in " ".join(page.split())
    assert SECRET not in page


def test_its_writer_and_moderators_read_it_called_what_it_is(
    client: Any, client_of: Any, article: Article, moderator: User, admin_user: User
) -> None:
    sent = {"text": TYPED, "name": "Noor", "email": "noor@example.com"}
    client.post(f"/comments/on/{article.pk}/post/", sent)
    comment = Comment.objects.get()
    spelled = f"I read it twice: [spoiler: {SECRET}]. Well made."
    confirm = f"/comments/confirm/{confirm_token(comment.reader)}/"
    Comment.objects.filter(pk=comment.pk).update(status="pending", reason="first", visible=False)
    desk, admin = client_of(moderator), client_of(admin_user)
    for browser, url in (
        (client, "/comments/mine/"),
        (client, confirm),
        (desk, "/admin/moderation/"),
        (desk, f"/admin/moderation/people/{comment.reader_id}/"),
        (admin, f"/admin/comments/comment/{comment.pk}/change/"),
        (admin, "/admin/comments/comment/"),
    ):
        page = " ".join(browser.get(url).text.split())
        assert spelled in page, url
        assert "||" not in page, url
    preview = client.post("/comments/preview/", {"text": TYPED}).text
    assert SECRET in LexborHTMLParser(preview).css_first("details > p").text()


def test_the_passage_of_a_story_does_not_tell_it(client: Any, section: Section) -> None:
    asked = (
        '<p data-block="aaaa1111">Who <span class="question" data-question="Who?">closed the bridge</span> today?</p>'
    )
    story = make_article("Bridge closed", section=section, body=asked)
    InlineAnchor.objects.follow()
    make_comment(story, text=TYPED, anchor=InlineAnchor.objects.get())
    page = LexborHTMLParser(client.get(story.get_absolute_url()).text)
    assert "[spoiler]" in page.css_first(".feedback .answers").text()
    assert SECRET not in page.css_first(".feedback .answers").text()


def test_the_history_folds_it(client: Any, spoiler: Comment) -> None:
    spoiler.edit(f"{TYPED} Really.", now=timezone.now())
    page = LexborHTMLParser(client.get(f"/comments/{spoiler.pk}/history/").text)
    assert SECRET in page.css_first(".change details").text()
    page.css_first(".change details").decompose()
    assert SECRET not in page.html


@pytest.mark.parametrize(
    "text", [TYPED, "`||code||` || open", "```\n||code||\n```", "|| no ||", "a\n\n> b", "x" * 3000]
)
def test_what_is_not_folded_stays_as_it_is(text: str) -> None:
    assert (unspoiled(text) == text) == ("<details>" not in render(text))


def test_what_was_imported_may_be_folded_twice() -> None:
    html = "<details><summary>Ending</summary><p>a</p><details><p>b</p></details>c</details><p>d</p>"
    assert unspoiled_html(html) == "<p>[spoiler]</p><p>d</p>"
