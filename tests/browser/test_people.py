"""A moderator deals with a person: found, looked at, banned, everything removed and brought back; with and without script."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, log_in

pytestmark = pytest.mark.browser

PEOPLE = "/admin/moderation/people/"
_TROLL = """
from django.utils import timezone
from articles.models import Article
from comments.models import Comment
from newsroom.accounts.models import Reader
article = Article.objects.live(timezone.now()).first()
reader = Reader.objects.create(name="{name}", email="{name}@nowhere.example".lower())
for n in range(3):
    comment = Comment.objects.post(article, None, reader, f"{name} says rude words, number {{n}}.", network="abcdef")
print(reader.pk, comment.pk)
"""
_STATES = """
from comments.models import Comment
print(",".join(Comment.objects.filter(reader={reader}).order_by("pk").values_list("status", flat=True)))
"""


def troll(site: RunningSite, name: str) -> tuple[int, int]:
    said = site.manage("shell", "--verbosity=0", "--command", _TROLL.format(name=name)).split()
    return int(said[-2]), int(said[-1])


def states(site: RunningSite, reader: int) -> str:
    return site.manage("shell", "--verbosity=0", "--command", _STATES.format(reader=reader)).strip().splitlines()[-1]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_is_found_banned_and_what_they_wrote_removed_and_brought_back(
    running_site: RunningSite, reader_at: Any, javascript: bool
) -> None:
    name = "Grumbler" if javascript else "Growler"
    reader, _comment = troll(running_site, name)
    page = reader_at(width=360, javascript=javascript)
    log_in(page, running_site, "Moderator", PEOPLE)
    page.get_by_label("Name or address").fill(name)
    page.get_by_role("button", name="Look").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_text(f"{name} says rude words, number 2.")).to_be_visible()

    page.get_by_role("link", name="Warn, suspend or ban").click()
    page.get_by_label("This person").check()
    page.get_by_label("ban", exact=True).check()
    page.get_by_label("Reason").fill("Rude words, again.")
    page.get_by_role("button", name="Show whom it meets").click()
    expect(page.locator(".sums")).to_contain_text("3 comments in the last 30 days")
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator("#sanctions")).to_contain_text("Rude words, again.")

    page.get_by_role("link", name="Remove what they wrote").click()
    page.get_by_label("Type 3 to go on:").fill("3")
    page.get_by_role("button", name="Remove them").click()
    expect(page.locator(".told")).to_contain_text("3 comments removed.")
    assert states(running_site, reader) == "removed,removed,removed"
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/record/**")
    assert states(running_site, reader) == "published,published,published"


def test_selected_words_are_cut_out_of_a_comment(running_site: RunningSite, reader_at: Any) -> None:
    _reader, comment = troll(running_site, "Mumbler")
    page = reader_at()
    log_in(page, running_site, "Moderator", f"/admin/moderation/comments/{comment}/cut/")
    page.evaluate(
        """() => { const text = document.getElementById("whole").firstChild, at = text.data.indexOf("rude words");
        getSelection().setBaseAndExtent(text, at, text, at + 10); }"""
    )
    expect(page.get_by_label("The passage")).to_have_value("rude words")
    page.get_by_role("button", name="Cut it").click()
    expect(page.locator("#whole")).to_have_text("Mumbler says [removed by a moderator], number 2.")


def test_axe_objects_to_none_of_these_pages_and_none_is_wider_than_a_phone(
    running_site: RunningSite, reader_at: Any
) -> None:
    reader, comment = troll(running_site, "Rumbler")
    page = reader_at(width=360)
    log_in(page, running_site, "Admin", f"{PEOPLE}?q=rumbler")
    for address in (
        f"{PEOPLE}?q=rumbler",
        f"{PEOPLE}{reader}/",
        f"{PEOPLE}{reader}/sanction/",
        f"{PEOPLE}{reader}/remove/",
        f"/admin/moderation/comments/{comment}/cut/",
        f"/admin/moderation/comments/{comment}/purge/",
    ):
        page.goto(f"{running_site.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
