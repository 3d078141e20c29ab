"""A moderator's queues with what people really wrote: labelled spam, and threads of a real export."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.learning import Learner
from comments.models import Comment, CommentStats, Flag, Loaded, ModerationAction
from comments.models.spam import SpamWord
from newsroom.accounts.models import User
from newsroom.wordpress.importer import import_export
from tests.bench.spam import Said, read
from tests.make import make_reader

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]

DESK = "/admin/moderation/"
DECIDE = "/admin/moderation/decide/"
#: Of each of the three sets.
TAKEN = 60


@pytest.fixture
def said(real_data: Path, article: Article) -> dict[int, Said]:
    """Real comments that wait, by their ids."""
    texts = [one for rows in read(real_data).values() for one in rows if one.text.strip()][: 3 * TAKEN]
    reader, now = make_reader(), timezone.now()
    rows = [Loaded(n, reader, one.name or "-", one.text, now, status="pending") for n, one in enumerate(texts)]
    made = Comment.objects.load(article, rows)
    return {made[n].pk: one for n, one in enumerate(texts)}


def cards(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'class="pick" type="checkbox" name="pick" value="([^"]+)"', page)))


def decide_all(browser: Any, said: dict[int, Said]) -> None:
    """Page by page, as the desk shows them: what is spam is marked so, the rest appears."""
    while shown := cards(browser.get(f"{DESK}?queue=pending").content.decode()):
        for step, wanted in (("spam", True), ("approve", False)):
            picks = [pick for pick in shown if said[int(pick.partition(":")[0])].is_spam is wanted]
            if picks:
                browser.post(DECIDE, {"step": step, "pick": picks, "back": "?queue=pending"})


def test_real_spam_is_decided_from_the_queue_and_teaches_the_classifier(
    client_of: Any, moderator: User, said: dict[int, Said]
) -> None:
    browser = client_of(moderator)
    decide_all(browser, said)
    spam = {pk for pk, one in said.items() if one.is_spam}
    assert set(Comment.objects.filter(status="spam").values_list("pk", flat=True)) == spam
    assert set(Comment.objects.filter(status="published").values_list("pk", flat=True)) == said.keys() - spam
    assert ModerationAction.objects.filter(actor=moderator).count() == len(said)
    assert CommentStats.recount() == []
    while Learner()(lambda: False):
        pass
    lessons = SpamWord.objects.get(word="")
    assert (lessons.spam, lessons.ham) == (len(spam), len(said) - len(spam))
    shown = browser.get(f"{DESK}?queue=spam").content.decode()
    assert {int(pick.partition(":")[0]) for pick in cards(shown)} <= spam


@pytest.mark.once
def test_real_comments_that_readers_report_are_kept_or_taken_away_from_the_queue(
    client_of: Any, moderator: User, said: dict[int, Said]
) -> None:
    browser = client_of(moderator)
    decide_all(browser, said)
    reported = list(Comment.objects.filter(status="published")[:6])
    for comment in reported:
        Flag.objects.raise_for(comment, make_reader(), "offensive")
    shown = cards(browser.get(f"{DESK}?queue=reported").content.decode())
    assert {int(pick.partition(":")[0]) for pick in shown} == {comment.pk for comment in reported}
    browser.post(DECIDE, {"step": "reject:abusive", "pick": shown[:3], "back": "?queue=reported"})
    browser.post(DECIDE, {"step": "approve", "pick": shown[3:], "back": "?queue=reported"})
    assert cards(browser.get(f"{DESK}?queue=reported").content.decode()) == []
    assert Comment.objects.filter(status="rejected").count() == 3
    assert CommentStats.recount() == []


@pytest.mark.once
def test_threads_of_a_real_export_are_decided_in_their_context(
    client_of: Any, moderator: User, site: Any, real_data: Path
) -> None:
    import_export(real_data / "wordpress" / "fixtures" / "themeunittestdata.wordpress.xml")
    browser = client_of(moderator)
    waiting = list(Comment.objects.filter(status="pending"))
    assert waiting
    page = browser.get(f"{DESK}?queue=pending").content.decode()
    assert {int(pick.partition(":")[0]) for pick in cards(page)} == {comment.pk for comment in waiting}
    assert all(comment.article.headline in page for comment in waiting)
    browser.post(DECIDE, {"step": "approve", "pick": cards(page), "back": "?queue=pending"})
    answered = Comment.objects.filter(reply_count__gt=0, root__isnull=False, status="published").first()
    assert answered is not None
    pick = f"{answered.pk}:{answered.status}:{answered.version}"
    browser.post(DECIDE, {"step": "reject:abusive", "pick": pick, "back": "?queue=approved"})
    answered.refresh_from_db()
    assert (answered.status, answered.visible) == ("rejected", True)  # its place stays: others answered it
    assert CommentStats.recount() == []
