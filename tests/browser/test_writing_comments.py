"""What writers and voters do under a story, by mouse, by keyboard alone and without JavaScript."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite
from tests.browser.test_following import say
from tests.browser.test_following import story as begin_story
from tests.browser.test_pages import violations

pytestmark = pytest.mark.browser

_OPEN = """
import json
from articles.models import SiteSettings
from newsroom.lib.models import Stamp
row = SiteSettings.row()
before = [row.guests_held, row.down_votes]
row.guests_held, row.down_votes = {held}, {down}
row.save()
Stamp.objects.bump(Stamp.SITE)
print(json.dumps(before))
"""


@pytest.fixture(scope="module")
def story(running_site: RunningSite) -> Iterator[str]:
    """A story with a few comments, on a site where everything is published at once and down-votes are on."""
    said = running_site.manage("shell", "--command", _OPEN.format(held=0, down=True))
    held, down = json.loads(said.strip().splitlines()[-1])
    address = begin_story(running_site, "What writers and voters talk about")
    say(running_site, address, "The tide is another.", "So is the fog.", "And the ferries are old.")
    time.sleep(1)
    yield address
    running_site.manage("shell", "--command", _OPEN.format(held=held, down=down))
    time.sleep(1)


def arrive(page: Any, story: str) -> None:
    page.goto(f"{story}#comments")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.sameDocument = true")


def is_same_document(page: Any) -> bool:
    return bool(page.evaluate("window.sameDocument === true"))


def write(page: Any, text: str, who: str = "") -> None:
    form = page.locator("#comment-form")
    form.locator("textarea").fill(text)
    if who:
        form.locator("input[name=name]").fill(who)
        form.locator("input[name=email]").fill(f"{who.lower()}@example.com")


def said(page: Any) -> Any:
    return page.locator(".comments > [role=status]")


def comment_with(page: Any, text: str) -> Any:
    return page.locator(".comment", has_text=text)


def test_a_reader_writes_changes_and_deletes_without_the_page_being_asked_for_again(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    write(page, "The ferry was *late*, ||again||.", "Wilma")
    page.get_by_role("button", name="Preview").click()
    preview = page.locator("#comment-form .preview")
    expect(preview.locator("em")).to_have_text("late")
    page.locator("#comment-form textarea").press_sequentially(" And **crowded**")
    expect(preview.locator("strong")).to_have_text("crowded")
    page.get_by_role("button", name="Post comment").dblclick()
    mine = comment_with(page, "The ferry was late")
    expect(mine).to_have_count(1)
    expect(mine).to_be_focused()
    expect(said(page)).to_have_text("Your comment is posted.")
    expect(page.locator("#comment-form textarea")).to_have_value("")
    expect(page.locator("#comment-form .as")).to_contain_text("Wilma")
    expect(mine.get_by_text("again.", exact=True)).to_be_hidden()
    mine.get_by_text("Spoiler").click()
    expect(mine.get_by_text("again.", exact=True)).to_be_visible()

    mine.get_by_text("More").click()
    mine.get_by_role("link", name="Edit").click()
    editor = page.locator("form[data-part]")
    expect(editor.locator("textarea")).to_have_value(re.compile("The ferry was"))
    editor.locator("textarea").fill("x")
    editor.get_by_role("button", name="Save").click()
    expect(editor.locator(".note--error")).to_be_focused()
    editor.locator("textarea").fill("The ferry was on time.")
    editor.get_by_role("button", name="Save").click()
    mine = comment_with(page, "The ferry was on time.")
    expect(mine).to_be_focused()
    expect(mine.get_by_role("link", name="edited")).to_be_visible()
    assert violations(page) == []

    aside = page.context.new_page()
    for own_page in ("history", "edit", "delete", ""):
        aside.goto(re.sub(r"history/$", f"{own_page}/" if own_page else "", address_of_history(page, mine)))
        assert violations(aside) == [], own_page

    mine.get_by_text("More").click()
    mine.get_by_role("link", name="Delete").click()
    page.locator("form[data-part]").get_by_role("button", name="Delete").click()
    expect(said(page)).to_have_text("Your comment is deleted.")
    expect(mine).to_have_count(0)
    assert is_same_document(page)
    page.reload()
    expect(comment_with(page, "The ferry was on time.")).to_have_count(0)


def address_of_history(page: Any, mine: Any) -> str:
    return str(mine.get_by_role("link", name="edited").evaluate("link => link.href"))


def test_selected_words_become_a_quote_in_the_reply_which_stands_below(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    first = page.locator("#list ~ .thread > li > .comment").first
    words = first.locator(".comment__body p").first
    words.select_text()
    reply = first.get_by_role("link", name="Quote and reply")
    reply.click()
    box = page.locator("form.reply")
    expect(box.locator("textarea")).to_have_value(re.compile(r"^> \w"))
    expect(box.locator("textarea")).to_be_focused()
    box.locator("textarea").press_sequentially("So it was.")
    box.locator("input[name=name]").fill("Quentin")
    box.locator("input[name=email]").fill("quentin@example.com")
    box.get_by_role("button", name="Cancel").click()
    expect(box).to_be_hidden()
    expect(first.get_by_role("link", name="Reply")).to_be_focused()
    first.get_by_role("link", name="Reply").click()
    expect(box.locator("textarea")).to_have_value(re.compile(r"So it was\.$"))
    box.get_by_role("button", name="Post reply").click()
    mine = comment_with(page, "So it was.")
    expect(mine).to_be_focused()
    expect(mine.locator("blockquote")).to_be_visible()
    assert first.locator("xpath=..").locator(".replies .comment", has_text="So it was.").count() == 1
    expect(page.locator("form.reply")).to_have_count(0)
    assert is_same_document(page)
    assert violations(page) == []


def test_words_quoted_out_of_a_spoiler_stay_hidden(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    write(page, "It ends ||with the bridge|| and a storm.", "Zenobia")
    page.wait_for_timeout(3500)  # what is written faster waits for a moderator, and nobody answers it
    page.get_by_role("button", name="Post comment").click()
    mine = comment_with(page, "It ends")
    expect(mine).to_be_focused()
    mine.get_by_text("Spoiler").click()
    mine.get_by_text("with the bridge").select_text()
    mine.get_by_role("link", name="Quote and reply").click()
    expect(page.locator("form.reply textarea")).to_have_value("> ||with the bridge||\n\n")


def test_votes_count_where_they_are_given(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    votes = page.locator("#list ~ .thread > li > .comment form.votes").nth(1)
    up, down = votes.locator("button").first, votes.locator("button").last
    before = int(re.search(r"\d+", up.inner_text())[0])
    up.click()
    expect(up).to_contain_text(f"Vote up {before + 1}")
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(up).to_be_focused()
    expect(said(page)).to_contain_text("You voted for it.")
    down.click()
    expect(up).to_contain_text(f"Vote up {before}")
    expect(down).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(said(page)).to_contain_text("You took your vote back.")
    assert is_same_document(page)


def test_words_that_were_not_posted_are_there_again(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    write(page, "Half a thought")
    page.reload()
    page.wait_for_load_state("networkidle")
    form = page.locator("#comment-form")
    form.scroll_into_view_if_needed()
    expect(form.locator("textarea")).to_have_value("Half a thought")
    expect(form).to_contain_text("Your unsent words are here again.")
    form.get_by_role("button", name="Discard").click()
    expect(form.locator("textarea")).to_have_value("")
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(form.locator("textarea")).to_have_value("")


def test_a_connection_that_fails_keeps_the_words_and_trying_again_posts_once(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    write(page, "Through the tunnel.", "Tove")
    # The first answer is lost after the comment was stored.
    page.route("**/post/", lambda route: (route.fetch(), route.abort())[1], times=1)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator("#comment-form .note--error")).to_contain_text("did not arrive")
    expect(page.locator("#comment-form textarea")).to_have_value("Through the tunnel.")
    page.get_by_role("button", name="Post comment").click()
    expect(comment_with(page, "Through the tunnel.")).to_be_focused()
    page.reload()
    expect(comment_with(page, "Through the tunnel.")).to_have_count(1)


def test_everything_is_done_by_keyboard_alone(story, reader_at) -> None:
    page = reader_at(width=360, dark=True)
    arrive(page, story)
    keys = page.keyboard
    page.locator("#comment-form textarea").focus()
    keys.type("Typed by hand.")
    for typed in ("Kay", "kay@example.com"):
        keys.press("Tab")
        keys.type(typed)
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Control+Enter")
    mine = comment_with(page, "Typed by hand.")
    expect(mine).to_be_focused()

    def to(name: str) -> None:
        """Tabs on from the comment until something of this name has the focus."""
        for _ in range(12):
            keys.press("Tab")
            if name in page.evaluate("document.activeElement.textContent"):
                return
        pytest.fail(f"{name} cannot be reached by Tab")

    to("More")
    keys.press("Enter")
    to("Edit")
    keys.press("Enter")
    editor = page.locator("form[data-part] textarea")
    expect(editor).to_be_focused()
    keys.press("Control+A")
    keys.type("Typed again.")
    keys.press("Control+Enter")
    mine = comment_with(page, "Typed again.")
    expect(mine).to_be_focused()
    to("Reply")
    keys.press("Enter")
    expect(page.locator("form.reply textarea")).to_be_focused()
    keys.type("And an answer to myself.")
    keys.press("Control+Enter")
    answer = comment_with(page, "And an answer to myself.")
    expect(answer).to_be_focused()
    to("More")
    keys.press("Enter")
    to("Delete")
    keys.press("Enter")
    expect(page.locator("form[data-part] [data-send]")).to_be_focused()
    keys.press("Enter")
    expect(answer).to_have_count(0)
    assert is_same_document(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_everything_is_done_without_javascript(story, reader_at) -> None:
    page = reader_at(javascript=False)
    page.goto(story)
    write(page, "*Plain* words.", "Paula")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview em")).to_have_text("Plain")
    assert violations_without_script(page)
    page.get_by_role("button", name="Post comment").click()
    page.wait_for_url(re.compile(r"#c\d+$"))
    mine = comment_with(page, "Plain words.")
    mine.get_by_text("More").click()
    mine.get_by_role("link", name="Edit").click()
    expect(page.locator("textarea")).to_have_value("*Plain* words.")
    page.locator("textarea").fill("Plainer words.")
    page.get_by_role("button", name="Save").click()
    mine = comment_with(page, "Plainer words.")
    expect(mine).to_be_visible()
    mine.get_by_role("link", name="edited").click()
    expect(page.locator("ins")).to_contain_text("Plainer")
    page.get_by_role("link", name="Back to the comment").click()
    expect(page.locator("ins")).to_have_count(0)  # it has been left, so that the next step cannot be overtaken

    page.goto(story)
    other = page.locator("#list ~ .thread > li > .comment").nth(2)
    place = other.get_attribute("id")  # a vote may move it in the list
    other.get_by_role("button", name="Vote up").click()
    expect(page.locator(f"#{place}").get_by_role("button", name="Vote up")).to_have_attribute("aria-pressed", "true")
    mine = comment_with(page, "Plainer words.")
    mine.get_by_text("More").click()
    mine.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page.goto(story)
    expect(comment_with(page, "Plainer words.")).to_have_count(0)


def violations_without_script(page: Any) -> bool:
    """What axe would say cannot be asked without script: names and labels are."""
    fields = page.locator(".commentform textarea, .commentform input:not([type=hidden])")
    return all(fields.nth(n).get_attribute("id") or fields.nth(n).get_attribute("type") for n in range(fields.count()))


def test_how_long_a_comment_was_written_is_sent_along(story, reader_at) -> None:
    page = reader_at()
    arrive(page, story)
    field = page.locator("#comment-form textarea")
    field.focus()
    begun = page.evaluate("performance.now()")
    write(page, "Measured from the first touch of the form.", "Tidewatch")
    page.wait_for_function("begun => performance.now() - begun > 300", arg=begun)
    with page.expect_request(lambda request: request.method == "POST" and "/post/" in request.url) as sent:
        page.get_by_role("button", name="Post comment").click()
    took = re.search(r'(?:^|&)took=(\d+)|name="took"\s+(\d+)', sent.value.post_data)
    assert took, sent.value.post_data
    assert int(took[1] or took[2]) >= 300
    expect(comment_with(page, "Measured from the first touch")).to_have_count(1)
