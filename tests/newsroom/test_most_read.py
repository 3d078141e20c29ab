"""What readers open: counted without cookies and without a write per page, shown to readers as a list and to editors as figures."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from articles.models import Article, MostRead, Reading, Referral
from articles.models.reading import HOSTS, day_of, hour_of
from newsroom.accounts.models import User
from newsroom.lib import reads
from newsroom.lib.pagecache import PageCache
from newsroom.lib.reads import Batch, Tally, Writer
from newsroom.management.commands.worker import most_read, old_readings
from tests.make import make_article, make_section

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., int]:
    """Asks for an address through the page cache, as a browser does; then how often the day's stories were opened."""
    tally = Tally()
    monkeypatch.setattr(reads, "tally", tally)
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    cache = PageCache(get_wsgi_application(), opened=lambda story, environ: tally.count(story, environ))

    def ask(path: str, method: str = "GET", **headers: str) -> int:
        path, _, query = path.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1"}
        environ |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO()}
        environ |= {f"HTTP_{name.upper()}": value for name, value in ({"user_agent": FIREFOX} | headers).items()}
        sent: list[Any] = []
        chunks = cache(environ, lambda status, answered, exc_info=None: sent.extend(answered))
        b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        assert not [name for name, _value in sent if name.startswith("X-Newsroom")]
        tally.write(Reading.objects.add)
        return sum(Reading.objects.values_list("n", flat=True))

    return ask


@pytest.mark.django_db(transaction=True)
def test_each_opening_counts_whether_the_page_was_ready_or_not(article: Article, counting: Callable[..., int]) -> None:
    path = article.get_absolute_url()
    assert [counting(path), counting(path), counting(path, if_none_match="*")] == [1, 2, 3]
    assert Reading.objects.get().article == article


@pytest.mark.django_db(transaction=True)
def test_robots_prefetching_scripts_heads_and_further_pages_do_not_count(
    article: Article, counting: Callable[..., int]
) -> None:
    path = article.get_absolute_url()
    for headers in (
        {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user_agent": "curl/8.5"}, {"user_agent": ""},
        {"sec_purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"x_moz": "prefetch"},
        {"sec_fetch_dest": "empty"}, {"sec_fetch_dest": "iframe"},
    ):  # fmt: skip
        assert counting(path, **headers) == 0, headers
    assert counting(path, "HEAD") == 0
    assert counting(f"{path}?sort=newest") == 0
    assert counting("/") == 0
    assert counting(f"{path}?utm_source=letter", sec_fetch_dest="document") == 1
    assert counting(path, user_agent="Mozilla/5.0 (Linux; Android 12; CUBOT P60) Chrome/130.0 Mobile") == 2


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_is_logged_in_counts_and_who_works_here_does_not(
    article: Article, counting: Callable[..., int], client_of: Any, member: User, editor: User
) -> None:
    for user, expected in ((editor, 0), (member, 1)):
        cookie = f"sessionid={client_of(user).cookies['sessionid'].value}"
        assert counting(article.get_absolute_url(), cookie=cookie) == expected


@pytest.mark.django_db(transaction=True)
def test_referring_hosts_are_totals_and_what_is_no_host_is_not_kept(
    article: Article, counting: Callable[..., int]
) -> None:
    path = article.get_absolute_url()
    for address in (
        "https://www.google.com/search?q=secret+words", "https://google.com/", "http://127.0.0.1:8000/", "nonsense",
        "https://<script>/", "https://[bad", "https://xn--bcher-kva.example/x",
    ):  # fmt: skip
        counting(path, referer=address)
    found = Referral.objects.hosts_of([article.pk], timezone.now())
    assert found == [("google.com", 2), ("xn--bcher-kva.example", 1)]


@pytest.mark.django_db
def test_a_flood_of_made_up_hosts_fills_no_table(article: Article) -> None:
    now = timezone.now()
    for wave in range(3):
        batch = Batch(Counter({(article.pk, hour_of(now)): 200}), Counter())
        batch.referred.update({(article.pk, day_of(now), f"host-{wave}-{n}.example"): 1 for n in range(200)})
        Reading.objects.add(batch)
    assert Referral.objects.count() == HOSTS + 1
    assert Referral.objects.get(host="").n == 600 - HOSTS


@pytest.mark.django_db(transaction=True)
def test_counts_of_several_processes_add_up_exactly(section: Any) -> None:
    stories = [make_article(section=section).pk for _ in range(5)]
    hour = hour_of(timezone.now())

    def process() -> None:
        tally = Tally()
        try:
            for _ in range(10):
                for story in stories:
                    tally.count(story, {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX})
                tally.write(Reading.objects.add)
        finally:
            connection.close()

    processes = [threading.Thread(target=process) for _ in range(4)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    assert sorted(Reading.objects.filter(hour__gte=hour).values_list("article").annotate(Sum("n"))) == [
        (story, 40) for story in stories
    ]


def test_what_threads_count_while_it_is_written_is_written_exactly_once() -> None:
    tally, written = Tally(), Counter[int]()
    environ = {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX, "HTTP_REFERER": "https://news.example/"}

    def into(batch: Batch) -> None:
        for (story, _hour), n in batch.opened.items():
            written[story] += n
        written[0] += batch.referred.total()

    threads = [threading.Thread(target=lambda: [tally.count(7, environ) for _ in range(500)]) for _ in range(4)]
    for one in threads:
        one.start()
    while any(one.is_alive() for one in threads):
        tally.write(into)
    tally.count(8, environ)
    tally.write(into)
    assert written == {7: 2000, 8: 1, 0: 2001}


def test_the_end_of_a_process_waits_for_what_is_being_written() -> None:
    tally, written = Tally(), []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(batch: Batch) -> None:
        begun.set()
        go_on.wait(10)
        written.append(batch.opened.total())

    writer = Writer(tally, slowly)
    tally.count(1, {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX})
    thread = threading.Thread(target=writer.write)
    thread.start()
    begun.wait(10)
    threading.Timer(0.05, go_on.set).start()
    writer.write()  # as the last thing of the process
    assert written == [1]
    thread.join()


@pytest.mark.django_db
def test_what_could_not_be_written_is_written_later_and_a_deleted_story_stops_nothing(article: Article) -> None:
    tally = Tally()
    environ = {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX}
    for story in (article.pk, article.pk, article.pk + 999):
        tally.count(story, environ)

    def away(batch: Batch) -> None:
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        tally.write(away)
    tally.count(article.pk, environ)
    tally.write(Reading.objects.add)
    tally.write(Reading.objects.add)
    assert list(Reading.objects.values_list("article", "n")) == [(article.pk, 3)]


def test_memory_is_bounded_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "MOST_WAITING", 3)
    monkeypatch.setattr(reads, "MOST_HOSTS", 2)
    tally = Tally()
    for story in range(1, 10):
        headers = {"HTTP_USER_AGENT": FIREFOX, "HTTP_REFERER": f"https://host{story}.example/"}
        tally.count(story, {"REQUEST_METHOD": "GET", **headers})
    held: list[Batch] = []
    tally.write(held.append)
    assert (len(held[0].opened), len(held[0].referred)) == (3, 2)


def read(article: Article, n: int, *, hours_ago: int = 0) -> None:
    Reading.objects.create(article=article, hour=hour_of(timezone.now()) - hours_ago, n=n)


def ranked(window: MostRead.Window) -> list[str]:
    most_read(lambda: False, window=window)
    return list(MostRead.objects.filter(window=window).order_by("-score").values_list("article__headline", flat=True))


@pytest.mark.django_db
def test_fresh_reading_weighs_more_and_old_reading_is_forgotten(section: Any) -> None:
    fresh, older, past = (make_article(name, section=section) for name in ("Fresh", "Older", "Past"))
    read(fresh, 60)
    read(older, 100, hours_ago=6)
    read(older, 5, hours_ago=30)
    read(past, 1000, hours_ago=167)
    assert ranked(MostRead.Window.DAY) == ["Fresh", "Older"]
    assert ranked(MostRead.Window.WEEK) == ["Past", "Older", "Fresh"]
    Reading.objects.filter(article=older).delete()
    assert ranked(MostRead.Window.DAY) == ["Fresh"]
    read(older, 7, hours_ago=24 * 9)
    old_readings(lambda: False)
    assert not Reading.objects.filter(article=older).exists()


@pytest.mark.django_db
def test_where_few_were_read_today_readers_get_the_list_of_the_week_each_story_once(section: Any, client: Any) -> None:
    today, *others = (make_article(f"Widely read {n}", section=section) for n in range(4))
    read(today, 5)
    for n, story in enumerate(others, 2):
        read(story, n * 100, hours_ago=100)
    for window in MostRead.Window:
        ranked(window)
    page = client.get("/").content.decode().partition('id="read"')[2].partition("</section>")[0]
    assert re.findall(r"Widely read \d", page) == [f"Widely read {n}" for n in (3, 2, 1, 0)]


@pytest.mark.django_db
def test_readers_find_the_list_on_front_section_and_story_and_never_a_hidden_story(
    section: Any, article: Article, editor: User, client: Any, django_assert_max_num_queries: Any
) -> None:
    stories = [make_article(f"Widely read {n}", section=section) for n in range(3)]
    elsewhere = make_article("Read in sport", section=make_section())
    gone = make_article("Taken back", section=section)
    for n, story in enumerate([*stories, elsewhere, gone], 1):
        read(story, n * 10)
    ranked(MostRead.Window.DAY)
    gone.withdraw(by=editor, reason="Wrong")

    def listed(path: str) -> str:
        return str(client.get(path).content.decode().partition('id="read"')[2].partition("</section>")[0])

    for path in ("/", article.get_absolute_url()):
        page = listed(path)
        assert page.index("Read in sport") < page.index("Widely read 2") < page.index("Widely read 0"), path
        assert "Taken back" not in page
    assert "Widely read 2" in listed(section.get_absolute_url())
    assert "Read in sport" not in listed(section.get_absolute_url())
    assert "Widely read 2" not in listed(stories[2].get_absolute_url())
    with django_assert_max_num_queries(10):
        client.get(article.get_absolute_url())


@pytest.mark.django_db
def test_a_list_is_kept_for_half_a_minute_and_a_story_that_ends_leaves_it_at_once(
    section: Any, article: Article, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, begun = timezone.now(), time.monotonic()
    lasting, ending = make_article("It lasts", section=section), make_article("It ends", section=section)
    Article.objects.filter(pk=ending.pk).update(expire_at=now + timedelta(seconds=10))
    others = [make_article(f"Read besides {n}", section=section) for n in range(6)]
    for n, story in enumerate([*others, lasting, ending], 1):
        read(story, n)
    ranked(MostRead.Window.DAY)

    def listed(seconds: int) -> list[str]:
        monkeypatch.setattr(time, "monotonic", lambda: begun + seconds)
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            page = client.get(article.get_absolute_url()).content.decode().partition('id="read"')[2]
        return re.findall(r"It lasts|It ends|Read besides \d", page.partition("</section>")[0])

    assert listed(1) == ["It ends", "It lasts", "Read besides 5", "Read besides 4", "Read besides 3", "Read besides 2"]
    read(others[0], 100, hours_ago=1)
    ranked(MostRead.Window.DAY)
    assert listed(11) == ["It lasts", *(f"Read besides {n}" for n in (5, 4, 3, 2, 1))]
    assert listed(32) == ["Read besides 0", "It lasts", *(f"Read besides {n}" for n in (5, 4, 3, 2))]


@pytest.mark.django_db
def test_editors_find_readers_of_a_story_in_the_list_on_its_form_and_at_the_desk(
    article: Article, editor: User, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    read(article, 7)
    read(article, 11, hours_ago=40)
    read(article, 500, hours_ago=24 * 7)
    now = timezone.now()
    Reading.objects.add(
        Batch(Counter({(article.pk, hour_of(now)): 1}), Counter({(article.pk, day_of(now), "news.example"): 3}))
    )
    ranked(MostRead.Window.DAY)
    browser = client_of(editor)
    for path in ("/admin/", f"/admin/articles/article/{article.pk}/change/"):
        page = browser.get(path).content.decode()
        assert "news.example" in page, path
        assert "in 7 days" in page, path
        assert "the busiest hour: 11" in page, path
        assert "<polyline points=" in page, path
    assert "8 today" in browser.get("/admin/").content.decode()
    listed = browser.get("/admin/articles/article/").content.decode()
    assert ">8 today, 19 in 7 days</td>" in listed
    for n in range(5):
        make_article(f"More {n}")
    with django_assert_max_num_queries(16):
        browser.get("/admin/articles/article/")


@pytest.mark.django_db
def test_the_line_of_hours_stands_on_its_ground_and_reaches_its_top(article: Article) -> None:
    read(article, 4)
    read(article, 2, hours_ago=167)
    points = Reading.objects.figures([article.pk], timezone.now())[article.pk].line.split()
    assert (len(points), points[0], points[1], points[-1]) == (168, "0,20", "1,39", "167,1")
