"""An editor arranges the front page and the top of a section; readers see it at once, and nobody overwrites a colleague."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from articles.models import Arrangement, Article, Section, Slot
from articles.models.arrangement import Overtaken
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.make import make_article, make_section, make_user

Browse = Callable[[User], Any]
FRONT = "/admin/front/"


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def form(*rows: tuple[Any, ...], do: str = "save", base: int = 0) -> dict[str, Any]:
    """What the page posts; a row is (zone, story) and, if it has them, its headline, beginning and end."""
    full = [(zone, story.pk, *rest, *[""] * (3 - len(rest))) for zone, story, *rest in rows]
    names = ("zone", "article", "headline", "starts_at", "until")
    return {"do": do, "base": base} | {name: [row[n] for row in full] for n, name in enumerate(names)}


def standing(section: Section | None = None) -> list[tuple[str, str]]:
    rows = Slot.objects.filter(section=section).order_by("zone", "position")
    return [(slot.zone, slot.article.headline) for slot in rows]


def order(page: str, *stories: Article) -> list[str]:
    """The stories in the order in which a page of the paper links to them."""
    at = {story.headline: page.find(f'href="{story.get_absolute_url()}"') for story in stories}
    return sorted((name for name, place in at.items() if place >= 0), key=lambda name: at[name])


def front(browser: Any, path: str = "/") -> str:
    stamps.drop_kept()
    return str(browser.get(path).content.decode())


@pytest.fixture
def stories(section: Section) -> list[Article]:
    return [make_article(f"Story {letter}", publish_at=ago(hours=n + 1)) for n, letter in enumerate("ABCDEF")]


@pytest.fixture
def curator(front_editor: User, client_of: Browse) -> Any:
    return client_of(front_editor)


def test_what_is_saved_is_what_readers_see_at_once(curator: Any, client: Any, stories: list[Article]) -> None:
    a, b, c, *_rest = stories
    assert order(front(client), a, b, c)[0] == "Story A"
    answer = curator.post(FRONT, form(("lead", c, "Words of the front"), ("top", b)))
    assert (answer.status_code, answer.headers["Location"]) == (302, FRONT)
    page = front(client)
    assert order(page, a, b, c) == ["Story C", "Story B", "Story A"]
    assert "Words of the front" in page
    assert "Last arranged by Mira Solane" in front(curator, FRONT)


def test_the_log_says_who_arranged_what(curator: Any, front_editor: User, stories: list[Article]) -> None:
    curator.post(FRONT, form(("lead", stories[2]), ("top", stories[1])))
    line = LogEntry.objects.get()
    assert (line.user, line.object_repr) == (front_editor, "Front page")
    assert line.change_message == "Lead: Story C; Top: Story B"


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("up 2", [("lead", "A"), ("top", "C"), ("top", "B")]),
        ("down 0", [("top", "A"), ("top", "B"), ("top", "C")]),
        ("up 1", [("lead", "A"), ("lead", "B"), ("top", "C")]),
        ("down 2", [("lead", "A"), ("top", "B"), ("top", "C")]),
        ("out 1", [("lead", "A"), ("top", "C")]),
        ("lead 3", [("lead", "A"), ("lead", "D"), ("top", "B"), ("top", "C")]),
        ("top 3", [("lead", "A"), ("top", "B"), ("top", "C"), ("top", "D")]),
        ("top 1", [("lead", "A"), ("top", "B"), ("top", "C")]),
        ("section 3", [("lead", "A"), ("top", "B"), ("top", "C")]),
        ("up nonsense", [("lead", "A"), ("top", "B"), ("top", "C")]),
    ],
)
def test_buttons_move_places_without_script_and_save_nothing(
    curator: Any, stories: list[Article], button: str, expected: list[tuple[str, str]]
) -> None:
    verb, _space, n = button.partition(" ")
    do = f"{verb} {stories[int(n)].pk}" if n.isdigit() else button
    rows = [("lead", stories[0]), ("top", stories[1]), ("top", stories[2])]
    page = curator.post(FRONT, form(*rows, do=do))
    plan = page.context["plan"]
    assert [(place.zone, place.article.headline[-1]) for place in plan.places] == expected
    assert not Slot.objects.exists()


def test_the_preview_shows_the_unsaved_order_on_the_real_page_and_keeps_nothing(
    curator: Any, client: Any, stories: list[Article]
) -> None:
    a, b, c, *_rest = stories
    answer = curator.post(f"{FRONT}preview/", form(("lead", c), ("top", b), do="preview"))
    assert order(answer.content.decode(), a, b, c) == ["Story C", "Story B", "Story A"]
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert order(front(client), a, b, c)[0] == "Story A"
    assert "frame-src" in curator.get(FRONT).headers["Content-Security-Policy"]


def test_a_section_has_its_own_top(curator: Any, client: Any, section: Section, stories: list[Article]) -> None:
    a, b, c, *_rest = stories
    place = f"{FRONT}{section.pk}/"
    preview = curator.post(f"{place}preview/", form(("section", c), do="preview")).content.decode()
    assert order(preview, a, b, c)[0] == "Story C"
    curator.post(place, form(("section", b), ("section", c)))
    assert standing(section) == [("section", "Story B"), ("section", "Story C")]
    assert order(front(client, section.get_absolute_url()), a, b, c) == ["Story B", "Story C", "Story A"]
    assert order(front(client), a, b)[0] == "Story A"
    assert curator.get(f"{FRONT}9999/").status_code == 404


def test_the_second_of_two_editors_sees_what_the_first_did_and_keeps_their_own(
    curator: Any, editor: User, stories: list[Article], client_of: Browse
) -> None:
    a, b, c, *_rest = stories
    other = client_of(make_user("Front editor", name="Lars Ohm"))
    assert other.post(FRONT, form(("lead", b))).status_code == 302
    answer = curator.post(FRONT, form(("lead", c), ("top", a)))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lars Ohm has arranged this page since you opened it" in page
    assert "Story B" in page.partition("curate__theirs")[2].partition("</section>")[0]
    assert [place.article.headline for place in answer.context["plan"].places] == ["Story C", "Story A"]
    assert standing() == [("lead", "Story B")]
    curator.post(FRONT, form(("lead", c), ("top", a), base=answer.context["base"]))
    assert standing() == [("lead", "Story C"), ("top", "Story A")]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_arranges_the_page(front_editor: User, section: Section) -> None:
    stories = [make_article(f"Story {n}") for n in range(6)]
    results: list[str] = []
    ready = threading.Barrier(6)

    def arrange(story: Article) -> None:
        try:
            ready.wait()
            Arrangement.objects.of(None).rearrange([Slot(article=story, zone="lead")], base=0, by=front_editor)
            results.append("won")
        except Overtaken:
            results.append("overtaken")
        finally:
            connection.close()

    threads = [threading.Thread(target=arrange, args=[story]) for story in stories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["overtaken"] * 5 + ["won"]
    assert (Slot.objects.count(), Arrangement.objects.count()) == (1, 1)


def test_no_story_stands_twice_and_the_database_holds_it(curator: Any, stories: list[Article]) -> None:
    answer = curator.post(FRONT, form(("lead", stories[0]), ("top", stories[0])))
    assert answer.status_code == 422
    assert "This story stands on the page already." in answer.content.decode()
    Slot.objects.create(zone="lead", position=1, article=stories[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.create(zone="top", position=1, article=stories[0])


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("x" * 201,), "The headline is too long"),
        (("", "", "2020-01-01T10:00"), "The end lies in the past"),
        (("", "2099-01-02T10:00", "2099-01-01T10:00"), "The end comes before the beginning."),
        (("", "tomorrow"), "“tomorrow” is no day and time"),
        (("", "", "2099-99-99T99:99"), "is no day and time"),
    ],
)
def test_what_cannot_stand_gets_its_sentence_and_stays_in_the_form(
    curator: Any, stories: list[Article], row: tuple[str, ...], sentence: str
) -> None:
    answer = curator.post(FRONT, form(("lead", stories[0], *row)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert all(typed in page for typed in row)
    assert not Slot.objects.exists()


@pytest.mark.parametrize(
    "posted",
    [
        {"do": "save", "base": "x", "article": ["1"]},
        {"do": "save", "base": "0", "article": ["999999"], "zone": ["lead"], "headline": [""]},
        {"do": "save", "base": "99999999999999", "article": ["²", "-1", "9" * 30]},
        {"do": "save"},
    ],
)
def test_a_forged_form_arranges_nothing(curator: Any, stories: list[Article], posted: dict[str, Any]) -> None:
    assert curator.post(FRONT, posted).status_code in {302, 409}
    assert not Slot.objects.exists()


def test_a_place_waits_for_its_time_and_ends_by_itself(curator: Any, client: Any, stories: list[Article]) -> None:
    a, b, c, *_rest = stories
    now = timezone.now()
    Slot.objects.create(zone="lead", position=1, article=c, starts_at=now + timedelta(hours=1))
    Slot.objects.create(zone="lead", position=2, article=b, until=now + timedelta(hours=1))
    assert order(front(client), a, b, c)[0] == "Story B"
    Slot.objects.filter(article=c).update(starts_at=ago(minutes=1))
    assert order(front(client), a, b, c)[0] == "Story C"
    Slot.objects.filter(article=c).update(starts_at=ago(hours=2), until=ago(minutes=1))
    Slot.objects.filter(article=b).update(until=ago(minutes=1))
    assert order(front(client), a, b, c)[0] == "Story A"
    assert "Story C" not in [place.article.headline for place in curator.get(FRONT).context["plan"].places]


def test_a_withdrawn_story_leaves_its_place_and_the_page_fills_up(
    curator: Any, client: Any, editor: User, stories: list[Article]
) -> None:
    a, b, c, *_rest = stories
    curator.post(FRONT, form(("lead", c)))
    c.refresh_from_db()
    c.withdraw(by=editor, reason="It was wrong.")
    page = front(client)
    assert "Story C" not in page
    assert order(page, a, b)[0] == "Story A"
    assert "not live: another story takes its place" in front(curator, FRONT)


def test_a_scheduled_story_may_be_given_its_place_before(curator: Any, client: Any, stories: list[Article]) -> None:
    later = make_article("Tonight", publish_at=timezone.now() + timedelta(hours=1))
    page = curator.get(FRONT).content.decode()
    assert f'value="lead {later.pk}"' in page
    curator.post(FRONT, form(("lead", later)))
    assert "Tonight" not in front(client)
    assert "takes its place when it is published" in front(curator, FRONT)


def test_words_find_a_story_to_add(curator: Any, section: Section, stories: list[Article]) -> None:
    from articles import search

    old = make_article("Cormorants at the weir", publish_at=ago(days=400))
    search.index(old)
    page = curator.post(FRONT, form(do="look") | {"q": "cormorants"})
    assert [story.headline for story in page.context["offered"]] == ["Cormorants at the weir"]


def test_a_sections_page_offers_its_own_stories(curator: Any, section: Section, stories: list[Article]) -> None:
    make_article("From elsewhere", section=make_section("Science"))
    offered = curator.get(f"{FRONT}{section.pk}/").context["offered"]
    assert {story.headline for story in offered} == {story.headline for story in stories}


@pytest.mark.parametrize(
    ("role", "may"),
    [("Reporter", False), ("Editor", False), ("Front editor", True), ("Moderator", False), ("Admin", True)],
)
def test_who_may_arrange(role: str, may: bool, section: Section, article: Article, client_of: Browse) -> None:
    browser = client_of(make_user(role))
    place = f"{FRONT}{section.pk}/"
    for path in (FRONT, f"{FRONT}preview/", place, f"{place}preview/"):
        assert browser.get(path).status_code == (200 if may else 403)
    assert browser.post(FRONT, form(("lead", article))).status_code == (302 if may else 403)


def test_arranging_costs_few_queries_however_many_places(
    curator: Any, stories: list[Article], django_assert_max_num_queries: Any
) -> None:
    curator.post(FRONT, form(*(("top", story) for story in stories)))
    curator.get(FRONT)
    with django_assert_max_num_queries(9):
        curator.get(FRONT)
