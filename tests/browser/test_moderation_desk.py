"""A moderator's hour at the desk, in a real browser: by keyboard alone, without script, on a phone."""

import json
import re
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import RunningSite, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DESK = "/admin/moderation/"
_WAITING = """
from datetime import timedelta
from django.utils import timezone
from articles.models import Article
from comments.models import Comment, Loaded
from newsroom.accounts.models import Reader
now = timezone.now()
article = Article.objects.live(now).first()
reader = Reader.objects.create(name="{name}", email="{name}@example.com".lower())
rows = [
    Loaded(n, reader, "{name}", f"{name} says number {{n}}.", now - timedelta(seconds=n), status="pending", reason="first")
    for n in range({n})
]
Comment.objects.load(article, rows)
print(reader.pk)
"""
_COUNTS = """
import json
from comments.models import Comment, CommentStats, ModerationAction
rows = Comment.objects.filter(reader={reader})
print(json.dumps({{
    "states": {{status: rows.filter(status=status).count() for status in Comment.Status.values}},
    "lines": ModerationAction.objects.filter(comment__reader={reader}).count(),
    "drift": CommentStats.recount(),
}}))
"""


def waiting(site: RunningSite, name: str, n: int) -> int:
    return int(site.manage("shell", "--verbosity=0", "--command", _WAITING.format(name=name, n=n)).split()[-1])


def told(site: RunningSite, reader: int) -> dict[str, Any]:
    said = site.manage("shell", "--verbosity=0", "--command", _COUNTS.format(reader=reader))
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def until(page: Any, holds: str, arg: Any = None, *, seconds: float = 15) -> None:
    """Wait until an expression holds in the page (whose policy lets nothing evaluate strings, so it is asked from here)."""
    end = time.monotonic() + seconds
    while not page.evaluate(holds, arg):
        assert time.monotonic() < end, f"{holds}: {page.locator('#toast').inner_text()}"
        time.sleep(0.01)


def on_card(page: Any) -> str:
    return str(page.evaluate("document.activeElement.closest('.card')?.id ?? ''"))


def press(page: Any, *keys: str) -> None:
    """Press keys, and wait until the card that had the focus was answered and the next one has it."""
    before = on_card(page)
    for key in keys:
        page.keyboard.press(key)
    until(page, "before => ![before, ''].includes(document.activeElement.closest('.card')?.id ?? '')", before)


def test_two_hundred_comments_are_decided_by_keyboard_alone(running_site: RunningSite, reader_at: Any) -> None:
    reader = waiting(running_site, "Hour", 200)
    page = reader_at()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, running_site, "Moderator", DESK)
    page.goto(f"{running_site.url}{DESK}?person={reader}")
    page.keyboard.press("j")
    started = time.monotonic()
    for n in range(199):
        press(page, *(("r", "Enter") if n % 4 == 1 else ("s",) if n % 4 == 3 else ("a",)))
    page.keyboard.press("s")
    until(page, "document.querySelectorAll('#queue .card:not(.is-done)').length === 0")
    seconds = time.monotonic() - started
    assert errors == []
    found = told(running_site, reader)
    assert found["states"] == {"published": 100, "rejected": 50, "spam": 50, "pending": 0, "removed": 0}
    assert (found["lines"], found["drift"]) == (200, [])
    print(f"200 decided in {seconds:.0f} s")  # noqa: T201 - read with pytest -s
    assert seconds < 150


def test_the_other_keys_choose_take_back_answer_and_pin(running_site: RunningSite, reader_at: Any) -> None:
    reader = waiting(running_site, "Keys", 5)
    page = reader_at()
    log_in(page, running_site, "Moderator", DESK)
    page.goto(f"{running_site.url}{DESK}?person={reader}")
    page.keyboard.press("j")
    first = on_card(page)
    press(page, "a")
    assert page.locator("#toast").inner_text().startswith("Approved.")
    page.keyboard.press("u")  # the last decision, from wherever the focus is
    until(page, "id => document.activeElement.id === id", first)
    assert "Taken back" in page.locator("#toast").inner_text()
    assert page.locator(f"#{first} [data-key=a]").is_visible()
    page.keyboard.press("e")
    page.keyboard.type("Thank you: we have corrected it.")
    page.keyboard.press("Tab")
    press(page, "Enter")
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    assert page.locator(".chosen").inner_text() == "2 chosen"
    page.locator("#bulk button[value=spam]").click()
    until(page, "document.querySelectorAll('.card.is-done').length === 3")
    found = told(running_site, reader)["states"]
    assert (found["published"], found["spam"], found["pending"]) == (1, 2, 2)
    page.goto(f"{running_site.url}{DESK}?queue=approved&person={reader}")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.locator(".card [data-key=p]", has_text="Unpin").wait_for()
    page.keyboard.press("u")
    page.locator(".card [data-key=p]", has_text=re.compile(r"^\s*Pin\b")).wait_for()


def test_the_desk_works_without_script(running_site: RunningSite, reader_at: Any) -> None:
    reader = waiting(running_site, "Plain", 4)
    page = reader_at(javascript=False)
    log_in(page, running_site, "Moderator", DESK)
    here = f"{running_site.url}{DESK}?person={reader}"
    page.goto(here)
    page.locator(".card").first.get_by_role("button", name="Approve").click()
    expect(page).to_have_url(re.compile(rf"person={reader}\b.*#c"))
    page.locator(".told").get_by_role("button", name="Undo").click()
    expect(page.locator(".told")).to_contain_text("Taken back: 1 comment.")
    page.goto(here)
    card = page.locator(".card").first
    card.locator(".rejecting summary").click()
    card.get_by_role("button", name="off topic").click()
    expect(page.locator(".told")).to_contain_text("Rejected (off topic).")
    page.get_by_role("link", name="Choose all shown").click()
    expect(page.locator(".pick:checked")).to_have_count(3)
    page.locator("#bulk").get_by_role("button", name="Spam").click()
    expect(page.locator(".told")).to_contain_text("3 comments: marked as spam.")
    page.goto(f"{running_site.url}{DESK}record/?person={reader}")
    assert page.locator("tbody tr").count() == 6
    page.goto(f"{running_site.url}{DESK}?queue=rejected&person={reader}")
    card = page.locator(".card").first
    card.get_by_role("button", name="Approve").click()
    page.locator(".told").wait_for()
    page.goto(f"{running_site.url}{DESK}?queue=approved&person={reader}")
    card = page.locator(".card").first
    card.locator(".answering summary").click()
    card.locator("textarea[name=reply]").fill("An answer without script.")
    card.get_by_role("button", name="Publish the answer").click()
    expect(page.locator(".told")).to_contain_text("Your answer is published.")
    assert told(running_site, reader)["drift"] == []


def test_more_than_fifty_are_asked_for_in_place(running_site: RunningSite, reader_at: Any) -> None:
    reader = waiting(running_site, "Wave", 60)
    page = reader_at()
    log_in(page, running_site, "Moderator", DESK)
    page.goto(f"{running_site.url}{DESK}?person={reader}")
    for shown in (50, 60):
        page.locator(".more a").click()
        until(page, "n => document.querySelectorAll('#queue > .card').length === n", shown)
    page.get_by_role("link", name="Choose all shown").click()
    page.locator("#bulk button[value=spam]").click()
    page.locator("dialog [name=count]").fill("60")
    page.locator("dialog button").click()
    until(page, "document.querySelector('#toast')?.innerText.startsWith('60 comments')")
    page.locator("#toast .undo button").click()
    until(page, "document.querySelector('#toast')?.innerText.startsWith('Taken back: 60')")
    assert told(running_site, reader)["states"]["pending"] == 60


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_the_desk_fit_and_are_accessible(
    running_site: RunningSite, reader_at: Any, width: int, dark: bool
) -> None:
    page = reader_at(width=width, dark=dark)
    log_in(page, running_site, "Admin", DESK)
    for path in ("", "?queue=approved", "record/", "numbers/", "all/?queue=spam"):
        page.goto(f"{running_site.url}{DESK}{path}")
        if path == "?queue=approved":
            page.locator(".card .rejecting summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found] == [], path
