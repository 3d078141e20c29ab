"""A reader gives stars."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from newsroom.accounts.models import Reader
from ratings.models import Rating, RatingSummary
from tests.make import make_article, make_draft, make_reader

pytestmark = pytest.mark.django_db


def rate(client, article, stars):
    return client.post(f"/ratings/on/{article.pk}/", {"stars": stars})


def test_a_guest_gives_stars_changes_them_and_takes_them_back(client, article) -> None:
    response = rate(client, article, "4")
    assert response.status_code == 303
    assert response["Location"] == f"{article.get_absolute_url()}#rating"
    rate(client, article, "2")
    summary = RatingSummary.objects.get(article=article)
    assert (summary.counts, summary.votes, summary.average) == ({1: 0, 2: 1, 3: 0, 4: 0, 5: 0}, 1, 2.0)
    rate(client, article, "")
    assert not Rating.objects.exists()
    assert RatingSummary.objects.get(article=article).votes == 0


def test_a7_two_devices_are_two_voters_and_one_member_is_one_on_both(
    client, other_client, article, member, client_of
) -> None:
    rate(client, article, "5")
    rate(other_client, article, "4")
    rate(client_of(member), article, "1")
    rate(client_of(member), article, "3")
    summary = RatingSummary.objects.get(article=article)
    assert summary.counts == {1: 0, 2: 0, 3: 1, 4: 1, 5: 1}
    assert summary.average == 4.0


@pytest.mark.parametrize("stars", ["0", "6", "999", "5abc", "-1", "-5", "3.5", "٣", " 4", "[4]"])
def test_a7_what_is_not_one_to_five_is_refused_with_a_sentence_and_stored_nowhere(client, article, stars) -> None:
    response = rate(client, article, stars)
    assert response.status_code == 400
    assert "Choose one to five stars" in response.text
    assert not Rating.objects.exists()


def test_a7_no_stars_or_two_at_once_are_refused(client, article) -> None:
    assert client.post(f"/ratings/on/{article.pk}/").status_code == 400
    assert client.post(f"/ratings/on/{article.pk}/", {"stars": ["4", "5"]}).status_code == 400
    assert not Rating.objects.exists()


def test_only_a_story_that_readers_can_see_takes_stars(client, section, editor) -> None:
    scheduled = make_article(section=section, publish_at=timezone.now() + timedelta(hours=1))
    withdrawn = make_article(section=section)
    withdrawn.withdraw(by=editor, reason="Wrong")
    for story in (make_draft(section=section), scheduled, withdrawn):
        assert rate(client, story, "4").status_code == 404
    assert rate(client, make_article(section=section, ratings_on=False), "4").status_code == 403
    assert not Rating.objects.exists()


def test_another_site_cannot_give_stars_in_a_readers_name(client, article) -> None:
    response = client.post(f"/ratings/on/{article.pk}/", {"stars": "5"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert not Rating.objects.exists()


def test_withdrawing_what_was_never_given_makes_no_reader(client, article) -> None:
    assert rate(client, article, "").status_code == 303
    assert not Reader.objects.exists()


def test_recount_mends_what_drifted_and_says_so(article) -> None:
    reader = make_reader()
    Rating.objects.rate(article, reader, 5)
    assert RatingSummary.recount() == []
    RatingSummary.objects.update(n5=7, n1=2)
    assert len(RatingSummary.recount()) == 1
    assert RatingSummary.objects.get().counts == {1: 0, 2: 0, 3: 0, 4: 0, 5: 1}


@pytest.mark.django_db(transaction=True)
def test_a7_voters_who_race_and_change_their_minds_leave_exact_totals(article) -> None:
    voters = [make_reader() for _ in range(12)]

    def storm(offset: int) -> None:
        try:
            for turn in range(15):
                voter = voters[(turn + offset) % len(voters)]
                if (turn + offset) % 7 == 0:
                    Rating.objects.withdraw(article, voter)
                else:
                    Rating.objects.rate(article, voter, 1 + (turn * offset) % 5)
        finally:
            connection.close()

    threads = [threading.Thread(target=storm, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert RatingSummary.recount() == []
    assert RatingSummary.objects.get(article=article).votes == Rating.objects.count()
