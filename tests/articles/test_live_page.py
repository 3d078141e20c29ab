"""A reader follows a live page: what stands there, what an open page is told, and what no address can do."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.live_posts import CHANGES
from articles.models import Article, LiveUpdate, Section
from newsroom.accounts.models import User
from newsroom.lib.models import Stamp
from tests.make import make_article, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(section: Section) -> Article:
    return make_article(
        "Bridge closure", section=section, kind="live", body="", key_points="Shut since six\nNobody hurt"
    )


def post(article: Article, headline: str = "", *, by: User | None = None, ago: int = 0, **over: Any) -> LiveUpdate:
    entry = LiveUpdate(article=article, headline=headline, **{"text": "Words of a post.", **over})
    entry.published_at = timezone.now() - timedelta(minutes=ago)
    entry.post(by=by)
    return entry


def many(article: Article, n: int) -> list[LiveUpdate]:
    """Posts 0 (the newest) to n - 1, a minute apart."""
    now = timezone.now()
    rows = LiveUpdate.objects.bulk_create(
        LiveUpdate(
            article=article, seq=n - i, headline=f"Post {i}.", body="<p>W</p>", published_at=now - timedelta(minutes=i)
        )
        for i in range(n)
    )
    Article.objects.filter(pk=article.pk).update(live_seq=n)
    return rows


def page(client: Any, article: Article, query: str = "") -> str:
    response = client.get(article.get_absolute_url() + query)
    assert response.status_code == 200
    return response.content.decode()


def since(client: Any, article: Article, seq: int) -> dict[str, Any]:
    response = client.get(f"/live/{article.pk}/since/{seq}.json")
    assert response.status_code == 200
    return json.loads(response.content)


def test_a_live_page_has_key_points_key_events_and_its_pinned_post_above_all_however_old(client: Any, live: Article):
    pinned = post(live, "What we know", ago=900, pinned=True)
    Article.objects.filter(pk=live.pk).update(live_seq=1)
    for n in range(52):
        post(live, f"Post {n}.", ago=52 - n, key_event=n in {0, 51})
    html = page(client, live)
    assert html.index("Shut since six") < html.index('class="posts"') < html.index("What we know</h2>")
    assert html.index("What we know</h2>") < html.index("Post 51.</h2>") < html.index("Post 2.</h2>")
    assert f'href="#u{pinned.pk + 52}"' in html  # on this page
    old = LiveUpdate.objects.get(headline="Post 0.")
    assert f'href="?post={old.pk}#u{old.pk}"' in html  # on an older one
    assert html.count("What we know</h2>") == 1


def test_every_post_has_an_address_that_leads_to_it(client: Any, live: Article):
    rows = many(live, 55)
    assert f"{live.get_absolute_url()}?post={rows[3].pk}#u{rows[3].pk}" in page(client, live)
    assert "Post 0." in page(client, live, f"?post={rows[3].pk}")
    deep = page(client, live, f"?post={rows[53].pk}")
    assert "Post 53." in deep
    assert "Post 52." not in deep
    assert "Newest posts" in deep


def test_the_address_of_a_post_that_was_taken_off_says_so(client: Any, live: Article, editor: User):
    entry = post(live, "Wrong")
    entry.take_off(by=editor)
    html = page(client, live, f"?post={entry.pk}")
    assert "was taken off this page" in html
    assert "Wrong" not in html


@pytest.mark.parametrize("forged", ["0", "-1", "99999999", "9" * 40, "x", "1;DROP", "²"])
def test_a_post_that_never_was_leads_to_the_page_itself(client: Any, live: Article, forged: str):
    response = client.get(live.get_absolute_url(), {"post": forged})
    assert response.status_code == 302
    assert response["Location"] == live.get_absolute_url()


def test_a_live_page_of_fifty_posts_costs_what_one_of_three_costs(
    client: Any, live: Article, django_assert_max_num_queries: Any
):
    image = make_image()
    for n in range(3):
        post(live, f"Post {n}", text="Words", image=image, pinned=n == 0, key_event=True)
    page(client, live)
    with CaptureQueriesContext(connection) as few:
        page(client, live)
    budget = len(few)
    for n in range(50):
        post(live, f"More {n}", text="Words", image=image, key_event=True)
    page(client, live)
    with django_assert_max_num_queries(budget):
        page(client, live)


def test_an_open_page_is_told_of_posts_edits_and_deletions(client: Any, live: Article, editor: User):
    first = post(live, "First", by=editor)
    live.refresh_from_db()
    known = live.live_seq
    second = post(live, "Second <b>", by=editor, key_event=True)
    first.headline = "First, put right"
    first.rewrite(base=first.seq, by=editor)
    said = since(client, live, known)
    assert [change["id"] for change in said["posts"]] == [second.pk, first.pk]
    assert "Second &lt;b&gt;" in said["posts"][0]["html"]
    assert "First, put right" in said["posts"][1]["html"]
    assert "Second &lt;b&gt;" in said["keys"]
    second.take_off(by=editor)
    assert since(client, live, said["seq"])["posts"] == [{"id": second.pk, "gone": True}]
    now = since(client, live, known)
    assert {change["id"] for change in now["posts"]} == {first.pk, second.pk}
    assert now == since(client, live, known)
    assert since(client, live, now["seq"])["posts"] == []


def test_the_page_says_from_which_number_to_ask(client: Any, live: Article):
    post(live)
    assert f'data-live="/live/{live.pk}/since/1.json"' in page(client, live)


def test_an_open_page_that_missed_much_is_told_to_load_anew(client: Any, live: Article):
    many(live, CHANGES + 1)
    said = since(client, live, 0)
    assert said["reload"]
    assert said["posts"] == []
    assert len(since(client, live, 1)["posts"]) == CHANGES


def test_numbers_of_the_future_are_answered_and_not_kept(client: Any, live: Article):
    post(live)
    response = client.get(f"/live/{live.pk}/since/999999999.json")
    assert json.loads(response.content) == {"seq": 1, "reload": True}
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("forged", ["-1", "01", "1e3", "9999999999", "x", "1.5", "%00", "\uff11"])
def test_what_is_no_number_has_no_page(client: Any, live: Article, forged: str):
    assert client.get(f"/live/{live.pk}/since/{forged}.json").status_code == 404
    assert client.get(f"/live/{forged}/since/0.json").status_code == 404


def test_nobody_asks_about_stories_that_are_no_live_pages_or_not_public(client: Any, live: Article, article: Article):
    assert client.get(f"/live/{article.pk}/since/0.json").status_code == 404
    Article.objects.filter(pk=live.pk).update(publish_at=timezone.now() + timedelta(hours=1))
    assert client.get(f"/live/{live.pk}/since/0.json").status_code == 404
    assert client.post(f"/live/{live.pk}/since/0.json").status_code == 405


def test_a_poll_costs_three_queries_and_carries_nobodys_data(
    client: Any, client_of: Any, live: Article, editor: User, django_assert_max_num_queries: Any
):
    for n in range(10):
        post(live, f"Post {n}", by=editor)
    since(client, live, 0)
    with django_assert_max_num_queries(4):
        said = since(client, live, 0)
    with django_assert_max_num_queries(3):
        since(client, live, 10)
    assert said == since(client_of(editor), live, 0)


def test_a_post_makes_only_its_own_page_old(live: Article):
    before = dict(Stamp.objects.values_list("scope", "n"))
    post(live)
    after = dict(Stamp.objects.values_list("scope", "n"))
    assert {scope for scope in after if after[scope] != before.get(scope)} == {f"live:{live.pk}"}


def test_the_end_is_told_once_and_the_page_is_calm(client: Any, live: Article, editor: User):
    post(live, "Last")
    assert since(client, live, 1)["ended"] is False
    live.end_coverage(by=editor)
    assert since(client, live, 1)["ended"] is True
    html = page(client, live)
    assert "This live coverage has ended." in html
    assert "data-live=" not in html
    assert "articles/live.js" not in html


def test_search_engines_get_the_newest_posts_each_with_its_address(client: Any, live: Article, editor: User):
    for n in range(30):
        post(live, f"Post {n}", by=editor, ago=30 - n)
    last = post(live, "Pinned", pinned=True, by=editor)
    html = page(client, live)
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    node = next(node for node in json.loads(block[1])["@graph"] if node["@type"] == "LiveBlogPosting")  # type: ignore[index]
    posts = node["liveBlogUpdate"]
    assert len(posts) == 25
    assert posts[0]["headline"] == "Pinned"
    assert posts[0]["url"].endswith(f"?post={last.pk}#u{last.pk}")
    assert posts[0]["author"] == {"@type": "Person", "name": "Oskar Lind"}
    assert node["dateModified"] == posts[0]["datePublished"]
    assert node["coverageStartTime"] < posts[-1]["datePublished"] < node["coverageEndTime"]
