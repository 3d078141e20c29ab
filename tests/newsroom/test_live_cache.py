"""Open live pages and the page cache: one answer for all who know the same number, fresh after every post."""

import json

import pytest

from articles.models import Article, LiveUpdate
from tests.make import make_article
from tests.newsroom.test_shared_pages import Get, get  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


def post(live: Article, text: str) -> None:
    LiveUpdate(article=live, text=text).post(by=None)


def test_a_poll_is_made_once_for_all_and_anew_after_a_post_which_leaves_other_pages_alone(
    site,
    section,
    get: Get,  # noqa: F811
) -> None:
    live = make_article(section=section, kind="live", body="")
    post(live, "First.")
    page, poll = live.get_absolute_url(), f"/live/{live.pk}/since/1.json"
    for path in ("/", page, poll):
        get(path)
        get(path)  # the first render did not know the page's own stamps yet
        assert get(path)["headers"]["X-Cache"] == "hit", path
    assert get(poll)["headers"]["Cache-Control"] == "public, max-age=2"
    assert get(poll, cookie="device=1; guest=abc")["headers"]["X-Cache"] == "hit"
    post(live, "Second.")
    assert get("/")["headers"]["X-Cache"] == "hit"
    answer = get(poll)
    assert answer["headers"]["X-Cache"] == "miss"
    assert "Second." in json.loads(answer["text"])["posts"][0]["html"]
    assert "Second." in get(page)["text"]


def test_a32_forged_numbers_are_not_kept(site, section, get: Get) -> None:  # noqa: F811
    live = make_article(section=section, kind="live", body="")
    for path in (
        f"/live/{live.pk}/since/5.json",
        f"/live/{live.pk}/since/00.json",
        f"{live.get_absolute_url()}?post=7",
    ):
        assert "X-Cache" not in get(path)["headers"], path
