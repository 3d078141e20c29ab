"""Threads are drawn by stencil: the same HTML as the ordinary template, for every kind of place in a thread."""

import itertools
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from articles.models import Article
from comments.models import Comment
from comments.thread import Entry
from newsroom.lib.stencil import stencil
from tests.make import make_comment

NAMES = (
    "Noor B.",
    '<img src=x onerror="alert(1)">',
    "{0} {} {name}",
    "%s %(name)s",
    "\ue000\ue001\ue002",
    "  ",
    "’Ümit&amp;",
)
OPEN = SimpleNamespace(form=True, query='sort=newest&after="<x>&', down_votes=True)
CLOSED = SimpleNamespace(form=None, query="", down_votes=False)


def kinds() -> list[Entry]:
    """Every combination of what steers the template, each with values of its own."""
    now, numbers = timezone.now(), itertools.count(1)
    article = Article(pk=7, slug="story", dated=timezone.localdate())
    entries = []
    for status, pinned, own, answered, opens, more in itertools.product(
        ("published", "pending", "removed"), (None, now), (False, True), (None, "published", "removed"), (False, True), (0, 1)
    ):  # fmt: skip
        n = next(numbers)
        comment = Comment(
            pk=n, article=article, name=NAMES[n % len(NAMES)], html=f"<p>{{{n}}} words</p>", status=status, pinned_at=pinned,
            badge=("", "staff", "author")[n % 3], edited_at=now if n % 4 == 0 else None, up=n % 3, down=n % 15, thread_count=n % 3,
            reply_count=n % 3, created_at=now - timedelta(hours=17 * (n % 50)), root_id=3 if answered else None,
        )  # fmt: skip
        parent = Comment(pk=5000 + n, article=article, name=NAMES[n % 5], status=answered) if answered else None
        entry = Entry(comment, n % 3, parent, is_apart=n % 2 == 0, vote=n % 3 - 1)
        entry.opens, entry.closes, entry.more = opens, range(0 if opens else n % 4), more
        entry.is_shut, entry.is_own, entry.is_changeable = n % 7 == 0, own, own and n % 2 == 0
        entries.append(entry)
    return entries


@pytest.mark.parametrize(("discussion", "language"), [(OPEN, "en"), (CLOSED, "en"), (OPEN, "ar")])
def test_every_place_is_drawn_as_the_template_would(discussion: Any, language: str) -> None:
    thread = get_template("comments/_thread.html").template  # type: ignore[attr-defined]
    with translation.override(language):
        stencil.cache_clear()
        # The second time every kind is known, and filled with other values. Each filling is compared (NEWSROOM_STRICT).
        entries = [*kinds(), *reversed(kinds())]
        drawn = thread.render(Context({"discussion": discussion, "now": timezone.now(), "entries": entries}))
    assert drawn.count("<article") == len(entries)


def test_the_place_with_the_form_is_drawn_with_it(client: Any, article: Article) -> None:
    root = make_comment(article)
    reply = make_comment(article, root)
    page = client.get(f"/comments/on/{article.pk}/?reply={reply.pk}").content.decode()
    assert page.count(f'id="reply-{reply.pk}"') == 1
    assert page.count('class="comment"') == 2


def test_a_page_of_threads_asks_no_query_while_it_is_drawn(article: Article, django_assert_num_queries: Any) -> None:
    entry = Entry(make_comment(article), 0)
    with django_assert_num_queries(0):
        get_template("comments/_thread.html").template.render(Context({"entries": [entry], "discussion": OPEN}))  # type: ignore[attr-defined]
