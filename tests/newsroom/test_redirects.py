"""A reader follows an old link."""

from typing import Any

import pytest

from articles.models import Article, Redirect
from newsroom.wsgi import application  # noqa: F401 - the page cache in front must load as well
from tests.make import make_article, make_draft

pytestmark = pytest.mark.django_db


def test_an_old_address_leads_to_the_story_with_its_query(client: Any, article: Article) -> None:
    Redirect.objects.create(old_path="/2019/05/old-slug/", article=article)
    response = client.get("/2019/05/old-slug/?utm_source=letter&a=1")
    assert response.status_code == 301
    assert response["Location"] == f"{article.get_absolute_url()}?utm_source=letter&a=1"


def test_a_changed_slug_or_date_keeps_its_old_address(client: Any, article: Article) -> None:
    Redirect.objects.create(old_path="/2020/02/03/first-slug/", article=article)
    response = client.get("/2020/02/03/first-slug/")
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())


@pytest.mark.parametrize("asked", ["/old/name", "/old/name/"])
def test_the_last_slash_does_not_matter(client: Any, article: Article, asked: str) -> None:
    Redirect.objects.create(old_path="/old/name/", article=article)
    response = client.get(asked, follow=True)
    assert response.redirect_chain[-1] == (article.get_absolute_url(), 301)


@pytest.mark.parametrize(
    "stored", ["/старый/", "/%D1%81%D1%82%D0%B0%D1%80%D1%8B%D0%B9/", "/%d1%81%d1%82%d0%b0%d1%80%d1%8b%d0%b9/"]
)
def test_letters_of_every_script_are_found_however_they_were_stored(client: Any, article: Article, stored: str) -> None:
    Redirect.objects.create(old_path=stored, article=article)
    assert client.get("/старый/")["Location"] == article.get_absolute_url()


@pytest.mark.parametrize("query", ["p=12", "page_id=12"])
def test_wordpress_query_addresses_are_asked_before_the_front_page(client: Any, article: Article, query: str) -> None:
    Redirect.objects.create(old_path=f"/?{query}", article=article)
    response = client.get(f"/?{query}&utm_source=x")
    assert (response.status_code, response["Location"]) == (301, f"{article.get_absolute_url()}?utm_source=x")


def test_an_unknown_number_shows_the_front_page(client: Any, article: Article) -> None:
    assert client.get("/?p=99").status_code == 200
    assert client.get("/?p=abc").status_code == 200
    assert client.get("/?p=" + "9" * 400).status_code == 200


def test_the_front_page_asks_nothing_about_redirects(
    client: Any, article: Article, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as counted:
        client.get("/")
    assert not [query for query in counted if "articles_redirect" in query["sql"]]


def test_a_path_of_an_old_installation_below_a_folder_keeps_its_query_addresses(client: Any, article: Article) -> None:
    Redirect.objects.create(old_path="/blog/?p=12", article=article)
    assert client.get("/blog/?p=12")["Location"] == article.get_absolute_url()


def test_an_address_that_is_gone_says_so(client: Any, db: None) -> None:
    Redirect.objects.create(old_path="/old/", status=410)
    assert client.get("/old/").status_code == 410


def test_a_redirect_may_lead_to_any_path_and_for_now_only(client: Any, db: None) -> None:
    Redirect.objects.create(old_path="/old/", new_path="/latest/#top", status=302)
    response = client.get("/old/?a=1")
    assert (response.status_code, response["Location"]) == (302, "/latest/?a=1#top")


def test_a_redirect_to_a_draft_shows_nothing(client: Any, section: Any) -> None:
    Redirect.objects.create(old_path="/old/", article=make_draft(section=section))
    assert client.get("/old/").status_code == 404


def test_a_redirect_never_leads_to_itself(client: Any, article: Article) -> None:
    Redirect.objects.create(old_path="/2020/02/03/gone/", new_path="/2020/02/03/gone/?x=1")
    assert client.get("/2020/02/03/gone/").status_code == 404


def test_a_page_that_exists_is_not_shadowed(client: Any, article: Article) -> None:
    Redirect.objects.create(old_path=article.get_absolute_url(), article=make_article(section=article.section))
    assert client.get(article.get_absolute_url()).status_code == 200


def test_a_damaged_address_is_not_found(client: Any, db: None) -> None:
    assert client.get("/%00/").status_code == 404
