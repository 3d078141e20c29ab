"""What a reader's click costs: statements besides the transaction's own BEGIN and COMMIT, with every limit on."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from articles.models.site_settings import site_settings
from comments.models import Comment, Vote, word_lists
from comments.names import newsroom_names
from newsroom.accounts.models import User
from newsroom.lib.models import Hit
from tests.make import make_comment, make_reader

NOOR = {"text": "I was there this morning and saw it differently.", "name": "Noor B.", "email": "noor@example.com"}
_AROUND = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def sender(request: Any, article: Article, settings: Any, client: Any, client_of: Any, member: User) -> Any:
    """Somebody who wrote here before, at a process that has the site's settings in memory."""
    settings.NEWSROOM_LIMITS = True
    browser = client_of(member) if request.param == "member" else client
    if request.param != "newcomer":
        browser.post(f"/comments/on/{article.pk}/post/", NOOR | {"text": "Something that was said earlier."})
        Hit.objects.all().delete()
    return browser


def statements(sender: Any, url: str, sent: dict[str, str]) -> int:
    site_settings(), word_lists(), newsroom_names()
    with CaptureQueriesContext(connection) as captured:
        assert sender.post(url, sent).status_code == 303
    return sum(not query["sql"].startswith(_AROUND) for query in captured.captured_queries)


@pytest.mark.parametrize("sender", ["guest", "member", "newcomer"], indirect=True)
def test_a_comment_costs_at_most_fifteen(sender: Any, article: Article) -> None:
    assert statements(sender, f"/comments/on/{article.pk}/post/", NOOR) <= 15


@pytest.mark.parametrize("sender", ["guest", "member", "newcomer"], indirect=True)
def test_a_reply_costs_at_most_fifteen(sender: Any, article: Article) -> None:
    parent = make_comment(article, make_comment(article))
    assert statements(sender, f"/comments/{parent.pk}/reply/", NOOR) <= 15
    assert Comment.objects.latest("id").parent == parent


@pytest.mark.parametrize(("sender", "most"), [("guest", 7), ("newcomer", 7), ("member", 9)], indirect=["sender"])
def test_a_vote_costs_at_most_four_after_the_question_who_votes_on_what(
    sender: Any, article: Article, most: int
) -> None:
    comment = make_comment(article)
    assert statements(sender, f"/comments/{comment.pk}/vote/", {"vote": "1"}) <= most
    assert Vote.objects.get().comment == comment


@pytest.mark.parametrize("value", [1, -1, 0])
@pytest.mark.parametrize("before", [1, -1, None])
def test_the_verb_itself_costs_at_most_four(article: Article, before: int | None, value: int) -> None:
    comment, reader = make_comment(article), make_reader()
    if before:
        Vote.objects.cast(comment, reader, before)
    with CaptureQueriesContext(connection) as captured:
        Vote.objects.cast(comment, reader, value)
    assert sum(not query["sql"].startswith(_AROUND) for query in captured.captured_queries) <= 4
