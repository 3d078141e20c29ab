"""What everybody shares holds nobody's data, and is fresh at once: the page cache with the whole site behind it."""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from articles.models import LiveUpdate
from articles.search import index
from newsroom.lib import keyset
from newsroom.lib.pagecache import PageCache
from newsroom.lib.pagecache.key import PARAMETERS
from tests.make import make_article, make_author, make_comment, make_topic

pytestmark = pytest.mark.django_db(transaction=True)

Get = Callable[..., dict[str, Any]]


@pytest.fixture
def get(settings) -> Get:
    """Asks the site as a server would, through the page cache."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    cache = PageCache(get_wsgi_application())

    def ask(path: str, method: str = "GET", body: bytes = b"", **headers: str) -> dict[str, Any]:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_SEC_FETCH_SITE": "same-origin",
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }  # fmt: skip
        answer: dict[str, Any] = {}

        def start(status: str, sent: list[tuple[str, str]], exc_info: Any = None) -> None:
            answer.update(status=int(status[:3]), headers=dict(sent), cookies=[v for n, v in sent if n == "Set-Cookie"])

        chunks = cache(environ, start)
        answer["text"] = b"".join(chunks).decode()
        if hasattr(chunks, "close"):
            chunks.close()
        return answer

    ask.cache = cache
    return ask


@pytest.fixture
def paths(site, section, article, breaking) -> list[str]:
    topic = make_topic("Ferries")
    article.topics.add(topic)
    for story in (article, breaking):
        index(story)
    author = article.bylines.get().author
    lists = ["/", "/latest/", section.get_absolute_url(), topic.get_absolute_url(), author.get_absolute_url()]
    day = article.dated
    archives = [f"/{day:%Y}/", f"/{day:%Y}/{day:%m}/", f"/{day:%Y}/{day:%m}/{day:%d}/", "/corrections/", "/alerts/"]
    machines = [
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/sitemap.xml",
        "/news-sitemap.xml",
        "/robots.txt",
        "/alert.json",
    ]
    return [
        *lists,
        *archives,
        *machines,
        article.get_absolute_url(),
        breaking.get_absolute_url(),
        f"/comments/on/{article.pk}/",
    ]


def test_an_open_page_hears_of_an_alert_at_once_and_is_else_told_that_nothing_changed(get, article) -> None:
    quiet = get("/alert.json")
    known = quiet["headers"]["ETag"]
    again = get("/alert.json", if_none_match=known, cookie="device=somebody")
    assert (quiet["text"], again["status"], again["text"]) == ('{"alerts": []}', 304, "")
    article.break_story(by=None, until=timezone.now() + timedelta(hours=1), text="Bridge closed", letters=False)
    told = get("/alert.json", if_none_match=known)
    assert (told["status"], "Bridge closed" in told["text"]) == (200, True)


def test_a_shared_page_is_the_same_for_two_strangers_and_sets_no_cookie(get, paths) -> None:
    for path in paths:
        first, second = get(path, cookie="device=somebody; guest=Noor"), get(path)
        assert first["status"] == 200, path
        assert first["text"] == second["text"], path
        assert second["headers"].get("X-Cache") == "hit", path
        assert not first["cookies"], path
        assert "csrfmiddlewaretoken" not in first["text"], path
        assert "Cookie" not in second["headers"].get("Vary", ""), path
        assert "Content-Security-Policy" in first["headers"], path


def test_two_processes_that_render_a_page_in_the_same_minute_render_the_same(client, paths) -> None:
    """So that a browser which asks the other one whether its copy is still right hears 304."""
    soon = timezone.now().replace(second=5) + timedelta(minutes=2)
    with time_machine.travel(soon, tick=False):
        first = {path: client.get(path).content for path in paths}
    with time_machine.travel(soon + timedelta(seconds=40), tick=False):
        assert [path for path in paths if client.get(path).content != first[path]] == []


def test_every_answer_carries_the_policy_whatever_its_status(get, article, editor) -> None:
    gone = make_article(section=article.section)
    gone.withdraw(by=editor, reason="Wrong bridge")
    for path, status in (
        ("/nothing/", 404),
        (gone.get_absolute_url(), 410),
        ("/search/?q=x", 200),
        ("/account/login/", 200),
    ):
        answer = get(path)
        assert answer["status"] == status, path
        policy = answer["headers"]["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer["headers"]["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.once
def test_nothing_that_an_address_makes_up_is_kept_or_said_back(get, paths, article, breaking) -> None:
    """Every parameter that a shared page may depend on, on every kind of page: numbers of nothing, words that are none,
    cursors that somebody forged, and a real one of another list."""
    live = make_article("Rolling", section=article.section, kind="live")
    elsewhere = keyset.cursor("another list", "2026-11-25T12:00:00+00:00", 7)
    made_up = ["987654321", "m4de-up", "eyJtNGRlIjoxfQ.bTRkZS11cA", elsewhere]
    pages = [path for path in paths if path.endswith("/")] + [live.get_absolute_url()]
    for path in pages:
        get(path)
    for n, (path, name) in enumerate(itertools.product(pages, sorted(PARAMETERS))):
        answer = get(f"{path}?{name}={made_up[n % len(made_up)]}")
        assert (answer["status"], answer["headers"]["Location"], answer["text"]) == (302, path, ""), (path, name)
    assert len(get.cache._queried) == 0


def test_what_an_address_means_is_kept(get, article) -> None:
    comments = [make_comment(article) for _ in range(25)]
    live = make_article("Rolling", section=article.section, kind="live")
    posts = [LiveUpdate(article=live, text="Words") for _ in range(52)]
    for post in posts:
        post.post(by=None)
    path = f"/comments/on/{article.pk}/"
    further = re.search(r'href="[^"]*(\?[^"]*after=[^"#]+)', get(path)["text"])
    assert further
    queries = ["?sort=newest", "?filter=latest", f"?reply={comments[0].pk}", f"?at={comments[0].pk}", further[1]]
    asked = [f"{path}{query.replace('&amp;', '&')}" for query in queries]
    asked += [f"{live.get_absolute_url()}?{name}={posts[-1].pk}" for name in ("post", "before")]
    for address in asked:
        assert get(address)["status"] == 200, address
    assert len(get.cache._queried) == len(asked)


def test_publication_withdrawal_and_breaking_show_at_once_everywhere(get, paths, article, editor) -> None:
    shown = ["/", "/latest/", article.section.get_absolute_url(), "/rss.xml"]
    for path in shown:
        assert article.headline in get(path)["text"], path
    article.withdraw(by=editor, reason="The photograph was not ours.")
    for path in shown:
        assert article.headline not in get(path)["text"], path
    page = get(article.get_absolute_url())
    assert page["status"] == 410
    assert "The photograph was not ours." in page["text"]


def test_a_scheduled_story_comes_out_without_anybody_doing_anything(get, section, article) -> None:
    due = timezone.now() + timedelta(seconds=30)  # sooner than a page is rendered anew in any case
    story = make_article("Out by itself", section=section, publish_at=due, authors=[make_author()])
    for path in ("/", section.get_absolute_url(), "/rss.xml"):
        assert "Out by itself" not in get(path)["text"]
    assert get(story.get_absolute_url())["status"] == 404
    with time_machine.travel(due + timedelta(seconds=1)):
        for path in ("/", section.get_absolute_url(), "/rss.xml", story.get_absolute_url()):
            assert "Out by itself" in get(path)["text"], path


def test_a_waiting_comment_is_seen_by_its_writer_alone(get, article, site) -> None:
    site.guests_held = 3
    site.save()
    path = article.get_absolute_url()
    get(path)
    form = b"text=The+buses+never+stopped.&name=Noor&email=noor%40example.com"
    posted = get(f"/comments/on/{article.pk}/post/", "POST", form)
    assert posted["status"] == 303
    own = "; ".join(cookie.split(";")[0] for cookie in posted["cookies"])
    mine = get(path, cookie=own)
    assert "The buses never stopped." in mine["text"]
    assert mine["headers"]["Cache-Control"] == "private, no-store"
    for stranger in (get(path), get(f"/comments/on/{article.pk}/"), get("/rss.xml")):
        assert "The buses never stopped." not in stranger["text"]
        assert "Noor" not in stranger["text"]


def test_stars_and_comments_refresh_their_own_article_within_a_second(get, article, site) -> None:
    import time

    path = article.get_absolute_url()
    get(path)
    get("/")
    posted = get(f"/ratings/on/{article.pk}/", "POST", b"stars=5")
    assert posted["status"] == 303
    time.sleep(1.05)
    assert re.search(r"from 1 vote\b", get(path)["text"])
    assert get("/")["headers"]["X-Cache"] == "hit"
