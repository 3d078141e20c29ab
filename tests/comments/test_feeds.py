"""Comments in a reader's own program: of a story, of the site, and replies to one reader at an address of their own."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from defusedxml import ElementTree
from django.utils import timezone

from articles.models import Article, Section
from comments.models import Comment
from newsroom.accounts.models import Reader, User
from tests.make import make_article, make_comment, make_reader

NS = {"content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/"}


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.NEWSROOM_URL = "https://news.example"


def items(client: Any, url: str) -> list[Any]:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    return ElementTree.fromstring(response.content).findall("channel/item")


def links(client: Any, url: str) -> list[str]:
    return [item.findtext("link") for item in items(client, url)]


def permalink(comment: Comment) -> str:
    return f"https://news.example/comments/{comment.pk}/"


def test_a_feed_holds_what_a_story_shows_the_newest_first(client: Any, article: Article) -> None:
    root = make_comment(article, text="First & <b>foremost</b> *this*", reader=make_reader("Noor & Piet"))
    reply = make_comment(article, root)
    make_comment(make_article(section=article.section))
    for status in ("pending", "spam", "rejected", "removed"):
        make_comment(article, text="Not for readers", status=status)
    newest, oldest = items(client, f"/comments/on/{article.pk}/rss.xml")
    assert newest.findtext("link") == permalink(reply)
    assert oldest.findtext("title") == f"Noor & Piet on “{article.headline}”"
    assert oldest.findtext("dc:creator", namespaces=NS) == "Noor & Piet"
    assert "<em>this</em>" in oldest.findtext("content:encoded", namespaces=NS)
    assert "<b>foremost" not in oldest.findtext("content:encoded", namespaces=NS)
    assert oldest.find("guid").get("isPermaLink") == "false"
    assert oldest.findtext("guid").endswith(f":comment-{root.pk}")


def test_a_feed_ends_after_fifty(client: Any, article: Article) -> None:
    for _ in range(55):
        make_comment(article)
    assert len(items(client, f"/comments/on/{article.pk}/rss.xml")) == 50
    assert len(items(client, "/comments/rss.xml")) == 50


def test_the_feed_of_the_site_leaves_out_what_is_not_shown(client: Any, section: Section) -> None:
    shown = make_comment(make_article(section=section))
    for over in (
        {"status": "draft"},
        {"comments_mode": "hidden"},
        {"publish_at": timezone.now() + timedelta(days=1)},
        {"expire_at": timezone.now() - timedelta(minutes=1)},
    ):
        story = make_article(section=section)
        make_comment(story)
        Article.objects.filter(pk=story.pk).update(**over)
        assert client.get(f"/comments/on/{story.pk}/rss.xml").status_code == 404
    assert links(client, "/comments/rss.xml") == [permalink(shown)]


def test_pages_announce_the_feeds(client: Any, article: Article) -> None:
    own = f'<link rel="alternate" type="application/rss+xml" href="/comments/on/{article.pk}/rss.xml"'
    assert own in client.get(article.get_absolute_url()).content.decode()
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert own in page
    assert 'type="application/rss+xml" href="/comments/rss.xml"' in page


def my_feed(browser: Any) -> str:
    found = re.search(r'href="(/comments/mine/[^"]+/rss\.xml)"', browser.get("/comments/mine/").content.decode())
    assert found
    return found[1]


def test_a_reader_has_a_feed_of_the_replies_to_them(
    client: Any, client_of: Any, article: Article, member: User
) -> None:
    reader = Reader.objects.for_user(member)
    guest = make_reader(merged_into=reader)
    mine, before = make_comment(article, reader=reader), make_comment(article, reader=guest)
    replies = [make_comment(article, mine), make_comment(article, before)]
    make_comment(article, replies[0])
    make_comment(article, mine, reader=guest)
    make_comment(article, mine, status="pending")
    url = my_feed(client_of(member))
    assert links(client, url) == [permalink(c) for c in reversed(replies)]
    answer = client.get(url)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_private_address_can_be_replaced(client: Any, client_of: Any, member: User) -> None:
    browser = client_of(member)
    old = my_feed(browser)
    assert browser.post("/comments/mine/feed/").status_code == 303
    assert client.get(old).status_code == 404
    assert client.get(my_feed(browser)).status_code == 200
    assert client.post("/comments/mine/feed/").status_code == 404


def test_the_private_address_outlives_a_merger_and_ends_with_the_person(
    client: Any, client_of: Any, article: Article, member: User
) -> None:
    from comments.private_feed import feed_of_replies

    guest, reader = make_reader(), Reader.objects.for_user(member)
    reply = make_comment(article, make_comment(article, reader=guest))
    url = feed_of_replies(guest)
    Reader.objects.filter(pk=guest.pk).update(merged_into=reader)
    assert links(client, url) == [permalink(reply)]
    client_of(member).post("/comments/mine/feed/")
    assert client.get(url).status_code == 404
    url = feed_of_replies(Reader.objects.get(pk=reader.pk))
    Reader.objects.filter(pk=reader.pk).update(erased_at=timezone.now())
    assert client.get(url).status_code == 404


def test_a15_a_feed_address_of_another_kind_or_a_damaged_one_opens_nothing(client: Any, member: User) -> None:
    from comments.follow import confirm_token
    from newsroom.lib.signing import sign_for_good

    reader = Reader.objects.for_user(member)
    forged = (sign_for_good("device", [reader.pk, reader.feed_key]), sign_for_good("comments.replies", "x"))
    for token in (confirm_token(reader), *forged, "x", "x:y:z"):
        assert client.get(f"/comments/mine/{token}/rss.xml").status_code == 404


def test_a14_reading_a_feed_or_its_page_changes_nothing(client_of: Any, member: User) -> None:
    browser = client_of(member)
    url = my_feed(browser)
    assert browser.get("/comments/mine/feed/").status_code == 405
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert my_feed(browser) == url


def test_characters_that_xml_cannot_hold_do_not_break_a_feed(client: Any, article: Article) -> None:
    comment = make_comment(article)
    Comment.objects.filter(pk=comment.pk).update(html="<p>bell \x07</p>", name="No\x0bor")
    assert "bell" in items(client, f"/comments/on/{article.pk}/rss.xml")[0].findtext("description")
