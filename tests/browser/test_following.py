"""Following from the first letter to the last: in real browsers, against a real worker and a real mail server."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from newsroom.lib.text import make_slug
from tests.browser.conftest import PASSWORD, RunningSite, arrive, link_in, text_of, type_password

pytestmark = pytest.mark.browser

_STORY = """
from articles.models import Article
from comments.models import Comment
from newsroom.accounts.models import Reader, User
from tests.make import make_article
if not User.objects.filter(email="noor@example.com").exists():
    User.objects.create_user("noor@example.com", "{password}", name="Noor Bakker")
article = make_article("{headline}", slug="{slug}")
Comment.objects.post(article, None, Reader.objects.create(name="Old Ferryman"), "Crews are the difficulty.")
print(article.get_absolute_url())
"""
_SAY = """
from articles.models import Article
from comments.models import Comment
from newsroom.accounts.models import Reader
article, answered = Article.objects.get(slug="{slug}"), "{to}"
parent = Comment.objects.get(article=article, text=answered) if answered else None
for text in {texts}:
    Comment.objects.post(article, parent, Reader.objects.create(name="Passenger"), text)
"""
_DUE = """
from django.utils import timezone
from comments.models import Digest, Notification
from newsroom.accounts.models import Erasure
Notification.objects.plan(timezone.now())
Digest.objects.filter(closed_at=None).update(due_at=timezone.now())
Erasure.objects.open().update(due_at=timezone.now())
"""


def story(site: RunningSite, headline: str) -> str:
    """A story with one comment; its address."""
    said = site.manage(
        "shell", "--command", _STORY.format(password=PASSWORD, headline=headline, slug=make_slug(headline))
    )
    return site.url + said.strip().splitlines()[-1]


def time_passes(site: RunningSite) -> None:
    """The hour of every digest and the day of every erasure are over, and the worker has been by."""
    site.manage("shell", "--command", _DUE)
    site.manage("worker", "--once")


def say(site: RunningSite, url: str, *texts: str, to: str = "") -> None:
    """Somebody comments under the story at `url`, or answers the comment with the words `to`."""
    site.manage("shell", "--command", _SAY.format(slug=url.rstrip("/").rpartition("/")[2], texts=texts, to=to))


def press(page: Any, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state("networkidle")


def is_accessible(page: Any) -> None:
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {node['html'][:150]}" for v in found for node in v["nodes"]] == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_guest_follows_gets_a_digest_and_goes(
    running_site: RunningSite, reader_at: Any, javascript: bool, tmp_path: Path
) -> None:
    who = f"quiet-{'a' if javascript else 'b'}@example.com"
    url = story(running_site, f"Ferries doubled, {who[6]}")
    quiet = reader_at(javascript=javascript)

    # follow without commenting, and confirm
    quiet.goto(url)
    quiet.locator("#follow-e").fill(who)
    quiet.locator("#follow").get_by_role("button", name="Follow").click()
    expect(quiet.locator(".note--ok")).to_contain_text(who)
    (asking,) = running_site.sink.to(who, "Confirm that")
    quiet.goto(link_in(asking, "/confirm/"))
    press(quiet, "Confirm")
    expect(quiet.locator(".note--ok")).to_contain_text("From now on we write to")

    # one letter an hour, please
    quiet.goto(f"{running_site.url}/comments/mine/")
    quiet.get_by_label("Once an hour, together").check()
    press(quiet, "Save")
    expect(quiet.get_by_label("Once an hour, together")).to_be_checked()
    if javascript:
        is_accessible(quiet)
    say(running_site, url, "Remark 0 about the ferries.", "Remark 1 about the ferries.")
    time_passes(running_site)
    (digest,) = running_site.sink.to(who, "2 new comments")
    assert "Remark 0 about the ferries." in text_of(digest)

    # the page on another device, by a mailed link
    phone = reader_at(width=360, javascript=javascript)
    phone.goto(f"{running_site.url}/comments/mine/")
    phone.get_by_role("link", name="Send me a link to my page").click()
    phone.get_by_label("E-mail").fill(who)
    press(phone, "Send me a link")
    (letter,) = running_site.sink.to(who, "Your comments, subscriptions and data")
    phone.goto(link_in(letter, "/mine/link/"))
    press(phone, "Open my page")
    expect(phone.locator("#follow")).to_contain_text("Ferries doubled")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360 if javascript else True

    # take everything along
    with phone.expect_download() as download:
        phone.get_by_role("button", name="Download my data").click()
    download.value.save_as(tmp_path / "data.json")
    told = json.loads((tmp_path / "data.json").read_text("utf-8"))
    assert [row["kind"] for row in told["subscriptions"]] == ["all"]

    # erase, think again, erase
    for again in (False, True):
        phone.goto(f"{running_site.url}/comments/mine/")
        phone.get_by_role("link", name="Erase my data").click()
        press(phone, "Erase my data")
        expect(phone.get_by_text("You asked us to erase your data")).to_be_visible()
        if not again:
            press(phone, "Keep my data")
    time_passes(running_site)
    assert running_site.sink.to(who, "Your data is erased")
    for page in (phone, quiet):
        page.goto(f"{running_site.url}/comments/mine/")
        expect(page.locator("main")).to_contain_text("This device is not known here")


def test_a_member_follows_a_thread_and_reads_a_notice(running_site: RunningSite, reader_at: Any) -> None:
    url = story(running_site, "The crews of the ferries")
    noor = reader_at()
    noor.goto(f"{running_site.url}/account/login/?next=/comments/mine/")
    type_password(noor, "noor@example.com")
    arrive(noor, "/comments/mine/")

    noor.goto(url)
    noor.locator(".comment", has_text="Crews are the difficulty").locator("summary").click()
    noor.get_by_role("link", name="Follow this thread").click()
    expect(noor.get_by_role("heading", name="Follow this thread")).to_be_visible()
    is_accessible(noor)
    press(noor, "Follow")
    say(running_site, url, "And the tide.", to="Crews are the difficulty.")
    assert running_site.sink.about("noor@example.com", "And the tide.")

    noor.goto(url)
    bell = noor.locator(".bell")
    expect(bell).to_contain_text("1")
    bell.click()
    expect(noor.locator("#notices")).to_be_visible()
    is_accessible(noor)
    noor.locator("#notices").get_by_role("button", name=re.compile("To the comment")).click()
    expect(noor.locator(".comment", has_text="And the tide.")).to_be_visible()
    expect(noor.locator(".bell__n")).to_have_count(0)
