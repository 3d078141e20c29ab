"""The page cache: the same bytes for everybody, fresh at once, and nobody's own data."""

import gzip
import threading
import time
from datetime import timedelta
from io import BytesIO

import brotli
import pytest
from django.db import connection, transaction
from django.utils import timezone

from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import PageCache, key
from newsroom.lib.pagecache import page as page_module

pytestmark = pytest.mark.django_db


class Site:
    """A WSGI application that counts what reaches it and says what its page depends on."""

    def __init__(self) -> None:
        self.renders = 0
        self.seen: dict = {}
        self.headers = [("Content-Type", "text/html; charset=utf-8")]
        self.scopes = "site"
        self.until = 0.0
        self.status = "200 OK"
        self.delay = 0.0

    def __call__(self, environ, start_response):
        self.renders += 1
        self.seen = environ
        if "newsroom.meant" in environ:
            environ["newsroom.meant"].update(("after", "sort"))
        time.sleep(self.delay)
        start_response(self.status, [*self.headers, ("X-Newsroom-Share", f"{self.until:.6f} {self.scopes}")])
        return [f"page {self.renders} {'news ' * 200}".encode()]


class Reader:
    def __init__(self, cache: PageCache) -> None:
        self.cache = cache

    @staticmethod
    def environ(path="/", query="", method="GET", **headers):
        asked = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8000"}
        asked |= {"wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "SERVER_NAME": "x", "SERVER_PORT": "80"}
        return asked | {f"HTTP_{k.upper()}": v for k, v in headers.items()}

    def get(self, path="/", query="", method="GET", **headers):
        answer = {}

        def start(status, headers, exc_info=None):
            answer.update(status=int(status[:3]), headers=dict(headers))

        answer["body"] = b"".join(self.cache(self.environ(path, query, method, **headers), start))
        return answer

    def at_once(self, path="/", query="", method="GET", **headers):
        return self.cache.at_once(self.environ(path, query, method, **headers))


@pytest.fixture
def site_app() -> Site:
    return Site()


@pytest.fixture
def reader(site_app, settings) -> Reader:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    key.understood.clear()
    return Reader(PageCache(site_app))


def test_the_second_reader_gets_the_first_ones_bytes(reader, site_app) -> None:
    first, second = reader.get(), reader.get()
    assert first["body"] == second["body"]
    assert site_app.renders == 1
    assert second["headers"]["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert second["headers"]["Vary"] == "Accept-Encoding"
    assert "X-Newsroom-Share" not in second["headers"]


def test_each_encoding_holds_the_same_page_under_its_own_etag(reader) -> None:
    plain, zipped, brotlied = (reader.get(accept_encoding=e) for e in ("", "gzip", "gzip, br"))
    assert gzip.decompress(zipped["body"]) == brotli.decompress(brotlied["body"]) == plain["body"]
    assert len({answer["headers"]["ETag"] for answer in (plain, zipped, brotlied)}) == 3
    assert reader.get(accept_encoding="br;q=0")["body"] == plain["body"]


def test_a_browser_that_has_the_page_gets_304_and_head_no_body(reader) -> None:
    etag = reader.get()["headers"]["ETag"]
    assert reader.get(if_none_match=f'"other", W/{etag}')["status"] == 304
    assert reader.get(if_none_match='"other"')["status"] == 200
    head = reader.get(method="HEAD")
    assert (head["body"], head["headers"]["ETag"]) == (b"", etag)


def test_at_once_there_is_what_neither_the_site_nor_the_database_need_be_asked_for(
    reader, site_app, monkeypatch, django_assert_num_queries
) -> None:
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 0.3)
    assert reader.at_once() is None
    page = reader.get(accept_encoding="br")
    with django_assert_num_queries(0):
        kept = reader.at_once(accept_encoding="br")
        assert (kept.status, dict(kept.headers), kept.body) == (200, page["headers"] | {"X-Cache": "hit"}, page["body"])
        assert reader.at_once(if_none_match=page["headers"]["ETag"].replace("-br", ""))[::2] == (304, b"")
        assert [reader.at_once(**asked) for asked in ({"cookie": "mine=1"}, {"method": "POST"}, {"path": "/b"})] == [
            None
        ] * 3
        time.sleep(0.35)
        assert reader.at_once() is None, "whoever believes nothing of the stamps has to ask"
    reader.get("/b")
    assert reader.at_once().status == 200, "they are known again, of another page"
    stamps.forget(["site"])
    assert reader.at_once() is None
    assert site_app.renders == 2
    assert reader.cache.counts["hit"] == 3


def test_an_editorial_change_is_seen_at_once_and_a_comment_elsewhere_changes_nothing(
    reader, site_app, monkeypatch
) -> None:
    monkeypatch.setattr(page_module, "LONGEST_REST", 0.0)
    site_app.scopes = "site article:7"
    reader.get()
    time.sleep(1.05)  # the first render of a page did not know its scopes beforehand and is believed for a second
    assert reader.get()["body"].startswith(b"page 2")
    Stamp.objects.bump("article:8")
    assert reader.get()["body"].startswith(b"page 2")
    Stamp.objects.bump("article:7")
    assert reader.get()["body"].startswith(b"page 3")
    Stamp.objects.bump(Stamp.SITE)
    assert reader.get()["body"].startswith(b"page 4")


def test_a_page_that_readers_change_all_the_time_is_rendered_now_and_then_and_what_the_newsroom_does_is_seen_at_once(
    reader, site_app, monkeypatch
) -> None:
    monkeypatch.setattr(page_module, "REST", 1e6)  # however fast this machine renders
    site_app.scopes, site_app.delay = "site stories article:7 readers:7", 0.01
    reader.get()
    Stamp.objects.bump(Stamp.STORIES)
    assert reader.get()["body"].startswith(b"page 2")
    Stamp.objects.bump(Stamp.readers(7))
    answer = reader.get()
    assert (answer["body"][:6], answer["headers"]["X-Cache"]) == (b"page 2", "stale")
    time.sleep(page_module.LONGEST_REST)
    assert reader.get()["body"].startswith(b"page 3")
    for n, scope in enumerate([Stamp.SITE, Stamp.article(7)], 4):  # an editor, and a moderator
        Stamp.objects.bump(Stamp.readers(7))
        Stamp.objects.bump(scope)
        assert reader.get()["body"].startswith(f"page {n}".encode())


def test_another_process_sees_a_change_within_the_believed_time(reader, site_app, monkeypatch) -> None:
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 0.2)
    reader.get()
    Stamp.objects.filter(scope="site").delete()
    Stamp.objects.create(scope="site", n=99)  # as another process would: without telling this one
    time.sleep(stamps.SITE_BELIEVED + 0.05)
    assert reader.get()["body"].startswith(b"page 2")


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_changes_no_page(reader, site_app) -> None:
    reader.get()
    try:
        with transaction.atomic():
            Stamp.objects.bump(Stamp.SITE)
            raise ValueError
    except ValueError:
        pass
    assert reader.get()["body"].startswith(b"page 1")


def test_a_page_ends_at_the_moment_that_its_view_named(reader, site_app) -> None:
    site_app.until = (timezone.now() + timedelta(milliseconds=120)).timestamp()
    reader.get()
    assert reader.get()["body"].startswith(b"page 1")
    time.sleep(0.15)
    assert reader.get()["body"].startswith(b"page 2")


def test_a_shared_render_knows_nobody(reader, site_app) -> None:
    reader.get(cookie="device=abc; guest=Noor", authorization="Basic x", query="utm_source=mail&after=x")
    assert "HTTP_COOKIE" not in site_app.seen
    assert "HTTP_AUTHORIZATION" not in site_app.seen
    assert site_app.seen["QUERY_STRING"] == "after=x"


def test_an_address_that_says_what_means_nothing_leads_to_the_one_that_is_meant_and_is_not_kept(
    reader, site_app
) -> None:
    for path, query, meant in (
        ("/latest/", "p=12", "/latest/"),
        ("/latest/", "post=7&sort=best&utm_source=mail", "/latest/?sort=best"),
        ("//evil.example/", "reply=1", "/evil.example/"),
        ("/\\evil.example/\xc3\xa9", "reply=1", "/%5Cevil.example/%C3%A9"),
    ):
        answer = reader.get(path, query)
        assert (answer["status"], answer["headers"]["Location"], answer["body"]) == (302, meant, b"")
        assert answer["headers"]["Cache-Control"] == "no-store"
    assert reader.cache.pages == 0
    reader.get("/latest/", "after=1")
    assert reader.get("/latest/", "after=007")["headers"]["X-Cache"] == "miss"  # read as if it were not there
    assert reader.get("/latest/")["headers"]["X-Cache"] == "hit"


def test_tracking_parameters_and_their_order_make_no_further_copies(reader, site_app) -> None:
    for query in ("after=1&sort=best", "sort=best&after=1&utm_source=a", "fbclid=1&after=1&sort=best&sort=oldest"):
        reader.get(query=query)
    assert site_app.renders == 1
    reader.get(query="after=2")
    assert site_app.renders == 2


@pytest.mark.parametrize("cookie", ["sessionid=abc", "mine=1", "a=b; sessionid=x", "no name; mine=1"])
def test_a_reader_with_something_of_their_own_goes_past_the_cache(reader, site_app, cookie) -> None:
    reader.get()
    reader.get(cookie=cookie)
    assert site_app.renders == 2
    assert site_app.seen["HTTP_COOKIE"] == cookie
    assert reader.get()["body"].startswith(b"page 1")


@pytest.mark.parametrize(
    "path", ["/admin/", "/account/login/", "/comments/12/", "/comments/mine/", "/search/", "/preview/x/"]
)
def test_private_addresses_are_never_kept(reader, site_app, path) -> None:
    reader.get(path)
    reader.get(path)
    assert site_app.renders == 2


def test_the_list_of_all_comments_is_kept(reader, site_app) -> None:
    reader.get("/comments/on/3/")
    reader.get("/comments/on/3/")
    assert site_app.renders == 1


def test_a_response_with_a_cookie_is_an_error_in_tests_and_never_kept_in_production(reader, site_app, settings) -> None:
    site_app.headers.append(("Set-Cookie", "sessionid=abc"))
    with pytest.raises(AssertionError):
        reader.get()
    settings.NEWSROOM_STRICT = False
    reader.get()
    assert reader.get()["body"].startswith(b"page 3")


def test_a_page_that_varies_by_cookie_is_refused_too(reader, site_app) -> None:
    site_app.headers.append(("Vary", "Cookie"))
    with pytest.raises(AssertionError):
        reader.get()


def test_what_is_not_a_200_is_not_kept(reader, site_app) -> None:
    site_app.status = "404 Not Found"
    reader.get()
    assert reader.get()["status"] == 404
    assert site_app.renders == 2


def test_a_reader_who_hid_the_asks_gets_a_copy_that_no_outer_cache_may_give_to_others(reader, site_app) -> None:
    hidden = reader.get(cookie=f"ask=close.{int(time.time()) - 60}")
    assert site_app.seen["newsroom.ask_hidden"] == "1"
    assert hidden["headers"]["Cache-Control"].startswith("private")
    assert reader.get()["headers"]["Cache-Control"].startswith("public")
    assert "newsroom.ask_hidden" not in site_app.seen
    for n in range(20):
        reader.get(cookie=f"ask=junk{n}")
        reader.get(cookie=f"ask=done.{int(time.time()) - n}")
    assert site_app.renders == 2


def test_a_foreign_host_reaches_django_which_refuses_it(reader, site_app) -> None:
    reader.get()
    reader.get(host="evil.example")
    assert site_app.renders == 2


def test_a_crowd_renders_a_page_once(reader, site_app) -> None:
    site_app.delay = 0.2
    bodies: list[bytes] = []

    def look() -> None:
        try:
            bodies.append(reader.get()["body"])
        finally:
            connection.close()

    crowd = [threading.Thread(target=look) for _ in range(8)]
    stamps.read(["site"])
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert site_app.renders == 1
    assert len(set(bodies)) == 1


def test_memory_is_bounded_and_the_least_used_page_goes_first(reader, site_app, settings) -> None:
    settings.NEWSROOM_CACHE_BYTES = 12_000
    for n in range(30):
        reader.get(f"/{n}/")
        reader.get("/0/")
    assert reader.cache.held <= 12_000
    renders = site_app.renders
    reader.get("/0/")
    reader.get("/29/")
    assert site_app.renders == renders
    reader.get("/1/")
    assert site_app.renders == renders + 1
