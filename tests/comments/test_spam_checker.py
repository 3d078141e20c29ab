"""An outside checker that speaks Akismet's protocol: asked by the worker, trusted for a minute, never waited for."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments import spam_checker
from comments.models import Comment, CommentStats, SpamCheck
from newsroom.accounts.models import User
from newsroom.lib import stamps

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}


class Checker(ThreadingHTTPServer):
    """A tiny one: everything that says "ropes" is spam."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status, self.says, self.waits = 200, "", 0.0
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/1.1/"


class Answer(BaseHTTPRequestHandler):
    server: Checker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append(asked | {"path": self.path})
        time.sleep(self.server.waits)
        is_spam = "ropes" in asked["comment_content"]
        said = (self.server.says or ("true" if is_spam else "false")).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def checker(settings: Any) -> Iterator[Checker]:
    server = Checker()
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    settings.NEWSROOM_AKISMET_KEY, settings.NEWSROOM_AKISMET_URL = "a secret key", server.url
    yield server
    server.shutdown()
    server.server_close()


def post(client: Any, article: Article, **over: str) -> Comment:
    answer = client.post(f"/comments/on/{article.pk}/post/", NOOR | over, headers={"User-Agent": "Browser/1.0"})
    assert answer.status_code == 303
    return Comment.objects.order_by("-pk")[0]


def work() -> bool:
    return spam_checker.check_due(lambda: False)


def test_a_comment_waits_for_the_checker_and_then_appears(client: Any, article: Article, checker: Checker) -> None:
    comment = post(client, article)
    assert (comment.status, comment.reason) == ("pending", "checking")
    assert not checker.asked  # no reader waits for it
    assert work()
    comment.refresh_from_db()
    assert (comment.status, comment.reason) == ("published", "")
    assert CommentStats.objects.get(article=article).published == 1
    assert not SpamCheck.objects.exists()
    assert not work()


def test_what_it_is_told_and_what_not(client: Any, article: Article, checker: Checker) -> None:
    post(client, article)
    work()
    (asked,) = checker.asked
    assert asked["path"] == "/1.1/comment-check"
    assert (asked["api_key"], asked["user_ip"], asked["user_agent"]) == ("a secret key", "127.0.0.1", "Browser/1.0")
    assert (asked["comment_content"], asked["comment_author"]) == (NOOR["text"], NOOR["name"])
    assert asked["permalink"].endswith(article.get_absolute_url())
    assert NOOR["email"] not in str(asked)


def test_what_it_calls_spam_is_kept_as_spam(client: Any, article: Article, checker: Checker) -> None:
    comment = post(client, article, text="Buy my ropes.")
    work()
    comment.refresh_from_db()
    assert (comment.status, comment.reason) == ("spam", "checker")
    assert comment.findings[0] == {"rule": "checker", "words": [], "score": 1.0}


def test_what_a_rule_holds_waits_on_unless_it_is_spam(
    client: Any, article: Article, checker: Checker, site: SiteSettings
) -> None:
    SiteSettings.objects.update(comments_premoderated=True)
    stamps.drop_kept()
    fine, bad = post(client, article), post(client, article, text="Buy my ropes.")
    work()
    states = dict(Comment.objects.values_list("pk", "status"))
    assert (states[fine.pk], states[bad.pk]) == ("pending", "spam")
    assert Comment.objects.get(pk=fine.pk).reason == "site"


@pytest.mark.parametrize("trouble", [{"status": 500}, {"says": "invalid"}, {"says": "true story"}])
def test_without_an_answer_the_sites_own_rules_stand_after_a_minute(
    client: Any, article: Article, checker: Checker, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(checker, name, value)
    comment = post(client, article)
    assert not work()
    comment.refresh_from_db()
    assert comment.status == "pending"
    SpamCheck.objects.update(asked_at=timezone.now() - spam_checker.WAITS * 1.01, leased_until=None)
    assert work()
    comment.refresh_from_db()
    assert comment.status == "published"
    assert len(checker.asked) == 1


def test_a_slow_checker_is_not_waited_for(
    client: Any, article: Article, checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spam_checker, "PATIENCE", 0.2)
    checker.waits = 2.0
    for n in range(3):
        post(client, article, text=f"Comment number {n} of the day.")
    begun = time.monotonic()
    assert not work()
    assert time.monotonic() - begun < 1.5  # one question, not three


def test_nobody_there_at_all(client: Any, article: Article, settings: Any) -> None:
    settings.NEWSROOM_AKISMET_KEY, settings.NEWSROOM_AKISMET_URL = "key", "http://127.0.0.1:9/1.1/"
    comment = post(client, article)
    assert not work()
    SpamCheck.objects.update(asked_at=timezone.now() - spam_checker.WAITS * 2, leased_until=None)
    work()
    comment.refresh_from_db()
    assert comment.status == "published"


def test_a_moderator_who_is_faster_has_the_last_word(
    client: Any, article: Article, checker: Checker, moderator: User
) -> None:
    fine, bad = post(client, article), post(client, article, text="Buy my ropes.")
    fine.reject(by=moderator)
    bad.approve(by=moderator)
    work()
    assert Comment.objects.get(pk=fine.pk).status == "rejected"
    assert Comment.objects.get(pk=bad.pk).status == "published"
    assert not SpamCheck.objects.exists()


def test_new_words_are_asked_about_anew(client: Any, article: Article, checker: Checker) -> None:
    comment = post(client, article)
    work()
    client.post(f"/comments/{comment.pk}/edit/", {"text": "Buy my ropes.", "version": 1})
    comment.refresh_from_db()
    assert (comment.status, comment.reason) == ("pending", "checking")
    work()
    comment.refresh_from_db()
    assert (comment.status, comment.reason) == ("spam", "checker")


def test_two_workers_ask_once(client: Any, article: Article, checker: Checker) -> None:
    post(client, article)
    row = SpamCheck.objects.get()
    assert spam_checker._claim(row, timezone.now())
    assert not spam_checker._claim(row, timezone.now())
    assert not work()
    assert not checker.asked


def test_switched_off_it_holds_nothing_back(client: Any, article: Article, checker: Checker, settings: Any) -> None:
    waiting = post(client, article)
    settings.NEWSROOM_AKISMET_KEY = ""
    assert post(client, article, text="Without a checker.").status == "published"
    work()
    waiting.refresh_from_db()
    assert waiting.status == "published"
    assert not checker.asked


def test_a_double_click_is_one_question(client: Any, article: Article, checker: Checker) -> None:
    for _ in range(3):
        post(client, article)
    assert SpamCheck.objects.count() == 1


def test_staff_are_not_checked(client_of: Any, reporter: User, article: Article, checker: Checker) -> None:
    client_of(reporter).post(f"/comments/on/{article.pk}/post/", {"text": "From the newsroom."})
    assert Comment.objects.get().status == "published"
    assert not SpamCheck.objects.exists()
