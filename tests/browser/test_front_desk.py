"""The desk in a real browser: places are dragged and moved by keyboard, the preview follows, and a second step logs in."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, RunningSite, arrive, log_in, type_password

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FRONT = "/admin/front/"
_MAKE_CAREFUL = """
from django.contrib.auth.models import Group
from newsroom.accounts.models import User
user = User.objects.create_user("{address}", "{password}", name="Ilse", is_staff=True)
user.groups.add(Group.objects.get(name="Moderator"))
"""


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def names(page: Any, zone: str) -> list[str]:
    return [str(name) for name in page.locator(f"[data-zone={zone}] .place__name").all_inner_texts()]


def test_places_are_dragged_and_moved_by_keyboard_and_the_page_beside_them_follows(
    running_site: RunningSite, reader_at: Any
) -> None:
    page = reader_at()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, running_site, "Front editor", FRONT)
    top = names(page, "top")
    rows = page.locator("[data-zone=top] .place")
    rows.nth(2).locator(".place__name").drag_to(rows.nth(0), target_position={"x": 5, "y": 3})
    dragged = [top[2], top[0], top[1], *top[3:]]
    page.wait_for_function(
        "name => document.querySelector('[data-zone=top] .place__name').innerText === name", arg=top[2]
    )
    assert names(page, "top") == dragged
    # By keyboard alone: the button keeps the focus, and what happened is said.
    page.locator("[data-zone=top] .place").nth(1).get_by_role("button", name="Down").focus()
    page.keyboard.press("Enter")
    expected = [dragged[0], dragged[2], dragged[1], *dragged[3:]]
    assert names(page, "top") == expected
    assert page.locator("#moved").inner_text() == f"{dragged[1]}: place 3 of {len(top)}"
    assert (
        page.evaluate("document.activeElement.closest('.place').querySelector('.place__name').innerText") == dragged[1]
    )
    page.keyboard.press("Alt+ArrowUp")
    assert names(page, "top") == dragged
    # The frame shows the real page in the new order, and nothing is saved yet.
    frame = page.frame_locator("iframe[name=preview]")
    frame.get_by_role("link", name=top[2]).first.wait_for()
    page.locator("[data-zone=top] .place").nth(0).locator("summary").click()
    page.locator("[data-zone=top] .place").nth(0).locator("[name=headline]").fill("Words for the front alone")
    page.keyboard.press("Tab")
    frame.get_by_text("Words for the front alone").first.wait_for()
    reader = reader_at()
    reader.goto(running_site.url)
    assert "Words for the front alone" not in reader.content()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved: readers see it now.").wait_for()
    assert names(page, "top") == dragged
    reader.goto(running_site.url)
    assert "Words for the front alone" in reader.content()
    assert errors == []


def test_places_move_without_script(running_site: RunningSite, reader_at: Any) -> None:
    page = reader_at(javascript=False)
    log_in(page, running_site, "Admin", FRONT)
    top = names(page, "top")
    with page.expect_navigation():
        page.locator("[data-zone=top] .place").nth(0).get_by_role("button", name="Down").click()
    assert names(page, "top")[:2] == [top[1], top[0]]
    page.locator("#q").fill("reservoir")
    with page.expect_navigation():
        page.locator("#q").press("Enter")
    assert names(page, "top")[:2] == [top[1], top[0]]
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    assert names(page, "top")[:2] == [top[1], top[0]]


def test_an_app_a_key_and_a_recovery_code_log_in(running_site: RunningSite, reader_at: Any) -> None:
    careful = "ilse@example.com"  # nobody else logs in as her, who is asked for a second step from here on
    running_site.manage("shell", "--command", _MAKE_CAREFUL.format(address=careful, password=PASSWORD))
    here = running_site.url.replace("127.0.0.1", "localhost")  # keys belong to names, never to numbers
    page = reader_at()
    machine = page.context.new_cdp_session(page)
    machine.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    machine.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    def enter_password() -> None:
        page.context.clear_cookies()
        page.goto(f"{here}/account/login/")
        type_password(page, careful)

    enter_password()
    arrive(page, "/admin/")
    page.goto(f"{here}/account/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    secret = page.locator("#authenticator_secret").inner_text()
    page.fill("input[name=code]", code_of(secret))
    page.press("input[name=code]", "Enter")
    expect(page.locator(".account__codes code")).to_have_count(10)
    codes = page.locator(".account__codes code").all_inner_texts()
    page.goto(f"{here}/account/2fa/webauthn/add/")
    with page.expect_navigation():
        page.get_by_role("button", name="Add this key").click()
    page.goto(f"{here}/account/2fa/")
    page.get_by_text("1 key logs you in").wait_for()
    assert Axe().run(page).response["violations"] == []

    for typed in (code_of(secret), codes[0]):
        enter_password()
        page.fill("input[name=code]", typed)
        page.press("input[name=code]", "Enter")
        arrive(page, "/admin/")
    enter_password()
    page.get_by_role("button", name="Use a passkey or security key").wait_for()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Use a passkey or security key").click()
    arrive(page, "/admin/")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_pages_of_the_desk_are_free_of_barriers_and_fit(
    running_site: RunningSite, reader_at: Any, width: int, dark: bool
) -> None:
    page = reader_at(width=width, dark=dark)
    log_in(page, running_site, "Admin")
    found = {}
    for path in ("/admin/", "/admin/calendar/", FRONT, "/admin/roles/", "/admin/log/"):
        page.goto(f"{running_site.url}{path}")
        rules = [violation["id"] for violation in Axe().run(page).response["violations"]]
        wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if rules or wider:
            found[path] = [*rules, *["it scrolls sideways"] * wider]
    assert found == {}
