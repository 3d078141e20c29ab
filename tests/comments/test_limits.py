"""Limits that a client cannot talk its way around, and that leave a carrier's readers alone."""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from articles.models import Article
from comments import limits
from comments.models import Comment, Vote
from newsroom.accounts.models import Reader, User
from newsroom.lib.models import Hit
from newsroom.management.commands.worker import old_networks
from tests.conftest import Browser
from tests.make import make_article, make_comment, make_reader

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WORDS = "I was there this morning and saw it differently"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def limited(settings: Any, time_machine: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def after(time_machine: Any) -> Any:
    """Lets seconds pass."""
    return lambda seconds: time_machine.move_to(timezone.now() + timedelta(seconds=seconds), tick=False)


def post(browser: Any, article: Article, who: str = "", text: str = "", **headers: Any) -> Any:
    sent = {"text": text or f"{WORDS}, said {next(_numbers)}."}
    if who:
        sent |= {"name": who, "email": f"{who.lower()}@example.com"}
    return browser.post(f"/comments/on/{article.pk}/post/", sent, **headers)


def seconds_named(answer: Any) -> int:
    found = re.search(r"again in (\d+) second", answer.content.decode())
    assert found, answer.content.decode()[:3000]
    return int(found[1])


def reasons() -> list[str]:
    return list(Comment.objects.order_by("id").values_list("reason", flat=True))


def test_whoever_is_too_fast_is_told_the_seconds_after_which_it_passes(
    client: Any, article: Article, after: Any
) -> None:
    assert post(client, article, "Noor").status_code == 303
    after(4)
    left = seconds_named(post(client, article))
    after(left - 1)
    refused = post(client, article, text="Word for word kept.")
    assert (refused.status_code, seconds_named(refused)) == (429, 1)
    assert "Word for word kept." in refused.content.decode()
    after(1)
    assert post(client, article).status_code == 303


def test_impatience_costs_nothing(client: Any, article: Article, after: Any) -> None:
    """What was refused is not counted towards the hour."""
    post(client, article, "Noor")
    for _ in range(20):
        assert post(client, article).status_code == 429
    for _ in range(9):
        after(15)
        assert post(make_browser_like(client), article).status_code == 303
    after(15)
    assert seconds_named(post(client, article)) > 3000


def make_browser_like(client: Any) -> Any:
    """The same device, at another address: the hour is counted for the person."""
    other = Browser()
    other.cookies = client.cookies
    return other


def test_a_member_may_write_faster_and_from_anywhere(
    client_of: Any, member: User, article: Article, after: Any
) -> None:
    browser = client_of(member)
    answers = []
    for n in range(limits.NETWORK_MINUTE + 2):
        answers.append(post(browser, make_article()).status_code)
        after(3)
        answers.append(post(browser, article, REMOTE_ADDR=f"198.51.{n}.1").status_code)
        after(3)
        make_comment(article, Comment.objects.latest("id"))
    assert set(answers) == {303}
    assert set(reasons()) == {""}
    post(browser, article)
    assert post(browser, article, REMOTE_ADDR="203.0.113.9").status_code == 429


@pytest.mark.parametrize(
    "said",
    [
        {"HTTP_USER_AGENT": "Another/2.0"},
        {"HTTP_ACCEPT_LANGUAGE": "xx"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.7"},
        {"HTTP_X_REAL_IP": "203.0.113.7"},
        {"HTTP_CLIENT_IP": "203.0.113.7"},
        {"HTTP_FORWARDED": "for=203.0.113.7"},
        {"HTTP_CF_CONNECTING_IP": "203.0.113.7"},
        {"HTTP_TRUE_CLIENT_IP": "203.0.113.7"},
        {"REMOTE_ADDR": "127.0.0.77"},
    ],
)
@pytest.mark.parametrize("has_cookie", [True, False])
def test_a10_what_a_client_says_of_itself_resets_no_limit(
    client: Any, article: Article, said: dict[str, str], has_cookie: bool
) -> None:
    post(client, article, "Noor")
    again = client if has_cookie else Browser()
    assert post(again, article, "Noor", **said).status_code == 429
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("address", ["2001:db8:7:1::1", "2001:db8:7:ffff:1:2:3:4", "[2001:db8:7::9]:4711"])
def test_a10_addresses_within_a_network_are_one(article: Article, address: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert post(Browser(), article, "Noor", HTTP_X_FORWARDED_FOR="2001:db8:7::1").status_code == 303
    assert post(Browser(), article, "Noor", HTTP_X_FORWARDED_FOR=address).status_code == 429
    assert post(Browser(), article, "Noor", HTTP_X_FORWARDED_FOR="2001:db8:8::1").status_code == 303


def test_a10_a_new_cookie_and_a_new_address_start_nothing_anew(client: Any, article: Article) -> None:
    """The device counts as well as the typed address: changing one of them is not enough."""
    post(client, article, "Noor")
    assert post(client, article, "Someone").status_code == 429
    assert post(Browser(), article, "Noor").status_code == 429


def test_a10_readers_behind_a_trusted_proxy_have_a_limit_each(article: Article, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    for n in range(8):
        forged, real = f"192.0.2.{n}", f"198.51.{n}.7"
        answer = post(Browser(), article, f"Reader{n}", HTTP_X_FORWARDED_FOR=f"{forged}, {real}, 10.0.0.1")
        assert answer.status_code == 303
    assert reasons() == [""] * 8
    assert post(Browser(), article, "Reader0", HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.0.9, 10.0.0.1").status_code == 429


def test_past_its_networks_limit_a_guests_comment_waits_and_is_not_refused(
    article: Article, client_of: Any, member: User
) -> None:
    for n in range(limits.NETWORK_MINUTE + 3):
        assert post(Browser(), article, f"Reader{n}").status_code == 303
    assert reasons() == ["", "", "network", "network", "network"]
    assert post(client_of(member), article).status_code == 303
    assert Comment.objects.latest("id").status == "published"
    assert post(Browser(), make_article(), "Elsewhere").status_code == 303
    assert Comment.objects.latest("id").status == "published"


def test_past_its_ceiling_a_network_is_told_why_and_when(
    article: Article, client_of: Any, member: User, after: Any
) -> None:
    after(20)
    for n in range(limits.NETWORK_CEILING):
        assert post(Browser(), article, f"Reader{n}").status_code == 303
    refused = post(Browser(), article, "Onemore")
    assert (refused.status_code, seconds_named(refused)) == (429, 40)
    assert "Many comments come from your network" in refused.content.decode()
    assert post(client_of(member), article).status_code == 303
    assert post(Browser(), article, "Elsewhere", REMOTE_ADDR="198.51.100.1").status_code == 303
    after(40)
    assert post(Browser(), article, "Onemore").status_code == 303


@pytest.mark.parametrize(("name", "key"), [("ARTICLE_MINUTE", "post-article"), ("SITE_MINUTE", "post-site")])
def test_a_flood_from_everywhere_makes_guests_wait(
    article: Article, client_of: Any, member: User, name: str, key: str
) -> None:
    post(Browser(), article, "First")
    Hit.objects.filter(key__startswith=key).update(n=getattr(limits, name))
    post(Browser(), article, "Second", REMOTE_ADDR="198.51.100.1")
    post(client_of(member), article)
    assert reasons() == ["", "crowd", ""]


@pytest.fixture
def nothing_can_be_counted() -> Iterator[None]:
    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if "lib_hit" in sql:
            raise OperationalError("the disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.usefixtures("nothing_can_be_counted")
def test_a10_where_nothing_can_be_counted_guests_wait_and_members_write(
    article: Article, client_of: Any, member: User
) -> None:
    refused = post(Browser(), article, "Noor", "My dear words")
    assert refused.status_code == 429
    assert "cannot take comments at this moment" in refused.content.decode()
    assert "My dear words" in refused.content.decode()
    comment = make_comment(article)
    assert Browser().post(f"/comments/{comment.pk}/vote/", {"vote": "1"}).status_code == 429
    assert post(client_of(member), article).status_code == 303


def test_the_same_words_again_are_refused_with_the_way_to_the_first(client: Any, article: Article, after: Any) -> None:
    other = make_article(section=article.section)
    post(client, article, "Noor", f"{WORDS}.")
    first = Comment.objects.get()
    after(20)
    refused = post(client, other, text=f"{WORDS.upper()}.")
    assert refused.status_code == 422
    assert "You said this a few minutes ago." in refused.content.decode()
    assert f'href="/comments/{first.pk}/"' in refused.content.decode()
    assert "post them again" not in refused.content.decode()
    assert Comment.objects.count() == 1
    after(360)
    assert post(client, other, text=f"{WORDS}.").status_code == 303


def test_the_same_words_in_the_same_place_are_the_same_click(client: Any, article: Article, after: Any) -> None:
    first = post(client, article, "Noor", f"{WORDS}.")
    after(200)
    assert post(client, article, text=f"{WORDS}.")["Location"] == first["Location"]
    assert Comment.objects.count() == 1


def test_thanks_may_be_said_to_many(client: Any, article: Article, after: Any) -> None:
    for _ in range(2):
        assert (
            client.post(
                f"/comments/{make_comment(article).pk}/reply/",
                {"text": "Thank you!", "name": "Noor", "email": "n@example.com"},
            ).status_code
            == 303
        )
        after(20)


def test_words_that_come_from_three_people_wait(article: Article) -> None:
    for n in range(4):
        post(Browser(), article, f"Reader{n}", f"{WORDS}!", REMOTE_ADDR=f"198.51.{n}.1")
    assert reasons() == ["", "", "echo", "echo"]


def test_a_click_that_stores_nothing_new_is_not_counted(client: Any, article: Article, after: Any) -> None:
    for n in range(3):
        after(60)
        assert {post(client, article, "Noor", f"Said only once, number {n}.").status_code for _ in range(5)} == {303}
    hour = Hit.objects.filter(key__startswith="post:", key__endswith=":3600")
    assert set(hour.values_list("n", flat=True)) <= {2, 3}  # the first click came before its cookie


def test_the_fourth_thread_that_nobody_answered_waits(client: Any, article: Article, after: Any) -> None:
    for n in range(5):
        post(client, article, "Noor")
        after(60)
        if n == 3:
            make_comment(article, Comment.objects.earliest("id"))
    mine = Comment.objects.filter(name="Noor").order_by("id")
    assert list(mine.values_list("reason", flat=True)) == ["", "", "", "monologue", "monologue"]
    for comment in mine[1:3]:
        make_comment(article, comment)
    after(60)
    post(client, article)
    assert mine.last() is not None
    assert mine.last().reason == ""  # type: ignore[union-attr]


def test_answers_are_no_monologue(client: Any, article: Article, after: Any) -> None:
    for _ in range(5):
        parent = make_comment(article)
        client.post(
            f"/comments/{parent.pk}/reply/", {"text": f"Answer {parent.pk}", "name": "Noor", "email": "n@example.com"}
        )
        after(60)
    assert set(Comment.objects.filter(name="Noor").values_list("status", flat=True)) == {"published"}


@pytest.mark.parametrize(
    ("took", "status"),
    [("900", "pending"), ("2999", "pending"), ("3000", "published"), ("", "published"), ("-1", "published"), ("9e9", "published"),
     ("٣", "published"), ("99999999999", "published")],
)  # fmt: skip
def test_what_was_typed_faster_than_people_type_waits(client: Any, article: Article, took: str, status: str) -> None:
    sent = {"text": WORDS, "name": "Noor", "email": "noor@example.com", "took": took}
    assert client.post(f"/comments/on/{article.pk}/post/", sent).status_code == 303
    assert Comment.objects.get().status == status


def test_no_shared_form_carries_a_time(client: Any, article: Article) -> None:
    assert 'name="took"' not in client.get(f"/comments/on/{article.pk}/").content.decode()


def test_readers_of_one_carrier_vote_without_waiting_for_each_other(article: Article) -> None:
    comments = [make_comment(article) for _ in range(25)]
    known = [Browser() for _ in range(20)]
    for browser in known:
        browser.post(f"/comments/{comments[0].pk}/vote/", {"vote": "1"})
    assert known[3].post(f"/comments/{comments[1].pk}/vote/", {"vote": "1"}).status_code == 303
    assert Browser().post(f"/comments/{comments[0].pk}/vote/", {"vote": "1"}).status_code == 429
    answers = [known[5].post(f"/comments/{c.pk}/vote/", {"vote": "1"}).status_code for c in comments]
    assert answers == [303] * 20 + [429] * 5
    assert Vote.objects.count() == Reader.objects.filter(votes__isnull=False).distinct().count() + 1 + 19


def test_networks_are_forgotten_after_a_month(article: Article, after: Any, client: Any) -> None:
    post(client, article, "Noor")
    comment = Comment.objects.get()
    assert comment.network
    Comment.objects.load(article, [])
    old = [make_comment(article, network="n", created_at=NOON - timedelta(days=31)) for _ in range(3)]
    forget = old_networks()
    forget(lambda: False)
    assert set(Comment.objects.filter(pk__in=[c.pk for c in old]).values_list("network", flat=True)) == {"n"}, (
        "they come after a young one"
    )
    after(31 * 24 * 3600)
    forget(lambda: True)
    assert Comment.objects.exclude(network="").count() == 4
    forget(lambda: False)
    assert not Comment.objects.exclude(network="").exists()
    fresh = make_comment(article, network="n")
    forget(lambda: False)
    assert Comment.objects.exclude(network="").get() == fresh


def test_the_key_of_a_network_is_no_address_and_the_same_tomorrow(
    client: Any, article: Article, after: Any, settings: Any
) -> None:
    post(client, article, "Noor")
    after(24 * 3600)
    post(client, article)
    first, second = Comment.objects.values_list("network", flat=True)
    assert first == second
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    settings.SECRET_KEY = "another site"
    post(Browser(), article, "Mira", REMOTE_ADDR="127.0.0.1")
    assert Comment.objects.latest("id").network != first


def test_a20_no_address_that_a_reader_writes_is_ever_fetched(client: Any, article: Article, monkeypatch: Any) -> None:
    """Posting opens no connection but the database's, and nothing in the app knows how to ask for a page."""
    import socket

    def refuse(self: Any, address: Any) -> None:
        if self.family != socket.AF_UNIX and "127.0.0.1" not in str(address):
            raise AssertionError(f"somebody asked {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    text = "See http://169.254.169.254/latest/ and [this](https://example.com/x.png) and <img src=http://localhost:1/>"
    assert post(client, article, "Noor", text).status_code == 303
    make_reader()
