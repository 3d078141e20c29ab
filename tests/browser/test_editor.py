"""An editor writes with CKEditor: types, pastes, puts in pictures, videos, quotes and other stories, and is told what is missing."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, log_in

pytestmark = pytest.mark.browser

TEXT = ".cke_wysiwyg_div"


def open_form(page: Any, site: RunningSite, headline: str = "Ferries doubled across the Sound") -> None:
    log_in(page, site, "Editor")
    page.goto(f"{site.url}/admin/articles/article/add/")
    page.locator(TEXT).wait_for()
    page.fill("#id_headline", headline)
    page.select_option("#id_section", label="Transport")


def stored(page: Any) -> str:
    return str(page.evaluate("CKEDITOR.instances.id_body.getData()"))


def paste(page: Any, html: str, text: str = "") -> None:
    """A paste as the browser hands it over, with what the clipboard holds."""
    page.evaluate(
        """([html, text]) => {
            const held = new DataTransfer();
            if (html) held.setData('text/html', html);
            held.setData('text/plain', text || html.replace(/<[^>]+>/g, ' '));
            const place = document.querySelector('.cke_wysiwyg_div');
            place.focus();
            place.dispatchEvent(new ClipboardEvent('paste', {clipboardData: held, bubbles: true, cancelable: true}));
        }""",
        [html, text],
    )


def last_line(page: Any) -> None:
    page.evaluate(
        """() => {
            const editor = CKEDITOR.instances.id_body, range = editor.createRange();
            editor.focus();
            const line = editor.document.createElement('p');
            line.appendBogus();
            editor.editable().append(line);
            range.moveToElementEditStart(line);
            range.select();
        }"""
    )


def choose_still(editor: Any, library: Any) -> None:
    """For the video that stands in the text last: a double click opens the window that made it."""
    video = editor.locator(f"{TEXT} figure.embed").last
    dialog = editor.get_by_role("dialog", name="Video or post")
    video.locator("a").dblclick()
    expect(dialog.get_by_label("Address of the video or the post")).to_have_value("https://vimeo.com/123456789")
    expect(dialog.get_by_role("button", name="Draw it instead")).to_be_hidden()
    dialog.get_by_role("button", name="Choose the still").click()
    library.locator("button.picker__one", has_text="Illustration: Newsroom").nth(1).click()
    expect(dialog.locator(".embed-still img")).to_be_visible()
    dialog.get_by_role("button", name="OK").click()
    expect(video.locator("img[data-image]")).to_be_visible()
    expect(video.locator("figcaption small")).to_have_text("Illustration: Newsroom")


def test_a_story_is_written_with_all_its_pieces_and_readers_get_them(running_site, reader_at) -> None:
    editor = reader_at()
    open_form(editor, running_site)
    editor.locator(TEXT).click()
    editor.keyboard.type("The bridge was closed in both directions at ten past six.")
    expect(editor.locator("[data-counts]")).to_contain_text("Words: 11")
    expect(editor.locator("#headline-length")).to_contain_text("Characters: 32")
    last_line(editor)
    editor.locator(".cke_button__addpicture").click()
    library = editor.get_by_role("dialog", name="Choose a picture")
    expect(library.locator("button.picker__one").first).to_be_visible()
    found = Axe().run(editor, context="dialog.picker", options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert [violation["id"] for violation in found.response["violations"]] == []
    # One of the demo's, which has its description and its credit.
    library.locator("button.picker__one", has_text="Illustration: Newsroom").first.click()
    expect(editor.locator(f"{TEXT} figure.image img")).to_be_visible()
    last_line(editor)
    paste(editor, "", "https://www.youtube.com/watch?v=TLkA0RELQ1g")
    expect(editor.locator(f"{TEXT} figure.embed")).to_be_visible()
    last_line(editor)
    editor.locator(".cke_button__addembed").click()
    dialog = editor.get_by_role("dialog", name="Video or post")
    dialog.get_by_label("Address of the video or the post").fill("https://vimeo.com/123456789")
    dialog.get_by_role("button", name="OK").click()
    expect(editor.locator(f"{TEXT} figure.embed")).to_have_count(2)
    choose_still(editor, library)
    last_line(editor)
    editor.locator(".cke_button__addrelated").click()
    stories = editor.get_by_role("dialog", name="A story to read as well")
    stories.get_by_role("searchbox").fill("night trains")
    expect(stories.locator("button.stories__item")).not_to_have_count(0)
    stories.get_by_role("button", name=re.compile("night train", re.I)).first.click()
    expect(editor.locator(f"{TEXT} aside.related a")).to_be_visible()
    last_line(editor)
    editor.locator(".cke_button__pullquote").click()
    expect(editor.locator(f"{TEXT} figure.pull")).to_be_visible()
    html = stored(editor)
    for piece in (
        'class="image"',
        "data-image=",
        'class="embed"',
        "vimeo.com/123456789",
        'class="related"',
        'class="pull"',
    ):
        assert piece in html, (piece, html)
    editor.click("button[name=_step][value=publish]")
    expect(editor.locator("#checklist")).to_contain_text("Nobody stands in the byline.")
    expect(editor.locator(".messagelist")).to_contain_text("Saved, but:")
    editor.get_by_label("Publish all the same").check()
    editor.click("button[name=_step][value=publish]")
    expect(editor.locator(".messagelist")).to_contain_text("Published.")
    reader = reader_at()
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto(running_site.url + str(editor.get_by_role("link", name="View on site").get_attribute("href")))
    story = reader.locator(".prose")
    expect(story.locator("figure.fig img").first).to_be_visible()
    expect(story.locator(".embed__go")).to_have_count(2)
    expect(story.locator(".embed__box:has([href*=vimeo]) img")).to_be_visible()  # the still; nothing plays yet
    expect(story.locator(".embed__box:has([href*=youtube]) img")).to_have_count(0)
    expect(story.locator("aside.note a")).to_have_attribute("href", re.compile(r"^/\d{4}/"))
    expect(story.locator("figure.pull blockquote")).to_be_visible()
    assert all(url.startswith((running_site.url, "data:")) for url in asked)


def test_the_checklist_follows_what_is_typed(running_site, reader_at) -> None:
    editor = reader_at(width=360)
    open_form(editor, running_site, "KESTREL BRIDGE CLOSED")
    editor.locator(TEXT).click()
    editor.keyboard.type("It cost [TK] crowns.")
    listed = editor.locator("#checklist")
    expect(listed).to_contain_text("“[TK]” still stands in the story")
    expect(listed).to_contain_text("The headline is written in capitals.")
    expect(listed.get_by_label("Publish all the same")).to_have_count(0)
    editor.fill("#id_headline", "Kestrel Bridge closed")
    editor.locator(TEXT).click()
    editor.keyboard.press("Control+a")
    editor.keyboard.type("It cost nine crowns.")
    expect(listed).not_to_contain_text("[TK]")
    expect(listed.get_by_label("Publish all the same")).to_have_count(1)
    found = Axe().run(editor, context="#checklist", options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert [violation["id"] for violation in found.response["violations"]] == []
    assert editor.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_pasted_is_cleaned_and_a_megabyte_of_it_is_not_lost(running_site, reader_at) -> None:
    editor = reader_at()
    open_form(editor, running_site)
    editor.locator(TEXT).click()
    editor.evaluate("window.ran = 0")
    word = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15">'
        "<style>p.MsoNormal{margin:0;font-family:Calibri}</style></head><body><!--StartFragment-->"
        '<h2 style="mso-margin-top-alt:auto"><span style="color:#2F5496">What is known<o:p></o:p></span></h2>'
        '<p class=MsoNormal style="text-indent:1cm"><b>Ferries</b> run <span style="mso-spacerun:yes">every half hour</span>.<o:p></o:p></p>'
        '<p class=MsoListParagraph style="text-indent:-18.0pt;mso-list:l0 level1 lfo1"><![if !supportLists]>'
        '<span style="mso-list:Ignore">·<span>&nbsp;&nbsp; </span></span><![endif]>From Carrow<o:p></o:p></p>'
        '<p class=MsoListParagraph style="text-indent:-18.0pt;mso-list:l0 level1 lfo1"><![if !supportLists]>'
        '<span style="mso-list:Ignore">·<span>&nbsp;&nbsp; </span></span><![endif]>From Harle<o:p></o:p></p>'
        '<p onclick="ran=1">End<img src="x" onerror="ran=1"><script>ran=1</script></p><!--EndFragment--></body></html>'
    )
    paste(editor, word)
    expect(editor.locator(f"{TEXT} li")).to_have_count(2)
    html = stored(editor)
    assert "<h2" in html
    assert "<strong>Ferries</strong>" in html
    assert not re.search(r"mso|Mso|style=|<o:|onclick|onerror|<script", html), html
    assert editor.evaluate("window.ran") == 0
    editor.evaluate("CKEDITOR.instances.id_body.setData('<p>Begin.</p>')")
    last_line(editor)
    paragraphs = "".join(
        f"<p>Paragraph {n} of a very long text, <b>with</b> some words in it.</p>" for n in range(15_500)
    )
    assert len(paragraphs) > 950_000
    editor.set_default_timeout(90_000)
    paste(editor, paragraphs)
    expect(editor.locator(f"{TEXT} p", has_text="Paragraph 15499 of")).to_have_count(1)
    assert stored(editor).count("<p") >= 15_500


def test_the_editor_shows_what_readers_see(running_site, reader_at) -> None:
    """The same type, size, colour and space for the same element, light and dark."""
    body = "<h2>Known</h2><p class='lead'>In short.</p><p>Words <a href='/latest/'>here below</a>.</p><blockquote><p>Said.</p></blockquote><ul><li>One</li></ul>"
    for dark in (False, True):
        editor = reader_at(dark=dark)
        open_form(editor, running_site)
        editor.evaluate("html => CKEDITOR.instances.id_body.setData(html)", body)
        expect(editor.locator(f"{TEXT} blockquote")).to_be_visible()
        reader = reader_at(dark=dark)
        reader.goto(f"{running_site.url}/search/?q=reservoir")  # a story of the demo; the latest may be a live page
        reader.locator("main a[href^='/20']").first.click()
        reader.locator(".prose > p").first.wait_for()
        looks = """([place, html]) => {
            const held = document.querySelector(place);
            if (html) held.innerHTML = html;
            const wanted = ['fontFamily', 'fontSize', 'lineHeight', 'fontWeight', 'fontStyle', 'color', 'marginBlockStart', 'paddingInlineStart', 'letterSpacing'];
            return ['h2', 'p.lead', 'p:not(.lead)', 'p a', 'blockquote', 'blockquote p', 'li'].map((name) => {
                const style = getComputedStyle(held.querySelector(name));
                return [name, ...wanted.map((property) => style[property])];
            });
        }"""
        assert editor.evaluate(looks, [TEXT, ""]) == reader.evaluate(looks, [".prose", body])


def test_the_search_result_and_the_card_follow_what_is_typed(running_site, reader_at) -> None:
    editor = reader_at()
    open_form(editor, running_site)
    editor.locator("summary", has_text="Search engines and sharing").click()
    preview = editor.locator("[data-sharing]")
    expect(preview.locator(".serp")).to_be_visible()
    expect(preview.locator(".serp__title")).to_contain_text("Ferries doubled across the Sound")
    editor.fill(
        "#id_seo_title", "Ferries: what changes on Monday for commuters, lorries and everyone else on the Sound"
    )
    expect(preview.locator(".serp__title")).to_contain_text("what changes on Monday")
    expect(preview.locator("[data-cut]")).to_contain_text("Search engines cut this title")
    expect(preview.locator(".social__title")).to_have_text("Ferries doubled across the Sound")
    editor.fill("#id_social_headline", "Twice as many ferries")
    expect(preview.locator(".social__title")).to_have_text("Twice as many ferries")
    editor.fill("#id_seo_title", "")
    expect(preview.locator("[data-cut]")).to_be_empty()
    editor.set_viewport_size({"width": 360, "height": 800})  # a narrow window cuts nothing that a search would show
    editor.fill("#id_seo_title", "Ferries: what changes on Monday for commuters")
    expect(preview.locator(".serp__title")).to_contain_text("for commuters")
    expect(preview.locator("[data-cut]")).to_be_empty()
    found = Axe().run(editor, context="[data-sharing]", options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert [violation["id"] for violation in found.response["violations"]] == []


@pytest.mark.real_data
def test_real_clipboards_of_word_are_pasted_clean(running_site, reader_at, real_data: Path) -> None:
    editor = reader_at()
    open_form(editor, running_site)
    files = sorted(f for f in (real_data / "paste").rglob("*.html") if f.name in {"chrome.html", "firefox.html"})[::24]
    assert len(files) > 5
    for file in files:
        editor.evaluate("CKEDITOR.instances.id_body.setData('')")
        editor.locator(TEXT).click()
        paste(editor, file.read_text("utf-8", "replace"))
        expect(editor.locator(TEXT)).to_have_text(re.compile(r"\w"))
        assert not re.search(r"style=|class=.?Mso|<o:|<font|<!--", stored(editor)), file
