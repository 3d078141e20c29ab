"""From a reader's wish to the letter, and from an editor's log-in to every open page: breaking news in real browsers."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, STAFF, RunningSite, link_in

pytestmark = pytest.mark.browser

_MAKE_DRAFT = """
from articles.models import Article, Section
from newsroom.accounts.models import User
mira = User.objects.get(email="{who}")
Article.objects.create(headline="{headline}", standfirst="Nobody is hurt.", body="<p>It was closed at six.</p>",
                       section=Section.objects.get(slug="transport"), created_by=mira)
"""
_COUNT_SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifted += entry.value })
    .observe({type: "layout-shift", buffered: true});
"""


def signs_up(reader: Any, site: RunningSite, address: str) -> None:
    """In the footer of a page, and by the button behind the link that comes by mail."""
    reader.goto(f"{site.url}/latest/")
    reader.locator(".footer").get_by_label("Breaking news by mail").fill(address)
    reader.locator(".footer").get_by_role("button", name="Sign up").click()
    expect(reader.get_by_role("status").first).to_contain_text("If noor-alerts@example.org can receive mail")
    (asked,) = site.sink.to(address, "Confirm: breaking news by mail")
    reader.goto(link_in(asked, "/alerts/confirm/"))
    reader.get_by_role("button", name="Confirm").click()
    expect(reader.get_by_role("heading", name="Confirmed")).to_be_visible()


def test_a_story_breaks_in_three_clicks_and_an_open_page_hears_of_it(running_site: RunningSite, reader_at: Any) -> None:
    headline = "Harle tunnel shut after a lorry fire"
    running_site.manage("shell", "--command", _MAKE_DRAFT.format(who=STAFF["Front editor"], headline=headline))
    editor, reader = reader_at(width=360), reader_at()
    signs_up(reader, running_site, "noor-alerts@example.org")
    reader.add_init_script(_COUNT_SHIFTS)
    reader.clock.install()
    reader.goto(f"{running_site.url}/latest/")

    editor.goto(f"{running_site.url}/account/login/?next=/admin/")
    editor.fill("input[name=login]", STAFF["Front editor"])
    editor.fill("input[name=password]", PASSWORD)
    editor.get_by_role("main").get_by_role("button", name="Log in").click()
    editor.get_by_role("link", name=re.compile(f"Break….*{headline}")).click()
    editor.get_by_role("button", name="Publish and break it").click()
    expect(editor.locator(".messagelist")).to_contain_text("Breaking until")
    assert editor.evaluate("document.documentElement.scrollWidth") <= 360

    shifted = reader.evaluate("window.shifted")
    reader.clock.fast_forward(30_000)
    bar = reader.get_by_role("status").filter(has_text=headline)
    expect(bar).to_be_visible()
    assert reader.evaluate("window.shifted") == shifted
    bar.get_by_role("button", name="Hide this alert").click()
    expect(bar).to_be_hidden()
    reader.goto(f"{running_site.url}/")
    reader.goto(f"{running_site.url}/latest/")
    expect(reader.locator("alert-bar", has_text=headline)).to_be_hidden()
    assert len(running_site.sink.to("noor-alerts@example.org", headline)) == 1

    other = reader_at()
    other.goto(f"{running_site.url}/latest/")
    expect(other.locator("alert-bar", has_text=headline)).to_be_visible()
    other.clock.install()
    other.reload()
    editor.get_by_role("button", name="Stop breaking").click()
    expect(editor.locator(".messagelist")).to_contain_text("No longer breaking")
    other.clock.fast_forward(30_000)
    expect(other.locator("alert-bar", has_text=headline)).to_be_hidden()
