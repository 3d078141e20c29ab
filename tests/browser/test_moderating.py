"""A moderator decides where they read: by keyboard, on a phone from a letter, without JavaScript; and what readers see of it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import STAFF, RunningSite, link_in, log_in
from tests.browser.test_following import say
from tests.browser.test_following import story as begin_story
from tests.browser.test_pages import violations

pytestmark = pytest.mark.browser

_HOLD = """
from articles.models import SiteSettings
from newsroom.lib.models import Stamp
row = SiteSettings.row()
before, row.guests_held = row.guests_held, {held}
row.save()
Stamp.objects.bump(Stamp.SITE)
print(before)
"""
_WAIT = """
from articles.models import Article
from comments.models import Comment
from newsroom.accounts.models import Reader
article = Article.objects.get(slug="{slug}")
for text in {texts}:
    Comment.objects.post(article, None, Reader.objects.create(name="Wendel"), text, status="pending", reason="suspect")
"""
_IMPORTED = """
from django.utils import timezone
from articles.models import Article
from comments.models import Comment, Loaded
from newsroom.accounts.models import Reader
reader = Reader.objects.create(name="Hedda", email="{address}")
said = dict(name="Hedda", text="From the old site.", created_at=timezone.now(), legacy_id="old {address}")
Comment.objects.load(Article.objects.get(slug="{slug}"), [Loaded(key=1, reader=reader, **said)])
"""
#: Nothing waits, and nobody was told of anything in this quarter of an hour.
_ALL_DONE = """
from comments.models import Comment, DeskLetter, DeskWishes
from newsroom.accounts.models import User
Comment.objects.filter(status="pending").decide("reject", by=User.objects.filter(is_superuser=True)[0])
DeskLetter.objects.all().delete()
DeskWishes.objects.update(told_at=None)
"""


@pytest.fixture(scope="module")
def story(running_site: RunningSite) -> Iterator[str]:
    """A story with a few comments, on a site where first comments of guests wait."""
    held = running_site.manage("shell", "--command", _HOLD.format(held=1)).split()[-1]
    address = begin_story(running_site, "What moderators look at")
    say(running_site, address, "The tide is another.", "So is the fog.")
    time.sleep(1)
    yield address
    running_site.manage("shell", "--command", _HOLD.format(held=held))
    time.sleep(1)


def wait_there(site: RunningSite, story: str, *texts: str) -> None:
    slug = story.rstrip("/").rpartition("/")[2]
    site.manage("shell", "--command", _WAIT.format(slug=slug, texts=list(texts)))


def comment_with(page: Any, text: str) -> Any:
    return page.locator(".comment", has_text=text)


def decide_by_key(page: Any, comment: Any, button: str) -> None:
    """Tab from the comment's place on to the button, and press it."""
    comment.locator(".comment__top a").last.focus()
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(button):
            break
    page.keyboard.press("Enter")


def test_a_moderator_decides_on_the_story_by_keyboard_and_takes_it_back(running_site, story, reader_at) -> None:
    wait_there(running_site, story, "Held for its words, one.", "Held for its words, two.")
    page = reader_at()
    log_in(page, running_site, "Moderator", story.removeprefix(running_site.url))
    page.goto(f"{story}#comments")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.sameDocument = true")
    one, two = comment_with(page, "Held for its words, one."), comment_with(page, "Held for its words, two.")
    expect(one).to_contain_text("holds suspect words")
    decide_by_key(page, one, "Approve")
    expect(one).not_to_contain_text("Awaiting approval")
    expect(one).to_be_focused()
    expect(page.locator(".comments > [role=status]")).to_have_text("Approved.")
    decide_by_key(page, two, "Reject…")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(two).to_contain_text("rejected")
    decide_by_key(page, two, "Undo")
    expect(two).to_contain_text("Awaiting approval")
    assert page.evaluate("window.sameDocument === true")
    assert violations(page) == []
    reader = reader_at(width=360)
    time.sleep(1)
    reader.goto(f"{story}#comments")
    expect(comment_with(reader, "Held for its words, one.")).to_be_visible()
    expect(comment_with(reader, "Held for its words, two.")).to_have_count(0)
    expect(reader.locator(".mod")).to_have_count(0)


def test_without_javascript_the_same_buttons_decide(running_site, story, reader_at) -> None:
    wait_there(running_site, story, "Nobody has a script here.")
    page = reader_at(width=360, javascript=False)
    log_in(page, running_site, "Moderator", story.removeprefix(running_site.url))
    page.goto(story)
    comment = comment_with(page, "Nobody has a script here.")
    comment.locator("summary", has_text="Reject…").click()
    comment.get_by_role("button", name="off topic").click()
    expect(page).to_have_url(re.compile(r"/comments/\d+/#c\d+$"))
    expect(page.locator("body")).to_contain_text("Rejected (off topic).")
    comment = comment_with(page, "Nobody has a script here.")
    comment.get_by_role("button", name="Undo").click()
    expect(comment_with(page, "Nobody has a script here.")).to_contain_text("Awaiting approval")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_moderator_decides_from_the_letter_on_a_phone_that_is_not_logged_in(running_site, story, reader_at) -> None:
    running_site.manage("shell", "--command", _ALL_DONE)
    wait_there(running_site, story, "Told by letter, and decided there.")
    [letter] = running_site.sink.about(STAFF["Admin"], "Told by letter, and decided there.")
    link = link_in(letter, "/comments/desk/")
    for dark in (False, True):
        page = reader_at(width=360, dark=dark)
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Approve this comment?")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert violations(page) == []
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    other = reader_at(width=360, javascript=False)
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("The comment is “published” now.")
    expect(other.get_by_role("button", name="Approve")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_known_address_on_a_new_device_is_confirmed_by_one_letter_and_comments_appear(
    running_site, story, reader_at, javascript
) -> None:
    text = f"I wrote here for years, {'with' if javascript else 'without'} a script."
    address = f"hedda-{'with' if javascript else 'without'}@example.org"
    slug = story.rstrip("/").rpartition("/")[2]
    running_site.manage("shell", "--command", _IMPORTED.format(slug=slug, address=address))
    page = reader_at(width=360, javascript=javascript)
    page.goto(f"{story}#comments")
    page.wait_for_load_state("networkidle")
    page.locator("#comment-form textarea").fill(text)
    page.locator("#comment-form [name=name]").fill("Hedda")
    page.locator("#comment-form [name=email]").fill(address)
    time.sleep(3.2)  # who writes faster than people write waits for another reason
    page.locator("#comment-form [data-send]").click()
    mine = comment_with(page, text)
    expect(mine).to_contain_text("Awaiting approval")
    expect(page.locator("[data-told]")).to_have_count(1)
    expect(page.locator("[data-told]")).to_contain_text("a letter with a link is on its way")
    [letter] = running_site.sink.to(address, "did you comment")
    page.goto(link_in(letter, "/comments/confirm/"))
    expect(page.locator("main")).to_contain_text(text)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main .note--ok")).to_contain_text("From now on")
    stranger = reader_at()
    time.sleep(1)
    stranger.goto(f"{story}?sort=newest#comments")
    expect(comment_with(stranger, text)).to_be_visible()


def test_a_report_is_written_and_thanked_for_in_place(running_site, story, reader_at) -> None:
    page = reader_at(width=360)
    page.goto(f"{story}#comments")
    page.wait_for_load_state("networkidle")
    comment = page.locator("#list ~ .thread .comment").first
    comment.locator(".acts summary").click()
    comment.get_by_role("link", name="Report").click()
    form = page.locator("form[data-report]")
    expect(form.locator("input[type=radio]").first).to_be_focused()
    form.get_by_role("button", name="Report").click()
    expect(page.locator("form[data-report] [role=alert]")).to_be_focused()
    page.get_by_label("It states something false").check()
    assert violations(page) == []
    page.locator("form[data-report]").get_by_role("button", name="Report").click()
    thanks = page.get_by_text("Thank you: a moderator will look at the comment.")
    expect(thanks).to_be_focused()
