"""A story breaks in one action, once, and everything about it ends by itself or by one click."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from articles.models import Alert, Article, Section, Slot, Transition
from articles.models.workflow import StepRefused
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.comments.test_concurrency import at_once
from tests.conftest import Browser
from tests.make import make_article, make_draft, make_user

pytestmark = pytest.mark.django_db


def address(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/break/"


def page(client: Client, path: str = "/") -> str:
    stamps.drop_kept()
    return client.get(path).content.decode()


def bar_of(html: str) -> str:
    found = re.search(r'<p class="alert__text">.*?</p>', html)
    return found.group() if found else ""


@pytest.fixture
def desk(client_of: Callable[[User], Browser], front_editor: User) -> Browser:
    return client_of(front_editor)


@pytest.fixture
def draft(section: Section) -> Article:
    return make_draft("Kestrel Bridge closed", section=section)


def press(desk: Browser, article: Article, **over: Any) -> Any:
    posted = {"text": "Kestrel Bridge closed both ways", "hours": "4", "letters": "on"} | over
    return desk.post(address(article), {name: value for name, value in posted.items() if value is not None})


def test_one_click_publishes_leads_the_front_page_and_puts_the_bar_above_every_other(
    desk: Browser, draft: Article, article: Article, client: Client
) -> None:
    assert press(desk, draft).status_code == 303
    draft.refresh_from_db()
    assert draft.is_live(timezone.now())
    assert draft.is_breaking
    front = page(client)
    assert 'class="splash"' in front
    assert bar_of(front) == ""
    assert "Kestrel Bridge closed both ways" in bar_of(page(client, article.get_absolute_url()))
    assert bar_of(page(client, draft.get_absolute_url())) == ""
    assert [step.action for step in Transition.objects.filter(article=draft).order_by("pk")] == ["publish", "break"]
    alert = Alert.objects.get()
    assert (alert.letters_at is not None, alert.letters_written_at) == (True, None)


def test_all_of_it_ends_by_itself_at_the_same_moment(
    desk: Browser, draft: Article, article: Article, client: Client
) -> None:
    before = Slot.objects.create(zone="lead", position=1, article=article)
    press(desk, draft, hours="1")
    draft.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert 'class="splash"' in page(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        front = page(client)
        assert 'class="splash"' not in front
        assert front.index(article.get_absolute_url()) < front.index(draft.get_absolute_url())
        assert "alert__text" not in page(client, "/latest/")
    assert Slot.objects.filter(pk=before.pk).exists()


def test_one_click_takes_it_back_and_the_story_stays(desk: Browser, draft: Article, client: Client) -> None:
    press(desk, draft)
    assert "Stop breaking" in desk.get(address(draft)).content.decode()
    assert "are gone" in desk.post(address(draft), {"stop": "1"}, follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.is_live(timezone.now())
    assert not draft.is_breaking
    assert 'class="splash"' not in page(client)
    assert "alert__text" not in page(client, "/latest/")
    alert = Alert.objects.get()
    assert alert.stopped_by == User.objects.get(email="mira@example.com")
    assert not Slot.objects.exists()
    assert Transition.objects.filter(article=draft).order_by("-pk")[0].action == "end_breaking"
    assert "not breaking any more" in desk.post(address(draft), {"stop": "1"}, follow=True).content.decode()


def test_the_desk_tells_the_time_as_readers_are_told_it(desk: Browser, draft: Article) -> None:
    press(desk, draft, hours="1")
    draft.refresh_from_db()
    until = draft.breaking_until
    assert until is not None
    words = desk.get(address(draft)).content.decode()
    assert f"Breaking until {until:%-d %B %Y, %H:%M} UTC" in words
    assert f"until {until + timedelta(hours=1):%H:%M} UTC" in words


def later(hours: float) -> str:
    return (timezone.now() + timedelta(hours=hours)).isoformat()


def test_it_is_prolonged_by_one_button_and_badge_lead_and_bar_move_together(
    desk: Browser, draft: Article, article: Article, client: Client
) -> None:
    press(desk, draft, hours="1")
    draft.refresh_from_db()
    assert f'href="{address(draft)}"' in desk.get("/admin/").content.decode()
    assert f'href="{address(draft)}"' in desk.get(f"/admin/articles/article/{draft.pk}/change/").content.decode()
    offered = re.findall(r'name="until" value="([^"]+)"', desk.get(address(draft)).content.decode())
    assert len(offered) == 3
    assert "Breaking until" in desk.post(address(draft), {"until": offered[1]}, follow=True).content.decode()
    started, end = draft.breaking_until, Alert.objects.get().ends_at
    draft.refresh_from_db()
    assert draft.breaking_until == end == Slot.objects.get().until
    assert started is not None
    assert end - started > timedelta(minutes=119)
    with time_machine.travel(started + timedelta(hours=1)):
        assert 'class="splash"' in page(client)
        assert "Kestrel Bridge" in bar_of(page(client, article.get_absolute_url()))
    with time_machine.travel(started + timedelta(hours=2, minutes=1)):
        assert 'class="splash"' not in page(client)
    step = Transition.objects.filter(article=draft).order_by("-pk")[0]
    assert (step.said, step.user) == ("breaking prolonged", User.objects.get(email="mira@example.com"))
    assert step.note.startswith("until ")
    assert Alert.objects.count() == 1  # and so one set of letters


def test_pressed_twice_it_is_prolonged_once(desk: Browser, draft: Article) -> None:
    press(desk, draft, hours="1")
    until = later(3)
    desk.post(address(draft), {"until": until})
    assert "lasts as long already" in desk.post(address(draft), {"until": until}, follow=True).content.decode()
    assert Transition.objects.filter(action="prolong").count() == 1


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("", "is required"),
        ("soon", "Choose when it ends."),
        ("9999-12-31", "too far ahead"),
        ("2020-01-01", "lasts as"),
    ],
)
def test_a_forged_moment_prolongs_nothing(desk: Browser, draft: Article, until: str, sentence: str) -> None:
    press(desk, draft)
    before = Alert.objects.get().ends_at
    assert sentence in desk.post(address(draft), {"until": until}, follow=True).content.decode()
    assert Alert.objects.get().ends_at == before


def test_what_is_over_is_not_prolonged_and_what_was_taken_away_stays_away(
    desk: Browser, draft: Article, section: Section
) -> None:
    press(desk, draft)
    newer = make_article("A flood", section=section)
    press(desk, newer)
    Alert.objects.filter(article=draft).stop(by=None)
    stopped = Alert.objects.get(article=draft).ends_at
    desk.post(address(draft), {"until": later(6)})
    assert Article.objects.get(pk=draft.pk).breaking_until != stopped
    assert Alert.objects.get(article=draft).ends_at == stopped
    assert Slot.objects.get().article == newer
    Article.objects.get(pk=draft.pk).end_breaking(by=None)
    assert "not breaking any more" in desk.post(address(draft), {"until": later(7)}, follow=True).content.decode()
    assert not Article.objects.get(pk=draft.pk).is_breaking


def test_the_button_of_the_storys_form_stops_all_of_it_too(desk: Browser, draft: Article) -> None:
    press(desk, draft)
    form = desk.get(f"/admin/articles/article/{draft.pk}/change/").content.decode()
    assert 'value="end_breaking"' in form
    draft.refresh_from_db()
    draft.end_breaking(by=None)
    form = desk.get(f"/admin/articles/article/{draft.pk}/change/").content.decode()
    assert f'href="{address(draft)}"' in form


def test_a_withdrawn_story_takes_its_alert_with_it_for_good(desk: Browser, draft: Article, client: Client) -> None:
    press(desk, draft)
    story = Article.objects.get(pk=draft.pk)
    story.withdraw(by=None, reason="Wrong")
    story.reinstate(by=None)
    assert "alert__text" not in page(client, "/latest/")
    assert not Slot.objects.exists()


def test_pressed_twice_there_is_one_alert(desk: Browser, draft: Article) -> None:
    press(desk, draft)
    answer = press(desk, draft, text="Again")
    assert answer.status_code == 422
    assert "breaking already" in answer.content.decode()
    assert Alert.objects.get().text == "Kestrel Bridge closed both ways"
    assert Slot.objects.count() == 1


def test_the_newer_of_two_stories_leads_and_both_are_breaking(desk: Browser, draft: Article, section: Section) -> None:
    other = make_article("A flood", section=section)
    press(desk, draft)
    press(desk, other, text="Water rises")
    assert Slot.objects.get().article == other
    draft.refresh_from_db()
    assert draft.is_breaking
    Article.objects.get(pk=draft.pk).end_breaking(by=None)
    assert Slot.objects.get().article == other


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"text": ""}, "Write what the bar above every page says."),
        ({"text": "x" * 500}, "at most 140 characters (it has 500)"),
        ({"hours": "9999"}, "9999 is not one of the available choices"),
        ({"hours": None}, "Choose when it ends."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_happens(
    desk: Browser, draft: Article, over: dict[str, Any], sentence: str
) -> None:
    answer = press(desk, draft, **over)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not Alert.objects.exists()


def test_a_story_under_embargo_does_not_break(desk: Browser, section: Section) -> None:
    story = make_draft(section=section, embargo_until=timezone.now() + timedelta(hours=1))
    answer = press(desk, story)
    assert answer.status_code == 422
    assert "embargo" in answer.content.decode()
    assert not Alert.objects.exists()
    assert not Slot.objects.exists()
    story.refresh_from_db()
    assert story.status == "draft"


def test_what_must_be_mended_before_readers_see_it_blocks_and_the_rest_is_named(
    desk: Browser, draft: Article, section: Section
) -> None:
    assert "Nobody stands in the byline." in desk.get(address(draft)).content.decode()
    unready = make_draft(section=section, body="<p>The mayor [TK] said so.</p>")
    answer = press(desk, unready)
    assert answer.status_code == 422
    assert "must be mended before readers see this" in answer.content.decode()
    assert not Alert.objects.exists()


def test_a_scheduled_story_breaks_now(desk: Browser, section: Section, client: Client) -> None:
    due = timezone.now() + timedelta(days=1)
    story = make_article(section=section, publish_at=due)
    assert f"Scheduled for {due:%-d %B %Y, %H:%M} UTC" in desk.get(address(story)).text
    assert press(desk, story).status_code == 303
    assert client.get(Article.objects.get(pk=story.pk).get_absolute_url()).status_code == 200


def test_the_desk_and_the_list_lead_to_the_page(desk: Browser, draft: Article, front_editor: User) -> None:
    Article.objects.filter(pk=draft.pk).update(created_by=front_editor)
    for path in ("/admin/", "/admin/articles/article/"):
        assert f'href="{address(draft)}"' in desk.get(path).content.decode()


def test_who_may_not_break_news_gets_no_page_and_no_link(
    client_of: Callable[[User], Browser], editor: User, reporter: User, moderator: User, member: User, draft: Article
) -> None:
    for user in (editor, reporter, moderator):
        assert client_of(user).get(address(draft)).status_code == 403
        assert press(client_of(user), draft).status_code == 403
        assert address(draft) not in client_of(user).get("/admin/").content.decode()
    assert client_of(member).get(address(draft)).status_code == 302
    assert (
        f'href="{address(draft)}"'
        not in client_of(editor).get(f"/admin/articles/article/{draft.pk}/change/").content.decode()
    )
    assert not Alert.objects.exists()


def test_breaking_what_is_not_out_needs_leave_to_publish(
    client_of: Callable[[User], Browser], draft: Article, article: Article
) -> None:
    from django.contrib.auth.models import Permission

    user = make_user("Reporter")
    user.user_permissions.add(*Permission.objects.filter(codename__in=["break_news", "edit_any_article"]))
    assert press(client_of(user), draft).status_code == 403
    assert press(client_of(user), article).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_of_editors_who_press_at_once_one_breaks_the_story(section: Section) -> None:
    story = make_draft(section=section)
    told: list[str] = []

    def press_too() -> None:
        mine = Article.objects.get(pk=story.pk)
        together.wait()
        try:
            mine.break_story(by=None, until=timezone.now() + timedelta(hours=1), text="News", letters=True)
        except StepRefused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    together = threading.Barrier(4)
    threads = [threading.Thread(target=press_too) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    assert all("breaking already" in each for each in told)
    assert Alert.objects.count() == Slot.objects.count() == 1
    assert list(Transition.objects.order_by("pk").values_list("action", flat=True)) == ["publish", "break"]


def agree(story: Article) -> list[str]:
    """Badge, lead and bar say the same of the story, once each; and what its history says, oldest first."""
    story.refresh_from_db()
    until = story.breaking_until if story.is_breaking else None
    assert list(Slot.objects.for_breaking().values_list("until", flat=True)) == ([until] if until else [])
    assert list(Alert.objects.on_air(timezone.now()).values_list("ends_at", flat=True)) == ([until] if until else [])
    return list(story.transitions.order_by("pk").values_list("action", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_who_prolong_at_once_write_one_line_and_one_end(client_of: Callable[[User], Browser]) -> None:
    desks = [client_of(make_user("Front editor")) for _ in range(2)]
    story = make_article()
    press(desks[0], story, hours="1", letters=None)
    for hours in (2, 3):
        until = later(hours)
        at_once([partial(desk.post, address(story), {"until": until}) for desk in desks], workers=2)
        story.refresh_from_db()
        assert story.breaking_until == parse_datetime(until)
        assert agree(story).count("prolong") == hours - 1
    sooner, last = later(4), later(5)  # two moments: the later one stands, whoever comes second
    posts = [
        partial(desk.post, address(story), {"until": until}) for desk, until in zip(desks, (last, sooner), strict=True)
    ]
    at_once(posts, workers=2)
    assert agree(story).count("prolong") in {3, 4}
    assert story.breaking_until == parse_datetime(last)


@pytest.mark.django_db(transaction=True)
def test_who_breaks_or_prolongs_while_a_colleague_stops_it_leaves_all_of_it_or_nothing(
    client_of: Callable[[User], Browser],
) -> None:
    one, other = (client_of(make_user("Front editor")) for _ in range(2))
    for again in (
        {"until": later(3)},
        {"text": "News", "hours": "2"},
        {"until": later(4)},
        {"text": "News", "hours": "8"},
    ):
        story = make_article()
        press(one, story, hours="1", letters=None)
        both = [partial(one.post, address(story), again), partial(other.post, address(story), {"stop": "1"})]
        at_once(both, workers=2)
        steps = agree(story)
        assert steps.count("end_breaking") == 1
        if story.is_breaking:  # broken anew, after the stop
            assert steps == ["break", "end_breaking", "break"]
        else:
            assert steps in (["break", "end_breaking"], ["break", "prolong", "end_breaking"])
        other.post(address(story), {"stop": "1"})
        assert not Slot.objects.exists()
        assert not Alert.objects.on_air(timezone.now()).exists()


ALERTS = "/admin/articles/alert/add/"


def alert(desk: Browser, **over: Any) -> Any:
    now = timezone.localtime()
    posted = {
        "text": "Ferries stop at six", "level": "info", "article": "", "url": "https://example.com/", "scope": "all",
        "starts_at_0": f"{now:%Y-%m-%d}", "starts_at_1": "00:00:00",
        "ends_at_0": f"{now + timedelta(days=1):%Y-%m-%d}", "ends_at_1": "12:00:00",
    }  # fmt: skip
    return desk.post(ALERTS, posted | over)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"text": "x" * 500}, "at most 140 characters (it has 500)"),
        ({"url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"url": "ftp://example.com/"}, "Enter a valid URL."),
        ({"ends_at_0": "2020-01-01"}, "The alert must end after it starts."),
        ({"scope": "section"}, "Choose a story: the alert is shown in its section."),
        ({"article": "draft"}, "Readers cannot open that story"),
        ({"article": "article"}, "Choose the story or another address, not both."),
    ],
)
def test_a_wrong_alert_is_refused_with_a_sentence_and_keeps_what_was_typed(
    desk: Browser, draft: Article, article: Article, over: dict[str, Any], sentence: str
) -> None:
    if named := {"draft": draft, "article": article}.get(over.get("article", "")):
        over = over | {"article": named.pk} | ({"url": ""} if named == draft else {})
    answer = alert(desk, **over)
    assert answer.status_code in {200, 422}
    assert answer.content.decode().count(sentence) == 1
    assert str(over.get("text", "Ferries stop at six")) in answer.content.decode()
    assert not Alert.objects.exists()


def test_an_alert_without_a_story_is_put_on_air_and_stopped_from_the_list(
    desk: Browser, article: Article, client: Client
) -> None:
    assert alert(desk).status_code == 302
    assert "Ferries stop at six" in page(client, "/latest/")
    row = Alert.objects.get()
    form = desk.get(ALERTS).content.decode()
    assert all(f'aria-label="{name}"' in form for name in ("From: date", "From: time", "Until: date", "Until: time"))
    desk.post("/admin/articles/alert/", {"action": "stop", "_selected_action": [row.pk]})
    assert "Ferries stop at six" not in page(client, "/latest/")
