"""Where a link inside the site leads is known without asking the site."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.links import answers, broken, internal_links
from articles.models import Article, Page, Redirect, Topic
from tests.make import make_article, make_author, make_draft, make_topic

pytestmark = pytest.mark.django_db


def test_links_inside_the_site_are_told_from_all_others(settings) -> None:
    settings.NEWSROOM_URL = "https://kestrel.example"
    hrefs = [
        "/a/",
        "https://kestrel.example/b/?q=1#c",
        "https://other.example/",
        "mailto:a@b.example",
        "tel:1",
        "#x",
        "?p=2",
    ]
    html = "".join(
        f'<a title="t" href="{href}">x</a>' for href in [*hrefs, "www.example.org", "/a/", "//evil.example/"]
    )
    assert internal_links(html) == ["/a/", "https://kestrel.example/b/?q=1#c", "www.example.org"]


def test_each_kind_of_address_answers_as_it_would_answer_a_reader(
    client, article, django_assert_max_num_queries
) -> None:
    now = timezone.now()
    gone = make_article(section=article.section, status="withdrawn", withdrawn_at=now)
    expired = make_article(section=article.section, expire_at=now - timedelta(minutes=1))
    replaced = make_article(section=article.section, expire_at=now - timedelta(minutes=1), replacement=article)
    scheduled = make_article(section=article.section, publish_at=now + timedelta(days=1))
    topic, author, page = make_topic(), make_author(), Page.objects.create(title="About", slug="about-us", is_live=True)
    topic.articles.add(article)
    Redirect.objects.create(old_path="/old/", article=article)
    Redirect.objects.create(old_path="/older/", new_path="/old/")
    Redirect.objects.create(old_path="/lost/", new_path="/nowhere/at/all/")
    Redirect.objects.create(old_path="/shut/", status=410)
    Redirect.objects.create(old_path="/away/", new_path="https://other.example/")
    expected = {
        article.get_absolute_url(): 200, article.get_absolute_url().rstrip("/"): 200, f"{article.get_absolute_url()}?x=1#y": 200,
        gone.get_absolute_url(): 410, expired.get_absolute_url(): 410, replaced.get_absolute_url(): 200,
        scheduled.get_absolute_url(): 404, "/2026/02/31/no-day/": 404, "/2026/02/03/no-story/": 404,
        article.section.get_absolute_url(): 200, "/section/no/": 404, topic.get_absolute_url(): 200, "/topic/no/": 404,
        author.get_absolute_url(): 200, "/author/no/": 404, page.get_absolute_url(): 200, "/no-page/": 404,
        "/": 200, "/latest/": 200, "/search/?q=bridge": 200, "/rss.xml": 200, "/section/no/rss.xml": 404,
        "/media/images/none.jpg": 404, "/admin/": 403, "/no/such/place/": 404, "www.example.org": 404, "/%00": 404,
        "/old/": 200, "/older/": 200, "/lost/": 404, "/shut/": 410, "/away/": 200,
    }  # fmt: skip
    with django_assert_max_num_queries(14):
        found = answers(expected, now)
    assert found == expected
    for link, status in expected.items():  # and so it is
        if link.startswith("/") and status != 403 and "%00" not in link and link != "/away/":
            assert client.get(link.partition("#")[0], follow=True).status_code == status, link


def test_only_what_leads_nowhere_is_reported(article) -> None:
    html = f'<p><a href="{article.get_absolute_url()}">fine</a> <a href="/no/">not</a> <a href="https://x.example/">out</a></p>'
    assert broken(html, timezone.now()) == {"/no/": 404}
    assert broken("<p>No links</p>", timezone.now()) == {}


def test_a_loop_that_somebody_wrote_past_the_form_ends(db) -> None:
    Redirect.objects.create(old_path="/one/", new_path="/two/")
    Redirect.objects.create(old_path="/two/", new_path="/one/")
    assert answers(["/one/"], timezone.now()) == {"/one/": 404}


def test_a_draft_has_no_address(section) -> None:
    draft = make_draft(section=section)
    Redirect.objects.create(old_path="/soon/", article=draft)
    assert answers(["/soon/"], timezone.now()) == {"/soon/": 404}
    assert Article.objects.filter(dated=None).exists()
    assert not Topic.objects.exists()
