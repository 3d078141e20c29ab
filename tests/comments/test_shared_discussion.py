"""What the page cache keeps of discussions: the same for everybody, fresh at once, and nobody's own."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from articles.models import Article
from articles.search import index
from comments.models import Comment, Notification, Subscription
from newsroom.accounts.models import User
from newsroom.lib.pagecache import PageCache
from tests.make import make_article, make_comment, make_reader, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Get = Callable[..., dict[str, Any]]
SECRET = "Words that nobody has approved"


@pytest.fixture
def get(settings: Any) -> Get:
    """Asks the site as a server would, through the page cache."""
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    cache = PageCache(get_wsgi_application())

    def ask(path: str, **headers: str) -> dict[str, Any]:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(), **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }  # fmt: skip
        answer: dict[str, Any] = {}

        def start(status: str, sent: list[tuple[str, str]], exc_info: Any = None) -> None:
            answer.update(status=int(status[:3]), headers=dict(sent))

        chunks = cache(environ, start)
        answer["text"] = b"".join(chunks).decode()
        if hasattr(chunks, "close"):
            chunks.close()
        return answer

    return ask


@pytest.fixture
def moderator(db: None) -> User:
    return make_user(is_staff=True)


def shared_pages(article: Article) -> list[str]:
    comments = f"/comments/on/{article.pk}/"
    orders = [f"{comments}?sort={order}" for order in ("newest", "oldest", "best")]
    filters = [f"{comments}?filter={name}" for name in ("picks", "latest")]
    return [article.get_absolute_url(), *orders, *filters, f"{comments}new.json", f"{comments}rss.xml"]


@pytest.mark.parametrize("status", ["pending", "spam", "rejected", "removed"])
def test_a4_what_is_not_published_is_in_nothing_that_anybody_can_ask_for(
    get: Get, site: Any, article: Article, status: str
) -> None:
    index(article)
    root = make_comment(article, text="What everybody may read")
    secret = make_comment(article, root, text=SECRET, reader=make_reader("Hidden Writer", email="hidden@example.org"))
    Comment.objects.filter(pk=secret.pk).update(featured_at=timezone.now(), pinned_at=timezone.now())
    secret = Comment.objects.get(pk=secret.pk)
    {"pending": secret.hold, "spam": secret.mark_spam, "rejected": secret.reject, "removed": secret.remove}[status](
        by=None
    )
    forged = "guest=Hidden%20Writer; email=hidden@example.org; comment_author_email=hidden@example.org"
    pages = [
        *shared_pages(article),
        "/comments/rss.xml",
        f"/comments/{root.pk}/",
        "/",
        "/latest/",
        "/search/?q=approved",
    ]
    for url in pages:
        for cookie in ("", forged, f"{forged}; mine=1"):
            answer = get(url, cookie=cookie)
            assert answer["status"] == 200, url
            for told in (SECRET, "Hidden Writer", "hidden@example.org", f"c{secret.pk}", f"[{secret.pk},"):
                assert told not in answer["text"], (url, told)
    for path in (
        f"/comments/{secret.pk}/",
        f"/comments/{secret.pk}/?reply={secret.pk}",
        f"/comments/{secret.pk}/history/",
    ):
        assert get(path)["status"] == 404
        assert get(path, cookie=forged)["status"] == 404
    said = get(f"/comments/on/{article.pk}/new.json")["text"]
    assert '"count": 1,' in said
    follower = make_reader(email="follower@example.org", verified_at=timezone.now())
    Subscription.objects.follow(follower, article, "all")
    Notification.objects.plan(timezone.now() + timedelta(minutes=1))
    assert not Notification.objects.filter(comment=secret).exists()


def test_a4_what_is_held_again_leaves_every_shared_page_at_once(get: Get, article: Article, moderator: User) -> None:
    comment = make_comment(article, text=SECRET)
    comment.feature(by=moderator)
    pages = [*shared_pages(article), "/comments/rss.xml"]
    for url in pages:
        get(url)
        if not url.endswith("json"):
            assert SECRET in get(url)["text"], url
        assert get(url)["headers"]["X-Cache"] == "hit", url
        assert get(url)["headers"]["Cache-Control"].startswith("public"), url
    comment.hold(by=moderator)
    for url in pages:
        assert SECRET not in get(url)["text"], url
    assert '"count": 0,' in get(f"/comments/on/{article.pk}/new.json")["text"]


def test_a28_what_is_shared_holds_nobodys_data_whoever_asked_first(get: Get, client: Any, article: Article) -> None:
    make_comment(article, text="What everybody may read")
    form = {"text": SECRET, "name": "Own Name", "email": "own@example.org", "notify": "replies"}
    client.post(f"/comments/on/{article.pk}/post/", form)
    Comment.objects.filter(text=SECRET).first().hold(by=None)
    device = client.cookies["device"].value
    first = f"device={device}; guest=Own%20Name; csrftoken=a"
    for url in [*shared_pages(article), "/comments/rss.xml"]:
        for cookie in (first, ""):
            answer = get(url, cookie=cookie)
            assert "Set-Cookie" not in answer["headers"], url
            assert answer["headers"]["Vary"] == "Accept-Encoding", url
            for told in (SECRET, "Own Name", "own@example.org", device, "csrfmiddlewaretoken", "comment--own"):
                assert told not in answer["text"], (url, told)


def test_a28_the_readers_own_copy_is_kept_nowhere(get: Get, client: Any, article: Article) -> None:
    client.post(f"/comments/on/{article.pk}/post/", {"text": SECRET, "name": "Own Name", "email": "own@example.org"})
    own = f"device={client.cookies['device'].value}; mine=1"
    for url in shared_pages(article)[:4]:
        answer = get(url, cookie=own)
        assert "comment--own" in answer["text"]
        assert answer["headers"]["Cache-Control"] == "private, no-store"
        assert "comment--own" not in get(url)["text"]


def test_a1_nothing_can_be_read_under_a_story_that_is_not_there(get: Get, site: Any) -> None:
    for over in (
        {"status": "draft"},
        {"status": "withdrawn", "withdrawn_at": timezone.now()},
        {"comments_mode": "hidden"},
        {"publish_at": timezone.now() + timedelta(days=1)},
        {"expire_at": timezone.now() - timedelta(minutes=1)},
    ):
        article = make_article()
        comment = make_comment(article, text=SECRET)
        Article.objects.filter(pk=article.pk).update(**over)
        for url in [*shared_pages(article)[1:], f"/comments/{comment.pk}/"]:
            assert get(url)["status"] == 404, (url, over)
        assert SECRET not in get("/comments/rss.xml")["text"]


def test_a2_pages_of_one_story_never_show_comments_of_another(get: Get, article: Article) -> None:
    other = make_comment(make_article(), text="Said elsewhere")
    make_comment(article)
    comments = f"/comments/on/{article.pk}/"
    for query in (f"at={other.pk}", f"reply={other.pk}", "at=-1", "at=NaN", f"at={10**30}", "after=%00", "before=1e9"):
        answer = get(f"{comments}?sort=newest&{query}")
        assert (answer["status"], answer["headers"]["Location"]) == (302, f"{comments}?sort=newest"), query
        own = get(f"{comments}?sort=newest&{query}", cookie="mine=1")
        assert own["status"] == 200, query
        assert "Said elsewhere" not in own["text"]
        assert f"/comments/{other.pk}/" not in own["text"]
    for pk in ("0", "-1", "NaN", str(2**63), str(10**30), "1e3"):
        for path in (
            f"/comments/{pk}/",
            f"/comments/on/{pk}/",
            f"/comments/on/{pk}/new.json",
            f"/comments/on/{pk}/rss.xml",
        ):
            assert get(path)["status"] == 404, path
