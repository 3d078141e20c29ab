"""Not a word is lost: a tab that dies, a session that ends, a colleague who saves first; and a look before readers get it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import STAFF, RunningSite, arrive, asked_on_leaving, log_in, type_password

pytestmark = pytest.mark.browser
ADD = "/admin/articles/article/add/"
KEPT = re.compile(r"Kept at \d\d:\d\d:\d\d")
#: Milliseconds: the form speaks to the server five seconds after the last key or, where it just did, at its next time.
HEARD = 30_000


def text(page: Page) -> Any:
    return page.locator(".cke_wysiwyg_div")


def objections(page: Page, *parts: str) -> list[Any]:
    page.wait_for_load_state()
    found = Axe().run(page, context={"include": [[part] for part in parts]})
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found.response["violations"]]


def begin(page: Page, site: RunningSite, headline: str, words: str) -> None:
    """A new story, typed and not saved."""
    page.goto(f"{site.url}{ADD}")
    page.fill("#id_headline", headline)
    page.select_option("#id_section", label="Transport")
    text(page).click()
    page.keyboard.type(words)


def begin_and_save(page: Page, site: RunningSite, headline: str, words: str) -> str:
    """The address of a saved story's form."""
    begin(page, site, headline, words)
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    return page.url


def test_a_save_waits_for_what_is_on_its_way_which_would_be_offered_as_unsaved_after_it(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin(page, running_site, "Slow on the way", "Kept on the way.")
    expect(page.locator("[data-says]")).to_have_text(KEPT, timeout=HEARD)
    on_the_way: list[Any] = []
    saves: list[str] = []
    page.route("**/autosave/", lambda route: on_the_way.append(route))
    page.on("request", lambda request: saves.append(request.url) if request.is_navigation_request() else None)
    with page.expect_request("**/autosave/", timeout=HEARD):
        page.keyboard.type(" More.")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(500)
    assert saves == []
    for route in on_the_way:
        route.continue_()
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    page.goto(f"{running_site.url}{ADD}")
    expect(page.locator("[data-others]")).to_be_attached()
    expect(page.locator(".kept__offer", has_text="Slow on the way")).to_have_count(0)


def test_a_press_on_save_is_never_lost_while_the_answer_about_what_was_kept_is_still_arriving(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin_and_save(page, running_site, "Half an answer", "As it was saved.")
    # On a slow line an answer's head is there long before its body.
    page.add_init_script(
        "const whole = Response.prototype.json;"
        "Response.prototype.json = async function () {"
        "  document.documentElement.dataset.half = '';"
        "  await new Promise((late) => setTimeout(late, 10_000));"
        "  return whole.call(this);"
        "};"
    )
    page.reload()
    expect(page.locator("html[data-half]")).to_be_attached()
    page.locator("[name=_continue]").last.click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")


def test_a_tab_that_dies_loses_nothing_whether_or_not_the_server_heard_of_it(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin(page, running_site, "The tab that died", "Words that the server has.")
    expect(page.locator("[data-says]")).to_have_text(KEPT, timeout=HEARD)
    context = page.context
    page.close()

    page = context.new_page()
    page.goto(f"{running_site.url}{ADD}")
    offer = page.locator(".kept__offer", has_text="The tab that died")
    expect(offer).to_contain_text("You have an unsaved story from")
    offer.get_by_role("link", name="Restore").click()
    expect(text(page)).to_have_text("Words that the server has.")
    expect(page.locator("#id_headline")).to_have_value("The tab that died")

    page.context.set_offline(True)
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And some that it never got.")
    expect(page.locator("[data-offline]")).to_be_visible(timeout=HEARD)
    page.close()
    context.set_offline(False)

    page = context.new_page()
    page.goto(f"{running_site.url}{ADD}")
    offer = page.locator(".kept__offer:not([hidden])", has_text="never reached the server")
    expect(offer).to_contain_text("The tab that died")
    offer.get_by_role("button", name="Restore").click()
    expect(text(page)).to_have_text("Words that the server has. And some that it never got.")
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    page.goto(f"{running_site.url}{ADD}")
    expect(page.locator("[data-others]")).to_be_attached()
    expect(page.locator(".kept__offer", has_text="The tab that died")).to_have_count(0)


def test_a_session_that_ends_while_one_types_loses_nothing(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin_and_save(page, running_site, "The session that ended", "Before.")
    page.context.clear_cookies(name="sessionid")
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" After.")
    bar = page.locator("[data-out]")
    expect(bar).to_be_visible(timeout=HEARD)
    page.keyboard.press("Control+s")  # leads nowhere as long as one is logged out
    expect(text(page)).to_have_text("Before. After.")

    with page.expect_popup() as opened:
        bar.get_by_role("link").click()
    other = opened.value
    type_password(other, STAFF["Editor"])
    arrive(other, "/admin/")
    other.close()
    page.bring_to_front()
    expect(bar).to_be_hidden(timeout=HEARD)
    expect(page.locator("[data-says]")).to_have_text(KEPT)
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    expect(text(page)).to_have_text("Before. After.")


def test_two_editors_collide_and_both_texts_are_there(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    first, second = reader_at(), reader_at(width=360)
    log_in(first, running_site, "Editor")
    log_in(second, running_site, "Front editor")
    form = begin_and_save(first, running_site, "Two at once", "As it began.")
    second.goto(form)
    expect(second.locator("[data-others]")).to_contain_text("Oskar is editing")

    text(first).click()
    first.keyboard.type("Oskar’s words. ")
    first.keyboard.press("Control+s")
    expect(first.locator(".messagelist")).to_contain_text("changed successfully")
    text(second).click()
    second.keyboard.type("Mira’s words. ")
    expect(second.locator("[data-newer]")).to_contain_text("Oskar saved this story", timeout=HEARD)
    second.keyboard.press("Control+s")

    conflict = second.locator(".conflict")
    expect(conflict).to_contain_text("Oskar saved first")
    expect(conflict).to_contain_text("Oskar’s words.")
    expect(conflict).to_contain_text("Mira’s words.")
    assert second.evaluate("document.documentElement.scrollWidth") <= 360
    assert objections(second, ".conflict", ".kept", ".links") == []
    expect(conflict.get_by_label("Both, one after the other")).to_be_checked()
    conflict.get_by_role("button", name="Put them together").click()
    expect(second.locator(".conflict--calm")).to_contain_text("nothing is saved yet")
    expect(text(second)).to_contain_text("Oskar’s words.")
    second.locator("[name=_continue]").last.click()
    expect(second.locator(".messagelist")).to_contain_text("changed successfully", timeout=20_000)
    for words in ("Oskar’s words.", "Mira’s words."):
        expect(text(second)).to_contain_text(words)


def test_leaving_what_is_not_saved_asks_first(running_site: RunningSite, reader_at: Callable[..., Page]) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin(page, running_site, "Leaving", "Not saved.")
    asked = asked_on_leaving(page)
    page.get_by_role("link", name="View site").click()
    expect(text(page)).to_have_text("Not saved.")
    assert asked == ["beforeunload"]


def test_a_preview_shows_what_is_typed_and_a_link_shows_it_to_a_lawyer_until_it_is_revoked(
    running_site: RunningSite, reader_at: Callable[..., Page]
) -> None:
    page = reader_at()
    log_in(page, running_site, "Editor")
    begin_and_save(page, running_site, "Under wraps", "As it was saved.")
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And as it is typed.")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").click()
    preview = opened.value
    inside = preview.frame_locator("iframe")
    expect(inside.locator(".prose")).to_contain_text("As it was saved. And as it is typed.")
    assert objections(preview, ".look__bar") == []
    preview.get_by_label("a phone").check()
    assert preview.locator("iframe").evaluate("frame => frame.clientWidth") == 390
    assert inside.locator("html").evaluate("page => page.scrollWidth") <= 390
    preview.close()

    page.locator(".links summary").click()
    page.fill("#links-for", "The lawyer")
    page.get_by_role("button", name="Make a link").click()
    row = page.locator(".links li", has_text="The lawyer")
    address = row.locator("input").input_value()
    lawyer = reader_at(width=360)
    lawyer.goto(address)
    expect(lawyer.locator(".prose")).to_have_text("As it was saved.")
    expect(lawyer.locator(".previewing")).to_contain_text("not published")
    row.get_by_role("button", name="Revoke").click()
    expect(page.locator(".links li")).to_have_count(0)
    lawyer.reload()
    expect(lawyer.locator("h1")).to_have_text("This preview is over")
    expect(text(page)).to_have_text("As it was saved. And as it is typed.")  # the form was never left
