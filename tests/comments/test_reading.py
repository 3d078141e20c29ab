"""What a reader finds under a story, on the list of all comments and behind a comment's own address."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, Vote
from comments.thread import arrange, in_reading_order
from newsroom.lib.models import Stamp
from tests.make import make_article, make_comment, make_reader, make_user


def all_comments(article: Article) -> str:
    return f"/comments/on/{article.pk}/"


def ids(response: Any) -> list[int]:
    return [int(n) for n in re.findall(r'id="c(\d+)"', response.content.decode())]


def test_a_thread_reads_in_the_order_of_its_answers(client: Any, article: Article) -> None:
    root = make_comment(article)
    first, second = make_comment(article, root), make_comment(article, root)
    below = make_comment(article, first)
    assert ids(client.get(all_comments(article))) == [root.pk, first.pk, below.pk, second.pk]


def test_an_empty_discussion_invites(client: Any, article: Article) -> None:
    page = client.get(all_comments(article)).content.decode()
    assert "Be the first" in page
    assert "<textarea" in page


def test_lists_open_and_close_in_pairs_however_deep(client: Any, article: Article) -> None:
    root = comment = make_comment(article)
    for _ in range(4):
        comment = make_comment(article, comment)
    make_comment(article, root)
    make_comment(article)
    page = client.get(all_comments(article)).content.decode()
    thread = page[page.index('<ol class="thread">') : page.index('<p class="more"')]
    for tag in ("ol", "li", "details"):
        assert len(re.findall(rf"<{tag}[ >]", thread)) == thread.count(f"</{tag}>"), tag


def test_every_sixth_answer_is_behind_a_link_to_its_thread(client: Any, article: Article) -> None:
    root = make_comment(article)
    for _ in range(8):
        make_comment(article, root)
    page = client.get(all_comments(article))
    assert len(ids(page)) == 6
    assert "3 more replies" in page.content.decode()
    assert len(ids(client.get(f"/comments/{root.pk}/"))) == 9


def test_removed_answers_do_not_use_up_the_first_five(client: Any, article: Article) -> None:
    root = make_comment(article)
    for _ in range(6):
        make_comment(article, root, status="spam")
    shown = [make_comment(article, root) for _ in range(7)]
    page = client.get(all_comments(article))
    assert ids(page) == [root.pk, *(c.pk for c in shown[:5])]
    assert "2 more replies" in page.content.decode()


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
def test_walking_all_pages_meets_every_thread_once(client: Any, article: Article, order: str) -> None:
    now = timezone.now()
    roots = [make_comment(article, created_at=now - timedelta(minutes=n // 3)) for n in range(47)]
    for n, root in enumerate(roots):
        Comment.objects.filter(pk=root.pk).update(best=300 + n % 4)
    met: list[int] = []
    url = f"{all_comments(article)}?sort={order}"
    while url and len(met) < 500:
        page = client.get(url)
        met += ids(page)
        found = re.search(r'<a class="button button--quiet" href="([^"#]+)#list', page.content.decode())
        url = found.group(1).replace("&amp;", "&") if found else ""
    assert len(met) == len(set(met)) == 47


def test_the_orders_are_what_they_say(client: Any, article: Article) -> None:
    now = timezone.now()
    old = make_comment(article, created_at=now - timedelta(hours=3))
    good = make_comment(article, created_at=now - timedelta(hours=2))
    new = make_comment(article, created_at=now - timedelta(hours=1))
    Vote.objects.cast(good, make_reader(), 1)
    url = all_comments(article)
    assert ids(client.get(f"{url}?sort=newest")) == [new.pk, good.pk, old.pk]
    assert ids(client.get(f"{url}?sort=oldest")) == [old.pk, good.pk, new.pk]
    assert ids(client.get(f"{url}?sort=best"))[0] == good.pk
    assert ids(client.get(url))[0] == good.pk


def test_a_breaking_story_shows_the_newest_first(client: Any, breaking: Article) -> None:
    now = timezone.now()
    good = make_comment(breaking, created_at=now - timedelta(hours=2))
    new = make_comment(breaking, created_at=now - timedelta(hours=1))
    Vote.objects.cast(good, make_reader(), 1)
    assert ids(client.get(all_comments(breaking))) == [new.pk, good.pk]


@pytest.mark.parametrize(
    "query", ["after=x", "after=", "sort=worst", "after=" + "A" * 500, "reply=abc", "reply=9" + "9" * 30]
)
def test_nonsense_in_the_address_is_page_one(client: Any, article: Article, query: str) -> None:
    comment = make_comment(article)
    page = client.get(f"{all_comments(article)}?{query}")
    assert page.status_code == 200
    assert ids(page) == [comment.pk]


def test_pinned_comments_stand_first_and_once(client: Any, article: Article) -> None:
    pinned = make_comment(article, created_at=timezone.now() - timedelta(days=1))
    other = make_comment(article)
    Comment.objects.filter(pk=pinned.pk).update(pinned_at=timezone.now())
    page = client.get(f"{all_comments(article)}?sort=newest")
    assert ids(page) == [pinned.pk, other.pk]
    assert "Pinned" in page.content.decode()


def test_a_permalink_shows_what_is_answered_and_the_answers(client: Any, article: Article) -> None:
    root = make_comment(article)
    middle, aside = make_comment(article, root), make_comment(article, root)
    leaf = make_comment(article, middle)
    page = client.get(f"/comments/{middle.pk}/")
    assert ids(page) == [root.pk, middle.pk, leaf.pk]
    assert aside.pk not in ids(page)
    assert article.headline in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"


def test_a_whole_thread_is_read_page_by_page(client: Any, article: Article) -> None:
    root = make_comment(article)
    comment = root
    for n in range(120):
        comment = make_comment(article, comment if n % 12 else root)
    met: list[int] = []
    url = f"/comments/{root.pk}/"
    while url and len(met) < 500:
        page = client.get(url)
        met += ids(page)
        found = re.search(r'button--quiet" href="(\?after=[^"]+)"', page.content.decode())
        url = f"/comments/{root.pk}/{found.group(1)}" if found else ""
    assert set(met) == set(Comment.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("status", ["pending", "spam", "rejected", "removed"])
def test_what_is_not_published_is_nowhere(client: Any, article: Article, status: str) -> None:
    secret = make_comment(article, text="Nobody may read this", status=status)
    for url in (all_comments(article), article.get_absolute_url()):
        assert "Nobody may read this" not in client.get(url).content.decode()
    assert client.get(f"/comments/{secret.pk}/").status_code == 404


def test_a_removed_comment_with_answers_keeps_its_place_without_words_and_name(client: Any, article: Article) -> None:
    gone = make_comment(article, text="Words to be removed", reader=make_reader("Rude Person"))
    answer = make_comment(article, gone)
    Comment.objects.get(pk=gone.pk).remove(by=None)
    for url in (all_comments(article), f"/comments/{answer.pk}/"):
        page = client.get(url)
        assert ids(page) == [gone.pk, answer.pk]
        assert "Words to be removed" not in page.content.decode()
        assert "Rude Person" not in page.content.decode()


@pytest.mark.parametrize(
    "over", [{"status": "draft"}, {"comments_mode": "hidden"}, {"publish_at": timezone.now() + timedelta(days=1)}]
)
def test_comments_of_a_story_that_is_not_shown_are_not_shown(client: Any, section: Any, over: dict[str, Any]) -> None:
    article = make_article(section=section)
    comment = make_comment(article)
    Article.objects.filter(pk=article.pk).update(**over)
    assert client.get(all_comments(article)).status_code == 404
    assert client.get(f"/comments/{comment.pk}/").status_code == 404
    assert not Comment.objects.shown(timezone.now()).exists()


def test_numbers_that_no_row_can_have_are_not_found(client: Any, site: SiteSettings) -> None:
    assert client.get(f"/comments/on/{10**30}/").status_code == 404
    assert client.get(f"/comments/{10**30}/").status_code == 404


@pytest.mark.parametrize("known", [False, True])
def test_every_page_asks_at_most_six_times_about_comments(client: Any, article: Article, known: bool) -> None:
    roots = [make_comment(article) for _ in range(45)]
    for n in range(60):
        make_comment(article, roots[n % 9])
    deep = [make_comment(article, roots[0])]
    for _ in range(12):
        deep.append(make_comment(article, deep[-1]))
    Comment.objects.filter(pk=roots[1].pk).update(pinned_at=timezone.now())
    Comment.objects.filter(pk__in=[c.pk for c in deep]).update(featured_at=timezone.now())
    if known:
        client.post(f"{all_comments(article)}post/", {"text": "Mine.", "name": "Noor", "email": "noor@example.org"})
    pages = [f"{all_comments(article)}?sort={order}" for order in ("newest", "oldest", "best")]
    pages += [more_urls(client.get(url).content.decode())[0] for url in pages]
    pages += [f"{all_comments(article)}?filter=picks", f"{all_comments(article)}?filter=latest"]
    pages += [f"{all_comments(article)}?sort=newest&at={roots[20].pk}", article.get_absolute_url()]
    pages += [f"/comments/{roots[0].pk}/", f"/comments/{deep[-2].pk}/", f"/comments/{deep[3].pk}/"]
    pages += [f"{all_comments(article)}new.json"]
    for url in pages:
        with at_most_six_comment_queries():
            assert client.get(url).status_code == 200, url


def test_the_list_is_shared_under_the_stamp_of_its_article(client: Any, article: Article) -> None:
    page = client.get(all_comments(article))
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert page["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not page.cookies
    assert Stamp.article(article.pk) == f"article:{article.pk}"


def test_staff_are_marked_by_their_account(client: Any, article: Article) -> None:
    make_comment(article, reader=make_reader("Ines", user=make_user("Reporter")), badge="staff")
    assert "badge--staff" in client.get(all_comments(article)).content.decode()


def test_marks_of_any_tree_are_in_balance() -> None:
    comments = [Comment(pk=1)]
    for n in range(2, 60):
        comments.append(Comment(pk=n, parent_id=(n * 7) % (n - 1) + 1, root_id=1, seq=n))
    entries = arrange(in_reading_order(comments[:1], comments[1:]))
    assert len(entries) == 59
    assert sum(entry.opens for entry in entries) == sum(len(entry.closes) for entry in entries)


@contextmanager
def at_most_six_comment_queries() -> Iterator[None]:
    with CaptureQueriesContext(connection) as made:
        yield
    about = [query["sql"] for query in made if re.search(r'FROM "?comments_', query["sql"])]
    assert len(about) <= 6, "\n".join(about)


def more_urls(page: Any) -> list[str]:
    return [url.replace("&amp;", "&") for url in re.findall(r'href="([^"]+)" rel="nofollow" data-more', page)]


def test_what_is_deeper_than_five_levels_stays_there_and_names_whom_it_answers(client: Any, article: Article) -> None:
    comment = root = make_comment(article)
    for n in range(5):
        comment = make_comment(article, comment, reader=make_reader(f"Writer {n}"))
    page = client.get(f"/comments/{root.pk}/").content.decode()
    assert page.count('<ol class="thread">') == 5
    assert len(re.findall(r"in reply to\s*<a[^>]*>Writer 3</a>", page)) == 1


def test_a_permalink_has_everything_above_it_at_any_depth(client: Any, article: Article) -> None:
    chain = [make_comment(article)]
    for _ in range(30):
        chain.append(make_comment(article, chain[-1]))
    make_comment(article, chain[12])
    page = client.get(f"/comments/{chain[25].pk}/")
    assert ids(page) == [c.pk for c in chain[:27]]
    assert len(re.findall(r'comment--target" id="c(\d+)"', page.content.decode())) == 1
    assert f'comment--target" id="c{chain[25].pk}"' in page.content.decode()


def test_above_a_very_deep_comment_stand_the_first_levels_and_the_nearest(client: Any, article: Article) -> None:
    chain = [make_comment(article)]
    for _ in range(100):
        chain.append(make_comment(article, chain[-1]))
    with at_most_six_comment_queries():
        page = client.get(f"/comments/{chain[90].pk}/")
    assert ids(page) == [c.pk for c in [*chain[:8], *chain[40:92]]]


def test_editors_picks_can_be_read_by_themselves(client: Any, article: Article, moderator: Any) -> None:
    root = make_comment(article, reader=make_reader("Asker"))
    assert "Editor’s picks" not in client.get(all_comments(article)).content.decode()
    picks = [make_comment(article, root) for _ in range(23)]
    for pick in picks:
        pick.feature(by=moderator)
    page = client.get(all_comments(article)).content.decode()
    assert f'<a href="{all_comments(article)}?filter=picks#list">Editor’s picks 23</a>' in page
    first = client.get(f"{all_comments(article)}?filter=picks")
    assert ids(first) == [c.pk for c in picks[:2:-1]]
    assert "Asker" in first.content.decode()
    rest = client.get(more_urls(first.content.decode())[0])
    assert ids(rest) == [c.pk for c in picks[2::-1]]
    picks[0].unfeature(by=moderator)
    Comment.objects.get(pk=picks[1].pk).hold(by=moderator)
    assert "Editor’s picks 21" in client.get(all_comments(article)).content.decode()


def test_the_latest_comments_are_read_where_they_stand(client: Any, article: Article) -> None:
    old, new = make_comment(article), make_comment(article)
    first = make_comment(article, old)
    for _ in range(9):
        make_comment(article, new)
    below = make_comment(article, first)
    deep = [below]
    for _ in range(8):
        deep.append(make_comment(article, deep[-1]))
    page = client.get(f"{all_comments(article)}?filter=latest")
    assert ids(page)[:3] == [old.pk, first.pk, below.pk]
    assert set(ids(page)) == set(Comment.objects.values_list("pk", flat=True))
    assert len(ids(page)) == len(set(ids(page)))


def test_walking_the_latest_meets_every_comment(client: Any, article: Article) -> None:
    roots = [make_comment(article) for _ in range(10)]
    for n in range(110):
        make_comment(article, roots[n % 7])
    met, url, pages = set[int](), f"{all_comments(article)}?filter=latest", 0
    while url and pages < 9:
        page = client.get(url)
        met |= set(ids(page))
        pages, url = pages + 1, "".join(more_urls(page.content.decode())[:1])
    assert pages == 3
    assert met == set(Comment.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
def test_a_list_opens_at_a_thread_and_leads_both_ways(client: Any, article: Article, order: str) -> None:
    roots = [make_comment(article) for _ in range(50)]
    for n, root in enumerate(roots):
        Comment.objects.filter(pk=root.pk).update(best=300 + n % 3)
    whole: list[int] = []
    page = client.get(f"{all_comments(article)}?sort={order}")
    whole += ids(page)
    for _ in range(2):
        page = client.get(more_urls(page.content.decode())[0])
        whole += ids(page)
    page = client.get(f"{all_comments(article)}?sort={order}&at={whole[25]}")
    assert ids(page) == whole[25:45]
    assert ids(client.get(more_urls(page.content.decode())[0])) == whole[45:]
    newer = re.search(r'href="([^"]+before=[^"]+)#list"', page.content.decode())
    assert newer
    page = client.get(newer[1].replace("&amp;", "&"))
    assert ids(page) == whole[5:25]
    newer = re.search(r'href="([^"]+before=[^"]+)#list"', page.content.decode())
    assert newer
    page = client.get(newer[1].replace("&amp;", "&"))
    assert ids(page) == whole[:5]
    assert "Comments before these" not in page.content.decode()


def test_the_page_of_a_thread_leads_to_its_place_in_the_list(client: Any, article: Article) -> None:
    roots = [make_comment(article) for _ in range(30)]
    page = client.get(f"/comments/{roots[4].pk}/").content.decode()
    found = re.search(r'href="([^"]+at=\d+)#c(\d+)"', page)
    assert found
    assert ids(client.get(found[1].replace("&amp;", "&"))) == [root.pk for root in roots[4::-1]]


def test_a_list_opened_at_what_is_not_there_is_page_one(client: Any, article: Article) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    held = make_comment(article, status="pending")
    elsewhere = make_comment(make_article(section=article.section))
    for at in (reply.pk, held.pk, elsewhere.pk, 10**30, "-1", "x", "1" * 18):
        assert ids(client.get(f"{all_comments(article)}?at={at}")) == [root.pk, reply.pk]


def test_an_open_page_can_ask_what_is_new(client: Any, article: Article) -> None:
    root = make_comment(article)
    make_comment(article, status="pending")
    reply = make_comment(article, root)
    page = client.get(all_comments(article)).content.decode()
    news = client.get(f"{all_comments(article)}new.json")
    said = news.json()
    assert (said["count"], said["open"]) == (2, True)
    assert [pk for pk, _ in said["latest"]] == [reply.pk, root.pk]
    assert f'data-newest="{said["latest"][0][1]}"' in page
    assert news["Cache-Control"] == "public, max-age=0, must-revalidate"
    for _ in range(60):
        make_comment(article)
    assert len(client.get(f"{all_comments(article)}new.json").json()["latest"]) == 50
    Article.objects.filter(pk=article.pk).update(comments_mode="closed")
    assert client.get(f"{all_comments(article)}new.json").json()["open"] is False


def test_a_late_approval_is_news_at_the_moment_of_its_approval(client: Any, article: Article, moderator: Any) -> None:
    early = make_comment(article, status="pending", created_at=timezone.now() - timedelta(hours=3))
    shown = make_comment(article)
    early.approve(by=moderator)
    latest = client.get(f"{all_comments(article)}new.json").json()["latest"]
    assert [pk for pk, _ in latest] == [early.pk, shown.pk]
    assert 'data-at="' in client.get(all_comments(article)).content.decode()
