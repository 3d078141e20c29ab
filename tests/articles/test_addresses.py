"""Addresses that moved, redirects by hand, and links that lead nowhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.links import look_through
from articles.models import Article, BrokenLink, Page, Redirect
from newsroom.management.commands.worker import dead_links
from tests.articles.test_publishing import change
from tests.make import make_article, make_draft

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/redirect/add/"


def by_hand(client, old: str, new: str = "", **over):
    return client.post(ADD, {"old_path": old, "new_path": new, "article": "", "status": "301"} | over, follow=True)


def test_an_address_written_by_hand_leads_on_and_says_how_often(client_of, admin_user, client, article) -> None:
    desk = client_of(admin_user)
    by_hand(desk, "http://127.0.0.1:8000/old/page/", article=article.pk)
    by_hand(desk, "/elsewhere/", "https://other.example/x")
    row = Redirect.objects.get(old_path="/old/page/")
    assert (row.article, row.automatic, row.hits) == (article, False, 0)
    assert client.get("/old/page/").headers["Location"] == article.get_absolute_url()
    assert client.get("/old/page/?from=letter").status_code == 301
    assert client.get("/elsewhere/").headers["Location"] == "https://other.example/x"
    row.refresh_from_db()
    assert row.hits == 2
    assert row.hit_at is not None
    assert "/old/page/" in desk.get("/admin/articles/redirect/").text


def test_a_redirect_never_hides_a_page(client_of, admin_user, article) -> None:
    desk, page = client_of(admin_user), Page.objects.create(title="About", slug="about-us", is_live=True)
    gone = make_article(section=article.section, status="withdrawn", withdrawn_at=timezone.now())
    paths = [article.get_absolute_url(), page.get_absolute_url(), "/latest/", "/", article.section.get_absolute_url()]
    for path in [*paths, gone.get_absolute_url(), "/admin/articles/"]:
        assert "A page stands at that address" in by_hand(desk, path, "/search/").text, path
    assert "What follows “?” is not looked at" in by_hand(desk, "/blog/?page=2", "/latest/").text
    assert not Redirect.objects.exists()
    by_hand(desk, "/?p=12", article=article.pk)  # WordPress's own, asked before the front page
    assert Redirect.objects.get().old_path == "/?p=12"


def test_a_redirect_leads_somewhere_and_in_no_circle(client_of, admin_user, article) -> None:
    desk = client_of(admin_user)
    assert "Nothing stands at that address" in by_hand(desk, "/a/", "/no/such/page/").text
    assert "Choose a story or write the new address" in by_hand(desk, "/a/").text
    assert "not both" in by_hand(desk, "/a/", "/latest/", article=article.pk).text
    assert "circle" in by_hand(desk, "/a/", "/a/").text
    by_hand(desk, "/a/", "/latest/")
    row = Redirect.objects.get()
    url = f"/admin/articles/redirect/{row.pk}/change/"
    Redirect.objects.create(old_path="/b/", new_path="/a/")
    answer = desk.post(url, {"old_path": "/a/", "new_path": "/b/", "article": "", "status": "301"})
    assert "circle" in answer.text
    row.refresh_from_db()
    assert row.new_path == "/latest/"


def test_ways_stay_one_step_long_whichever_end_is_written_first(client_of, admin_user, client, article) -> None:
    desk = client_of(admin_user)
    by_hand(desk, "/second/", article=article.pk)
    by_hand(desk, "/first/", "/second/")
    assert Redirect.objects.get(old_path="/first/").article == article
    Redirect.objects.create(old_path="/x/", new_path="/y/")
    by_hand(desk, "/y/", "/latest/")
    assert Redirect.objects.get(old_path="/x/").new_path == "/latest/"
    assert client.get("/x/").headers["Location"] == "/latest/"


def test_a_slug_that_goes_there_and_back_and_on_leads_from_everywhere_in_one_step(
    client_of, editor, article, client
) -> None:
    desk, first = client_of(editor), article.slug
    seen = [article.get_absolute_url()]
    for slug in ("second", "third", first, "second", "fourth"):
        change(desk, article, slug=slug, _step="publish_update")
        article.refresh_from_db()
        assert article.slug == slug
        seen.append(article.get_absolute_url())
    for path in {*seen} - {article.get_absolute_url()}:
        answer = client.get(f"{path}?utm=1", follow=True)
        assert answer.redirect_chain == [(f"{article.get_absolute_url()}?utm=1", 301)], path
    assert client.get(article.get_absolute_url()).status_code == 200


def test_who_may_not_writes_no_redirects_and_an_editor_reads_the_report(client_of, editor, reporter, article) -> None:
    assert by_hand(client_of(editor), "/a/", "/latest/").status_code == 403
    assert by_hand(client_of(reporter), "/a/", "/latest/").status_code == 403
    BrokenLink.objects.create(article=article, link="/no/", status=404)
    page = client_of(editor).get("/admin/articles/brokenlink/").text
    assert "/no/" in page
    assert f"/admin/articles/article/{article.pk}/change/" in page
    assert client_of(reporter).get("/admin/articles/brokenlink/").status_code == 403
    assert client_of(editor).get("/admin/articles/brokenlink/add/").status_code == 403


def test_the_worker_finds_links_that_lead_nowhere_and_forgets_those_that_were_mended(section, article) -> None:
    gone = make_article(section=section, status="withdrawn", withdrawn_at=timezone.now())
    body = f'<p><a href="/no/">a</a> <a href="{gone.get_absolute_url()}">b</a> <a href="{article.get_absolute_url()}">c</a></p>'
    story = make_article(section=section, body=body)
    make_draft(section=section, body=body)
    dead_links()(lambda: False)
    found = BrokenLink.objects.order_by("status").values_list("article", "link", "status")
    assert list(found) == [(story.pk, "/no/", 404), (story.pk, gone.get_absolute_url(), 410)]
    first = BrokenLink.objects.get(status=404).pk
    story.body = f'<p><a href="/no/">a</a> <a href="{article.get_absolute_url()}">c</a></p>'
    story.save()
    dead_links()(lambda: False)
    assert [row.pk for row in BrokenLink.objects.all()] == [first]  # it keeps the day on which it was found


def test_the_worker_goes_round_all_stories_and_takes_what_was_changed_first(section, monkeypatch) -> None:
    monkeypatch.setattr("newsroom.management.commands.worker.LOOKED_THROUGH", 2)
    stories = [make_article(section=section, body='<p><a href="/no/">x</a></p>') for _ in range(5)]
    Article.objects.update(modified_at=timezone.now() - timedelta(days=1))
    look = dead_links()
    seen = []
    for _ in range(4):
        look(lambda: False)
        seen.append(BrokenLink.objects.count())
    assert seen == [2, 4, 5, 5]
    BrokenLink.objects.all().delete()
    Article.objects.filter(pk=stories[4].pk).update(modified_at=timezone.now())
    look(lambda: False)
    assert BrokenLink.objects.filter(article=stories[4]).exists()
    Article.objects.filter(pk=stories[4].pk).update(status="withdrawn", withdrawn_at=timezone.now())
    for _ in range(4):
        look(lambda: False)
    assert not BrokenLink.objects.filter(article=stories[4]).exists()


def test_a_batch_costs_the_same_however_many_stories_it_holds(section, django_assert_max_num_queries) -> None:
    stories = [make_article(section=section, body=f'<p><a href="/no/{n}/">x</a></p>') for n in range(12)]
    with django_assert_max_num_queries(8):
        assert look_through(stories, timezone.now()) == 12
