"""Devices that turn out to be one person's: what one person gives once counts once from then on, and every counter says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.follow import confirm
from comments.models import Comment, CommentStats, Vote
from comments.wilson import wilson
from newsroom.accounts.models import Reader, User
from newsroom.lib.models import Stamp
from ratings.models import Rating, RatingSummary
from tests.comments.test_concurrency import at_once
from tests.make import make_article, make_comment, make_reader

ADDRESS = "noor.b@example.com"


def noor() -> Reader:
    return make_reader("Noor", email=ADDRESS, verified_at=timezone.now())


def join(device: Reader) -> Reader:
    """The link in the letter is opened at the device that asked for it."""
    return confirm(device, ADDRESS, at_device_of=device)


def vote(comment: Comment, reader: Reader, value: int, *, hours_ago: int) -> None:
    Vote.objects.cast(comment, reader, value)
    Vote.objects.filter(reader=reader, comment=comment).update(voted_at=timezone.now() - timedelta(hours=hours_ago))


def counted(comment: Comment) -> tuple[int, int]:
    comment.refresh_from_db()
    assert comment.best == wilson(comment.up, comment.down)
    return comment.up, comment.down


@pytest.mark.parametrize(("at_home", "on_the_way", "stays"), [(1, 1, (1, 0)), (1, -1, (0, 1)), (-1, 1, (1, 0))])
def test_of_two_votes_the_newer_one_stays(
    article: Article, at_home: int, on_the_way: int, stays: tuple[int, int]
) -> None:
    person, device, comment = noor(), make_reader(email=ADDRESS), make_comment(article)
    vote(comment, person, at_home, hours_ago=2)
    vote(comment, device, on_the_way, hours_ago=1)
    assert not Stamp.objects.filter(scope=Stamp.article(article.pk)).exists()
    person = join(device)
    assert counted(comment) == stays
    assert Vote.objects.get().value == on_the_way
    assert Stamp.objects.filter(scope=Stamp.article(article.pk)).exists(), "pages show the new count"
    Vote.objects.cast(comment, person, 0)
    assert counted(comment) == (0, 0)
    assert CommentStats.recount() == []


def test_other_votes_stay_as_they_are(article: Article) -> None:
    person, device = noor(), make_reader(email=ADDRESS)
    both, mine, theirs = make_comment(article), make_comment(article), make_comment(make_article())
    for comment, voter in ((both, person), (both, device), (both, make_reader()), (mine, person), (theirs, device)):
        Vote.objects.cast(comment, voter, 1)
    join(device)
    assert [counted(comment) for comment in (both, mine, theirs)] == [(2, 0), (1, 0), (1, 0)]
    assert CommentStats.recount() == []


def test_of_two_ratings_the_newer_one_stays_and_can_be_changed(article: Article, member: User) -> None:
    guest, other = noor(), make_article()
    reader = Reader.objects.for_user(member)
    Rating.objects.rate(article, reader, 5)
    Rating.objects.rate(article, guest, 2)
    Rating.objects.rate(other, guest, 3)
    Reader.objects.take_over(member, ADDRESS)
    assert RatingSummary.objects.get(article=article).counts == {1: 0, 2: 1, 3: 0, 4: 0, 5: 0}
    Rating.objects.rate(other, reader, 4)
    assert RatingSummary.objects.get(article=other).counts == {1: 0, 2: 0, 3: 0, 4: 1, 5: 0}
    Rating.objects.withdraw(article, reader)
    assert RatingSummary.objects.get(article=article).votes == 0
    assert RatingSummary.recount() == []


def test_joining_again_changes_nothing(article: Article) -> None:
    person, device, comment = noor(), make_reader(email=ADDRESS), make_comment(article)
    for voter in (person, device):
        Vote.objects.cast(comment, voter, 1)
    for _press in range(2):
        join(device)
    assert counted(comment) == (1, 0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_devices_that_are_joined_at_the_same_moment_leave_one_vote(transactional_db: Any) -> None:
    article = make_article()
    noor()
    devices = [make_reader(email=ADDRESS) for _ in range(8)]
    comments = [make_comment(article) for _ in range(3)]
    for device in devices:
        for comment in comments:
            Vote.objects.cast(comment, device, 1)
        Rating.objects.rate(article, device, 4)
    at_once([lambda device=device: join(device) for device in devices])  # type: ignore[misc]
    assert [counted(comment) for comment in comments] == [(1, 0)] * 3
    assert RatingSummary.objects.get(article=article).votes == 1
    assert CommentStats.recount() == RatingSummary.recount() == []
