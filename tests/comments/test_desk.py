"""The moderation desk: queues, cards in their context, decisions on what was seen, undo, bulk and search."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles.models import Article
from comments.admin.queues import QUEUES, counts
from comments.models import Comment, CommentStats, Flag, Loaded, ModerationAction
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.make import make_article, make_comment, make_reader, make_user

DESK = "/admin/moderation/"
DECIDE = "/admin/moderation/decide/"


def pick(comment: Comment) -> str:
    return f"{comment.pk}:{comment.status}:{comment.version}"


def one_of_each(article: Article, moderator: User) -> dict[str, Comment]:
    said = {name: make_comment(article, text=f"I am {name}.") for name in ("unreviewed", "reported", "approved")}
    said |= {name: make_comment(article, text=f"I am {name}.", status=name) for name in ("pending", "spam", "rejected")}
    said["approved"].approve(by=moderator)
    said["reported"].approve(by=moderator)
    Flag.objects.raise_for(said["reported"], make_reader(), "abusive", note="Look at this")
    return said


@pytest.mark.parametrize(
    ("queue", "shown"),
    [
        ("", ["pending"]),
        ("pending", ["pending"]),
        ("reported", ["reported"]),
        ("spam", ["spam"]),
        ("unreviewed", ["unreviewed"]),
        ("approved", ["approved", "reported", "unreviewed"]),
        ("rejected", ["rejected"]),
    ],
)
def test_every_queue_holds_its_own(
    client_of: Any, moderator: User, article: Article, queue: str, shown: list[str]
) -> None:
    one_of_each(article, moderator)
    page = client_of(moderator).get(f"{DESK}?queue={queue}").content.decode()
    assert sorted(re.findall(r"I am (\w+)\.", page)) == shown


def test_the_queues_say_how_many_wait_and_stop_counting_in_time(
    client_of: Any, moderator: User, article: Article, monkeypatch: Any
) -> None:
    one_of_each(article, moderator)
    assert counts() == {"pending": 1, "reported": 1, "spam": 1, "unreviewed": 1, "approved": 3, "rejected": 1}
    monkeypatch.setattr("comments.admin.queues.COUNTED", 2)
    assert counts("approved") == {"approved": 3}
    assert "2+" in client_of(moderator).get(DESK).content.decode()


def test_a_card_shows_the_comment_in_its_context_and_why_it_is_here(
    client_of: Any, moderator: User, article: Article
) -> None:
    root = make_comment(article, text="What was said before", name="Noor")
    writer = make_reader(email="dora@example.org")
    make_comment(article, text="Fine", reader=writer)
    make_comment(article, text="Bad", reader=writer, status="rejected")
    findings = [{"rule": "suspect", "words": ["idiots"], "score": 1.0}, {"rule": "bayes", "words": [], "score": 0.62}]
    comment = make_comment(
        article, root, "You are <b>idiots</b>", reader=writer, status="pending", reason="suspect",
        findings=findings, network="abcdef0123456789",
    )  # fmt: skip
    comment.edit("You are <b>idiots</b> all", now=timezone.now(), status="pending", findings=findings)
    page = client_of(moderator).get(DESK).content.decode()
    for words in (
        *("What was said before", "Noor", "dora@example.org", "not confirmed", "1 approved, 1 refused (50 %)"),
        *("holds suspect words", "62 %", "network abcdef", article.headline, article.section.name, "Version 1"),
    ):
        assert words in page, words
    assert "&lt;b&gt;<mark>idiots</mark>&lt;/b&gt; all" in page
    assert "<b>idiots</b>" not in page


def test_reports_are_shown_with_their_reasons_and_notes(client_of: Any, moderator: User, article: Article) -> None:
    Flag.objects.raise_for(make_comment(article), make_reader(), "private", note="My <address>")
    page = client_of(moderator).get(f"{DESK}?queue=reported").content.decode()
    assert "It reveals something private" in page
    assert "My &lt;address&gt;" in page


@pytest.mark.parametrize(
    ("step", "to"),
    [("approve", "published"), ("reject:abusive", "rejected"), ("spam", "spam")],
)
def test_a_decision_leads_back_to_the_next_card_with_an_undo(
    client_of: Any, moderator: User, article: Article, step: str, to: str
) -> None:
    comment, following = make_comment(article, status="pending"), make_comment(article, status="pending")
    browser = client_of(moderator)
    data = {"step": step, "pick": pick(comment), "back": "?queue=pending&order=oldest", "next": str(following.pk)}
    answer = browser.post(DECIDE, data | {"note": "For the record"})
    assert (answer.status_code, answer["Location"]) == (303, f"{DESK}?queue=pending&order=oldest#c{following.pk}")
    assert Comment.objects.get(pk=comment.pk).status == to
    line = ModerationAction.objects.get()
    assert (line.note, line.reason) == ("For the record", step.partition(":")[2])
    page = browser.get(DESK).content.decode()
    undo = re.search(r'action="(/admin/moderation/undo/[^"]+)"', page)
    assert undo
    assert browser.post(undo[1], {"back": "?queue=pending"}).status_code == 303
    assert Comment.objects.get(pk=comment.pk).is_waiting
    assert CommentStats.recount() == []


def test_with_script_the_changed_card_and_the_counts_come_alone(
    client_of: Any, moderator: User, article: Article
) -> None:
    comment = make_comment(article, status="pending")
    make_comment(article, status="pending")
    browser = client_of(moderator)
    answer = browser.post(DECIDE, {"step": "reject:private", "pick": pick(comment)}, headers={"X-Fragment": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'data-queue="pending">1<' in page
    assert f'id="c{comment.pk}"' in page
    assert "Rejected (personal data)" in page
    assert "/admin/moderation/undo/" in page


def test_a23_a_colleague_was_faster_and_the_new_state_is_shown_in_place(
    client_of: Any, moderator: User, editor: User, article: Article
) -> None:
    comment = make_comment(article, status="pending")
    Comment.objects.get().reject(by=editor)
    browser = client_of(moderator)
    page = browser.post(DECIDE, {"step": "approve", "pick": pick(comment)}, headers={"X-Fragment": "1"})
    assert "The comment is “rejected” now." in page.content.decode()
    assert f'id="c{comment.pk}"' in page.content.decode()
    without_script = browser.post(DECIDE, {"step": "approve", "pick": pick(comment)}, follow=True)
    assert "The comment is “rejected” now." in without_script.content.decode()
    assert ModerationAction.objects.get().actor == editor


def test_a23_text_that_changed_after_it_was_looked_at_is_not_approved(
    client_of: Any, moderator: User, article: Article
) -> None:
    comment = make_comment(article, status="pending", text="Harmless")
    comment.edit("Something else altogether", now=timezone.now(), status="pending")
    old = {"step": "approve", "pick": f"{comment.pk}:pending:1"}
    page = client_of(moderator).post(DECIDE, old, headers={"X-Fragment": "1"}).content.decode()
    assert "changed after you looked" in page
    assert "Something else altogether" in page
    assert not Comment.objects.get().is_published


def test_chosen_comments_are_decided_together_and_taken_back_together(
    client_of: Any, moderator: User, article: Article
) -> None:
    picks = [pick(make_comment(article, status="pending")) for _ in range(30)]
    browser = client_of(moderator)
    page = browser.post(DECIDE, {"step": "spam", "pick": picks}, follow=True).content.decode()
    assert "30 comments: marked as spam." in page
    batch = ModerationAction.objects.values_list("batch", flat=True).distinct().get()
    page = browser.post(f"/admin/moderation/undo/{batch}/", follow=True).content.decode()
    assert "Taken back: 30 comments." in page
    assert Comment.objects.filter(status="pending").count() == 30


def test_a24_more_than_fifty_at_once_need_their_number_typed(client_of: Any, moderator: User, article: Article) -> None:
    now, reader = timezone.now(), make_reader()
    rows = [Loaded(n, reader, "R", f"Text {n}", now, status="pending", html="<p>x</p>") for n in range(60)]
    picks = [pick(comment) for comment in Comment.objects.load(article, rows).values()]
    browser = client_of(moderator)
    for data in ({}, {"count": "59"}, {"count": "sixty"}):
        answer = browser.post(DECIDE, {"step": "reject:off topic", "pick": picks} | data)
        assert answer.status_code == 422
        assert "Type 60 to go on" in answer.content.decode()
    assert Comment.objects.filter(status="pending").count() == 60
    browser.post(DECIDE, {"step": "reject:off topic", "pick": picks, "count": "60"})
    assert Comment.objects.filter(status="rejected").count() == 60


def test_a24_all_of_a_list_is_decided_once_its_number_is_typed_and_later_comments_are_left_alone(
    client_of: Any, moderator: User, article: Article
) -> None:
    wave, other = make_reader("Wave"), make_comment(article, status="pending")
    for _ in range(3):
        make_comment(article, reader=wave, status="pending")
    browser = client_of(moderator)
    page = browser.get(f"{DESK}all/?queue=pending&person={wave.pk}").content.decode()
    assert "Type 3 to go on" in page
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    late = make_comment(article, reader=wave, status="pending", created_at=timezone.now() + timedelta(seconds=5))
    data = {"step": "spam", "until": until[1], "back": f"?queue=pending&person={wave.pk}"}
    assert browser.post(f"{DESK}all/", data | {"count": "4"}).status_code == 422
    assert browser.post(f"{DESK}all/", data | {"count": "3"}).status_code == 303
    left = Comment.objects.filter(status="pending").values_list("pk", flat=True)
    assert set(left) == {other.pk, late.pk}
    assert Comment.objects.filter(status="spam").count() == 3


def test_a_reply_is_published_in_the_newsrooms_name_and_approves_what_waits(
    client_of: Any, moderator: User, article: Article
) -> None:
    comment = make_comment(article, status="pending")
    browser = client_of(moderator)
    data = {"reply": "Thank you, we **corrected** it.", "seen": "pending", "version": "1"}
    for _ in range(2):  # pressed twice
        browser.post(f"{DESK}reply/{comment.pk}/", data)
        data["seen"] = "published"
    answer = Comment.objects.get(parent=comment)
    assert (answer.badge, answer.status, answer.reader.user) == ("staff", "published", moderator)
    assert Comment.objects.get(pk=comment.pk).is_published
    assert CommentStats.recount() == []


def test_a23_an_answer_to_text_that_changed_is_not_published(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article, status="pending")
    Comment.objects.update(version=2)
    data = {"reply": "Quite right.", "seen": "pending", "version": "1"}
    page = client_of(moderator).post(f"{DESK}reply/{comment.pk}/", data, follow=True).content.decode()
    assert "changed after you looked" in page
    assert Comment.objects.count() == 1


def test_pins_picks_and_closed_threads_from_the_card(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article)
    browser = client_of(moderator)
    for step in ("pin", "feature", "close_thread"):
        browser.post(DECIDE, {"step": step, "pick": pick(comment)})
    now = Comment.objects.get()
    assert all((now.pinned_at, now.featured_at, now.closed_at))
    page = browser.post(DECIDE, {"step": "pin", "pick": pick(comment)}, headers={"X-Fragment": "1"}).content.decode()
    assert "Somebody did that already." in page


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_walking_a_queue_misses_and_repeats_nothing_even_where_times_are_equal(
    client_of: Any, moderator: User, article: Article, order: str
) -> None:
    at, reader = timezone.now(), make_reader()
    rows = [
        Loaded(n, reader, "R", f"Text {n}", at - timedelta(seconds=n // 9), status="spam", html="<p>x</p>")
        for n in range(70)
    ]
    Comment.objects.load(article, rows)
    browser, met, url = client_of(moderator), [], f"{DESK}?queue=spam&order={order}"
    while url:
        page = browser.get(url).content.decode()
        met += re.findall(r'<li class="card" id="c(\d+)"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(met) == len(set(met)) == 70


def test_search_finds_text_person_story_and_network(client_of: Any, moderator: User, article: Article) -> None:
    other = make_article("Harbour dues fall")
    reader = make_reader("Dora", email="dora@example.org")
    wanted = make_comment(other, text="Lighthouse keepers", reader=reader, status="pending", network="feed1234")
    make_comment(article, text="Nothing of the kind", status="pending", network="beef5678")
    browser = client_of(moderator)
    queries = ["q=lighthouse", "q=DORA&in=person", "q=dora@exa&in=person", "q=harbour&in=article", "network=feed1234"]
    for query in [*queries, f"person={reader.pk}", f"article={other.pk}"]:
        page = browser.get(f"{DESK}?{query}").content.decode()
        assert f'id="c{wanted.pk}"' in page, query
        assert "Nothing of the kind" not in page, query


def test_a_search_reads_a_bounded_part_and_goes_on_from_there(
    client_of: Any, moderator: User, article: Article, monkeypatch: Any
) -> None:
    monkeypatch.setattr("comments.admin.looking.LAST", 10)
    at, reader = timezone.now(), make_reader()
    rows = [
        Loaded(n, reader, "R", "A needle" if n == 24 else f"Hay {n}", at - timedelta(minutes=n), status="spam",
               html="<p>x</p>")
        for n in range(30)
    ]  # fmt: skip
    Comment.objects.load(article, rows)
    browser, url, steps = client_of(moderator), f"{DESK}?queue=spam&q=needle", 0
    while url:
        page = browser.get(url).content.decode()
        if "A needle" in page:
            break
        assert "Look further back" in page
        more = re.search(r'rel="next" href="([^"]+)"', page)
        assert more
        url, steps = more[1].replace("&amp;", "&"), steps + 1
    assert steps == 2


@pytest.mark.parametrize(
    "query",
    [
        "queue=nothing", "order=sideways", "after=tampered", f"after={'x' * 5000}", "person=-1", f"person={'9' * 40}",
        "person=%00", "article=NaN", "network=%00%27", "q=%00", "q=%25_%5C", f"q={'a' * 9000}", "reason=other",
        "in=password", "queue=pending&queue=spam", "q=%ED%A0%80", "chosen=all",
    ],
)  # fmt: skip
def test_a19_crafted_parameters_are_as_if_they_were_not_said(
    client_of: Any, moderator: User, article: Article, query: str, django_assert_max_num_queries: Any, monkeypatch: Any
) -> None:
    make_comment(article, status="pending")
    browser = client_of(moderator)
    browser.get(DESK)
    stamps.forget()
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 60)
    with django_assert_max_num_queries(8):
        assert browser.get(f"{DESK}?{query}").status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {}, {"step": "approve", "pick": "1"}, {"step": "approve", "pick": "x:pending:1"}, {"step": "withdraw"},
        {"step": "remove"}, {"step": "delete", "pick": "1:pending:1"}, {"step": "approve", "pick": "1:pending:-1"},
        {"step": "reject:nonsense", "pick": "1:pending:1"}, {"step": "approve:abusive", "pick": "1:pending:1"},
        {"step": "_step", "pick": "1:pending:1"}, {"step": "approve", "pick": f"{'9' * 30}:pending:1"},
    ],
)  # fmt: skip
def test_a19_crafted_steps_are_refused_and_change_nothing(
    client_of: Any, moderator: User, article: Article, data: dict[str, str]
) -> None:
    make_comment(article, status="pending")
    assert client_of(moderator).post(DECIDE, data).status_code == 400
    assert ModerationAction.objects.count() == 0


@pytest.mark.once
@pytest.mark.parametrize("queue", list(QUEUES))
@pytest.mark.parametrize("more", ["", "&order=oldest", "&q=words", "&person=1", "&article=1", "&reason=links"])
def test_no_page_of_the_desk_takes_more_than_eight_queries(
    client_of: Any,
    moderator: User,
    article: Article,
    queue: str,
    more: str,
    django_assert_max_num_queries: Any,
    monkeypatch: Any,
) -> None:
    root = make_comment(article)
    for status in ("pending", "published", "spam", "rejected"):
        for _ in range(4):
            comment = make_comment(article, root, "Some words", status=status, reader=make_reader(user=make_user()))
            comment.hold(by=moderator) if status == "published" else None
            Flag.objects.raise_for(comment, make_reader(), "spam")
    browser = client_of(moderator)
    browser.get(DESK)
    stamps.forget()  # as if the process had not looked for a while
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 60)  # and once is enough, however slow this machine is
    with django_assert_max_num_queries(8):
        assert browser.get(f"{DESK}?queue={queue}{more}").status_code == 200


def test_get_changes_nothing_on_any_address_of_the_desk(client_of: Any, moderator: User, article: Article) -> None:
    comment = make_comment(article, status="pending")
    comment.approve(by=moderator)
    batch = ModerationAction.objects.get().batch
    browser = client_of(moderator)
    for url in (f"{DESK}undo/{batch}/", f"{DESK}all/?queue=approved", DECIDE, f"{DESK}reply/{comment.pk}/"):
        assert browser.get(url).status_code in {200, 405}
        assert browser.head(url).status_code in {200, 405}
    assert ModerationAction.objects.count() == 1


def test_a05_hostile_words_stay_words_on_the_desk(client_of: Any, moderator: User) -> None:
    story = make_article("<script>alert('headline')</script>")
    reader = make_reader("<img src=x onerror=alert(1)>")
    comment = make_comment(story, text="<svg onload=alert(2)>", reader=reader, status="pending", reason="<i>why</i>",
                           findings=[{"rule": "<u>rule</u>", "words": ["<svg"], "score": 0.5}])  # fmt: skip
    Flag.objects.raise_for(comment, make_reader(), "other", note="<marquee>")
    page = client_of(moderator).get(DESK).content.decode()
    for hostile in ("<script>alert", "<img src=x", "<svg onload", "<i>why", "<u>rule", "<marquee>"):
        assert hostile not in page, hostile


def test_json_lines_are_json(client_of: Any, admin_user: User, article: Article) -> None:
    make_comment(article).hold(by=admin_user, note="Näher ansehen, “bitte”")
    answer = client_of(admin_user).get("/admin/moderation/record/export/?as=json")
    line = json.loads(b"".join(answer.streaming_content))
    assert (line["who"], line["what"], line["note"]) == (admin_user.email, "hold", "Näher ansehen, “bitte”")
