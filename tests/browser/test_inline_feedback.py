"""Inline feedback in real browsers: an editor asks in the text, readers answer and comment on words, and the words move on."""

import re
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import BY_WORKER, RunningSite, log_in

pytestmark = pytest.mark.browser

FIRST = "The bridge was closed in both directions at ten past six."
SECOND = "Anyone who crosses the Sound has one good option fewer this morning."


def select(page: Any, words: str, within: str) -> None:
    """Selects words as a mouse would."""
    page.evaluate(
        """([words, within]) => {
            const walker = document.createTreeWalker(document.querySelector(within), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + words.length);
                const editor = window.CKEDITOR && Object.values(CKEDITOR.instances)[0];
                if (editor) editor.focus();
                getSelection().removeAllRanges();
                getSelection().addRange(range);
                return;
            }
            throw new Error(`no “${words}”`);
        }""",
        [words, within],
    )


def publish(editor: Any, site: RunningSite, headline: str, question: str = "") -> str:
    """Writes a story in CKEditor, asks readers at “both directions” if there is a question, publishes; its address."""
    editor.goto(f"{site.url}/admin/articles/article/add/")
    editor.fill("#id_headline", headline)
    editor.select_option("#id_section", label="Transport")
    editor.locator(".cke_wysiwyg_div").click()
    editor.keyboard.type(FIRST)
    editor.keyboard.press("Enter")
    editor.keyboard.type(SECOND)
    if question:
        ask(editor, "both directions", question)
    with editor.expect_navigation():  # the form asks the same before it is sent, and a tick there would be lost
        editor.click("button[name=_step][value=publish]")
    editor.get_by_label("Publish all the same").check()
    editor.click("button[name=_step][value=publish]")
    expect(editor.locator(".messagelist")).to_contain_text("Published.")
    return site.url + str(editor.get_by_role("link", name="View on site").get_attribute("href"))


def publish_update(editor: Any) -> None:
    editor.get_by_label("Publish all the same").check()
    editor.click("button[name=_step][value=publish_update]")


def ask(editor: Any, words: str, question: str) -> None:
    select(editor, words, ".cke_wysiwyg_div")
    editor.locator(".cke_button__askreaders").click()
    dialog = editor.get_by_role("dialog", name="Ask readers")
    dialog.get_by_label("What do you ask readers at these words?").fill(question)
    dialog.get_by_role("button", name="OK").click()
    expect(editor.locator(".cke_wysiwyg_div .question")).to_have_text(words)
    editor.locator(".cke_wysiwyg_div .question").dblclick()
    expect(dialog.get_by_label("What do you ask readers at these words?")).to_have_value(question)
    dialog.get_by_role("button", name="Cancel").click()


def wait_for_worker(reader: Any, address: str, what: Any) -> None:
    """Until it came by, and the story shows what it has made."""
    end = time.monotonic() + BY_WORKER
    reader.goto(address)
    while not what.count():
        assert time.monotonic() < end, f"not there: {what}"
        time.sleep(0.5)
        reader.goto(address)


def write(form: Any, text: str) -> None:
    form.locator("textarea").fill(text)
    form.locator("input[name=name]").fill("Noor B.")
    form.locator("input[name=email]").fill("noor.inline@example.com")
    form.get_by_role("button", name=re.compile("Post")).click()


def approve_everything(site: RunningSite) -> None:
    site.manage(
        "shell",
        "--command",
        "from comments.models import Comment\nfor comment in Comment.objects.filter(status='pending'): comment.approve(by=None)",
    )
    time.sleep(1.1)  # every process asks for an article's stamp at most once a second


def test_an_editor_asks_and_a_guest_answers_where_it_is_asked(running_site, reader_at) -> None:
    editor, reader = reader_at(), reader_at()
    log_in(editor, running_site, "Front editor")
    address = publish(editor, running_site, "Bridge shut at dawn", "What did it cost you?")
    wait_for_worker(reader, address, reader.locator(".prose .feedback"))
    box = reader.locator(".prose .feedback")
    expect(box.get_by_text("What did it cost you?")).to_be_hidden()
    expect(reader.locator(".prose mark.passage")).to_have_text("both directions")
    box.locator("summary").click()
    expect(box.get_by_text("What did it cost you?")).to_be_visible()
    expect(reader.locator("script[src*='discussion'], link[href*='discussion']")).not_to_have_count(0)
    reader.locator("button.walk").wait_for(state="attached")  # the script is there
    box.get_by_role("link", name="Answer").click()
    form = reader.locator("#passage-form")
    expect(form.locator("textarea")).to_be_focused()
    assert Axe().run(reader).response["violations"] == []
    write(form, "Fifty-five minutes and a missed lesson.")
    expect(box.locator(".comment")).to_contain_text("Fifty-five minutes")
    expect(box.locator(".comment")).to_be_focused()

    approve_everything(running_site)
    other = reader_at(width=360)
    other.goto(address)
    expect(other.locator(".prose .feedback summary")).to_contain_text("1 answer")
    other.locator(".prose .feedback summary").click()
    expect(other.locator(".prose .feedback")).to_contain_text("Fifty-five minutes")
    expect(other.locator(".which")).to_contain_text("Inline feedback 1")
    assert other.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_reader_selects_words_and_comments_and_the_mark_follows_them(running_site, reader_at) -> None:
    editor, reader, other = reader_at(), reader_at(), reader_at()
    log_in(editor, running_site, "Front editor")
    address = publish(editor, running_site, "Ferries at dawn")
    reader.goto(address)
    select(reader, "one good option fewer", ".prose")
    reader.get_by_role("button", name="Comment on this passage").click()
    form = reader.locator("#passage-form")
    expect(form).to_contain_text("“one good option fewer”")
    write(form, "Two fewer, where I live.")
    expect(reader.locator(".beneath--new .comment")).to_contain_text("Two fewer, where I live.")
    approve_everything(running_site)
    other.goto(address)
    expect(other.locator(".prose mark.passage")).to_have_text("one good option fewer")

    editor.goto(editor.url)
    text = editor.locator(".cke_wysiwyg_div")
    expect(text).to_contain_text(FIRST)
    editor.evaluate(
        "CKEDITOR.instances.id_body.setData(CKEDITOR.instances.id_body.getData()"
        ".replace('Anyone who crosses', 'Everybody who has to cross').replace('good option', 'decent option'))"
    )
    publish_update(editor)
    expect(editor.locator(".messagelist")).to_be_visible()
    other.goto(address)
    expect(other.locator(".prose mark.passage")).to_have_text("one decent option fewer")

    expect(text).to_contain_text("one decent option fewer")
    editor.evaluate("CKEDITOR.instances.id_body.setData('<p>Every ferry sails again.</p>')")
    publish_update(editor)
    expect(editor.locator(".messagelist")).to_be_visible()
    wait_for_worker(other, address, other.get_by_text("This passage has changed since."))
    expect(other.locator(".prose .feedback")).to_have_count(0)
    expect(other.locator(".comment__on")).to_contain_text("one good option fewer")


def test_by_keyboard_alone(running_site, reader_at) -> None:
    editor, reader = reader_at(), reader_at()
    log_in(editor, running_site, "Front editor")
    address = publish(editor, running_site, "Keyboards at dawn")
    reader.goto(address)
    reader.keyboard.press("Tab")
    walk = reader.locator("button.walk")
    walk.wait_for(state="attached")
    for _ in range(80):
        reader.keyboard.press("Tab")
        if walk.evaluate("button => button === document.activeElement"):
            break
    expect(walk).to_be_focused()
    expect(walk).to_be_in_viewport()
    reader.keyboard.press("ArrowDown")
    reader.keyboard.press("ArrowDown")
    expect(reader.locator("p[role=status]", has_text=SECOND)).to_have_count(1)
    reader.keyboard.press("Enter")
    form = reader.locator("#passage-form")
    expect(form.locator("textarea")).to_be_focused()
    expect(form).to_contain_text(SECOND)
    form.get_by_role("button", name="Cancel").press("Enter")
    expect(walk).to_be_focused()
    reader.keyboard.press("Enter")
    expect(reader.locator("#passage-form")).to_have_count(0)


def test_without_javascript_a_question_opens_and_is_answered_on_its_page(running_site, reader_at) -> None:
    editor, reader = reader_at(), reader_at(javascript=False)
    log_in(editor, running_site, "Front editor")
    address = publish(editor, running_site, "Paper at dawn", "Where were you?")
    wait_for_worker(reader, address, reader.locator(".prose .feedback"))
    reader.locator(".prose .feedback summary").click()
    expect(reader.get_by_text("Where were you?")).to_be_visible()
    reader.get_by_role("link", name="Answer").click()
    expect(reader.locator("#comment-form")).to_contain_text("both directions")
    write(reader.locator("#comment-form"), "On the second ferry.")
    reader.wait_for_url(re.compile(r"#c\d+$"))
    expect(reader.locator(".prose .feedback")).to_contain_text("On the second ferry.")
    expect(reader.locator(".comment__on").first).to_contain_text("both directions")
