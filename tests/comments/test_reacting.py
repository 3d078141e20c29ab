"""Votes and reports."""

from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, Flag, Vote
from comments.wilson import wilson
from newsroom.accounts.models import Reader, User
from tests.make import make_comment, make_reader


def test_a_reader_votes_and_takes_it_back(client: Any, article: Article) -> None:
    comment = make_comment(article)
    url = f"/comments/{comment.pk}/vote/"
    assert client.post(url, {"vote": "1"}).status_code == 303
    client.post(url, {"vote": "1"})
    assert (Comment.objects.get().up, Comment.objects.get().best) == (1, wilson(1, 0))
    assert 'aria-pressed="true"' in client.get(f"/comments/on/{article.pk}/").content.decode()
    client.post(url, {"vote": "0"})
    assert Comment.objects.get().up == 0


def test_a_vote_leads_back_to_the_page_where_it_was_given(client: Any, article: Article) -> None:
    comment = make_comment(article)
    here = f"http://testserver/comments/on/{article.pk}/?sort=newest"
    answer = client.post(f"/comments/{comment.pk}/vote/", {"vote": "1"}, headers={"Referer": here})
    assert answer["Location"] == f"/comments/on/{article.pk}/?sort=newest#c{comment.pk}"
    answer = client.post(f"/comments/{comment.pk}/vote/", {"vote": "1"}, headers={"Referer": "https://evil.example/"})
    assert answer["Location"] == f"/comments/{comment.pk}/#c{comment.pk}"


@pytest.mark.parametrize("value", ["2", "-1", "abc", "", "1.5", "0x1"])
def test_a_vote_is_one_or_none(client: Any, article: Article, value: str) -> None:
    comment = make_comment(article)
    assert client.post(f"/comments/{comment.pk}/vote/", {"vote": value}).status_code == 400
    assert not Vote.objects.exists()


def test_nobody_votes_on_their_own_words(client_of: Any, member: User, article: Article) -> None:
    browser = client_of(member)
    browser.post(f"/comments/on/{article.pk}/post/", {"text": "Mine alone."})
    assert browser.post(f"/comments/{Comment.objects.get().pk}/vote/", {"vote": "1"}).status_code == 403
    assert not Vote.objects.exists()


def test_a_report_waits_for_the_moderators_once(client: Any, article: Article) -> None:
    comment = make_comment(article)
    url = f"/comments/{comment.pk}/flag/"
    assert "What is wrong with it?" in client.get(url).content.decode()
    for _ in range(2):
        assert "Thank you" in client.post(url, {"reason": "spam", "note": "Again\r\nand again"}).content.decode()
    assert Flag.objects.get().note == "Again and again"
    assert Comment.objects.get().flag_weight == 0  # a device that nobody knew before
    assert Comment.objects.get().reported_at is not None
    assert Comment.objects.get().is_published


def test_a_report_without_a_reason_comes_back(client: Any, article: Article) -> None:
    comment = make_comment(article)
    answer = client.post(f"/comments/{comment.pk}/flag/", {"note": "because"})
    assert answer.status_code == 422
    assert "Choose what is wrong" in answer.content.decode()
    assert "because" in answer.content.decode()


def test_who_turns_out_to_be_one_person_has_one_vote_and_none_on_their_own(
    client: Any, other_client: Any, article: Article
) -> None:
    comment, own = make_comment(article), make_comment(article)
    client.post(f"/comments/{comment.pk}/vote/", {"vote": "1"})
    device = Vote.objects.get().reader
    person = make_reader(verified_at=timezone.now(), email="noor@example.com")
    for other in (device, own.reader):
        Reader.objects.filter(pk=other.pk).update(merged_into=person)
    Vote.objects.cast(comment, Reader.objects.get(pk=person.pk), 1)
    assert Vote.objects.count() == 1
    assert client.post(f"/comments/{own.pk}/vote/", {"vote": "1"}).status_code == 403
    client.cookies["mine"] = "1"
    page = client.get(f"/comments/on/{article.pk}/").text
    assert page.count('aria-pressed="true"') == 1  # it is shown as theirs
    client.post(f"/comments/{comment.pk}/vote/", {"vote": "0"})
    assert not Vote.objects.exists()
    comment.refresh_from_db()
    assert (comment.up, comment.down) == (0, 0)


def test_two_votes_that_turn_out_to_be_one_persons_are_turned_and_taken_back_together(article: Article) -> None:
    comment, person = make_comment(article), make_reader()
    device = make_reader()
    for voter in (person, device):
        Vote.objects.cast(comment, voter, 1)
    Reader.objects.filter(pk=device.pk).update(merged_into=person)
    for value, counted in ((-1, (0, 2)), (0, (0, 0)), (1, (1, 0))):
        Vote.objects.cast(comment, Reader.objects.get(pk=person.pk), value)
        comment.refresh_from_db()
        assert (comment.up, comment.down) == counted


def test_a_vote_costs_at_most_four_queries(
    article: Article, django_assert_max_num_queries: Any, transactional_db: None
) -> None:
    comment, voter = make_comment(article), make_reader()
    with django_assert_max_num_queries(5):  # BEGIN counts on SQLite
        Vote.objects.cast(comment, voter, 1)
