"""What a reader gets when something is not there, not allowed or went wrong."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.test import Client, RequestFactory

from articles.models import Article, SiteSettings
from newsroom.pages import errors


def test_an_unknown_address_offers_search_and_the_latest_stories(client: Client, article: Article) -> None:
    response = client.get("/no/such/page/")
    text = response.content.decode()
    assert response.status_code == 404
    assert 'role="search"' in text
    assert article.headline in text
    assert 'name="robots" content="noindex"' in text


@pytest.mark.parametrize(
    "path", ["/section/none/", "/topic/none/", "/author/none/", "/none/", "/2026/01/01/none/", "/9999/"]
)
def test_unknown_slugs_are_not_found(client: Client, site: SiteSettings, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_server_error_asks_no_database(rf: RequestFactory, django_db_blocker: Any) -> None:
    response = errors.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_page_that_breaks_is_answered_in_words(
    client: Client, site: SiteSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("newsroom.pages.lists.listing", broken)
    client.raise_request_exception = False
    response = client.get("/latest/")
    assert response.status_code == 500
    assert "try again in a moment" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_forbidden_says_why(rf: RequestFactory, site: SiteSettings) -> None:
    response = errors.forbidden(rf.get("/"), PermissionDenied("Only editors may do that."))
    assert response.status_code == 403
    assert "Only editors may do that." in response.content.decode()


def test_a_damaged_request_gets_a_page(rf: RequestFactory, site: SiteSettings) -> None:
    assert errors.bad_request(rf.get("/")).status_code == 400


def test_a_lost_token_keeps_what_was_written(rf: RequestFactory, site: SiteSettings) -> None:
    response = errors.csrf_failed(rf.post("/", {"text": "Two hours <b>of</b> thinking"}))
    assert response.status_code == 403
    assert "Two hours &lt;b&gt;of&lt;/b&gt; thinking" in response.content.decode()


def test_a_browser_that_says_nothing_is_asked_with_everything_kept(rf: RequestFactory, site: SiteSettings) -> None:
    from django.http import HttpRequest, HttpResponse

    from newsroom.lib.origin import own_pages_only

    @own_pages_only
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("stored")

    response = view(rf.post("/post/?a=1", {"text": "My <words>", "name": "Noor", "stars": ["1", "2"]}))
    text = response.content.decode()
    assert "stored" not in text
    assert "My &lt;words&gt;</textarea>" in text
    assert '<input type="hidden" name="name" value="Noor">' in text
    assert text.count('name="stars"') == 2
    assert 'action="/post/?a=1"' in text
    assert "csrfmiddlewaretoken" in text
