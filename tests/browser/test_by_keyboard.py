"""By keyboard alone: every way through the desk is reached, shows where one stands, and lets go again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, STAFF, RunningSite, arrive, log_in
from tests.browser.test_keeping import begin_and_save, text

pytestmark = pytest.mark.browser

_MAKE_VIDEO = """
from django.core.files.base import ContentFile
from articles.models import Article, Image, Section
theirs = Image.objects.latest("pk")
picture = Image.objects.create(
    file=ContentFile(theirs.file.read(), theirs.file.name),  # a text's picture is known by its file
    sha256="by keys alone", alt="By keys alone", credit="Nora N.", renditions_at=theirs.uploaded_at,
)
url = "https://vimeo.com/987654321"
body = f'<p>Look at this.</p><figure class="embed" data-embed="{url}"><a href="{url}">{url}</a></figure><p>And on.</p>'
story = Article.objects.create(
    headline="By keys alone", body=body, section=Section.objects.get(slug="transport"), lead_image=picture
)
print("story", story.pk)
"""
#: What has the focus, and whether one sees that it has.
_FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return [at === document.body || ring, at.outerHTML.slice(0, 120)];
}"""


def skip_the_navigation(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def tab_to(page: Page, place: Locator, key: str = "Tab") -> None:
    place.wait_for()
    for _ in range(60):
        page.keyboard.press(key)
        is_seen, what = page.evaluate(_FOCUSED)
        assert is_seen, f"nobody sees that this has the focus: {what}"
        if place.evaluate("place => place === document.activeElement"):
            return
    raise AssertionError(f"not reached: {place}")


def test_two_texts_are_put_together_by_keyboard_from_the_log_in_to_the_save(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    other, page = reader_at(), reader_at()
    log_in(other, running_site, "Editor")
    form = begin_and_save(other, running_site, "As it was called", "One text.")
    page.goto(f"{running_site.url}/account/login/?next={form.removeprefix(running_site.url)}")
    tab_to(page, page.locator("input[name=login]"))
    page.keyboard.type(STAFF["Front editor"])
    tab_to(page, page.locator("input[name=password]"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    arrive(page, form.removeprefix(running_site.url))
    text(page).wait_for()
    skip_the_navigation(page)
    tab_to(page, page.locator("#id_headline"))
    page.keyboard.press("Control+a")
    page.keyboard.type("As Mira calls it")
    tab_to(page, text(page))
    page.keyboard.press("Control+End")
    page.keyboard.type(" Mira’s words.")
    tab_to(page, page.locator("#id_key_points"))  # the editor lets go

    other.fill("#id_headline", "As Oskar calls it")
    other.keyboard.press("Control+s")
    expect(other.locator(".messagelist")).to_contain_text("changed successfully")
    page.keyboard.press("Control+s")
    conflict = page.locator(".conflict")
    expect(conflict).to_be_focused()
    tab_to(page, conflict.get_by_label("Yours"))
    page.keyboard.press("ArrowRight")
    expect(conflict.get_by_label("Theirs")).to_be_checked()
    tab_to(page, conflict.get_by_role("button", name="Put them together"))
    page.keyboard.press("Enter")
    expect(page.locator(".conflict--calm")).to_be_focused()
    page.wait_for_load_state()  # the script hears no key before
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    expect(page.locator("#id_headline")).to_have_value("As Oskar calls it")
    expect(text(page)).to_contain_text("Mira’s words.")


def test_a_video_gets_its_still_and_readers_by_keyboard_its_picture_other_words_and_its_news_another_hour(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    made = re.search(r"story (\d+)", running_site.manage("shell", "--command", _MAKE_VIDEO))
    assert made
    page, story = reader_at(), f"{running_site.url}/admin/articles/article/{made[1]}"
    log_in(page, running_site, "Front editor")
    page.goto(f"{story}/change/")
    text(page).locator("figure.embed").wait_for()
    skip_the_navigation(page)
    tab_to(page, text(page))
    for key in ("Control+Home", "End", "ArrowRight"):  # onto the video
        page.keyboard.press(key)
    page.wait_for_function("CKEDITOR.instances.id_body.widgets.focused")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Video or post")
    expect(dialog.get_by_label("Address of the video or the post")).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name="Choose the still"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("button.picker__one", has_text="By keys alone"))  # its words are readers' too
    page.keyboard.press("Enter")
    expect(dialog.locator(".embed-still img")).to_be_visible()
    expect(dialog.get_by_role("button", name="Choose the still")).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name="OK"))
    page.keyboard.press("Enter")
    picture = text(page).locator("figure.embed img").get_attribute("data-image")

    expect(page.get_by_label("Publish all the same")).to_be_visible()
    tab_to(page, page.get_by_label("Publish all the same"), "Shift+Tab")
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Publish now"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Published.")

    page.goto(f"{story}/break/")
    skip_the_navigation(page)
    tab_to(page, page.get_by_role("button", name="Break it"))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Breaking until")
    tab_to(page, page.get_by_role("button", name="1 hour more"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Breaking until")
    tab_to(page, page.get_by_role("button", name="Stop breaking"))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("No longer breaking")

    page.goto(f"{running_site.url}/admin/articles/image/{picture}/change/")
    skip_the_navigation(page)
    tab_to(page, page.locator("#id_alt"))
    page.keyboard.press("Control+a")
    page.keyboard.type("In other words")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Change it for readers at once")).to_be_focused()
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
