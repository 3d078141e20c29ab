"""Whoever measures the site fills it first: the right numbers, exact totals, the same content every time."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, Vote

pytestmark = pytest.mark.django_db


def fill(**options: int) -> dict[str, object]:
    out = io.StringIO()
    call_command("fill", stdout=out, **options)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def test_it_says_in_one_line_what_it_wrote_and_where() -> None:
    said = fill(articles=5, comments=100, largest=60)
    stories = list(Article.objects.live(timezone.now()).newest())
    assert said["largest"] == stories[0].get_absolute_url()
    assert said["typical"] in {story.get_absolute_url() for story in stories[1:]}
    assert (said["articles"], said["comments"]) == (5, 100) == (len(stories), Comment.objects.count())


def test_the_largest_story_gets_its_share_in_threads_of_up_to_thirty_per_cent() -> None:
    fill(articles=5, comments=100, largest=60)
    newest = Article.objects.newest()[0]
    assert CommentStats.counts_for([newest.pk]) == {newest.pk: 60}
    threads = Comment.objects.filter(article=newest, root=None).values_list("thread_count", flat=True)
    assert max(threads) + 1 == 18
    assert sum(threads) + len(threads) == 60
    assert Vote.objects.count() == sum(Comment.objects.values_list("up", flat=True))
    assert not Comment.objects.filter(created_at__gt=timezone.now()).exists()


def test_the_content_is_the_same_every_time_and_can_be_added_to() -> None:
    fill(articles=3, comments=10, largest=4)
    first = sorted(Comment.objects.values_list("text", "up"))
    Comment.objects.all().delete()
    fill(articles=3, comments=10, largest=4)
    assert sorted(Comment.objects.values_list("text", "up")) == first
    assert Article.objects.count() == 6


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(CommandError):
        fill(articles=0, comments=5, largest=1)
    with pytest.raises(CommandError):
        fill(articles=2, comments=5, largest=6)
    assert not Article.objects.exists()
