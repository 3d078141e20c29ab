"""A real site for a real browser: a server process, a worker process and a mail server that keeps what it gets."""

import email
import email.message
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from playwright.sync_api import expect

from tests.place import copy_migrated

PASSWORD = "kestrel-bridge-1907"
#: Seconds within which the worker has come by: pictures that other tests have left it are drawn first.
BY_WORKER = 60
#: Milliseconds: only a page that never shows what is expected takes them.
expect.set_options(timeout=20_000)
#: Who works on the site under test, by role; all with PASSWORD.
STAFF = {
    "Editor": "oskar@example.com",
    "Front editor": "mira@example.com",
    "Moderator": "jonah@example.com",
    "Admin": "priya@example.com",
}
# The sizes of all pictures of the demo would take the worker minutes of a processor: eight have theirs, the others are
# shown as they came.
_MAKE_STAFF = """
from django.contrib.auth.models import Group
from django.utils import timezone
from articles.models import Image
from newsroom.accounts.models import User
for role, address in {staff}.items():
    user = User.objects.create_user(address, "{password}", name=address.partition("@")[0].title(), is_staff=True)
    user.is_superuser = role == "Admin"
    user.save()
    user.groups.add(Group.objects.get(name=role))
now = timezone.now()
Image.objects.update(avif_at=now)
Image.objects.filter(pk__in=Image.objects.order_by("pk")[8:]).update(renditions_at=now)
"""


@dataclass
class Sink:
    """Keeps every message that the site sends."""

    messages: list[email.message.EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append(message)  # type: ignore[arg-type]
        return "250 kept"

    def to(self, address: str, subject: str) -> list[email.message.EmailMessage]:
        """Messages to `address` whose subject holds `subject`, as soon as there is one; [] where none comes."""
        return self._wait(lambda m: m["To"] == address and subject.lower() in str(m["Subject"]).lower(), BY_WORKER)

    def about(self, address: str, words: str, *, within: float = BY_WORKER) -> list[email.message.EmailMessage]:
        """Messages to `address` whose text holds `words`, as soon as there is one; [] after `within` seconds."""
        return self._wait(lambda m: m["To"] == address and words in text_of(m), within)

    def _wait(self, fits: Callable[[Any], bool], seconds: float) -> list[email.message.EmailMessage]:
        end = time.monotonic() + seconds
        while True:
            found = [message for message in self.messages if fits(message)]
            if found or time.monotonic() > end:
                return found
            time.sleep(0.1)


def text_of(message: email.message.EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(message: email.message.EmailMessage, part: str) -> str:
    """The first link of the text part whose address holds `part`."""
    return next(url for url in re.findall(r"https?://\S+", text_of(message)) if part in url)


@dataclass
class RunningSite:
    url: str
    env: dict[str, str]
    sink: Sink

    def manage(self, *arguments: str) -> str:
        """As `manage.py`, by a process that has Django loaded."""
        words, errors = (Path(self.env["NEWSROOM_VAR"]) / f"command.{name}" for name in ("out", "err"))
        self.commands.stdin.write(json.dumps([str(words), str(errors), *arguments]) + "\n")
        self.commands.stdin.flush()
        code = self.commands.stdout.readline().strip()
        assert code == "0", f"manage.py {arguments[0]} failed ({code}):\n{words.read_text()}\n{errors.read_text()}"
        return words.read_text()

    @cached_property
    def commands(self) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.browser.commands"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env, cwd=settings.BASE_DIR, stdin=pipe, stdout=pipe, text=True)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo newsroom with its staff, served as in production, with a worker beside it."""
    folder = tmp_path_factory.mktemp("site")
    port, sink = free_port(), Sink()
    mail = Controller(sink, hostname="127.0.0.1", port=free_port())
    mail.start()
    url = f"http://127.0.0.1:{port}"
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NEWSROOM_")},
        "NEWSROOM_URL": url,
        "NEWSROOM_VAR": str(folder),
        "NEWSROOM_SECRET_KEY": "for-tests-only-" + "x" * 40,
        "NEWSROOM_LIMITS": "0",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
    }
    site = RunningSite(url, env, sink)
    copy_migrated(folder / "db.sqlite3")
    site.manage("collectstatic", "--noinput", "--verbosity=0")
    site.manage("demo")
    site.manage("shell", "--command", _MAKE_STAFF.format(staff=STAFF, password=PASSWORD))
    server = [sys.executable, "-m", "newsroom.web", "--port", str(port)]
    processes = [
        _start([*server, "--blocking-threads", "4"], env, folder / "server.log"),
        _start([sys.executable, "manage.py", "worker"], env, folder / "worker.log"),
    ]
    try:
        _wait_until_it_answers(url, folder / "server.log")
        yield site
    finally:
        for process in (*processes, site.commands):
            process.terminate()
        for process in (*processes, site.commands):
            process.wait(timeout=20)
        for pipe in (site.commands.stdin, site.commands.stdout):
            pipe.close()
        mail.stop()


def _start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command, env=env, cwd=settings.BASE_DIR, stdout=output, stderr=subprocess.STDOUT)


def _wait_until_it_answers(url: str, log: Path) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not answer:\n{log.read_text()[-3000:]}")


#: What Chromium shall do without: Playwright's own list (the last on a command line counts), and suggestions beside an
#: address that nobody types, which start a process for every window.
_WITHOUT = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    *("PreconnectToSearch", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, asking nobody for anything."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("NEWSROOM_CHROMIUM") or "/usr/bin/chromium",
        "args": [*quiet, "--disable-component-update", "--disable-sync", f"--disable-features={','.join(_WITHOUT)}"],
    }


def _browser_of_a_person(
    browser: Any, *, width: int = 1280, javascript: bool = True, dark: bool = False, locale: str = "en"
) -> Any:
    return browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        locale=locale,
    )


def _page_of(context: Any) -> Any:
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


@pytest.fixture
def reader_at(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a browser of its own for each person: `reader_at(width=360, javascript=False, dark=True)` returns its page."""
    contexts = []

    def open_browser(**how: Any) -> Any:
        contexts.append(_browser_of_a_person(browser, **how))
        return _page_of(contexts[-1])

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def browsers_left_open(browser: Any) -> Iterator[dict[Any, Any]]:
    contexts: dict[Any, Any] = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def visitor_at(browser: Any, browsers_left_open: dict[Any, Any]) -> Iterator[Callable[..., Any]]:
    """As `reader_at`, for whoever only looks: one browser of a kind for the module's tests, with a page of its own for
    each. `visitor_at(site=running_site, role="Editor")` has logged in."""
    pages = []

    def open_page(*, site: RunningSite | None = None, role: str = "", **how: Any) -> Any:
        key = (role, *sorted(how.items()))
        if key not in browsers_left_open:
            browsers_left_open[key] = _browser_of_a_person(browser, **how)
            if site and role:
                page = _page_of(browsers_left_open[key])
                log_in(page, site, role)
                page.close()
        pages.append(_page_of(browsers_left_open[key]))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def log_in(page: Any, site: RunningSite, role: str, next_page: str = "/admin/") -> None:
    page.goto(f"{site.url}/account/login/?next={next_page}")
    type_password(page, STAFF[role])
    arrive(page, next_page)


def asked_on_leaving(page: Any) -> list[str]:
    """The kinds of the questions that the page asks from now on; to each the person says to stay."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def type_password(page: Any, address: str) -> None:
    page.fill("input[name=login]", address)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")


def arrive(page: Any, path: str) -> None:
    """By path and query in full: an address of log-in ends with the next one's."""
    page.wait_for_url(lambda url: urlsplit(url)[2:4] == urlsplit(path)[2:4])
