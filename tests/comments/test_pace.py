"""How letters come: one by one, together once an hour or a day, never; and never a flood."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.models import Comment, Digest, Notice, Notification, Subscription, announcing
from comments.models.digest import due_at
from newsroom.accounts.models import Reader, Suppression, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.planner import tell_planner
from tests.conftest import Browser
from tests.make import make_article, make_comment, make_reader

#: Ten past ten in the morning, on the site's clock (UTC unless a test says otherwise).
TEN = datetime(2026, 11, 25, 10, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = "https://news.example"


@pytest.fixture
def at(time_machine: Any) -> Any:
    """Moves every clock."""

    def move(moment: datetime) -> None:
        time_machine.move_to(moment, tick=False)

    move(TEN)
    return move


def deliver() -> list[Any]:
    """What the worker sends in its next round."""
    before = len(mail.outbox)
    deliver_due(timezone.now())
    return mail.outbox[before:]


def follower(article: Article, pace: str = "instant", kind: str = "all", **over: Any) -> Reader:
    reader = make_reader(pace=pace, **over)
    reader.email, reader.verified_at = f"r{reader.pk}@example.com", timezone.now()
    reader.save()
    Subscription.objects.follow(reader, article, kind)
    return reader


@pytest.fixture
def old_article(section: Any) -> Article:
    """A story that was live at every moment that these tests speak of."""
    return make_article("Ferries doubled", section=section, publish_at=TEN - timedelta(days=3))


def test_an_hourly_digest_leaves_once_at_the_end_of_the_hour(old_article: Article, at: Any) -> None:
    follower(old_article, "hourly")
    for n in range(3):
        make_comment(old_article, text=f"Remark {n}.")
        assert deliver() == []
    at(TEN.replace(minute=59))
    assert deliver() == []
    at(TEN.replace(hour=11, minute=0))
    (letter,) = deliver()
    assert letter.subject == "3 new comments on “Ferries doubled”"
    assert letter.body.index("Remark 0.") < letter.body.index("Remark 1.") < letter.body.index("Remark 2.")
    make_comment(old_article, text="The next hour.")
    assert deliver() == []
    at(TEN.replace(hour=12, minute=0))
    (second,) = deliver()
    assert "Remark" not in second.body
    assert Notification.objects.filter(sent_at=None).count() == 0


def test_a_daily_digest_leaves_at_seven_on_the_sites_clock(site: Any, old_article: Article, at: Any) -> None:
    site.time_zone = "Europe/Madrid"
    site.save()
    follower(old_article, "daily")
    make_comment(old_article)
    assert deliver() == []
    at(datetime(2026, 11, 26, 5, 59, tzinfo=UTC))
    assert deliver() == []
    at(datetime(2026, 11, 26, 6, 0, tzinfo=UTC))
    assert len(deliver()) == 1


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),  # clocks go forward that night
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),  # and back
        (datetime(2026, 11, 25, 5, 59, tzinfo=UTC), datetime(2026, 11, 25, 6, tzinfo=UTC)),
        (datetime(2026, 11, 25, 6, 0, tzinfo=UTC), datetime(2026, 11, 26, 6, tzinfo=UTC)),
    ],
)
def test_seven_in_the_morning_is_seven_whatever_the_clocks_do(now: datetime, due: datetime) -> None:
    assert due_at("daily", now, ZoneInfo("Europe/Madrid")) == due


def test_who_wants_no_letters_gets_none_and_keeps_following(old_article: Article, at: Any) -> None:
    reader = follower(old_article, "never")
    make_comment(old_article)
    assert deliver() == []
    assert Subscription.objects.running().filter(reader=reader).exists()
    Reader.objects.update(pace="instant")
    make_comment(old_article, text="From now on.")
    (letter,) = deliver()
    assert "From now on." in letter.body


def test_more_than_five_letters_an_hour_become_one(old_article: Article, at: Any) -> None:
    follower(old_article)
    sent = []
    for n in range(9):
        make_comment(old_article, text=f"Remark {n}.")
        sent += deliver()
    assert len(sent) == 5
    at(TEN.replace(hour=11, minute=0))
    (together,) = deliver()
    assert together.subject.startswith("4 new comments")
    assert "more to tell than a few letters an hour" in together.body
    at(TEN.replace(hour=11, minute=30))
    make_comment(old_article, text="It is calm again.")
    (single,) = deliver()
    assert "It is calm again." in single.body


def test_the_flood_is_counted_by_reader_whatever_the_articles(section: Any, at: Any) -> None:
    stories = [make_article(section=section, publish_at=TEN - timedelta(days=1)) for _ in range(7)]
    reader = follower(stories[0])
    for story in stories:
        Subscription.objects.follow(reader, story, "all")
        make_comment(story)
    assert len(deliver()) == 5
    at(TEN.replace(hour=11, minute=0))
    (together,) = deliver()
    assert together.subject == "2 new comments on 2 stories"


def test_a_digest_tells_what_may_be_told_when_it_leaves(old_article: Article, at: Any) -> None:
    reader = follower(old_article, "hourly")
    gone, stays = make_comment(old_article, text="Soon removed."), make_comment(old_article, text="This one stays.")
    other = make_article(publish_at=TEN - timedelta(days=1))
    ended = Subscription.objects.follow(reader, other, "all")
    make_comment(other, text="No longer followed.")
    deliver()
    gone.remove(by=None)
    Subscription.objects.filter(pk=ended.pk).end()
    at(TEN + timedelta(hours=1))
    (letter,) = deliver()
    html = letter.alternatives[0][0]
    assert stays.text in letter.body
    assert stays.text in html
    assert "Soon removed" not in letter.body + html
    assert "No longer followed" not in letter.body + html


@pytest.mark.parametrize("why", ["removed", "ended", "suppressed", "never", "erased"])
def test_a_digest_with_nothing_left_to_tell_is_not_sent(old_article: Article, at: Any, why: str) -> None:
    reader = follower(old_article, "hourly")
    comment = make_comment(old_article)
    deliver()
    if why == "removed":
        comment.remove(by=None)
    elif why == "ended":
        Subscription.objects.all().end()
    elif why == "suppressed":
        Suppression.add(reader.email, "asked")
    elif why == "never":
        Reader.objects.filter(pk=reader.pk).update(pace="never")
    else:
        Reader.objects.filter(pk=reader.pk).update(erased_at=timezone.now())
    at(TEN + timedelta(hours=1))
    assert deliver() == []
    digest = Digest.objects.get()
    assert digest.dead_at
    assert digest.last_error
    assert Notification.objects.get().dead_at


def test_a_digest_names_fifty_comments_and_counts_the_others(old_article: Article, at: Any) -> None:
    follower(old_article, "daily")
    writer = make_reader()
    for n in range(53):
        make_comment(old_article, reader=writer, text=f"Remark number {n}!")
    deliver()
    at(TEN + timedelta(days=1))
    (letter,) = deliver()
    assert letter.subject.startswith("53 new comments")
    assert letter.body.count("Remark number") == 50
    assert "And 3 more comments." in letter.body


def test_a_digest_is_grouped_by_story_and_ended_with_one_click(client: Any, section: Any, at: Any) -> None:
    first = make_article("First story", section=section, publish_at=TEN - timedelta(days=1))
    second = make_article("Second story", section=section, publish_at=TEN - timedelta(days=1))
    reader = follower(first, "hourly")
    Subscription.objects.follow(reader, second, "all")
    for story, text in ((first, "One."), (second, "Two."), (first, "Three.")):
        make_comment(story, text=text)
    deliver()
    at(TEN + timedelta(hours=1))
    (letter,) = deliver()
    places = [letter.body.index(words) for words in ("First story", "One.", "Three.", "Second story", "Two.")]
    assert places == sorted(places)
    headers = letter.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    url = headers["List-Unsubscribe"].strip("<>").removeprefix("https://news.example")
    client.post(url, {"List-Unsubscribe": "One-Click"})
    assert not Subscription.objects.running().exists()


def test_no_link_of_a_commenter_gets_into_a_digest(old_article: Article, at: Any) -> None:
    follower(old_article, "hourly")
    make_comment(old_article, text="Buy <img src=x> at https://spam.example/x or www.spam.example")
    deliver()
    at(TEN + timedelta(hours=1))
    (letter,) = deliver()
    html = letter.alternatives[0][0]
    assert "spam.example" not in letter.body + html
    assert "<img" not in html


def test_a16_what_comes_while_a_digest_leaves_goes_into_the_next_one(old_article: Article, at: Any) -> None:
    reader = follower(old_article, "hourly")
    make_comment(old_article, text="In time.")
    Notification.objects.plan(timezone.now())
    at(TEN + timedelta(hours=1))
    (claimed,) = Digest.objects.claim(timezone.now(), worker="w", lease=timedelta(minutes=2), most=10)
    make_comment(old_article, text="Too late.")
    Notification.objects.plan(timezone.now())
    letter = claimed.compose()
    assert letter
    assert "In time." in letter.text
    assert "Too late." not in letter.text
    assert claimed.release(sent_at=timezone.now())
    assert Digest.objects.filter(reader=reader, closed_at=None).count() == 1
    at(TEN + timedelta(hours=2))
    (second,) = deliver()
    assert "Too late." in second.body
    assert "In time." not in second.body


def test_a16_a_digest_that_was_not_accepted_is_tried_again_with_the_same_words_and_id(
    old_article: Article, at: Any, settings: Any
) -> None:
    follower(old_article, "hourly")
    make_comment(old_article, text="In time.")
    deliver()
    at(TEN + timedelta(hours=1))
    settings.EMAIL_BACKEND = "tests.comments.test_pace.Refusing"
    deliver()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_comment(old_article, text="Meanwhile.")
    assert deliver() == []
    at(TEN + timedelta(hours=1, minutes=5))
    (again,) = deliver()
    assert "In time." in again.body
    assert "Meanwhile." not in again.body
    assert Digest.objects.get(sent_at__isnull=False).message_key.hex in again.message()["Message-ID"]


class Refusing:
    """A mail server that is up and takes nothing at the moment."""

    def __init__(self, **kwargs: Any) -> None:
        pass

    def open(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise ConnectionResetError("not now")


def test_looking_at_a_digest_in_the_admin_does_not_close_it(old_article: Article, at: Any) -> None:
    follower(old_article, "hourly")
    make_comment(old_article)
    deliver()
    assert Digest.objects.get().compose()
    assert Digest.objects.get().closed_at is None


def test_a16_a_worker_killed_while_planning_tells_nobody_twice(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "READERS_AT_ONCE", 2)
    readers = [follower(article, pace) for pace in ("instant", "hourly", "instant", "daily", "instant")]
    make_comment(article)
    tell, calls = announcing._tell, 0

    def dies_at_the_second(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise SystemExit
        tell(*args)

    monkeypatch.setattr(announcing, "_tell", dies_at_the_second)
    with pytest.raises(SystemExit):
        Notification.objects.plan(timezone.now())
    assert Notification.objects.count() == 2
    assert Comment.objects.filter(notified_at=None).count() == 1
    monkeypatch.setattr(announcing, "_tell", tell)
    Notification.objects.plan(timezone.now())
    assert sorted(Notification.objects.values_list("reader", flat=True)) == [reader.pk for reader in readers]
    assert Notification.objects.plan(timezone.now()) == 0


def test_a16_approving_again_and_again_tells_once_whatever_the_pace(
    old_article: Article, member: User, at: Any
) -> None:
    for pace in ("instant", "hourly", "daily"):
        follower(old_article, pace)
    Subscription.objects.follow(Reader.objects.for_user(member), old_article, "all")
    comment = make_comment(old_article, status="pending")
    letters = []
    for hour in range(3):
        comment.approve(by=None)
        letters += deliver()
        comment.hold(by=None)
        letters += deliver()
        comment.approve(by=None)
        at(TEN + timedelta(hours=hour + 1))
        letters += deliver()
        comment.hold(by=None)
    comment.approve(by=None)
    at(TEN + timedelta(days=2))
    letters += deliver()
    assert len(letters) == 4
    assert Notice.objects.count() == 1


def test_two_readers_of_one_address_are_told_once(article: Article, member: User) -> None:
    guest = make_reader(email=member.email.upper(), verified_at=timezone.now())
    Subscription.objects.follow(guest, article, "all")
    Subscription.objects.follow(Reader.objects.for_user(member), article, "all")
    make_comment(article)
    assert [letter.to for letter in deliver()] == [[member.email]]


def test_what_a_guest_followed_before_opening_an_account_is_told_to_the_member(article: Article, member: User) -> None:
    guest = make_reader(email="old@example.com", verified_at=timezone.now())
    Subscription.objects.follow(guest, article, "all")
    Reader.objects.take_over(member, "old@example.com")
    make_comment(article)
    assert [letter.to for letter in deliver()] == [[member.email]]
    assert Notice.objects.get().reader.user == member


def test_members_are_told_on_the_site_whatever_letters_they_get(article: Article, member: User) -> None:
    reader = Reader.objects.for_user(member)
    Subscription.objects.follow(reader, article, "all")
    follower(article)
    Reader.objects.filter(pk=reader.pk).update(pace="never")
    make_comment(article)
    assert len(deliver()) == 1
    assert [notice.reader_id for notice in Notice.objects.all()] == [reader.pk]
    Reader.objects.filter(pk=reader.pk).update(pace="instant", notices_on=False)
    make_comment(article)
    assert len(deliver()) == 2
    assert Notice.objects.count() == 1


def many_followers(article: Article, n: int) -> None:
    paces = ("instant", "hourly", "daily", "instant", "never")
    readers = Reader.objects.bulk_create(
        Reader(name=f"R{i}", email=f"r{i}@example.com", verified_at=timezone.now(), pace=paces[i % 5]) for i in range(n)
    )
    Subscription.objects.bulk_create(Subscription(reader=reader, article=article, kind="all") for reader in readers)
    tell_planner()


def statements_of_posting(client: Any, article: Article, name: str) -> int:
    form = {"text": f"What {name} says.", "name": name, "email": f"{name}@example.com"}
    site_settings()  # the process looks at the site's stamp five times a second; not now
    with CaptureQueriesContext(connection) as captured:
        assert client.post(f"/comments/on/{article.pk}/post/", form).status_code == 303
    return len(captured)


def test_ten_thousand_followers_cost_the_poster_not_one_statement(
    article: Article, client: Any, other_client: Any
) -> None:
    statements_of_posting(client, article, "Mira")  # the process has read the site's settings
    alone = statements_of_posting(other_client, article, "Noor")
    many_followers(article, 10_000)
    assert statements_of_posting(Browser(), article, "Oskar") == alone
    assert not Notification.objects.exists()


def test_planning_costs_a_bounded_number_of_statements_per_thousand(article: Article) -> None:
    many_followers(article, 3_000)
    make_comment(article)
    with CaptureQueriesContext(connection) as captured:
        Notification.objects.plan(timezone.now())
    assert Notification.objects.count() == 2_400
    # SQLite writes at most 999 values in one INSERT, so that a thousand rows are some dozens of statements there.
    written = sum(query["sql"].startswith("INSERT") for query in captured.captured_queries)
    assert len(captured) - written <= 10 + 8 * 3
    assert written <= (4 if connection.vendor == "postgresql" else 60) * 3
