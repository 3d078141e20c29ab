"""What must not be saved is said in a sentence at its field, and what was typed stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Revision
from articles.models.workflow import StepRefused
from tests.articles.test_publishing import change, fields, write
from tests.make import BODY, make_article, make_author, make_draft

pytestmark = pytest.mark.django_db

SCRIPTS = (
    "<p>Kept</p><script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>link</a>"
    "<iframe src='https://evil.example/'></iframe><p style='background:url(javascript:alert(4))'>styled</p>"
    "<svg onload=alert(5)></svg><a href='jav&#x09;ascript:alert(6)'>tab</a><math><mi xlink:href='javascript:alert(7)'>"
)


def moment(name, when):
    local = timezone.localtime(when)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def errors(page):
    return page.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"headline": "H" * 500}, "headline", "at most 200 characters (it has 500)"),
        ({"headline": "   "}, "headline", "required"),
        ({"headline": "\u200b\u00ad !"}, "headline", "has words in it"),
        ({"body": "<p>" + "word " * 400_000}, "body", "The text is too long"),
        ({"body": "<div>" * 400 + "deep"}, "body", "nested too deeply"),
        ({"section": "99999"}, "section", "valid choice"),
        ({"lead_image": "99999"}, "lead_image", "valid choice"),
        ({"bylines_0": "99999"}, "bylines", "valid choice"),
        ({"topics": ["99999"]}, "topics", "valid choice"),
        ({"slug": "with space"}, "slug", "valid"),
        ({"standfirst": "s" * 501}, "standfirst", "at most 500 characters"),
        ({"note": "n" * 501}, "note", "at most 500 characters"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_field_that_is_wrong_says_so_beside_it_and_every_word_stays(
    client_of, editor, section, wrong, field, sentence
) -> None:
    posted = fields(section) | {"kicker": "Kept as typed"} | wrong
    told = client_of(editor).post("/admin/articles/article/add/", posted)
    assert list(errors(told)) == [field]
    assert sentence in str(errors(told)[field])
    assert "Kept as typed" in told.text
    form = told.context["adminform"].form
    assert [form.data[name] for name in wrong] == [
        value if isinstance(value, str) else value[-1] for value in wrong.values()
    ]
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (timedelta(minutes=-5), "choose a day and a time in the future"),
        (timedelta(days=400), "more than a year from now"),
        (timedelta(hours=1), "The embargo ends later"),
        (timedelta(hours=9), "would expire before it is published"),
    ],
)
def test_a_moment_that_does_not_fit_is_told_at_its_field(client_of, editor, section, when, sentence) -> None:
    now = timezone.now()
    more = moment("publish_on", now + when) | moment("embargo_until", now + timedelta(hours=2))
    more |= moment("expire_at", now + timedelta(hours=8))
    told = write(client_of(editor), section, _step="schedule", headline="Kept as typed", **more)
    assert sentence in str(errors(told)["publish_on"])
    assert told.text.count(sentence) == 1
    assert "Kept as typed" in told.text


def test_an_embargo_after_publication_or_a_slug_of_that_day_is_told_at_its_field(client_of, editor, article) -> None:
    desk, other = client_of(editor), make_article(section=article.section, slug="taken", publish_at=article.publish_at)
    late = change(
        desk, article, standfirst="Kept as typed", **moment("embargo_until", timezone.now() + timedelta(hours=1))
    )
    assert "embargo_until" in errors(late)
    assert "Kept as typed" in late.text
    same = change(desk, article, slug=other.slug)
    assert "Another story of that day has this slug" in str(errors(same)["slug"])
    assert not Revision.objects.exists()


def test_an_embargo_set_while_a_colleague_publishes_holds(editor, section) -> None:
    story = make_draft(section=section)
    Article.objects.filter(pk=story.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    for at in (None, timezone.now() + timedelta(minutes=30)):
        with pytest.raises(StepRefused, match="not possible"):
            story.publish(by=editor, at=at)
    story.refresh_from_db()
    with pytest.raises(StepRefused, match="embargo"):
        story.publish(by=editor)
    assert Article.objects.get().status == "draft"


def test_bylines_keep_the_order_in_which_they_are_typed_and_none_stands_twice(client_of, editor, section) -> None:
    desk, authors = client_of(editor), [make_author() for _ in range(3)]
    last, first, second = authors
    write(desk, section, bylines_0=first.pk, bylines_4=last.pk, bylines_2=second.pk)
    story = Article.objects.get()
    assert [byline.author for byline in story.bylines.all()] == [first, second, last]
    twice = change(desk, story, bylines_0=first.pk, bylines_2=first.pk)
    assert "stands in two lines" in str(errors(twice)["bylines"])
    assert story.bylines.count() == 3


def test_a12_scripts_in_every_corner_of_a_text_reach_neither_readers_nor_a_working_draft(
    client_of, editor, article, client
) -> None:
    change(client_of(editor), article, body=SCRIPTS)
    kept = Article.objects.get(pk=article.pk).working_draft.data["body"]
    change(client_of(editor), article, body=SCRIPTS, _step="publish_update")
    shown = Article.objects.get(pk=article.pk).body
    page = client.get(article.get_absolute_url()).text
    for text in (kept, shown):
        assert "Kept" in text
        assert not [
            attack for attack in ("alert(", "javascript:", "onerror", "evil.", "<svg", "style=") if attack in text
        ]
    assert "Kept" in page
    assert not [attack for attack in ("alert(", "javascript:", "onerror", "evil.example") if attack in page]


def test_a_restored_draft_is_cleaned_like_any_other(editor, article) -> None:
    from articles.models.snapshot import snapshot

    article.keep_draft(snapshot(article) | {"body": SCRIPTS}, base=0, by=None)
    article.publish_update(base=1, by=editor)
    assert "alert(" not in Article.objects.get().body


PAGES = ("change/", "history/", "compare/", "restore/1/", "correct/", "draft/", "delete/")


@pytest.mark.parametrize("role", ["Reporter", "Moderator", None])
@pytest.mark.parametrize("page", PAGES)
def test_a20_nobody_opens_or_changes_the_draft_of_another_by_guessing_its_address(
    client_of, editor, section, role, page
) -> None:
    from tests.make import make_user

    theirs = make_draft("Somebody else's secret", section=section, created_by=editor)
    theirs.publish(by=editor, at=timezone.now() + timedelta(days=1))
    Revision.take(theirs, user=editor, note="Secret note")
    before = Article.objects.values().get(pk=theirs.pk)
    guest = client_of(make_user(role))
    where = f"/admin/articles/article/{theirs.pk}/{page}"
    posted = fields(
        section, base=theirs.version, base_version=theirs.version, step="publish_update", text="x", post="yes"
    )
    for answer in (guest.get(where), guest.post(where, posted)):
        assert answer.status_code in {302, 403, 404, 405}
        assert "secret" not in answer.text.lower()
    assert Article.objects.values().get(pk=theirs.pk) == before
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (
            "Reporter",
            {"change/": 200, "history/": 200, "compare/": 200, "restore/1/": 403, "correct/": 403, "draft/": 403},
        ),
        (
            "Editor",
            {"change/": 200, "history/": 200, "compare/": 200, "restore/1/": 200, "correct/": 200, "draft/": 302},
        ),
        (
            "Front editor",
            {"change/": 200, "history/": 200, "compare/": 200, "restore/1/": 200, "correct/": 200, "draft/": 302},
        ),
        (
            "Moderator",
            {"change/": 403, "history/": 403, "compare/": 403, "restore/1/": 403, "correct/": 403, "draft/": 403},
        ),
        (
            "Admin",
            {"change/": 200, "history/": 200, "compare/": 200, "restore/1/": 200, "correct/": 200, "draft/": 302},
        ),
    ],
)
def test_each_role_and_the_pages_of_a_published_story_with_their_own_name_in_the_byline(
    client_of, section, role, expected
) -> None:
    from tests.make import make_user

    user = make_user(role)
    story = make_article(section=section, created_by=user, body=BODY)
    Revision.take(story, user=user)
    desk = client_of(user)
    where = f"/admin/articles/article/{story.pk}/"
    got = {page: desk.get(where + page).status_code for page in expected if page != "draft/"}
    got["draft/"] = desk.post(f"{where}draft/", {"step": "discard_draft", "base": 0}).status_code
    assert got == expected


def test_a_number_that_is_of_no_story_is_not_found(client_of, editor) -> None:
    for page in PAGES[1:5]:
        assert client_of(editor).get(f"/admin/articles/article/999999/{page}").status_code == 404
