"""Two reporters and a reader on one live page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, asked_on_leaving, log_in
from tests.browser.test_pages import violations

pytestmark = pytest.mark.browser

_MAKE = """
from django.utils import timezone
from articles.models import Article, LiveUpdate, Section
now = timezone.now()
story = Article.objects.create(
    headline="Rolling coverage {name}", slug="rolling-{name}", kind="live", section=Section.objects.first(),
    status="published", publish_at=now, first_published_at=now, dated=timezone.localdate(now), key_points="One known thing",
)
for n in range(12):
    LiveUpdate(article=story, headline=f"Earlier {{n}}", text="Words of it. " * 40).post(by=None)
print("made", story.pk, story.get_absolute_url())
"""

#: As a tab that goes behind another one; a browser without a screen hides none by itself.
_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


#: As a site that does not answer what asks it for news; how often that was.
_AWAY = """
window.asked = 0;
const others = window.fetch;
window.fetch = (address, ...how) => {
  if (!address.includes("/since/")) return others(address, ...how);
  window.asked += 1;
  return Promise.reject(new TypeError("The site is away"));
};
"""


def make_page(site: RunningSite, name: str) -> tuple[str, str]:
    """The addresses of a live page: for reporters, for readers."""
    _, pk, path = site.manage("shell", "--command", _MAKE.format(name=name)).strip().splitlines()[-1].split()
    return f"{site.url}/admin/articles/article/{pk}/live/", f"{site.url}{path}"


def ask_now(page: Any) -> None:
    """As the reader does who looks for news: by the link, which asks at once."""
    page.evaluate("document.querySelector('[data-check]')?.click()")


def test_two_post_at_once_and_an_open_page_is_offered_both_then_an_edit_and_a_deletion_arrive(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    desk, readers = make_page(running_site, "open")
    reader, one, two = reader_at(width=360), reader_at(), reader_at(width=360, dark=True)
    reader.goto(readers)
    log_in(one, running_site, "Editor")
    log_in(two, running_site, "Front editor")
    one.goto(desk)
    two.goto(desk)
    # By keyboard alone: the field has the focus, one chord posts.
    one.keyboard.type("First *from the quay*.")
    two.keyboard.type("Second, from the tunnel.")
    one.keyboard.press("Control+Enter")
    two.keyboard.press("Control+Enter")
    one.locator(".reporting__words", has_text="First *from the quay*.").wait_for()
    two.locator(".reporting__words", has_text="Second, from the tunnel.").wait_for()

    fifth = reader.locator(".post").nth(5)
    fifth.scroll_into_view_if_needed()
    before = fifth.bounding_box()["y"]
    ask_now(reader)
    button = reader.get_by_role("button", name="2 new updates")
    button.wait_for()
    assert abs(fifth.bounding_box()["y"] - before) < 1
    assert reader.locator(".toast").get_attribute("role") == "status"
    assert reader.get_by_text("from the quay").count() == 0
    button.press("Enter")
    reader.locator("em", has_text="from the quay").wait_for()
    assert reader.locator(".post").count() == 14
    assert reader.evaluate("document.activeElement.matches('.post--new')")

    one.locator(".reporting__post", has_text="from the quay").get_by_role("link", name="Edit").click()
    one.wait_for_url("**/live/*/")
    one.locator("textarea").fill("First, from the old quay.")
    one.keyboard.press("Control+Enter")
    one.wait_for_url(desk)
    two.reload()
    two.locator(".reporting__post", has_text="from the tunnel").get_by_role("button", name="Take off").click()
    two.locator(".is-gone", has_text="from the tunnel").wait_for()
    ask_now(reader)
    reader.get_by_text("from the old quay").wait_for()
    reader.get_by_text("from the tunnel").wait_for(state="detached")
    assert reader.get_by_role("button", name="new update").count() == 0
    assert not violations(reader)

    one.get_by_role("button", name="End the coverage").click()
    one.get_by_text("The coverage has ended.").first.wait_for()
    assert not violations(one)
    ask_now(reader)
    reader.get_by_text("This live coverage has ended.").wait_for()
    reader.locator(".head .tab", has_text="Live coverage has ended").wait_for()


def test_posts_wait_while_the_connection_is_gone_and_are_sent_once(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    desk, readers = make_page(running_site, "offline")
    page, reader = reader_at(width=360), reader_at(javascript=False)
    log_in(page, running_site, "Editor")
    page.goto(desk)
    page.context.set_offline(True)
    page.locator("textarea").fill("From the tunnel.")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__queue li", has_text="Waits for the connection").wait_for()
    assert page.locator("textarea").input_value() == ""
    page.locator("textarea").fill("Still typing")
    page.context.set_offline(False)
    page.locator(".reporting__post", has_text="From the tunnel.").wait_for()
    page.locator(".reporting__queue li").wait_for(state="detached")
    # The site took the next one, but the answer was lost on the way.
    lost = []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/live/", lose)
    page.locator("textarea").fill("Sent twice.")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__queue li", has_text="Waits for the connection").wait_for()
    page.reload()  # what waits outlives the page
    page.locator(".reporting__post", has_text="Sent twice.").wait_for()
    page.locator(".reporting__queue li").wait_for(state="detached")
    assert lost == [200]
    assert page.locator(".reporting__post", has_text="Sent twice.").count() == 1
    reader.goto(readers)
    assert reader.locator(".post", has_text="Sent twice.").count() == 1
    assert reader.get_by_role("link", name="Check for new posts").is_visible()


def test_a_post_that_the_site_refuses_for_good_is_tried_twice_and_its_words_can_be_taken_up_again(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    desk, _ = make_page(running_site, "refused")
    page = reader_at(width=360)
    log_in(page, running_site, "Editor")
    page.goto(desk)
    tried = []

    def refuse(route: Any) -> None:
        if route.request.method == "POST":
            tried.append(route.request.url)
            route.fulfill(status=403, body="No.")
        else:
            route.continue_()

    page.route("**/live/", refuse)
    page.locator("textarea").fill("From the quay.")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__queue li", has_text="You may not post here").wait_for()
    page.wait_for_timeout(500)
    assert len(tried) == 2
    page.get_by_role("button", name="Take up again").click()
    assert page.locator("textarea").input_value() == "From the quay."


def test_where_the_browser_has_no_room_left_a_post_is_sent_and_one_that_waits_is_not_closed_away_unasked(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    desk, _ = make_page(running_site, "full")
    page = reader_at(width=360)
    log_in(page, running_site, "Editor")
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    page.goto(desk)
    page.locator("textarea").fill("From the quay.")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__post", has_text="From the quay.").wait_for()
    page.context.set_offline(True)
    page.locator("textarea").fill("From the tunnel.")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__queue li", has_text="Waits for the connection").wait_for()
    asked = asked_on_leaving(page)
    page.get_by_role("link", name="View site").click()
    expect(page.locator(".reporting__queue li", has_text="From the tunnel.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_picture_outlives_a_closed_tab_and_is_posted_once(
    running_site: RunningSite, reader_at: Callable[..., Any], tmp_path: Path
) -> None:
    desk, readers = make_page(running_site, "quay")
    quay = tmp_path / "quay.jpg"
    PIL.Image.new("RGB", (640, 480), (40, 90, 120)).save(quay)
    page, reader = reader_at(width=360), reader_at(javascript=False)
    log_in(page, running_site, "Editor")
    page.goto(desk)
    page.context.set_offline(True)
    page.locator("textarea").fill("Seen from the quay.")
    page.locator("input[name=upload]").set_input_files(quay)
    page.locator("input[name=alt]").evaluate("(field) => (field.value = 'A ferry')")
    page.keyboard.press("Control+Enter")
    page.locator(".reporting__queue li", has_text="Waits for the connection").wait_for()
    page.close()

    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(desk)
    page.locator(".reporting__post .tag", has_text="Picture").wait_for()
    page.locator(".reporting__queue li").wait_for(state="detached")
    page.reload()
    page.locator(".reporting__post").first.wait_for()
    assert page.locator(".reporting__post", has_text="Seen from the quay.").count() == 1
    reader.goto(readers)
    post = reader.locator(".post", has_text="Seen from the quay.")
    assert post.count() == 1
    assert post.get_by_role("img", name="A ferry").count() == 1


def test_an_open_page_asks_less_often_while_nobody_answers_and_not_at_all_while_it_is_hidden(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    _, readers = make_page(running_site, "slow")
    reader = reader_at()
    reader.add_init_script(_AWAY)
    reader.clock.install()
    reader.goto(readers)

    def asks_within(seconds: int) -> bool:
        """Whether it asked. The page's own clock stands still between two calls."""
        before = reader.evaluate("window.asked")
        for _ in range(seconds):
            reader.clock.run_for(1000)
            if reader.evaluate("window.asked") > before:
                return True
        return False

    # 10 s; then 20, 40, 80 s and so on, each of them a fifth more or less, so that not all pages ask in one second.
    assert asks_within(11)
    for least, most in ((16, 24), (32, 48), (64, 96)):
        assert not asks_within(least - 2)
        assert asks_within(most - least + 4)
    reader.evaluate(_HIDE, True)
    assert not asks_within(400)
    before = reader.evaluate("window.asked")
    reader.evaluate(_HIDE, False)
    assert reader.evaluate("window.asked") == before + 1


def test_without_script_a_story_breaks_and_stops_and_a_live_page_is_written(
    running_site: RunningSite, reader_at: Callable[..., Any]
) -> None:
    desk, readers = make_page(running_site, "plain")
    page = reader_at(width=360, javascript=False)
    log_in(page, running_site, "Front editor")
    page.goto(desk)
    page.locator("textarea").fill("By hand, **from the tunnel**.")
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator(".reporting__post", has_text="from the tunnel")
    post.get_by_role("button", name="Pin").click()
    post.locator(".tag", has_text="Pinned").wait_for()
    post.get_by_role("link", name="Edit").click()
    page.wait_for_url("**/live/*/")
    page.locator("textarea").fill("By hand, from the old tunnel.")
    page.get_by_role("button", name="Store").click()
    page.locator(".reporting__words", has_text="from the old tunnel").wait_for()
    page.goto(readers)
    assert page.locator(".post", has_text="from the old tunnel").count() == 1

    page.goto(desk.replace("/live/", "/break/"))
    page.get_by_role("button", name="break it").click()
    expect(page.locator(".messagelist")).to_contain_text("Breaking until")
    page.goto(f"{running_site.url}/latest/")
    assert page.locator("alert-bar", has_text="Rolling coverage plain").is_visible()
    page.goto(desk.replace("/live/", "/break/"))
    page.get_by_role("button", name="Stop breaking").click()
    expect(page.locator(".messagelist")).to_contain_text("No longer breaking")
    page.goto(f"{running_site.url}/latest/")
    assert page.locator("alert-bar", has_text="Rolling coverage plain").count() == 0
    page.goto(desk)
    page.get_by_role("button", name="End the coverage").click()
    page.get_by_text("The coverage has ended.").first.wait_for()
