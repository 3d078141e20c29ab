"""Every real export that is at hand, whole: what went in must come out, or be accounted for."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from articles.models import Article, Page, Redirect
from comments.models import Comment
from newsroom.wordpress import wxr
from newsroom.wordpress.importer import import_export
from newsroom.wordpress.survey import entries
from tests.newsroom.wordpress.exports import assert_counters_are_right

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]

FOLDER = Path(os.environ.get("NEWSROOM_REAL_DATA", Path(settings.BASE_DIR).parent / "shared" / "data")) / "wordpress"
EXPORTS = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.xml")) or ["blogs/cc-labs-en.xml"]
PLAYER = re.compile(r"<(iframe|object|video|audio)\b|<embed\b(?![^>]*></embed>\s*</object>)", re.IGNORECASE)
SHORTCODE_PLAYER = re.compile(r"^\[(?:embed|audio|video|youtube)\b[^\]]*\]", re.MULTILINE)


def posts_of(path: Path) -> list[wxr.Post]:
    return [entry for entry in entries(path) if isinstance(entry, wxr.Post)]


@pytest.mark.parametrize("name", EXPORTS)
def test_every_post_and_comment_of_a_real_export_is_imported_or_accounted_for(real_data: Path, name: str) -> None:
    path = real_data / "wordpress" / name
    report = import_export(path)
    posts = posts_of(path)
    stories = [post for post in posts if post.type == "post"]
    pages = [post for post in posts if post.type == "page"]
    assert Article.objects.count() + report.refused["stories"] == len(stories)
    assert Page.objects.count() + report.refused["pages"] == len(pages)
    written = sum(len(post.comments) for post in [*stories, *pages])
    in_refused = sum(len(post.comments) for post in stories if not post.id)
    assert Comment.objects.count() + report.refused["comments"] + report.refused["pingbacks"] == written - in_refused
    assert (report.fault_line is not None) == (name.endswith("malformed.xml"))
    assert_counters_are_right()
    for article in Article.objects.filter(status="published"):
        assert Redirect.objects.filter(article=article, old_path__contains="?p=").exists()


@pytest.mark.once
@pytest.mark.parametrize("name", EXPORTS)
def test_a_second_run_over_a_real_export_changes_nothing(real_data: Path, name: str) -> None:
    path = real_data / "wordpress" / name
    import_export(path)
    before = (Article.objects.count(), Comment.objects.count(), Redirect.objects.count())
    report = import_export(path)
    assert not +report.new
    assert not +report.updated
    assert (Article.objects.count(), Comment.objects.count(), Redirect.objects.count()) == before


@pytest.mark.once
@pytest.mark.parametrize("name", EXPORTS)
def test_no_player_of_a_real_body_vanishes(real_data: Path, name: str) -> None:
    path = real_data / "wordpress" / name
    import_export(path)
    for post in posts_of(path):
        rows = Article.objects if post.type == "post" else Page.objects
        row = rows.filter(legacy_id__endswith=f":{post.id}").first() if post.type in {"post", "page"} else None
        if row is None:
            continue
        # An <embed> inside an <object> is the same player a second time.
        objects = re.sub(r"<object\b.*?</object>", "<object>", post.content, flags=re.DOTALL | re.IGNORECASE)
        players = len(PLAYER.findall(re.sub(r"<code>.*?</code>", "", objects, flags=re.DOTALL)))
        shown = row.body.count("data-embed=") + len(re.findall(r"\.(?:mp4|mov|ogg|ogv|webm|mp3|m4a)\"", row.body))
        assert shown >= players, (post.id, post.title)


def test_the_real_site_of_219_stories_comes_over_complete(real_data: Path) -> None:
    report = import_export(real_data / "wordpress" / "blogs" / "cc-labs-en.xml")
    assert (report.new["stories"], report.new["pages"], report.new["authors"]) == (219, 5, 30)
    assert (report.new["sections"], report.new["topics"]) == (98, 171)
    # 181 comments: 61 are pingbacks, and one stands under a page, where nobody can comment here.
    assert (report.new["comments"], report.refused["pingbacks"], report.refused["comments"]) == (119, 61, 1)
    assert Article.objects.live(timezone.now()).count() == 219
    assert not Article.objects.exclude(breaking_until=None).exists()


def test_the_theme_test_keeps_its_deepest_thread(real_data: Path) -> None:
    import_export(real_data / "wordpress" / "fixtures" / "themeunittestdata.wordpress.xml")
    deepest = max(_depth(row) for row in Comment.objects.all())
    assert deepest == 9  # ten levels


def _depth(row: Comment) -> int:
    return _depth(row.parent) + 1 if row.parent else 0


def test_co_authors_of_a_real_export_sign_in_order_and_once(real_data: Path) -> None:
    import_export(real_data / "wordpress" / "fixtures" / "ghost-migrate-wp" / "co-authors-plus.xml")
    names = [[byline.author.name for byline in article.bylines.all()] for article in Article.objects.order_by("dated")]
    assert names == [
        ["Alice Smith", "Bob Jones"],
        ["Alice Smith", "Bob Jones", "Carol White"],
        ["Bob Jones"],
        ["Alice Smith", "Bob Jones"],
    ]
