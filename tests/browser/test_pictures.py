"""The library of pictures in a real browser: files dropped on it, a focal point set, a picture chosen for a story."""

import time
from io import BytesIO
from typing import Any

import PIL.Image
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import RunningSite, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIBRARY = "/admin/articles/image/"
_DROP = """async files => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, {type}));
  document.querySelector('.drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def drawn(colour: str) -> bytes:
    out = BytesIO()
    PIL.Image.new("RGB", (1200, 800), colour).save(out, "JPEG")
    return out.getvalue()


def drop(page: Any, *files: tuple[str, str, bytes]) -> None:
    page.evaluate(_DROP, [[name, kind, list(data)] for name, kind, data in files])


def fine(page: Any) -> None:
    """Nothing wider than the window, and nothing that axe finds."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []


def test_three_files_are_dropped_and_each_tells_its_progress_and_its_end(
    running_site: RunningSite, reader_at: Any
) -> None:
    page, held = reader_at(), []
    log_in(page, running_site, "Editor", LIBRARY)
    page.route("**/admin/articles/upload/", lambda route: held.append(route))
    bomb = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    files = [
        ("one.jpg", "image/jpeg", drawn("teal")),
        ("evil.png", "image/png", bomb),
        ("two.jpg", "image/jpeg", drawn("navy")),
    ]
    drop(page, *files)
    assert page.get_by_role("progressbar").count() == 3
    for done in range(3):
        end = time.monotonic() + 15
        while len(held) <= done and time.monotonic() < end:
            page.wait_for_timeout(20)
        held[done].continue_()
    page.get_by_text("In the library: 2. Refused: 1.").wait_for()
    page.unroute("**/admin/articles/upload/")
    assert page.get_by_role("progressbar").count() == 0
    assert "SVG drawing" in page.locator(".drop__list li", has_text="evil.png").inner_text()
    assert page.locator(".tile").first.locator(".lacks li").count() == 2  # the grid holds the new ones
    drop(page, ("copy.jpg", "image/jpeg", drawn("teal")))
    page.locator(".drop__list li", has_text="copy.jpg").get_by_text("You have this picture").wait_for()
    page.get_by_text("In the library: ").wait_for()  # the grid is there anew
    fine(page)
    page.locator(".drop__list li", has_text="copy.jpg").get_by_role("link").click()
    page.locator(".focal.is-live").wait_for()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_focal_point_is_set_by_a_click_and_by_keys_with_the_crops_beside_it(
    running_site: RunningSite, reader_at: Any, width: int, dark: bool
) -> None:
    page = reader_at(width=width, dark=dark)
    log_in(page, running_site, "Editor", LIBRARY)
    fine(page)
    page.locator(".tile a").last.click()
    whole = page.locator(".focal.is-live .focal__whole")
    whole.wait_for()
    box = whole.locator("img").bounding_box()
    page.locator(".focal__whole img").click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.5})
    assert page.locator("#id_focal_x").input_value() == "10"
    square = page.locator(".focal__crop--1x1")
    assert square.evaluate("crop => crop.style.objectPosition") == "0% 50%"  # at the left edge, as far as it goes
    page.locator("#id_focal_x").fill("90")
    assert square.evaluate("crop => crop.style.objectPosition") == "100% 50%"
    whole.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#id_focal_x").input_value() == "89"
    fine(page)
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator(".messagelist .success").wait_for()
    assert page.locator("#id_focal_x").input_value() == "89"


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (360, False)])
def test_a_picture_for_a_story_is_found_in_the_library_without_leaving_the_form(
    running_site: RunningSite, reader_at: Any, width: int, dark: bool
) -> None:
    page = reader_at(width=width, dark=dark)
    log_in(page, running_site, "Editor", "/admin/articles/article/add/")
    field = page.locator(".field-lead_image .picture-field")
    field.get_by_role("link", name="Choose from the library").click()
    dialog = page.get_by_role("dialog", name="Choose a picture")
    dialog.locator(".picker__one").first.wait_for()
    seen = Axe().run(page, context="dialog.picker").response["violations"]
    assert [each["id"] for each in seen] == []
    dialog.get_by_label("Search").fill("lighthouse nothing such")
    dialog.get_by_text("No picture fits.").wait_for()
    dialog.get_by_label("Search").fill("tram")
    one = dialog.get_by_role("button", name="tram").first
    one.wait_for()
    one.click()
    dialog.wait_for(state="hidden")
    assert field.locator("input[type=text]").input_value().isdigit()
    assert "tram" in field.locator(".help").inner_text()
    assert field.locator("[data-look] img").is_visible()
    field.get_by_role("link", name="Choose from the library").click()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert "tram" in field.locator(".help").inner_text()
