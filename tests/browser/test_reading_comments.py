"""Reading a long discussion in a real browser: more of it in place, what is new, and the same jobs without a script."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite
from tests.browser.test_pages import violations

pytestmark = pytest.mark.browser

_STORY = """
import json, uuid
from datetime import timedelta
from django.utils import timezone
from tests.make import *
now = timezone.now()
article = make_article("A story that many talk about", slug=f"talk-{uuid.uuid4().hex}")
roots = [make_comment(article, text=f"Root {n}", created_at=now - timedelta(minutes=90 - n)) for n in range(45)]
answers = [make_comment(article, roots[-1], text=f"Answer {n}") for n in range(70)]
chain = [answers[0]]
for n in range(8):
    chain.append(make_comment(article, chain[-1], text=f"Deeper {n}"))
roots[3].featured_at = now
roots[3].save()
roots[5].pinned_at = now
roots[5].save()
print(json.dumps([article.pk, article.get_absolute_url(), roots[-1].pk, chain[-1].pk]))
"""
_MORE = """
from articles.models import Article
from comments.models import Comment
from tests.make import make_comment
article = Article.objects.get(pk={article})
make_comment(article, text="A thread that is new")
make_comment(article, Comment.objects.get(pk={root}), text="An answer that is new")
"""
_CLOSE = """
from articles.models import Article
from newsroom.lib.models import Stamp
Article.objects.filter(pk={article}).update(comments_mode="closed")
Stamp.objects.bump("site")
"""


@pytest.fixture
def story(running_site: RunningSite) -> dict[str, Any]:
    made = json.loads(running_site.manage("shell", "--command", _STORY).strip().splitlines()[-1])
    return dict(zip(("article", "path", "root", "deepest"), made, strict=True)) | {
        "list": f"{running_site.url}/comments/on/{made[0]}/?sort=newest"
    }


def say_more(site: RunningSite, story: dict[str, Any]) -> None:
    site.manage("shell", "--command", _MORE.format(**story))


def shown(page: Any) -> list[str]:
    ids = page.eval_on_selector_all(".comment[id]", "found => found.map(one => one.id)")
    assert len(ids) == len(set(ids))
    return ids


def follow(link: Any) -> None:
    with link.page.expect_navigation():
        link.click()


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.innerText")


def test_more_comments_and_replies_come_in_place_by_mouse_and_keyboard(running_site, reader_at, story) -> None:
    page = reader_at()
    page.goto(story["list"])
    page.locator("#list").scroll_into_view_if_needed()
    expect(page.locator(".comment", has_text="Root 44").locator("time").first).to_contain_text("ago")
    assert len(shown(page)) == 26

    page.get_by_role("link", name="more replies").first.click()
    expect(page.get_by_role("link", name="More replies", exact=True)).to_be_visible()
    page.wait_for_function("document.activeElement.matches('.comment')")
    more = page.get_by_role("link", name="More replies", exact=True)
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="More replies", exact=True)).to_have_count(0)
    expect(page.get_by_text("Answer 69", exact=True)).to_be_visible()
    assert len(shown(page)) == 21 + 78

    page.get_by_role("link", name="More comments").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Root 20", exact=True)).to_be_visible()
    assert "Root 24" in focused(page)
    expect(page.locator(".comments > p[role=status]")).to_contain_text("More comments are shown: 20")
    page.get_by_role("link", name="More comments").click()
    expect(page.get_by_text("Root 0", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="More comments")).to_have_count(0)
    assert len(shown(page)) == 45 + 78
    assert page.url == story["list"]
    order = page.eval_on_selector_all(".comment__body", "found => found.map(one => one.innerText)")
    assert [words for words in order if words.startswith("Answer")] == [f"Answer {n}" for n in range(70)]
    assert [words for words in order if words.startswith("Root")][1:4] == ["Root 44", "Root 43", "Root 42"]


def test_new_comments_are_offered_and_come_where_they_belong(running_site, reader_at, story) -> None:
    page = reader_at()
    page.clock.install()
    with page.expect_response("**/new.json"):
        page.goto(story["list"])
        page.locator("#list").scroll_into_view_if_needed()
    expect(page.locator("time", has_text="ago").first).to_be_visible()
    before = shown(page)
    say_more(running_site, story)
    place = page.locator(".comment", has_text="Root 44").bounding_box()
    time.sleep(1)  # so old may a shared answer be, and the next question is a minute away
    page.clock.run_for(61_000)
    button = page.get_by_role("button", name="2 new comments")
    expect(button).to_be_visible()
    assert shown(page) == before
    assert page.locator(".comment", has_text="Root 44").bounding_box() == place
    button.click()
    expect(page.get_by_text("A thread that is new")).to_be_visible()
    expect(page.get_by_text("An answer that is new")).to_be_visible()
    expect(button).to_be_hidden()
    assert "that is new" in focused(page)
    assert len(shown(page)) == len(before) + 2
    thread = page.locator("li", has=page.locator(f"> #c{story['root']}"))
    expect(thread.get_by_text("An answer that is new")).to_be_visible()


def test_no_page_asks_while_nobody_looks(running_site, reader_at, story) -> None:
    page = reader_at()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("new.json") else None)
    page.clock.install()
    with page.expect_response("**/new.json"):
        page.goto(story["list"])
        page.locator("#list").scroll_into_view_if_needed()
    for _ in range(14):
        page.clock.run_for(60_000)
        page.wait_for_timeout(30)
    assert 2 <= len(asked) <= 12
    idle = len(asked)
    page.clock.run_for(600_000)
    assert len(asked) == idle
    with page.expect_response("**/new.json"):
        page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert len(asked) == idle + 1
    running_site.manage("shell", "--command", _CLOSE.format(**story))
    with page.expect_response("**/new.json"):
        page.clock.run_for(61_000)
    page.wait_for_timeout(500)
    closed = len(asked)
    for _ in range(5):
        page.clock.run_for(61_000)
    page.wait_for_timeout(200)
    assert len(asked) == closed


def test_the_second_visit_marks_what_is_new(running_site, reader_at, story) -> None:
    page = reader_at()
    page.goto(story["list"])
    page.locator("#list").scroll_into_view_if_needed()
    page.wait_for_function("localStorage.getItem('seen')")
    expect(page.locator(".badge--new")).to_have_count(0)
    page.wait_for_timeout(1100)  # new is what comes in a later second than the newest before
    say_more(running_site, story)
    later = page.context.new_page()
    later.wait_for_timeout(1100)
    later.goto(story["list"])
    later.locator("#list").scroll_into_view_if_needed()
    expect(later.locator(".badge--new")).to_have_count(1)
    later.get_by_role("button", name="New since your last visit: 1").click()
    assert "A thread that is new" in focused(later)
    later.get_by_role("link", name="more replies").first.click()
    expect(later.get_by_role("link", name="More replies", exact=True)).to_be_visible()
    later.get_by_role("link", name="More replies", exact=True).click()
    expect(later.get_by_role("button", name="New since your last visit: 2")).to_be_visible()
    later.keyboard.press("n")
    later.keyboard.press("n")
    assert "that is new" in focused(later)


def test_the_same_discussion_without_javascript(running_site, reader_at, story) -> None:
    page = reader_at(javascript=False)
    page.goto(story["list"])
    met = set(shown(page))
    while page.get_by_role("link", name="More comments").count():
        follow(page.get_by_role("link", name="More comments"))
        met |= set(shown(page))
    page.goto(story["list"])
    follow(page.get_by_role("link", name="more replies").first)
    met |= set(shown(page))
    while page.get_by_role("link", name="More replies", exact=True).count():
        follow(page.get_by_role("link", name="More replies", exact=True))
        met |= set(shown(page))
    assert len(met) == 45 + 78
    page.goto(f"{running_site.url}/comments/{story['deepest']}/")
    expect(page.locator(".comment--target")).to_contain_text("Deeper 7")
    expect(page.get_by_text("Deeper 0", exact=True)).to_be_visible()
    follow(page.get_by_role("link", name="View all comments"))
    follow(page.get_by_role("link", name="Editor’s picks 1"))
    assert len(shown(page)) == 1
    page.locator("summary", has_text="More").first.click()


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
def test_axe_finds_nothing_in_open_threads(running_site, reader_at, story, width, dark) -> None:
    page = reader_at(width=width, dark=dark)
    page.goto(story["list"])
    page.locator("#list").scroll_into_view_if_needed()
    page.wait_for_function("localStorage.getItem('seen')")
    page.evaluate(f"localStorage.setItem('seen', JSON.stringify({{'/comments/on/{story['article']}/': 1}}))")
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.locator("#list").scroll_into_view_if_needed()
    expect(page.locator(".badge--new").first).to_be_visible()
    page.get_by_role("link", name="more replies").first.click()
    expect(page.get_by_role("link", name="More replies", exact=True)).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    lefts = page.eval_on_selector_all(
        ".comment", "found => found.map(one => Math.round(one.getBoundingClientRect().left))"
    )
    assert len(set(lefts) - {lefts[0]}) <= (3 if width == 360 else 5)
    assert re.search(r"in reply to", page.inner_text(".main > ol.thread >> nth=0"))
