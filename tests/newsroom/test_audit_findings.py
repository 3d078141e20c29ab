"""What audits of the running site found, each with the test that would have found it first."""

import pytest
from django.test import Client

from articles.models import Article, SiteSettings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/latest/", "/rss.xml"])
def test_a_trace_request_is_refused(client: Client, site: SiteSettings, article: Article, path: str) -> None:
    assert client.trace(path).status_code == 405


def test_the_sprite_of_icons_is_hidden_as_html_allows(client: Client, site: SiteSettings) -> None:
    page = client.get("/").content.decode()
    assert '<symbol id="i-search"' in page
    assert "<svg hidden" not in page, "the attribute hidden is not allowed on svg"


@pytest.mark.parametrize("path", ["/search/?q=ferries", "/account/login/", "/nothing-here/"])
def test_pages_that_are_not_shared_travel_compressed_too(client, article, path) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get(path).headers
