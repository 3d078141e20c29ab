"""What somebody who works here finds when they open the desk, and on its calendar."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article, Autosave, Section
from comments.models import CommentStats
from newsroom.accounts.models import User
from newsroom.lib import stamps
from ratings.models import RatingSummary
from tests.make import make_article, make_author, make_comment, make_draft, make_user

Browse = Callable[[User], Any]


def opened(browser: Any, path: str = "/admin/") -> str:
    stamps.drop_kept()
    page = browser.get(path)
    assert page.status_code == 200
    return str(page.content.decode())


def box(page: str, name: str) -> str:
    """The HTML of one box of the desk."""
    return page.partition(f'aria-labelledby="box-{name}"')[2].partition("</section>")[0]


def test_a_reporter_finds_their_own_stories_and_nobody_elses(
    section: Section, reporter: User, editor: User, client_of: Browse
) -> None:
    make_draft("Begun by me", section=section, created_by=reporter)
    make_draft("Signed by me", section=section, authors=[make_author(user=reporter)], status="review")
    make_draft("Of a colleague", section=section, created_by=editor)
    page = opened(client_of(reporter))
    assert "Begun by me" in box(page, "mine")
    assert "In review" in box(page, "mine")
    assert "Signed by me" in box(page, "mine")
    assert "Of a colleague" not in page
    assert not any(box(page, name) for name in ("review", "due", "breaking", "scheduled", "moderation"))


def test_an_editor_finds_what_waits_what_runs_and_what_comes(
    section: Section, editor: User, breaking: Article, client_of: Browse
) -> None:
    make_draft("Waits to be read", section=section, status="review")
    now = timezone.now()
    make_article("Tonight", publish_at=now + timedelta(hours=3))
    make_article("In two days", publish_at=now + timedelta(days=2))
    page = opened(client_of(editor))
    assert "Waits to be read" in box(page, "review")
    assert breaking.headline in box(page, "breaking")
    assert "until" in box(page, "breaking")
    assert "Tonight" in box(page, "scheduled")
    assert "In two days" not in page


def test_times_stand_in_the_time_of_the_site_which_is_named(
    section: Section, site: Any, editor: User, client_of: Browse
) -> None:
    site.time_zone = "Asia/Kathmandu"
    site.save()
    stamps.drop_kept()
    story = make_article("Later", publish_at=timezone.now() + timedelta(hours=3))
    page = opened(client_of(editor))
    assert story.publish_at is not None
    assert f">{timezone.localtime(story.publish_at, site.zone):%H:%M}</time>" in box(page, "scheduled")
    assert 'data-clock="Asia/Kathmandu"' in page
    assert "+0545" in box(page, "scheduled")


def test_the_latest_come_with_what_readers_made_of_them(article: Article, editor: User, client_of: Browse) -> None:
    RatingSummary.objects.create(article=article, n5=2, n2=1)
    make_comment(article)
    make_comment(article)
    latest = box(opened(client_of(editor)), "latest")
    assert "4.0 stars from 3 readers" in latest
    assert "2 comments" in latest
    assert CommentStats.objects.get(article=article).published == 2


def test_a_correction_is_due_until_readers_were_told(article: Article, editor: User, client_of: Browse) -> None:
    assert article.headline not in box(opened(client_of(editor)), "due")
    article.mark_updated(by=editor)
    Article.objects.filter(pk=article.pk).update(modified_at=timezone.now())
    due = box(opened(client_of(editor)), "due")
    assert article.headline in due
    assert f"/admin/articles/article/{article.pk}/correct/" in due
    updated_at = Article.objects.get(pk=article.pk).updated_at
    said = {"kind": "clarification", "text": "The ferry leaves at six.", "position": "bottom"}
    client_of(editor).post(f"/admin/articles/article/{article.pk}/correct/", said)  # moves no time
    assert article.headline not in box(opened(client_of(editor)), "due")
    article.refresh_from_db()
    assert article.updated_at == updated_at


def test_what_was_typed_and_not_saved_is_on_the_desk_with_its_conflicts(
    article: Article, editor: User, front_editor: User, client_of: Browse
) -> None:
    draft = make_draft("Begun on the train", created_by=editor)
    Autosave.objects.create(user=editor, article=draft, token="a", base_version=0, data={})
    assert "conflict:" not in box(opened(client_of(editor)), "unsaved")
    Article.objects.filter(pk=draft.pk).update(version=3)
    Autosave.objects.create(user=editor, token="b", data={"headline": ["Not there yet"]})
    unsaved = box(opened(client_of(editor)), "unsaved")
    assert "Begun on the train" in unsaved
    assert unsaved.count("conflict: the story was saved since") == 1
    assert "?unsaved=b" in unsaved
    assert not box(opened(client_of(front_editor)), "unsaved")


def test_moderators_find_their_queues_and_no_stories(article: Article, moderator: User, client_of: Browse) -> None:
    make_comment(article, status="pending", reason="first")
    page = opened(client_of(moderator))
    assert "<b>1</b> Pending" in box(page, "moderation")
    assert "/admin/moderation/?queue=reported" in box(page, "moderation")
    assert not any(box(page, name) for name in ("mine", "review", "latest", "breaking"))


def test_the_desk_costs_few_queries_whatever_stands_on_it(
    section: Section, client_of: Browse, django_assert_max_num_queries: Any
) -> None:
    everything = make_user("Admin")
    for n in range(12):
        story = make_article(f"Out {n}", breaking_until=timezone.now() + timedelta(hours=1))
        make_comment(story)
        RatingSummary.objects.create(article=story, n5=n)
        make_draft(f"Draft {n}", section=section, created_by=everything, status=("draft", "review")[n % 2])
        make_article(f"Coming {n}", publish_at=timezone.now() + timedelta(hours=n + 1))
    browser = client_of(everything)
    browser.get("/admin/")  # settings and furniture are read once per process and change of the site
    with django_assert_max_num_queries(9):
        browser.get("/admin/")


def test_the_calendar_shows_a_month_day_by_day(section: Section, editor: User, client_of: Browse) -> None:
    now = timezone.now()
    make_article("Out today", publish_at=now - timedelta(minutes=1))
    coming = make_article("Coming up", publish_at=now + timedelta(days=40))
    make_draft("Not dated yet", section=section)
    browser = client_of(editor)
    page = opened(browser, "/admin/calendar/")
    assert "Out today" in page
    assert "Coming up" not in page
    assert "Not dated yet" not in page
    assert coming.publish_at is not None
    later = opened(browser, f"/admin/calendar/{coming.publish_at:%Y/%m}/")
    assert 'class="is-scheduled"' in later
    assert "Coming up" in later


def test_a_full_day_says_how_many_more_there_are(section: Section, editor: User, client_of: Browse) -> None:
    noon = timezone.now().replace(hour=12, minute=0) - timedelta(days=1)
    for n in range(9):
        make_article(f"Story {n}", publish_at=noon + timedelta(minutes=n))
    browser = client_of(editor)
    page = opened(browser, f"/admin/calendar/{noon:%Y/%m}/")
    assert [n for n in range(9) if f"Story {n}" in page] == [0, 1, 2, 3, 4, 5]
    assert "and 3 more" in page
    day = opened(browser, f"/admin/articles/article/?publish_at__date={noon:%Y-%m-%d}&status__exact=published")
    assert "Story 8" in day


def test_what_is_scheduled_by_others_is_not_on_a_reporters_calendar(
    section: Section, reporter: User, client_of: Browse
) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    make_article("Secret until noon", publish_at=soon)
    make_article("My own", publish_at=soon, created_by=reporter)
    page = opened(client_of(reporter), f"/admin/calendar/{soon:%Y/%m}/")
    assert "My own" in page
    assert "Secret until noon" not in page


@pytest.mark.parametrize("month", ["2026/13", "2026/00", "0000/01"])
def test_a_month_that_is_none_is_not_found(editor: User, site: Any, client_of: Browse, month: str) -> None:
    assert client_of(editor).get(f"/admin/calendar/{month}/").status_code == 404


def test_who_may_not_look_at_stories_has_no_calendar(moderator: User, site: Any, client_of: Browse) -> None:
    assert client_of(moderator).get("/admin/calendar/").status_code == 403
