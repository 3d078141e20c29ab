"""Letters to moderators about what waits: the first at once, then one in a quarter of an hour, when each wants them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, DeskLetter, DeskWishes, Flag
from comments.models.flag import HIDES_AT
from newsroom.accounts.models import Suppression, User
from newsroom.lib import stamps
from newsroom.lib.mail import deliver_due
from tests.make import make_article, make_comment, make_reader, make_user

#: Ten past ten on a Wednesday, on the site's clock (UTC unless a test says otherwise).
TEN = datetime(2026, 11, 25, 10, 10, tzinfo=UTC)
PAGE = "/admin/moderation/letters/"


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


@pytest.fixture
def story(section: Any) -> Article:
    return make_article("Ferries doubled across the Sound", section=section, publish_at=TEN - timedelta(days=30))


def deliver() -> list[Any]:
    """What the worker sends in its next round."""
    before = len(mail.outbox)
    deliver_due(timezone.now())
    return mail.outbox[before:]


def held(story: Article, text: str = "Please look at this.", **over: Any) -> Comment:
    return make_comment(story, text=text, **{"status": "pending", "reason": "suspect"} | over)


def test_the_first_letter_comes_at_once_and_shows_the_comment_in_its_context(
    at: Any, story: Article, moderator: User
) -> None:
    root = make_comment(story, text="The boat was late.", name="Noor")
    make_comment(
        story, root, "You are all idiots, see https://spam.example", status="pending", reason="suspect", name="Old"
    )
    [letter] = deliver()
    assert letter.to == ["jonah@example.com"]
    assert letter.subject == "1 comment waits: Ferries doubled across the Sound"
    html = letter.alternatives[0][0]
    for words in ("It waits for 0 minutes.", "The boat was late.", "You are all idiots", "holds suspect words"):
        assert words in letter.body
        assert words in html
    assert "spam.example" not in letter.body + html
    assert len(re.findall(r"https://news.example/comments/desk/[^/\s]+/\n", letter.body)) == 3
    assert "https://news.example/admin/moderation/letters/" in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_later_ones_come_together_after_a_quarter_of_an_hour_and_only_for_something_new(
    at: Any, story: Article, moderator: User
) -> None:
    held(story)
    assert len(deliver()) == 1
    at(TEN + timedelta(minutes=1))
    held(story, "The second one.")
    held(story, "The third one.")
    at(TEN + timedelta(minutes=14))
    assert deliver() == []
    at(TEN + timedelta(minutes=15))
    [letter] = deliver()
    assert letter.subject == "3 comments wait"
    assert "The oldest waits for 15 minutes." in letter.body
    at(TEN + timedelta(days=3))
    assert deliver() == []


def test_what_is_decided_before_the_letter_leaves_is_not_told(
    at: Any, settings: Any, story: Article, moderator: User, admin_user: User
) -> None:
    settings.EMAIL_GIVEN = False
    comment = held(story)
    deliver()
    assert DeskLetter.objects.count() == 2
    comment.approve(by=admin_user)
    settings.EMAIL_GIVEN = True
    assert deliver() == []
    assert set(DeskLetter.objects.values_list("last_error", flat=True)) == {"Everything was decided before it left."}


def test_a_comment_that_readers_hide_or_report_again_is_told(at: Any, story: Article, moderator: User) -> None:
    comment = make_comment(story, text="Was fine for some.")
    Flag.objects.raise_for(comment, make_reader(), "abusive")
    assert deliver() == []
    comment.hold(by=None, reason="flags")
    assert "was hidden after reports" in deliver()[0].body
    comment.approve(by=moderator)
    at(TEN + timedelta(minutes=20))
    Flag.objects.create(comment=comment, reader=make_reader(), reason="abusive", weight=HIDES_AT)
    Comment.objects.filter(pk=comment.pk).update(reported_at=timezone.now(), flag_weight=HIDES_AT)
    [letter] = deliver()
    assert "Reported by readers; published." in letter.body
    assert "Keep: https://news.example/comments/desk/" in letter.body


def test_what_is_being_checked_for_spam_is_no_news(at: Any, story: Article, moderator: User) -> None:
    held(story, reason="checking")
    assert deliver() == []


def test_the_newest_ten_are_shown_and_all_are_counted(at: Any, story: Article, moderator: User) -> None:
    for n in range(12):
        held(story, f"Number {n:02}.")
    [letter] = deliver()
    assert letter.subject == "12 comments wait"
    assert re.findall(r"Number (\d\d)", letter.body) == [f"{n:02}" for n in range(11, 1, -1)]
    assert "The newest 10 are here, all of them on the desk." in letter.body


def test_who_may_not_moderate_gets_no_letter(
    at: Any, story: Article, editor: User, member: User, admin_user: User
) -> None:
    for over in ({"is_active": False}, {"is_staff": False}):
        left = make_user("Moderator")
        User.objects.filter(pk=left.pk).update(**over)
    held(story)
    assert [letter.to for letter in deliver()] == [["priya@example.com"]]


def test_an_address_that_wants_or_takes_no_letters_gets_none(at: Any, story: Article, moderator: User) -> None:
    Suppression.add(moderator.email, Suppression.Reason.BOUNCE)
    held(story)
    assert deliver() == []


@pytest.mark.parametrize(
    ("wishes", "moment", "comes"),
    [
        ({"letters_on": False}, TEN, False),
        ({"from_hour": 9, "to_hour": 17}, TEN, True),
        ({"from_hour": 9, "to_hour": 17}, TEN.replace(hour=8, minute=59), False),
        ({"from_hour": 9, "to_hour": 17}, TEN.replace(hour=17, minute=0), False),
        ({"from_hour": 22, "to_hour": 6}, TEN.replace(hour=23), True),
        ({"from_hour": 22, "to_hour": 6}, TEN.replace(hour=12), False),
        ({"from_hour": 22, "to_hour": 6, "days": 0b100}, TEN.replace(day=26, hour=5), True),
        ({"from_hour": 22, "to_hour": 6, "days": 0b1000}, TEN.replace(day=26, hour=5), False),
        ({"days": 0b100}, TEN, True),
        ({"days": 0b11011}, TEN, False),
    ],
)
def test_each_moderator_chooses_hours_and_days(
    at: Any, story: Article, moderator: User, wishes: dict[str, Any], moment: datetime, comes: bool
) -> None:
    DeskWishes.objects.create(user=moderator, **wishes)
    at(moment)
    held(story)
    assert len(deliver()) == comes


def test_hours_are_those_of_the_site_and_what_came_at_night_is_told_in_the_morning(
    at: Any, site: Any, story: Article, moderator: User
) -> None:
    site.time_zone = "Asia/Tokyo"
    site.save()
    stamps.drop_kept()
    DeskWishes.objects.create(user=moderator, from_hour=9, to_hour=17)
    at(TEN.replace(hour=23, minute=30))  # half past eight in Tokyo
    held(story)
    assert deliver() == []
    at(TEN.replace(day=26, hour=0, minute=0))
    assert len(deliver()) == 1


def test_two_workers_that_see_the_same_write_one_letter(at: Any, story: Article, moderator: User) -> None:
    held(story)
    now, letters = timezone.now(), DeskLetter.objects.all()
    seen_by_one, seen_by_the_other = list(letters._untold(now, now)), list(letters._untold(now, now))
    assert [letters._tell(user, now, now) for user in (*seen_by_one, *seen_by_the_other)] == [1, 0]
    row = DeskLetter.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        DeskLetter.objects.create(moderator=moderator, quarter=row.quarter)


def test_nothing_waits_and_the_worker_asks_little(
    at: Any, story: Article, moderator: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        DeskLetter.objects.plan(timezone.now())
    held(story)
    DeskLetter.objects.plan(timezone.now())
    with django_assert_num_queries(4):
        DeskLetter.objects.plan(timezone.now())


def test_a_moderator_sets_hours_on_a_page_of_the_desk(client_of: Any, moderator: User, editor: User) -> None:
    browser = client_of(moderator)
    assert f'href="{PAGE}"' in browser.get("/admin/moderation/").content.decode()
    page = browser.get(PAGE).content.decode()
    assert page.count("checked") == 8
    answer = browser.post(PAGE, {"from_hour": "22", "to_hour": "6", "days": ["0", "6"], "letters_on": "on"})
    assert answer.status_code == 302
    row = DeskWishes.objects.get(user=moderator)
    assert (row.letters_on, row.from_hour, row.to_hour, row.days) == (True, 22, 6, 0b1000001)
    browser.post(PAGE, {"from_hour": "22", "to_hour": "6", "days": ["0"]})
    assert not DeskWishes.objects.get(user=moderator).letters_on
    assert client_of(editor).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"from_hour": "9", "to_hour": "9", "days": ["1"]}, "Both are the same hour"),
        ({"from_hour": "9", "to_hour": "17"}, "Choose a day"),
        ({"from_hour": "99", "to_hour": "17", "days": ["1"]}, "Select a valid choice"),
        ({"from_hour": "9", "to_hour": "17", "days": ["7"]}, "Select a valid choice"),
    ],
)
def test_hours_that_cannot_be_are_said_beside_the_field(
    client_of: Any, moderator: User, typed: dict[str, Any], said: str
) -> None:
    answer = client_of(moderator).post(PAGE, typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not DeskWishes.objects.exists()


def test_a_letter_is_shown_to_nobody_but_its_moderator(
    at: Any, client_of: Any, story: Article, moderator: User, admin_user: User
) -> None:
    boss = make_user("Admin", email="boss@example.com")
    held(story)
    deliver()
    mine = DeskLetter.objects.get(moderator=boss)
    other = DeskLetter.objects.get(moderator=moderator)
    browser = client_of(boss)
    assert browser.get(f"/admin/comments/deskletter/{mine.pk}/letter/").status_code == 200
    assert browser.get(f"/admin/comments/deskletter/{other.pk}/letter/").status_code == 404
    assert browser.get(f"/admin/comments/deskletter/{other.pk}/change/").status_code == 302
