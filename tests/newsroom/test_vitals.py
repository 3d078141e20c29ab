"""The site's numbers: for whoever runs it, for machines that know the token, and for nobody else."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application

from articles.models import Article
from newsroom.accounts.models import User
from newsroom.lib.pagecache import PageCache
from tests.make import make_comment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(settings: Any) -> Any:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    cache = PageCache(get_wsgi_application())

    def get(path: str, **headers: str) -> tuple[int, str]:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "127.0.0.1"}
        environ |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO()}
        said: list[str] = []
        body = cache(
            environ | {f"HTTP_{n.upper()}": v for n, v in headers.items()}, lambda s, h, e=None: said.append(s)
        )
        return int(said[0][:3]), b"".join(body).decode()

    return get


def test_machines_with_the_token_read_what_the_cache_did_and_what_waits(
    article: Article, ask: Any, settings: Any
) -> None:
    settings.NEWSROOM_METRICS_TOKEN = "s3cret"
    make_comment(article, status="pending", reason="first")
    for _ in range(3):
        ask(article.get_absolute_url())
    ask("/", if_none_match="*")
    status, text = ask("/metrics", authorization="Bearer s3cret")
    assert status == 200
    for answer, n in {"hit": 2, "miss": 2, "stale": 0, "pass": 1, "not_modified": 1}.items():
        assert re.search(rf'newsroom_pagecache_answers_total{{process="\d+",answer="{answer}"}} {n}\n', text), answer
    assert re.search(r'newsroom_pagecache_pages{process="\d+"} 2\n', text)
    assert "newsroom_comments_pending 1\n" in text
    assert 'newsroom_letters_waiting{outbox="comments.notification"}' in text
    for line in text.splitlines():
        assert re.fullmatch(r'# TYPE \w+ (counter|gauge)|\w+({\w+="[^"]*"(,\w+="[^"]*")*})? \d+', line), line


def test_nobody_else_finds_numbers_there(ask: Any, settings: Any) -> None:
    assert ask("/metrics")[0] == 404
    settings.NEWSROOM_METRICS_TOKEN = "s3cret"
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "s3cret"}, {"authorization": "Bearer é"}):
        assert ask("/metrics", **headers)[0] == 404


def test_whoever_works_here_reads_them_at_the_desk(client_of: Any, admin_user: User, member: User) -> None:
    page = client_of(admin_user).get("/admin/server/").content.decode()
    assert "comments that wait for a moderator" in page
    assert "There is no page cache in front of this process." in page
    assert client_of(member).get("/admin/server/").status_code in {302, 403}
