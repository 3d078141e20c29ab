"""Moving a WordPress site here, as the person who does it and the site's readers see it."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from articles import search
from articles.models import Article, Author, Page, Redirect, Section, Topic
from comments.models import Comment
from newsroom.accounts.models import Reader
from tests.make import make_section
from tests.newsroom.wordpress.exports import category, comment, filed, item, meta, moved, told, written

pytestmark = pytest.mark.django_db


def test_a_reader_finds_the_story_at_its_new_address_and_comes_there_from_the_old_ones(
    client: Client, tmp_path: Path
) -> None:
    moved(
        tmp_path, item(12, "Ferries doubled", "First.\n\nSecond.", slug="ferries", inside=meta("_wp_old_slug", "ferry"))
    )
    article = Article.objects.get()
    assert article.get_absolute_url() == "/2012/03/01/ferries/"
    page = client.get("/2012/03/01/ferries/")
    assert page.status_code == 200
    assert "Ferries doubled" in page.content.decode()
    for old in ("/2012/03/ferries/", "/2012/03/ferry/", "/?p=12"):
        answer = client.get(old)
        assert (answer.status_code, answer.headers.get("Location")) == (301, "/2012/03/01/ferries/"), old


def test_a_page_keeps_its_words_and_its_old_number(client: Client, tmp_path: Path) -> None:
    moved(tmp_path, item(3, "Who we are", "Four people.", slug="who-we-are", post_type="page"))
    assert "Four people." in client.get("/who-we-are/").content.decode()
    assert client.get("/?page_id=3").headers["Location"] == "/who-we-are/"


def test_categories_become_sections_tags_topics_and_the_deepest_category_comes_first(
    client: Client, tmp_path: Path
) -> None:
    inside = (
        filed("category", "news", "News") + filed("category", "trams", "Trams") + filed("post_tag", "line-1", "Line 1")
    )
    parts = (
        category("news", "News", number=4),
        category("trams", "Trams", "news", 5),
        category("empty", "Empty", number=6),
    )
    moved(tmp_path, *parts, item(1, inside=inside))
    article = Article.objects.get()
    assert article.section.name == "Trams"
    assert article.section.parent == Section.objects.get(slug="news")
    assert [section.name for section in article.also_in.all()] == ["News"]
    assert [topic.name for topic in article.topics.all()] == ["Line 1"]
    assert set(Section.objects.values_list("name", "in_menu")) == {("News", True), ("Trams", True), ("Empty", False)}
    assert client.get("/category/news/trams/").headers["Location"] == "/section/trams/"
    assert client.get("/feed/").headers["Location"] == "/rss.xml"
    assert client.get("/tag/line-1/").headers["Location"] == "/topic/line-1/"


def test_the_primary_category_of_yoast_comes_first(tmp_path: Path) -> None:
    inside = filed("category", "a", "A") + filed("category", "b", "B") + meta("_yoast_wpseo_primary_category", "9")
    moved(tmp_path, category("a", "A", number=8), category("b", "B", number=9), item(1, inside=inside))
    assert Article.objects.get().section.name == "B"


def test_a_section_that_the_site_has_already_is_used(tmp_path: Path) -> None:
    mine = make_section("City life", slug="city")
    moved(tmp_path, item(1, inside=filed("category", "city", "City")))
    assert Article.objects.get().section == mine
    assert Section.objects.count() == 1


def test_co_authors_sign_in_their_order_and_an_address_is_never_a_name(tmp_path: Path) -> None:
    inside = filed("author", "cap-ines", "Ines Halloran") + filed("author", "oskar-lind", "Oskar Lind")
    by_mail = item(2).replace("<dc:creator>ines<", "<dc:creator>mira.solane@old.example<")
    moved(tmp_path, item(1, inside=inside), by_mail)
    first, second = Article.objects.order_by("legacy_id")
    assert [byline.author.name for byline in first.bylines.all()] == ["Ines Halloran", "Oskar Lind"]
    assert second.bylines.get().author.name == "Mira Solane"
    assert not Author.objects.filter(slug__contains="old-example").exists()


def test_links_between_stories_lead_to_their_new_addresses(tmp_path: Path) -> None:
    body = '<a href="https://www.old.example/2012/03/later/#part">soon</a> <a href="/?p=2">again</a> <a href="https://other.example/">out</a>'
    moved(tmp_path, item(1, body=body), item(2, slug="later"))
    html = Article.objects.get(slug="story-1").body
    assert 'href="/2012/03/01/later/#part"' in html
    assert 'href="/2012/03/01/later/"' in html
    assert 'href="https://other.example/"' in html


def test_states_are_kept_and_what_was_not_public_does_not_become_it(client: Client, tmp_path: Path) -> None:
    report = moved(
        tmp_path,
        item(1, slug="private", status="private"),
        item(2, slug="secret", post_password="x"),
        item(3, slug="waiting", status="pending"),
        item(4, slug="unfinished", status="draft", post_date_gmt="0000-00-00 00:00:00"),
        item(5, slug="binned", status="trash"),
        item(6, slug="coming", status="future", post_date_gmt="2101-01-01 00:00:00"),
        item(7, slug="old", post_date_gmt="1931-05-04 12:00:00"),
    )
    states = dict(Article.objects.values_list("slug", "status"))
    assert states == {
        "private": "draft", "secret": "draft", "waiting": "review", "unfinished": "draft", "coming": "published", "old": "published",
    }  # fmt: skip
    assert set(Article.objects.live(timezone.now()).values_list("slug", flat=True)) == {"old"}
    assert client.get("/1931/05/04/old/").status_code == 200
    assert client.get("/2101/01/01/coming/").status_code == 404
    assert len(told(report, "password")) == 1
    assert report.refused["stories"] == 1


def test_a_headline_that_says_breaking_marks_nothing_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    report = moved(
        tmp_path, item(1, "BREAKING: bridge shut", slug="a"), item(2, "", slug="b"), item(3, "x" * 250, slug="c")
    )
    headlines = dict(Article.objects.values_list("slug", "headline"))
    assert headlines["a"] == "BREAKING: bridge shut"
    assert not Article.objects.get(slug="a").breaking_until
    assert headlines["b"] == "(untitled, 2012-03-01)"
    assert len(headlines["c"]) == 200
    assert told(report, "had no title")
    assert told(report, "headline cut")


def test_the_same_slug_on_the_same_day_gets_a_number_and_the_same_number_is_refused(tmp_path: Path) -> None:
    report = moved(tmp_path, item(1, slug="same"), item(2, slug="same"), item(2, slug="third"))
    assert set(Article.objects.values_list("slug", flat=True)) == {"same", "same-2"}
    assert told(report, "appears twice")


def test_a_page_never_takes_an_address_of_the_site(tmp_path: Path) -> None:
    moved(tmp_path, item(1, slug="search", post_type="page"), item(2, slug="2012", post_type="page"))
    assert set(Page.objects.values_list("slug", flat=True)) == {"search-page", "2012-page"}


def test_letters_of_every_script_stay_in_addresses(client: Client, tmp_path: Path) -> None:
    moved(tmp_path, item(1, slug="%ce%b5%cf%80%ce%af%cf%80%ce%b5%ce%b4%ce%bf-2"))
    article = Article.objects.get()
    assert article.slug == "επίπεδο-2"
    assert client.get(article.get_absolute_url()).status_code == 200


def test_what_yoast_kept_for_search_engines_comes_along_without_its_placeholders(tmp_path: Path) -> None:
    inside = meta("_yoast_wpseo_title", "Other title") + meta("_yoast_wpseo_metadesc", "%%excerpt%%")
    moved(tmp_path, item(1, inside=inside + meta("_yoast_wpseo_meta-robots-noindex", "1")))
    article = Article.objects.get()
    assert (article.seo_title, article.seo_description, article.noindex) == ("Other title", "", True)


def test_a_second_run_adds_nothing_and_leaves_alone_what_an_editor_changed(tmp_path: Path) -> None:
    parts = (
        item(1, slug="mine", inside=comment(1)),
        item(2, slug="theirs"),
        item(3, slug="about-it", post_type="page"),
    )
    moved(tmp_path, *parts)
    counts = [model.objects.count() for model in (Article, Page, Comment, Section, Topic, Author, Redirect, Reader)]
    Article.objects.filter(slug="mine").update(headline="Changed here", version=1)
    changed = [part.replace("Nothing happened.", "Corrected since.") for part in parts]
    report = moved(tmp_path, *changed, item(4, slug="new"))
    assert [model.objects.count() for model in (Article, Page, Comment, Section, Topic, Author, Redirect, Reader)] == [
        counts[0] + 1, *counts[1:6], counts[6] + 2, counts[7],
    ]  # fmt: skip
    assert Article.objects.get(slug="mine").headline == "Changed here"
    assert "Nothing happened." in Article.objects.get(slug="mine").body
    assert "Corrected since." in Article.objects.get(slug="theirs").body
    assert (report.updated["stories"], report.new["stories"], report.new["comments"]) == (1, 1, 0)


def test_a_dry_run_says_what_would_be_and_changes_nothing(tmp_path: Path) -> None:
    report = moved(tmp_path, item(1, inside=comment(1) + filed("category", "x", "X")), dry_run=True)
    assert (report.new["stories"], report.new["comments"], report.new["sections"]) == (1, 1, 1)
    assert not any(model.objects.exists() for model in (Article, Section, Author, Comment, Redirect, Reader))


def test_of_a_broken_export_the_beginning_is_imported_and_the_line_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, item(1, slug="whole"), item(2))
    text = path.read_text()
    path.write_text(text[: text.rindex("<wp:post_name>")])
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_wordpress", str(path), "--json", stdout=out)
    assert ended.value.code == 1
    assert Article.objects.get().slug == "whole"
    last = json.loads(out.getvalue().strip().splitlines()[-1])
    assert last["stories"] == 1
    assert f"broken at line {last['fault_line']}" in out.getvalue()
    assert last["fault_line"] == path.read_text().count("\n") + 1


def test_the_command_prints_its_counts_and_names_what_is_not_there(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("import_wordpress", str(written(tmp_path, item(1))), "--json", stdout=out)
    assert json.loads(out.getvalue().strip().splitlines()[-1])["stories"] == 1
    with pytest.raises(CommandError, match="no file"):
        call_command("import_wordpress", str(tmp_path / "absent.xml"))
    with pytest.raises(CommandError, match="no folder"):
        call_command("import_wordpress", str(tmp_path / "export.xml"), "--uploads", str(tmp_path / "absent"))


def test_an_item_of_a_plugin_is_refused_by_name(tmp_path: Path) -> None:
    report = moved(tmp_path, item(1, post_type="nav_menu_item"), item(2, post_type="product"))
    assert report.refused == {"nav_menu_item": 1, "product": 1}
    assert not Article.objects.exists()


def test_a_body_nested_without_end_is_kept_as_plain_words(tmp_path: Path) -> None:
    report = moved(tmp_path, item(1, body="<div>" * 900 + "words"))
    assert Article.objects.get().body_text == "words"
    assert told(report, "kept as plain text")


def test_one_post_that_cannot_be_stored_takes_nothing_else_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = item(1, "Fails", inside=comment(1) + filed("post_tag", "only-here", "Only here"))
    second = item(2, inside=comment(2) + filed("post_tag", "only-here", "Only here"))
    index = search.index

    def refuse_the_first(article: Article) -> None:
        if article.headline == "Fails":
            raise IntegrityError("a constraint of the database")
        index(article)

    monkeypatch.setattr("articles.search.index", refuse_the_first)
    report = moved(tmp_path, first, second)
    assert Article.objects.get().legacy_id.endswith(":2")
    assert Comment.objects.get().reader.name == "Noor B."
    assert (report.new["stories"], report.refused["stories"], report.new["comments"]) == (1, 1, 1)
    assert told(report, "a constraint of the database")


@pytest.mark.postgres
def test_the_planner_knows_what_was_moved(tmp_path: Path) -> None:
    call_command(
        "import_wordpress", written(tmp_path, item(1, "A", "One."), item(2, "B", "Two.")), stdout=io.StringIO()
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'articles_article'")
        assert cursor.fetchone() == (2,)
