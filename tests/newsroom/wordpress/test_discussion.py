"""Comments of a WordPress site, after the move."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, CommentStats, InlineAnchor
from newsroom.accounts.models import Reader
from tests.newsroom.wordpress.exports import assert_counters_are_right, comment, item, moved, told

pytestmark = pytest.mark.django_db


def test_comments_keep_their_threads_and_their_moderators_decisions(client: Client, tmp_path: Path) -> None:
    inside = (
        comment(1, "First")
        + comment(2, "Answer to the first", comment_parent=1)
        + comment(3, "Answer to the answer", comment_parent=2)
        + comment(4, "Not looked at", comment_approved="0")
        + comment(5, "Buy pills", comment_approved="spam")
        + comment(6, "Rude", comment_approved="trash")
        + comment(7, "[...] a ping", comment_type="pingback")
        + comment(8, "   ")
    )
    report = moved(tmp_path, item(1, inside=inside))
    rows = {row.legacy_id.rpartition(":")[2]: row for row in Comment.objects.all()}
    states = {key: row.status for key, row in rows.items()}
    assert states == {
        "1": "published", "2": "published", "3": "published", "4": "pending", "5": "spam", "6": "removed",
    }  # fmt: skip
    assert rows["3"].parent == rows["2"]
    assert rows["3"].root == rows["1"]
    assert CommentStats.objects.get().published == 3
    assert (report.new["comments"], report.refused["pingbacks"], report.refused["comments"]) == (6, 1, 1)
    assert_counters_are_right()
    page = client.get(Article.objects.get().get_absolute_url()).content.decode()
    assert "Answer to the answer" in page
    assert "Buy pills" not in page


def test_replies_to_nothing_start_threads_and_circles_are_cut(tmp_path: Path) -> None:
    inside = (
        comment(1, "Lost", comment_parent=99) + comment(2, "A", comment_parent=3) + comment(3, "B", comment_parent=2)
    )
    report = moved(tmp_path, item(1, inside=inside))
    assert Comment.objects.filter(root=None).count() == 3
    assert len(told(report, "starts a thread of its own")) == 3


def test_a_commenters_address_proves_nothing(tmp_path: Path) -> None:
    known = Reader.objects.create(name="Noor B.", email="noor@example.com", verified_at=timezone.now())
    inside = comment(1) + comment(2) + comment(3, comment_author_email="not an address")
    report = moved(tmp_path, item(1, inside=inside))
    assert not Comment.objects.filter(reader=known).exists()
    first, second, third = Comment.objects.order_by("legacy_id")
    assert first.reader == second.reader
    assert (first.reader.email, first.reader.verified_at) == ("noor@example.com", None)
    assert third.reader.email == ""
    assert told(report, "it is no address")


def test_html_of_old_comments_is_kept_as_far_as_readers_may_use_it(tmp_path: Path) -> None:
    text = '<blockquote>You said</blockquote>See <a href="https://a.example/x">this</a>.<script>x()</script>\n\nBye'
    moved(tmp_path, item(1, inside=comment(1, text)))
    row = Comment.objects.get()
    assert row.text == "> You said\n\nSee this (https://a.example/x).x()\n\nBye"
    assert '<a href="https://a.example/x" rel="ugc nofollow noopener">this</a>' in row.html
    assert "x()" not in row.html


def test_comments_written_since_the_first_run_join_their_threads(tmp_path: Path) -> None:
    moved(tmp_path, item(1, inside=comment(1, "First")))
    inside = (
        comment(1, "First")
        + comment(2, "Reply", comment_parent=1)
        + comment(3, "Deeper", comment_parent=2)
        + comment(4, "New")
    )
    moved(tmp_path, item(1, inside=inside))
    rows = {row.text: row for row in Comment.objects.all()}
    assert rows["Deeper"].root == rows["First"]
    assert rows["Deeper"].parent == rows["Reply"]
    assert rows["New"].root is None
    assert all(row.notified_at for row in rows.values())
    assert_counters_are_right()


def _answer(number: int, form: int) -> str:
    meta = f"<wp:meta_key>wpdiscuz_feedback_form_id</wp:meta_key><wp:meta_value><![CDATA[{form}]]></wp:meta_value>"
    return comment(number, f"Answer {number}").replace(
        "</wp:comment>", f"<wp:commentmeta>{meta}</wp:commentmeta></wp:comment>"
    )


ASKS = '<p>The [wpdiscuz-feedback id="k3x" question="Were you &quot;there&quot;?" opened="0"]second <b>ferry</b>[/wpdiscuz-feedback] left.</p>'


def test_a_question_of_wpdiscuz_is_asked_at_its_words_and_has_its_answers(client: Client, tmp_path: Path) -> None:
    inside = _answer(1, 7) + _answer(2, 7) + comment(3, "Not an answer")
    moved(tmp_path, item(1, body=ASKS, inside=inside))
    passage = InlineAnchor.objects.get()
    assert (passage.question, passage.exact, passage.state) == ('Were you "there"?', "second ferry", "placed")
    assert sorted(passage.comments.values_list("text", flat=True)) == ["Answer 1", "Answer 2"]
    page = client.get(Article.objects.get().get_absolute_url()).content.decode()
    assert "wpdiscuz" not in page
    assert f'id="passage-{passage.pk}"' in page

    moved(tmp_path, item(1, body=ASKS.replace("left", "was late"), inside=inside + _answer(4, 7)))
    passage = InlineAnchor.objects.get()
    assert (passage.state, passage.comments.count()) == ("placed", 3)


def test_answers_to_one_of_several_questions_are_kept_without_a_passage_and_told(tmp_path: Path) -> None:
    report = moved(tmp_path, item(1, body=ASKS + ASKS.replace("second", "third"), inside=_answer(1, 7)))
    assert InlineAnchor.objects.count() == 2
    assert Comment.objects.get().anchor is None
    assert told(report, "kept without their passage")
