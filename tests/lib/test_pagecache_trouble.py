"""The page cache when things go wrong: the database away, a page that fails, a crowd, other processes, hostile requests."""

# ruff: noqa: F811 - fixtures of the neighbouring file

import random
import subprocess
import sys
import threading
import time
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection

from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from newsroom.lib.pagecache import cache as cache_module
from newsroom.lib.pagecache import key as key_module
from tests.lib.test_pagecache import Reader, Site, reader, site_app  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db

NEEDS_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only")


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Answers about stamps until `database["away"]` is true; counts how often it was asked."""
    state: dict[str, Any] = {"away": False, "asked": 0}
    select = stamps._select_outside_request

    def asked(scopes: list[str]) -> dict[str, int]:
        state["asked"] += 1
        if state["away"]:
            raise OperationalError("the server closed the connection unexpectedly")
        return select(scopes)

    monkeypatch.setattr(stamps, "_select_outside_request", asked)
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 0.0)
    return state


def test_while_the_database_is_away_readers_get_the_page_as_it_was(
    reader: Reader, site_app: Site, database: Any
) -> None:
    first = reader.get()
    database.update(away=True, asked=0)
    answers = [reader.get(), *(reader.get() for _ in range(20))]
    assert {answer["body"] for answer in answers} == {first["body"]}
    assert {answer["headers"]["X-Cache"] for answer in answers} == {"stale"}
    assert database["asked"] == 1, "nobody waits for a database that did not answer a moment ago"
    assert reader.get(if_none_match=first["headers"]["ETag"])["status"] == 304
    assert reader.cache.counts["stale"] == 22


def test_the_page_is_itself_again_as_soon_as_the_database_is_back(
    reader: Reader,
    site_app: Site,
    database: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache_module, "RETRY", 0.0)
    reader.get()
    database["away"] = True
    assert reader.get()["headers"]["X-Cache"] == "stale"
    database["away"] = False
    assert reader.get()["headers"]["X-Cache"] == "hit"
    Stamp.objects.bump(Stamp.SITE)
    assert reader.get()["body"].startswith(b"page 2")


def test_a_page_that_is_too_old_is_not_answered_and_what_fails_is_not_kept(
    reader: Reader,
    site_app: Site,
    database: Any,
    settings: Any,
) -> None:
    reader.get()
    settings.NEWSROOM_STALE_SECONDS = -1
    database["away"] = True
    site_app.status = "500 Internal Server Error"
    assert reader.get()["status"] == 500
    database["away"], site_app.status = False, "200 OK"
    reader.cache._away_until = 0.0
    assert reader.get()["status"] == 200


def test_a_page_that_cannot_be_rendered_any_more_is_answered_as_it_was(reader: Reader, site_app: Site) -> None:
    first = reader.get()
    Stamp.objects.bump(Stamp.SITE)
    site_app.status = "500 Internal Server Error"
    again = reader.get()
    assert (again["status"], again["body"], again["headers"]["X-Cache"]) == (200, first["body"], "stale")
    site_app.status = "410 Gone"
    assert reader.get()["status"] == 410
    site_app.status = "500 Internal Server Error"
    assert reader.get()["status"] == 500, "a story that was taken back does not come back by a fault"


def test_a_handler_that_raises_stores_nothing_and_blocks_nobody(reader: Reader, site_app: Site) -> None:
    application = reader.cache._application

    def broken(environ: Any, start_response: Any) -> Any:
        raise RuntimeError("boom")

    reader.cache._application = broken
    for _ in range(2):
        with pytest.raises(RuntimeError):
            reader.get()
    assert (reader.cache.pages, reader.cache.held, reader.cache._rendering) == (0, 0, {})
    reader.cache._application = application
    assert reader.get()["status"] == 200


def test_while_one_renders_a_changed_page_the_others_get_the_copy_of_a_moment_ago(
    reader: Reader,
    site_app: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = reader.get()["body"]
    Stamp.objects.bump(Stamp.SITE)
    begun, go_on = threading.Event(), threading.Event()
    application = reader.cache._application

    def slow(environ: Any, start_response: Any) -> Any:
        begun.set()
        go_on.wait(20)
        return application(environ, start_response)

    reader.cache._application = slow
    stamps.read(["site"])
    got: list[bytes] = []

    def render() -> None:
        try:
            got.append(reader.get()["body"])
        finally:
            connection.close()

    first = threading.Thread(target=render)
    first.start()
    assert begun.wait(20)
    meanwhile = reader.get()
    assert (meanwhile["body"], meanwhile["headers"]["X-Cache"]) == (old, "stale")
    go_on.set()
    first.join()
    assert got[0].startswith(b"page 2")
    assert reader.get()["body"] == got[0]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_second_process_is_seen(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 0.1)
    Stamp.objects.bump(Stamp.SITE)
    assert reader.get()["body"].startswith(b"page 1")
    name, user, host = (str(connection.settings_dict[what] or "") for what in ("NAME", "USER", "HOST"))
    port, password = (str(connection.settings_dict[what] or "") for what in ("PORT", "PASSWORD"))
    connect = (
        f"import sqlite3; c = sqlite3.connect({name!r}, timeout=20)"
        if connection.vendor == "sqlite"
        else f"import psycopg2; c = psycopg2.connect(dbname={name!r}, user={user!r}, host={host!r}, port={port!r}, password={password!r})"
    )
    program = f"{connect}; c.cursor().execute(\"UPDATE lib_stamp SET n = n + 1 WHERE scope = 'site'\"); c.commit()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    time.sleep(0.11)
    assert reader.get()["body"].startswith(b"page 2")


def test_what_threads_count_together_is_exact_however_often_one_looks(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 60.0)
    counts = [reader.cache.counts["hit"]]
    reader.get()

    def ask() -> None:
        try:
            for n in range(200):
                reader.get()
                if n % 50 == 0:
                    counts.append(reader.cache.counts["hit"])
        finally:
            connection.close()

    crowd = [threading.Thread(target=ask) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert (counts[0], reader.cache.counts["hit"], reader.cache.counts["hit"]) == (0, 800, 800)
    assert all(0 < n <= 800 for n in counts[1:])


@NEEDS_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_on_postgresql_heals_at_the_next_read(reader: Reader) -> None:
    reader.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    settings = connection.settings_dict
    killer = psycopg2.connect(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], port=settings["PORT"] or None,
        password=settings["PASSWORD"],
    )  # fmt: skip
    killer.autocommit = True
    killer.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    killer.close()
    stamps.forget()
    assert reader.get()["headers"]["X-Cache"] == "hit"


def test_what_addresses_mean_is_remembered_of_so_many_only(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_module, "MOST", 5)
    for n in range(23):
        reader.get("/", query=f"utm_source={n}")
    assert len(key_module.understood) <= 5


def test_made_up_queries_drive_no_other_page_out(reader: Reader, site_app: Site, settings: Any) -> None:
    settings.NEWSROOM_CACHE_BYTES = 40_000
    for n in range(8):
        reader.get(f"/{n}/")
    for n in range(200):
        reader.get("/", query=f"after={n}")
    renders = site_app.renders
    for n in range(8):
        assert reader.get(f"/{n}/")["headers"]["X-Cache"] == "hit"
    assert site_app.renders == renders
    assert reader.cache._queried.bytes <= 10_000
    assert reader.cache.evicted > 150


NAMES = [
    *sorted(key_module.PARAMETERS),
    "utm_source",
    "fbclid",
    "x\x00y",
    "é",
    "<script>",
    "after[]",
    "",
    "p",
    "a" * 300,
]
VALUES = [
    "1",
    "007",
    "new",
    "999999999999",
    "eyJmb3JnZWQiOjF9.c2lnbmVk",
    "<script>alert(1)</script>",
    "\r\nSet-Cookie: a=b",
    "%00",
    "\x00",
    "../../etc/passwd",
    "z" * 5000,
]
COOKIES = [
    "device=x",
    "guest=<b>",
    "ask=close.9999999999",
    "ask=done.abc",
    "a=b; ask=close.1",
    '"',
    "mine=2",
    "=;=;",
    "",
]
METHODS = ["GET"] * 8 + ["HEAD", "POST", "PUT", "TRACE", "OPTIONS", "BREW", ""]
HOSTS = ["127.0.0.1", "127.0.0.1:8000", "127.0.0.1:99999", "evil.example", "", "127.0.0.1@evil.example", "[::1", "\x00"]
HEADERS = [
    "X_FORWARDED_HOST",
    "X_FORWARDED_PROTO",
    "X_ORIGINAL_URL",
    "X_REWRITE_URL",
    "ACCEPT_LANGUAGE",
    "RANGE",
    "ORIGIN",
]
HEADERS += ["IF_NONE_MATCH", "IF_MODIFIED_SINCE", "AUTHORIZATION", "ACCEPT_ENCODING", "USER_AGENT", "REFERER", "TE"]


def test_ten_thousand_hostile_requests_neither_fill_nor_split_nor_poison_the_cache(
    reader: Reader,
    site_app: Site,
    settings: Any,
) -> None:
    """The page says back what reached it, as a careless view would: nothing hostile may reach a shared render."""
    settings.NEWSROOM_CACHE_BYTES = 200_000
    settings.NEWSROOM_STRICT = False
    chance = random.Random(6)  # the same requests every time

    def echo(environ: Any, start_response: Any) -> list[bytes]:
        if "newsroom.shared" not in environ:  # Django would refuse it, or answer this reader alone
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"private"]
        said = {k: v for k, v in environ.items() if k in {"HTTP_COOKIE", "HTTP_AUTHORIZATION", "REQUEST_METHOD"}}
        if "sort=new" in environ["QUERY_STRING"]:
            environ["newsroom.meant"].add("sort")
        start_response("200 OK", [("Content-Type", "text/html"), ("X-Newsroom-Share", "0.000000 site")])
        return [f"{environ['PATH_INFO']} {said}".encode()]

    reader.cache._application = echo
    stamps.read(["site"])
    leads = {f"/{n}/{query}" for n in range(4) for query in ("", "?sort=new")}
    for _ in range(10_000):
        query = "&".join(f"{chance.choice(NAMES)}={chance.choice(VALUES)}" for _ in range(chance.randrange(3)))
        headers = {name: chance.choice(VALUES) for name in chance.sample(HEADERS, chance.randrange(4))}
        answer = reader.get(
            f"/{chance.randrange(4)}/", query, chance.choice(METHODS), cookie=chance.choice(COOKIES),
            host=chance.choice(HOSTS), **headers,
        )  # fmt: skip
        assert answer["status"] in {200, 302, 304, 400}
        assert answer["headers"].get("Location", "/0/") in leads
        assert not any(ord(c) < 32 for value in answer["headers"].values() for c in value)
    assert reader.cache.held <= 200_000
    # 4 addresses, with and without asks; each of them in the one order that the page knows.
    assert len(reader.cache._plain) <= 8
    assert len(reader.cache._queried) <= 8
    remembered = len(key_module.understood)
    assert reader.get(f"/{'9' * key_module.LONGEST}/")["status"] == 200
    assert len(key_module.understood) == remembered
    assert not reader.cache._rendering
    for n in range(4):
        clean = reader.get(f"/{n}/")
        assert clean["body"] == f"/{n}/ {{'REQUEST_METHOD': 'GET'}}".encode()
