"""Which comments appear at once and which wait, and that a moderator can see why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.facts import RECORD_MAX, Draft, Reminder, record_of, remind, screen
from comments.follow import has_record
from comments.models import Comment, Phrase
from comments.screening import Decision, Facts, Reason, decide
from newsroom.accounts.models import Reader, User
from newsroom.lib import stamps
from tests.make import make_comment, make_reader

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}


def post_url(article: Article) -> str:
    return f"/comments/on/{article.pk}/post/"


def set_site(site: SiteSettings, **values: Any) -> None:
    SiteSettings.objects.filter(pk=1).update(**values)
    stamps.drop_kept()


def ban(by: User, *phrases: str, kind: str = "banned") -> None:
    Phrase.objects.replace(kind, phrases, by=by)
    stamps.drop_kept()


# The rules by themselves.


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ({}, "published", ""),
        ({"trapped": True}, "spam", "honeypot"),
        ({"trapped": True, "is_staff": True}, "spam", "honeypot"),
        ({"banned": ("x",)}, "rejected", "banned"),
        ({"banned": ("x",), "banned_become": "pending"}, "pending", "banned"),
        ({"banned": ("x",), "is_staff": True}, "published", ""),
        ({"spam": 0.95}, "spam", "bayes"),
        ({"spam": 0.95, "article_held": True}, "spam", "bayes"),
        ({"spam": 0.6}, "published", ""),
        ({"suspect": ("x",)}, "pending", "suspect"),
        ({"person_held": True, "approved": 100, "is_member": True}, "pending", "person"),
        ({"decided": 10, "rejected": 3, "approved": 7}, "pending", "record"),
        ({"decided": 11, "rejected": 3, "approved": 8}, "published", ""),
        ({"decided": 2, "rejected": 2}, "published", ""),
        ({"decided": 3, "rejected": 1}, "pending", "record"),
        ({"links": 1}, "pending", "links"),
        ({"links": 1, "approved": 1}, "published", ""),
        ({"links": 1, "approved": 1, "guests_held": 3}, "pending", "links"),
        ({"links": 1, "is_member": True}, "published", ""),
        ({"links": 2, "is_member": True, "approved": 50}, "pending", "links"),
        ({"seconds": 1.2}, "pending", "fast"),
        ({"seconds": 3.0}, "published", ""),
        ({"seconds": None}, "published", ""),
        ({"seconds": 1.2, "is_member": True}, "published", ""),
        ({"guests_held": 3, "approved": 2}, "pending", "first"),
        ({"guests_held": 3, "members_held": 2, "approved": 2, "is_member": True}, "published", ""),
    ],
)
def test_the_weightiest_rule_decides(facts: dict[str, Any], status: str, reason: str) -> None:
    decision = decide(Facts(**facts))
    assert (decision.status, decision.reason) == (status, reason)


def test_every_rule_that_applies_is_kept_with_its_words_and_score() -> None:
    facts = Facts(suspect=("casino",), links=3, guests_held=1, spam=0.61, spam_words=("win",))
    assert decide(facts) == Decision(
        "pending",
        "suspect",
        (
            {"rule": "bayes", "words": ["win"], "score": 0.61},
            {"rule": "suspect", "words": ["casino"], "score": 1.0},
            {"rule": "links", "words": [], "score": 1.0},
            {"rule": "first", "words": [], "score": 1.0},
        ),
    )


def test_every_reason_has_words_for_people() -> None:
    assert all(str(reason.label) != reason.value for reason in Reason)


# Word lists.


def test_banned_words_bring_a_reminder_before_anything_is_stored(
    client: Any, article: Article, moderator: User
) -> None:
    ban(moderator, "badword")
    sent = NOOR | {"text": "You b a d w o r d, you.", "notify": ["all"]}
    answer = client.post(post_url(article), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This may break our rules" in page
    assert "b a d w o r d" in page
    assert sent["text"] in page
    assert not Comment.objects.exists()
    assert not Reader.objects.filter(email=NOOR["email"]).exists()
    client.post(post_url(article), NOOR | {"text": "You rascal, you."})
    assert Comment.objects.get().status == "published"


@pytest.mark.parametrize("become", ["rejected", "pending"])
def test_what_is_sent_again_unchanged_is_recorded(
    client: Any, article: Article, moderator: User, site: SiteSettings, become: str
) -> None:
    set_site(site, banned_words=become)
    ban(moderator, "badword")
    sent = NOOR | {"text": "You badword."}
    answers = [client.post(post_url(article), sent).status_code for _ in range(3)]
    assert answers == [422, 303, 303]
    comment = Comment.objects.get()
    assert (comment.status, comment.reason) == (become, "banned")
    assert comment.findings[0] == {"rule": "banned", "words": ["badword"], "score": 1.0}
    assert client.post(post_url(article), sent | {"text": "Another badword."}).status_code == 422


def test_suspect_words_wait_without_a_reminder(client: Any, article: Article, moderator: User) -> None:
    ban(moderator, "casino*", kind="suspect")
    assert client.post(post_url(article), NOOR | {"text": "The casinos by the harbour"}).status_code == 303
    comment = Comment.objects.get()
    assert (comment.status, comment.reason) == ("pending", "suspect")
    assert comment.findings[0]["words"] == ["casino"]


def test_words_in_the_name_count_too(client: Any, article: Article, moderator: User) -> None:
    ban(moderator, "casino", kind="suspect")
    client.post(post_url(article), NOOR | {"name": "Casino King"})
    assert Comment.objects.get().reason == "suspect"


def test_a_changed_list_counts_at_once(client: Any, article: Article, moderator: User) -> None:
    ban(moderator, "casino", kind="suspect")
    client.post(post_url(article), NOOR | {"text": "A casino!"})
    Phrase.objects.replace("suspect", ["lottery"], by=moderator)
    client.post(post_url(article), NOOR | {"text": "Another casino!"})
    client.post(post_url(article), NOOR | {"text": "A lottery!"})
    assert [c.reason for c in Comment.objects.order_by("id")] == ["suspect", "", "suspect"]


# People.


def test_a_person_who_is_looked_at_first_waits_whatever_their_record(
    client_of: Any, member: User, moderator: User, article: Article
) -> None:
    reader = Reader.objects.for_user(member)
    for _ in range(5):
        make_comment(article, reader=reader)
    assert reader.premoderate(by=moderator)
    assert not reader.premoderate(by=moderator)
    client_of(member).post(post_url(article), {"text": "And now?"})
    assert Comment.objects.get(text="And now?").reason == "person"
    reader.refresh_from_db()
    assert reader.premoderated_by == moderator
    assert reader.trust()
    client_of(member).post(post_url(article), {"text": "And then?"})
    assert Comment.objects.get(text="And then?").status == "published"


def test_a_guest_who_is_looked_at_first_stays_so_as_another_row_of_the_same_person(
    article: Article, moderator: User
) -> None:
    owner = make_reader("Noor", email="noor@example.com", verified_at=timezone.now())
    guest = make_reader("Noor", email="noor@example.com", merged_into=owner)
    make_comment(article, reader=guest)
    Reader.objects.filter(pk=guest.pk).update(premoderated_at=timezone.now(), premoderated_by=moderator)
    assert record_of(owner).is_watched


def test_a_bad_record_of_the_last_week_holds(client_of: Any, member: User, moderator: User, article: Article) -> None:
    reader = Reader.objects.for_user(member)
    comments = [make_comment(article, reader=reader) for _ in range(6)]
    for comment in comments[:2]:
        comment.reject(by=moderator)
    browser = client_of(member)
    browser.post(post_url(article), {"text": "Four are fine, two were not."})
    assert Comment.objects.get(text__startswith="Four").reason == "record"
    Comment.objects.filter(pk__in=[c.pk for c in comments[:2]]).update(created_at=timezone.now() - timedelta(days=8))
    browser.post(post_url(article), {"text": "That was long ago."})
    assert Comment.objects.get(text__startswith="That").status == "published"


def test_what_rules_turned_away_and_what_was_taken_back_is_no_bad_record(article: Article) -> None:
    reader = make_reader()
    make_comment(article, reader=reader)
    for status, reason in [("rejected", "banned"), ("spam", "bayes"), ("spam", "honeypot"), ("removed", "writer")]:
        make_comment(article, reader=reader, status=status, reason=reason)
    assert record_of(reader)[:3] == (1, 1, 0)


def test_a_typed_address_brings_nobody_a_record(
    client: Any, other_client: Any, article: Article, site: SiteSettings
) -> None:
    set_site(site, guests_held=1)
    client.post(post_url(article), NOOR)
    Comment.objects.get().approve(by=None)
    client.post(post_url(article), {"text": "I am known here."})
    other_client.post(post_url(article), NOOR | {"text": "I say I am known here."})
    states = dict(Comment.objects.values_list("text", "status"))
    assert states["I am known here."] == "published"
    assert states["I say I am known here."] == "pending"


def test_the_record_of_somebody_who_writes_a_lot_is_bounded(
    article: Article, django_assert_max_num_queries: Any
) -> None:
    reader = make_reader()
    for _ in range(3):
        make_comment(article, reader=reader)
    with django_assert_max_num_queries(2):
        assert record_of(reader).approved == 3
    assert RECORD_MAX <= 500


# Edits.


def edited(comment: Comment, text: str) -> Decision:
    return screen(Draft(comment.article, comment.reader, text, editing=comment))


def test_an_edit_that_brings_banned_words_is_asked_about_and_then_taken_out_of_sight(
    client: Any, article: Article, moderator: User
) -> None:
    ban(moderator, "badword")
    client.post(post_url(article), NOOR)
    comment = Comment.objects.get()
    change = {"text": "You badword.", "version": 1}
    answer = client.post(f"/comments/{comment.pk}/edit/", change)
    assert answer.status_code == 422
    assert "This may break our rules" in answer.content.decode()
    assert Comment.objects.get().text == NOOR["text"]
    client.post(f"/comments/{comment.pk}/edit/", change)
    comment.refresh_from_db()
    assert (comment.status, comment.reason, comment.text) == ("rejected", "banned", "You badword.")
    assert comment.findings[0]["words"] == ["badword"]


def test_an_edit_is_screened_as_a_new_comment_would_be(article: Article, moderator: User, site: SiteSettings) -> None:
    ban(moderator, "badword")
    ban(moderator, "casino", kind="suspect")
    comment = make_comment(article)
    assert edited(comment, "Better words.").status == "published"
    assert edited(comment, "A casino!").reason == "suspect"
    assert edited(comment, "You badword").reason == "banned"


def test_a3_what_was_approved_as_a_first_comment_is_looked_at_again(article: Article, site: SiteSettings) -> None:
    set_site(site, guests_held=1)
    first = make_comment(article)
    assert edited(first, "Something else entirely.").reason == "first"
    make_comment(article, reader=first.reader)
    assert edited(first, "Something else entirely.").status == "published"


def test_screening_costs_at_most_four_queries(
    client: Any, article: Article, moderator: User, django_assert_max_num_queries: Any
) -> None:
    ban(moderator, "badword")
    reader = make_reader()
    screen(Draft(article, reader, "The lists are in memory now."))
    reader = Reader.objects.get(pk=reader.pk)
    with django_assert_max_num_queries(4):  # who this is, their record, what the words weigh, whose name it is
        screen(Draft(article, reader, "Nothing bad at all."))
    with django_assert_max_num_queries(0):
        remind("Nothing bad at all.", "Noor", "network", by=reader)
    with django_assert_max_num_queries(1), pytest.raises(Reminder):
        remind("You badword", "Noor", "network", by=reader)


@pytest.mark.slow
def test_who_else_a_person_is_and_what_an_address_has_written_is_found_by_index(article: Article) -> None:
    """Among thousands of readers, on both databases."""
    owner = make_reader("Owner", email="owner@example.com", verified_at=timezone.now())
    Reader.objects.bulk_create(Reader(name=f"Reader {n}", email=f"r{n}@example.com") for n in range(5000))
    make_comment(article, reader=make_reader(merged_into=owner))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        assert len(owner.identities) == 2
        assert record_of(owner).approved == 1
        assert not has_record("r77@example.com")
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            cursor.execute(explain + query["sql"])
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
        assert "SCAN accounts_reader" not in plan, plan
        assert "Seq Scan on accounts_reader" not in plan, plan
