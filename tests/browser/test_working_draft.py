"""A live story is changed in a real browser: in a draft that no reader sees, then for all, then back to how it began."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, log_in
from tests.browser.test_inline_feedback import publish

pytestmark = pytest.mark.browser

#: The first of the demo: other tests leave theirs before it.
_PICTURE = (
    "from articles.models import Image; print('picture', Image.objects.exclude(alt='').exclude(credit='').last().pk)"
)


def seen(reader: Any, address: str) -> tuple[str, str, int]:
    """Headline, byline and number of lead pictures as a reader gets them."""
    reader.goto(address)
    byline = reader.locator(".slug").inner_text()
    return (
        reader.locator("h1").inner_text(),
        byline.split("Published")[0],
        reader.locator(".lead img, .fig img").count(),
    )


def accessible(page: Any) -> None:
    page.wait_for_load_state()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_draft_of_a_live_story_is_seen_by_nobody_until_it_is_published_and_the_first_version_comes_back(
    running_site: RunningSite, reader_at: Any
) -> None:
    picture = re.search(r"picture (\d+)", running_site.manage("shell", "--command", _PICTURE))
    assert picture
    editor, reader = reader_at(), reader_at()
    log_in(editor, running_site, "Front editor")
    address = publish(editor, running_site, "The tide table was right all along")
    first = seen(reader, address)

    editor.goto(editor.url)
    editor.fill("#id_headline", "The tide table was right, and nobody looked")
    editor.select_option("#id_bylines_0", index=2)
    editor.fill("#id_bylines_1", "Reporting by")
    editor.fill("#id_lead_image", picture[1])
    editor.get_by_role("button", name="Save draft and continue").click()
    expect(editor.locator(".messagelist")).to_contain_text("Readers see nothing of it")
    expect(editor.locator(".desk-draft")).to_contain_text("3 changes since live: Headline, Lead image, Byline")
    assert seen(reader, address) == first

    story = editor.url
    editor.get_by_role("link", name="3 changes since live").click()
    expect(editor.locator(".fields ins").first).to_contain_text("nobody looked")
    accessible(editor)
    editor.set_viewport_size({"width": 360, "height": 800})
    assert editor.evaluate("document.documentElement.scrollWidth") <= 360
    editor.get_by_label("Yes. The story shows").check()
    editor.get_by_label("Publish all the same").check()
    editor.get_by_role("button", name="Publish update").click()
    expect(editor.locator(".messagelist")).to_contain_text("Published")
    second = seen(reader, address)
    assert second[0] == "The tide table was right, and nobody looked"
    assert "Reporting by" in second[1]
    assert second[2] > first[2]
    expect(reader.locator(".slug")).to_contain_text("Updated")

    editor.goto(story.replace("/change/", "/history/"))
    accessible(editor)
    assert editor.evaluate("document.documentElement.scrollWidth") <= 360
    editor.get_by_role("link", name="Restore 1", exact=True).click()
    editor.get_by_role("button", name="Restore version 1").click()
    expect(editor.locator("#id_headline")).to_have_value("The tide table was right all along")
    expect(editor.locator(".desk-draft")).to_contain_text("3 changes since live")
    assert seen(reader, address) == second
