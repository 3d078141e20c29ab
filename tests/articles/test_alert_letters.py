"""Breaking news by mail: nobody gets it who has not agreed, everybody who has gets it once, and one click ends it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from articles.models import Alert, AlertLetter, AlertSubscription, Article, Section, own_data
from articles.models.alert_letter import AT_ONCE
from newsroom import privacy
from newsroom.accounts.guests import device_cookie
from newsroom.accounts.models import Letter, Reader, Suppression, User
from newsroom.lib.mail import deliver_due
from newsroom.lib.signing import sign
from tests.conftest import Browser
from tests.make import make_article, make_reader, make_section

pytestmark = pytest.mark.django_db
SIGN_UP = "/alerts/"


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = "https://news.example"


def deliver() -> list[Any]:
    mail.outbox.clear()
    deliver_due(timezone.now() + timedelta(seconds=1))
    return list(mail.outbox)


def subscribe(email: str, *sections: Section, **over: Any) -> AlertSubscription:
    reader = make_reader(email=email, verified_at=timezone.now(), **over)
    return AlertSubscription.objects.start(reader, [section.pk for section in sections])


def news(article: Article, text: str = "Bridge closed") -> Alert:
    until = timezone.now() + timedelta(hours=4)
    return Article.objects.get(pk=article.pk).break_story(by=None, until=until, text=text, letters=True)


def path_in(letter: Any, part: str) -> str:
    found = re.search(rf"https://news\.example(/alerts/{part}/\S+)", letter.body)
    assert found
    return found.group(1)


# Signing up


def test_a_stranger_is_asked_by_mail_and_agrees_with_a_button(client: Browser, section: Section) -> None:
    science = make_section("Science")
    answer = client.post(SIGN_UP, {"email": "Noor@Example.org", "sections": [science.pk]})
    assert "Look into your mail" in answer.content.decode()
    assert not AlertSubscription.objects.exists()
    (letter,) = deliver()
    assert (letter.to, letter.subject) == (["Noor@Example.org"], "Confirm: breaking news by mail")
    link = path_in(letter, "confirm")
    asked = client.get(link)
    assert "Only news of: Science." in asked.content.decode()
    assert asked["Cache-Control"] == "private, no-store"
    assert asked["Referrer-Policy"] == "no-referrer"
    assert not AlertSubscription.objects.exists()
    assert "From now on" in client.post(link).content.decode()
    one = AlertSubscription.objects.get()
    assert (one.everything, list(one.sections.all()), one.reader.verified_at is not None) == (False, [science], True)
    assert device_cookie() not in client.cookies


def test_a14_a_scanner_that_follows_every_link_changes_nothing(client: Browser, section: Section) -> None:
    client.post(SIGN_UP, {"email": "noor@example.org"})
    client.get(path_in(deliver()[0], "confirm"))
    one = subscribe("other@example.org")
    client.get(f"/alerts/stop/{sign('alerts.stop', one.pk)}/")
    assert AlertSubscription.objects.running().get() == one


def test_who_opens_the_link_again_reads_that_the_letters_have_ended(client: Browser) -> None:
    link = f"/alerts/stop/{sign('alerts.stop', subscribe('noor@example.org').pk)}/"
    ended = "We do not send you breaking news any more."
    assert ended not in client.get(link).content.decode()
    assert ended in client.post(link).content.decode()
    assert ended in client.get(link).content.decode()


def test_a_confirmed_link_does_not_start_again_what_was_ended(client: Browser, section: Section) -> None:
    client.post(SIGN_UP, {"email": "noor@example.org"})
    link = path_in(deliver()[0], "confirm")
    client.post(link)
    AlertSubscription.objects.all().end()
    client.post(link)
    assert not AlertSubscription.objects.running().exists()


def test_the_page_says_the_same_whoever_is_typed_and_asks_nobody_twice(
    client: Browser, section: Section, member: User, settings: Any
) -> None:
    settings.NEWSROOM_LIMITS = True
    subscribe("agreed@example.org")
    Suppression.add("never@example.org", "asked")
    said = set()
    for address in ("agreed@example.org", "never@example.org", "noor@example.com", "new@example.org"):
        answer = client.post(SIGN_UP, {"email": address})
        assert answer.status_code == 200
        said.add(answer.content.decode().replace(address, "…"))
    assert len(said) == 1
    assert sorted(Letter.objects.values_list("to", flat=True)) == ["new@example.org", "noor@example.com"]


def test_an_unknown_address_is_asked_once_an_hour(client: Browser, section: Section, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    with time_machine.travel("2026-11-23T12:10:00Z", tick=False):
        for address in ("new@example.org", "NEW@example.org", "n.ew+1@example.org"):
            client.post(SIGN_UP, {"email": address})
    assert Letter.objects.count() == 1
    with time_machine.travel("2026-11-23T13:10:00Z", tick=False):
        client.post(SIGN_UP, {"email": "new@example.org"})
    assert Letter.objects.count() == 2


def test_a_network_cannot_have_any_number_of_addresses_asked(client: Browser, section: Section, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    with time_machine.travel("2026-11-23T12:10:00Z", tick=False):
        for n in range(25):
            client.post(SIGN_UP, {"email": f"victim{n}@example.org"})
    assert Letter.objects.count() == 20


def test_what_fills_every_field_is_thanked_and_nobody_is_asked(client: Browser, section: Section) -> None:
    bait = {"email": "new@example.org", "homepage": "https://spam.example/"}
    assert "Look into your mail" in client.post(SIGN_UP, bait).content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": ""}, "Write the address that breaking news is to go to."),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"email": "a@example.org", "sections": ["999999"]}, "999999 is not one of the available choices"),
        ({"email": "a@example.org", "sections": ["x"]}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: Browser, section: Section, typed: dict[str, Any], sentence: str
) -> None:
    answer = client.post(SIGN_UP, typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'value="{typed["email"]}"' in answer.content.decode() or not typed["email"]
    assert not Letter.objects.exists()


def test_another_sites_form_signs_nobody_up(client: Browser, section: Section) -> None:
    answer = client.post(SIGN_UP, {"email": "a@example.org"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not Letter.objects.exists()


def test_a_member_signs_up_from_the_account_without_being_asked_again_and_stops_there(
    client_of: Callable[[User], Browser], member: User, section: Section
) -> None:
    browser = client_of(member)
    assert 'action="/alerts/"' in browser.get("/account/").content.decode()
    assert "goes to noor@example.com" in browser.post(SIGN_UP).content.decode()
    assert AlertSubscription.objects.running().get().everything
    assert not Letter.objects.exists()
    browser.post(SIGN_UP, {"sections": [section.pk]})
    assert f'value="{section.pk}" id="alerts-sections_0" checked' in browser.get(SIGN_UP).content.decode()
    assert "any more" in browser.post(SIGN_UP, {"end": "1"}).content.decode()
    assert not AlertSubscription.objects.running().exists()


def test_a_guest_whose_address_was_confirmed_here_is_not_asked_again(client: Browser, section: Section) -> None:
    guest = make_reader(email="guest@example.org", verified_at=timezone.now())
    client.cookies[device_cookie()] = sign("device", guest.pk)
    assert "From now on" in client.post(SIGN_UP, {"email": "guest@example.org"}).content.decode()
    assert AlertSubscription.objects.get().reader == guest
    assert not Letter.objects.exists()


def test_typing_somebody_elses_confirmed_address_signs_nobody_up(client: Browser, section: Section) -> None:
    make_reader(email="guest@example.org", verified_at=timezone.now())
    client.post(SIGN_UP, {"email": "guest@example.org"})
    assert not AlertSubscription.objects.exists()
    assert deliver()[0].to == ["guest@example.org"]


def test_every_page_has_the_form_and_a_story_has_it_at_its_end(client: Browser, article: Article) -> None:
    assert client.get("/latest/").content.decode().count('action="/alerts/"') == 1
    assert client.get(article.get_absolute_url()).content.decode().count('action="/alerts/"') == 2
    assert client.get(SIGN_UP)["Cache-Control"].startswith("public")


# The letters


def test_the_letter_says_what_happened_and_one_click_ends_it(client: Browser, article: Article) -> None:
    subscribe("noor@example.org")
    news(article, "BREAKING: Bridge closed")
    (letter,) = deliver()
    assert letter.subject == "Breaking: Bridge closed"
    assert article.get_absolute_url() in letter.body
    assert article.standfirst in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = path_in(letter, "stop")
    assert letter.extra_headers["List-Unsubscribe"] == f"<https://news.example{stop}>"
    html = letter.alternatives[0][0]
    assert f"https://news.example{stop}" in html
    assert "Bridge closed" in html
    assert "Stop" in client.get(stop).content.decode()
    assert AlertSubscription.objects.running().exists()
    one_click = client.post(stop, {"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert one_click.status_code == 200
    assert not AlertSubscription.objects.running().exists()
    assert client.post(stop[:-3] + "/").status_code == 404


def test_the_click_writes_one_row_and_the_worker_the_letters_in_batches(
    article: Article, django_assert_max_num_queries: Any
) -> None:
    rows = [Reader(email=f"r{n}@example.org", verified_at=timezone.now()) for n in range(AT_ONCE + 50)]
    readers = Reader.objects.bulk_create(rows)
    AlertSubscription.objects.bulk_create(AlertSubscription(reader=reader) for reader in readers)
    with django_assert_max_num_queries(18):
        alert = news(article)
    assert not AlertLetter.objects.exists()
    with django_assert_max_num_queries(40):
        AlertLetter.objects.plan(timezone.now())
    assert AlertLetter.objects.count() == AT_ONCE + 50
    alert.refresh_from_db()
    assert alert.letters_written_at is not None
    with django_assert_max_num_queries(1):
        assert AlertLetter.objects.plan(timezone.now()) == 0


def test_a_worker_that_died_between_two_batches_is_followed_by_one_that_goes_on(article: Article) -> None:
    first, second = subscribe("one@example.org"), subscribe("two@example.org")
    alert = news(article)
    AlertLetter.objects.create(alert=alert, subscription=first, to="one@example.org")
    Alert.objects.update(letters_reached=first.pk)
    AlertLetter.objects.plan(timezone.now())
    assert sorted(AlertLetter.objects.values_list("subscription", flat=True)) == [first.pk, second.pk]
    Alert.objects.update(letters_reached=0, letters_written_at=None)
    AlertLetter.objects.plan(timezone.now())
    assert AlertLetter.objects.count() == 2


def test_one_address_gets_one_letter_however_many_readers_it_is(article: Article, member: User) -> None:
    AlertSubscription.objects.start(Reader.objects.for_user(member), [])
    subscribe("noor@example.com")
    news(article)
    assert [letter.to for letter in deliver()] == [["noor@example.com"]]
    assert deliver() == []


def test_news_of_a_section_goes_to_those_who_chose_it_or_everything(section: Section) -> None:
    trams, science = make_section("Trams", parent=section), make_section("Science")
    subscribe("all@example.org")
    subscribe("transport@example.org", section)
    subscribe("trams@example.org", trams)
    subscribe("science@example.org", science)
    story = make_article(section=trams)
    wanting = AlertSubscription.objects.wanting(story)
    assert {one.reader.email.partition("@")[0] for one in wanting} == {"all", "transport", "trams"}
    story.also_in.add(science)
    assert AlertSubscription.objects.wanting(story).count() == 4


def test_a_chosen_section_that_is_deleted_does_not_become_every_section(article: Article) -> None:
    gone = make_section("Science")
    subscribe("science@example.org", gone)
    gone.delete()
    assert not AlertSubscription.objects.wanting(article).exists()


@pytest.mark.parametrize("moment", ["before they are written", "before they leave"])
@pytest.mark.parametrize("what", ["stopped", "over", "withdrawn", "ended", "suppressed"])
def test_no_letter_leaves_whose_reason_is_gone(article: Article, moment: str, what: str) -> None:
    one = subscribe("noor@example.org")
    alert = news(article)
    if moment == "before they leave":
        AlertLetter.objects.plan(timezone.now())
        assert AlertLetter.objects.count() == 1
    story = Article.objects.get(pk=article.pk)
    if what == "stopped":
        story.end_breaking(by=None)
    elif what == "over":
        Alert.objects.filter(pk=alert.pk).update(
            starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
        )
    elif what == "withdrawn":
        story.withdraw(by=None, reason="Wrong")
    elif what == "ended":
        AlertSubscription.objects.filter(pk=one.pk).end()
    else:
        Suppression.add("noor@example.org", "asked")
    assert deliver() == []
    if moment == "before they leave":
        row = AlertLetter.objects.get()
        assert row.dead_at is not None
        assert row.last_error in {"The alert is over.", "The address wants no letters."}


def test_no_letter_where_the_editor_did_not_ask_for_any(client_of: Any, front_editor: User, article: Article) -> None:
    subscribe("noor@example.org")
    path = f"/admin/articles/article/{article.pk}/break/"
    assert "the 1 reader who asked" in client_of(front_editor).get(path).content.decode()
    client_of(front_editor).post(path, {"text": "News", "hours": "1"})
    assert deliver() == []


def test_what_is_kept_of_alerts_is_told_and_erased(article: Article, member: User) -> None:
    reader = Reader.objects.for_user(member)
    AlertSubscription.objects.start(reader, [article.section_id])
    news(article)
    deliver()
    told = privacy.export(reader)
    assert told["alerts"][0]["sections"] == ["Transport"]
    assert told["alert_letters"][0]["to"] == "noor@example.com"
    own_data.forget({reader.pk})
    assert not AlertLetter.objects.exists()
    assert not AlertSubscription.objects.exists()
