"""The whole story, played by people in real browsers against real processes and a real mail server.

An editor breaks news in the admin; readers read, rate, comment and follow; a moderator holds and approves; the letter of a
reply arrives once and its one-click link ends it. Once with JavaScript, and the readers' part once without.
"""

import re
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, link_in, log_in, text_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "bridge.jpg"
    Picture.radial_gradient("L").resize((1600, 1000)).convert("RGB").save(path)
    return path


def drop_picture(editor: Any, photograph: Path) -> None:
    """Drops a file on the text, as from the desktop, and waits until the server has taken it in."""
    data = photograph.read_bytes().hex()
    with editor.expect_response(lambda r: "upload" in r.url and r.request.method == "POST") as uploaded:
        editor.evaluate(
            """hex => {
                const bytes = new Uint8Array(hex.match(/../g).map(pair => parseInt(pair, 16)));
                const dropped = new DataTransfer();
                dropped.items.add(new File([bytes], "bridge.jpg", {type: "image/jpeg"}));
                const text = document.querySelector(".cke_wysiwyg_div");
                const last = text.lastElementChild.getBoundingClientRect();
                const place = {clientX: last.left + 5, clientY: last.top + 5, bubbles: true, cancelable: true};
                text.dispatchEvent(new DragEvent("drop", {...place, dataTransfer: dropped}));
            }""",
            data,
        )
    assert uploaded.value.json()["uploaded"] == 1
    editor.wait_for_function("document.querySelector('.cke_wysiwyg_div img[src*=\"/media/\"]') !== null")


def describe_picture(editor: Any) -> None:
    """The checklist blocks a picture that says neither what it shows nor whose it is: both are said on its own page."""
    with editor.expect_popup() as opened:
        editor.locator("#checklist").get_by_role("link", name="Open the picture").click()
    picture = opened.value
    picture.fill("#id_alt", "The bridge at dawn")
    picture.fill("#id_credit", "Ana Ruiz")
    picture.get_by_role("button", name="Save", exact=True).click()
    expect(picture.locator(".messagelist")).to_contain_text("changed successfully")
    picture.close()


def publish_breaking(editor: Any, site: RunningSite, headline: str, photograph: Path | None = None) -> str:
    """Writes a story in CKEditor, with a picture if there is one, publishes it as breaking; returns its address."""
    editor.goto(f"{site.url}/admin/articles/article/add/")
    editor.fill("#id_headline", headline)
    editor.fill("#id_standfirst", "Inspectors found a crack before dawn.")
    editor.select_option("#id_section", label="Transport")
    editor.locator(".cke_wysiwyg_div").click()
    editor.keyboard.type("The bridge was closed in both directions at ten past six.")
    editor.keyboard.press("Enter")
    editor.keyboard.type("Ferries run every half hour.")
    if photograph:
        drop_picture(editor, photograph)
        with editor.expect_navigation():
            editor.click("button[name=_step][value=publish]")
        describe_picture(editor)
    with editor.expect_navigation():  # the form asks the same before it is sent, and a tick there would be lost
        editor.click("button[name=_step][value=publish]")
    editor.get_by_label("Publish all the same").check()  # nobody stands in the byline: the checklist asks
    editor.click("button[name=_step][value=publish]")
    expect(editor.locator(".messagelist")).to_contain_text("Published.")
    editor.get_by_role("link", name="Break…").click()
    editor.get_by_role("button", name="Break it").click()
    expect(editor.locator(".messagelist")).to_contain_text("Breaking until")
    editor.locator(".breadcrumbs a").last.click()
    return str(editor.get_by_role("link", name="View on site").get_attribute("href"))


def comment(reader: Any, text: str, *, to: str = "", name: str = "", email: str = "", notify: str = "") -> None:
    """Writes a comment, or an answer `to` the comment with these words."""
    form = reader.locator("form.commentform[action$='/post/']")
    if to:
        reader.locator(".comment", has_text=to).get_by_role("link", name="Reply").click()
        form = reader.locator("form.commentform[action$='/reply/']")
    form.locator("textarea").fill(text)
    if name:
        form.locator("input[name=name]").fill(name)
        form.locator("input[name=email]").fill(email)
    if notify:
        form.locator(f"input[name=notify][value={notify}]").check()
    form.get_by_role("button", name=re.compile("Post")).click()
    expect(reader.locator(".comment", has_text=text)).to_be_visible()


def moderate(moderator: Any, site: RunningSite, text: str, action: str) -> None:
    """Finds a comment in the admin's list and takes an action on it, as moderators do in bulk."""
    moderator.goto(f"{site.url}/admin/comments/comment/?q={urllib.parse.quote(text)}")
    row = moderator.locator("#result_list tbody tr", has_text=text)
    row.locator("input.action-select").check()
    moderator.select_option("select[name=action]", action)
    moderator.get_by_role("button", name="Go").click()
    expect(moderator.locator(".messagelist")).to_be_visible()


def publish_comment_of(moderator: Any, site: RunningSite, text: str) -> None:
    moderate(moderator, site, text, "approve_them")


def story_with_replies(site: RunningSite, reader_at: Any, address: str, *, javascript: bool, tag: str) -> None:
    """What readers and a moderator do under a story; with or without JavaScript the same."""
    noor, piet, moderator = reader_at(javascript=javascript), reader_at(javascript=javascript), reader_at()
    log_in(moderator, site, "Moderator")
    noor_says, piet_says = f"The buses never stopped, {tag}.", f"They did at Harle, {tag}."
    noor_mail, piet_mail = f"noor.{tag}@example.com", f"piet.{tag}@example.com"

    noor.goto(address)
    comment(noor, noor_says, name="Noor B.", email=noor_mail, notify="replies")
    expect(noor.locator(".comment", has_text=noor_says)).to_contain_text("Awaiting approval")
    piet.goto(address)
    expect(piet.get_by_text(noor_says)).to_have_count(0)
    publish_comment_of(moderator, site, noor_says)

    asked = site.sink.to(noor_mail, "confirm")
    assert len(asked) == 1
    assert noor_says not in text_of(asked[0])
    noor.goto(link_in(asked[0], "/comments/confirm/"))
    noor.get_by_role("button", name="Confirm").click()
    expect(noor.get_by_role("heading", name="Confirmed")).to_be_visible()

    time.sleep(1.1)  # every process asks for an article's stamp at most once a second
    piet.goto(address)
    comment(piet, piet_says, to=noor_says, name="Piet", email=piet_mail)
    publish_comment_of(moderator, site, piet_says)

    letter = site.sink.about(noor_mail, piet_says)[0]
    assert letter["References"]
    assert letter["In-Reply-To"]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe = re.search(r"<(http[^>]+)>", letter["List-Unsubscribe"])
    assert unsubscribe
    urllib.request.urlopen(unsubscribe[1], data=b"List-Unsubscribe=One-Click", timeout=10)

    piet.goto(address)
    comment(piet, f"And at Carrow, {tag}.", to=noor_says)
    publish_comment_of(moderator, site, f"And at Carrow, {tag}.")
    assert site.sink.about(noor_mail, "Carrow", within=3) == []
    assert len(site.sink.about(noor_mail, piet_says)) == 1
    assert site.sink.about(piet_mail, "", within=0) == []

    moderate(moderator, site, noor_says, "hold_them")
    time.sleep(1.1)
    stranger = reader_at(javascript=javascript)
    stranger.goto(address)
    expect(stranger.get_by_text(noor_says)).to_have_count(0)


def rates(reader: Any, address: str) -> None:
    reader.goto(f"{address}#rating")
    expect(reader.locator("#rating")).to_contain_text("0 votes")
    reader.locator("#rating label", has_text="4 stars").click()
    reader.get_by_role("button", name="Rate").click()
    expect(reader.locator("#rating")).to_contain_text("4.0 from 1 vote")
    reader.get_by_role("link", name="Change").click()
    reader.locator("#rating label", has_text="2 stars").click()
    reader.get_by_role("button", name="Rate").click()
    expect(reader.locator("#rating")).to_contain_text("2.0 from 1 vote")
    reader.get_by_role("button", name="Withdraw").click()
    expect(reader.locator("#rating")).to_contain_text("0 votes")


def hides_the_ask(reader: Any, address: str) -> None:
    reader.goto(address)
    asks = reader.locator(".ask")
    assert asks.count() >= 1
    asks.first.get_by_role("button", name=re.compile("Hide for")).click()
    reader.wait_for_url(re.compile(re.escape(address.rpartition("127.0.0.1")[2].partition("/")[2])))
    expect(reader.locator(".ask")).to_have_count(0)
    reader.goto(address)
    expect(reader.locator(".ask")).to_have_count(0)
    reader.get_by_role("button", name="Undo").first.click()
    expect(reader.locator(".ask").first).to_be_visible()


def test_from_the_editors_keyboard_to_the_readers_reply(running_site, reader_at, photograph) -> None:
    editor, reader = reader_at(), reader_at()
    log_in(editor, running_site, "Front editor")
    headline = "Kestrel Bridge shut after crack found in hanger 27"
    address = running_site.url + publish_breaking(editor, running_site, headline, photograph)

    reader.goto(running_site.url)
    expect(reader.get_by_role("heading", name=headline)).to_be_visible()
    reader.goto(address)
    expect(reader.locator(".tab--now")).to_contain_text("Breaking")
    expect(reader.get_by_text("Ferries run every half hour.")).to_be_visible()
    picture = reader.locator(".prose img").first
    picture.scroll_into_view_if_needed()
    reader.wait_for_function("document.querySelector('.prose img').naturalWidth > 0")
    assert reader.title().startswith("Breaking: ")

    rates(reader_at(), address)
    hides_the_ask(reader_at(), address)
    story_with_replies(running_site, reader_at, address, javascript=True, tag="wide")

    editor.reload()
    editor.click("button[name=_step][value=end_breaking]")
    expect(editor.locator(".messagelist")).to_contain_text("No longer breaking.")
    reader.goto(address)
    expect(reader.locator(".tab--now")).to_have_count(0)
    assert not reader.title().startswith("Breaking")


def test_the_same_story_for_readers_without_javascript(running_site, reader_at) -> None:
    editor = reader_at()
    log_in(editor, running_site, "Front editor")
    address = running_site.url + publish_breaking(editor, running_site, "Second ferry joins the route tonight")
    reader = reader_at(javascript=False)
    reader.goto(running_site.url)
    expect(reader.get_by_role("heading", name="Second ferry joins the route tonight")).to_be_visible()
    rates(reader_at(javascript=False), address)
    hides_the_ask(reader_at(javascript=False), address)
    story_with_replies(running_site, reader_at, address, javascript=False, tag="plain")


def test_a_withdrawn_story_leaves_readers_with_the_reason(running_site, reader_at) -> None:
    editor, reader = reader_at(), reader_at()
    log_in(editor, running_site, "Admin")
    address = running_site.url + publish_breaking(editor, running_site, "A story that was wrong from the start")
    editor.fill("#id_note", "The report was a hoax.")
    editor.click("button[name=_step][value=withdraw]")
    expect(editor.locator(".messagelist")).to_contain_text("Withdrawn")
    answer = reader.goto(address)
    assert answer.status == 410
    expect(reader.get_by_text("The report was a hoax.")).to_be_visible()
