"""What a reader finds under a story, on the list of all comments and behind a comment's own address."""

import re
from datetime import timedelta
from typing import Any

import pytest
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
    thread = page[page.index('<ol class="thread">') : page.index('<p class="more">')]
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


def test_the_discussion_costs_the_same_however_large(
    client: Any, article: Article, django_assert_max_num_queries: Any, rf: Any
) -> None:
    from comments.discussion import discussion_of

    for _ in range(25):
        root = make_comment(article)
        for _ in range(3):
            make_comment(article, root)
    request = rf.get(all_comments(article), {"sort": "newest"})
    request.now = timezone.now()
    discussion_of(request, article)
    with django_assert_max_num_queries(5):
        assert len(discussion_of(request, article).entries) == 80


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
