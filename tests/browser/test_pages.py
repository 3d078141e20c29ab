"""Every page in a real browser: nothing that axe objects to, nothing wider than the screen, no other host, no complaint."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import RunningSite

pytestmark = pytest.mark.browser

#: Pages by what a reader would call them; `article:KIND` is the newest story of that kind in the demo.
PAGES = [
    *("/", "/latest/", "article:breaking", "article:story", "article:opinion", "article:video", "article:live"),
    *("article:withdrawn", "article:discussed", "discussion", "comment", "section", "topic", "author", "year"),
    *("/search/", "/search/?q=bridge", "/search/?q=nothingsuch", "/corrections/", "/support/", "/about/", "/privacy/"),
    *("/nothing-here/", "/account/login/", "/account/signup/", "/account/password/reset/"),
]
_ADDRESSES = """
import json
from django.utils import timezone
from articles.models import Article, Author, Section, Topic
from comments.models import Comment, CommentStats
now = timezone.now()
live = Article.objects.live(now).newest()
found = {f"article:{kind}": live.filter(kind=kind, breaking_until=None).first() for kind in ("story", "opinion", "video", "live")}
found["article:breaking"] = Article.objects.breaking(now).first()
found["article:withdrawn"] = Article.objects.filter(status="withdrawn").first()
most = CommentStats.objects.filter(article__in=live.values("pk")).order_by("-published").first().article
some = CommentStats.objects.filter(article__in=live.values("pk"), published__range=(20, 30), article__kind="story")
found["article:twenty"] = some.select_related("article")[0].article
found |= {"article:discussed": most, "section": Section.objects.first(), "author": Author.objects.first()}
found["topic"] = Topic.objects.filter(articles__in=live).first()
paths = {name: row.get_absolute_url() for name, row in found.items()}
deep = Comment.objects.shown(now).filter(article=most).order_by("-depth", "id").first()
paths |= {"comment": f"/comments/{deep.pk}/", "discussion": f"/comments/on/{most.pk}/", "year": f"/{now.year}/"}
print(json.dumps(paths))
"""


@pytest.fixture(scope="session")
def addresses(running_site: RunningSite) -> dict[str, str]:
    import json

    return json.loads(running_site.manage("shell", "--command", _ADDRESSES).strip().splitlines()[-1])


def open_page(page: Any, site: RunningSite, addresses: dict[str, str], name: str) -> list[str]:
    """Opens a page and returns what it complained about and whom else it asked."""
    complaints: list[str] = []
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((site.url, "data:", "blob:")) else complaints.append(r.url))
    page.goto(site.url + addresses.get(name, name))
    page.wait_for_load_state("networkidle")
    return complaints


def violations(page: Any) -> list[str]:
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html'][:150]} ({node['failureSummary'][:200]})" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_anything_that_axe_objects_to(running_site, addresses, visitor_at, name) -> None:
    for width, dark in ((1280, False), (360, True)):
        page = visitor_at(width=width, dark=dark)
        assert open_page(page, running_site, addresses, name) == []
        assert violations(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_small_phone(running_site, addresses, visitor_at, name) -> None:
    page = visitor_at(width=320)
    open_page(page, running_site, addresses, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    "name", ["/", "article:breaking", "article:discussed", "section", "/about/", "/search/?q=bridge"]
)
def test_every_page_reads_the_same_without_javascript(running_site, addresses, reader_at, name) -> None:
    with_script, without = reader_at(), reader_at(javascript=False)
    words = []
    for page in (with_script, without):
        page.goto(running_site.url + addresses.get(name, name))
        words.append(set(re.findall(r"\w{4,}", page.inner_text("main"))))
    # Buttons that a script alone can make: to share, and to comment on any passage.
    assert words[1] >= words[0] - {"Share", "Copy", "copied", "Comment", "passage"}


def test_an_article_with_twenty_comments_is_light(running_site, addresses, reader_at) -> None:
    """At most 90 kB in at most 8 requests, pictures apart; accented letters cost one more part of a font (10 kB)."""
    page = reader_at()
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    client.on("Network.responseReceived", lambda e: kinds.__setitem__(e["requestId"], e["type"]))
    client.on("Network.loadingFinished", lambda e: sizes.__setitem__(e["requestId"], e["encodedDataLength"]))
    page.goto(running_site.url + addresses["article:twenty"])
    page.wait_for_load_state("networkidle")
    assert page.locator(".comment").count() >= 20
    counted = {request: size for request, size in sizes.items() if kinds.get(request) != "Image"}
    assert len(counted) <= 8, sorted(kinds.values())
    fonts = sorted(size for request, size in counted.items() if kinds[request] == "Font")
    accented = sum(fonts[:-2])  # where a headline or a name of another test is on the page
    assert accented <= 12_000
    assert sum(counted.values()) - accented <= 90_000, [(kinds[request], size) for request, size in counted.items()]


#: The desk; the forms that hold CKEditor are judged without its own parts, which we only use.
DESK = [
    *(
        "/admin/",
        "/admin/articles/article/",
        "/admin/articles/section/",
        "/admin/articles/image/",
        "/admin/comments/comment/",
    ),
    *(
        "/admin/articles/sitesettings/",
        "/admin/accounts/user/",
        "/admin/comments/notification/",
        "/admin/donations/campaign/",
    ),
    "/admin/articles/article/add/",
]


@pytest.mark.parametrize("path", DESK)
def test_the_desk_fits_a_phone_breaks_no_policy_and_axe_finds_nothing(
    running_site, addresses, visitor_at, path
) -> None:
    for width, dark in ((360, True), (1280, False)):
        page = visitor_at(site=running_site, role="Admin", width=width, dark=dark)
        complaints = open_page(page, running_site, addresses, path)
        assert [c for c in complaints if "javascript:void(0)" not in c] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('.cke').forEach(part => part.remove())")
        assert violations(page) == []
