"""Two editors, one story: what only one of them changed is taken, and where both did somebody chooses, passage by passage."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from articles.merging import stretches
from articles.models import Article, Autosave, Revision
from tests.articles.test_publishing import change, fields
from tests.make import make_author, make_draft, make_section, make_topic


def named(text: str) -> str:
    """“a b2” as a body: a paragraph a letter, named by it, whose words are letter and digit."""
    return "".join(f'<p data-block="{word[0] * 4}">{word}</p>' for word in text.split())


def words(html: str) -> str:
    return re.sub(r"(</?p[^>]*>)+", " ", html).strip()


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ("a b c", "a1 b c", "a b c2", "a1 b c2"),
        ("a b c", "a1 b c", "a b2 c", "a1 b2 c"),  # neighbours
        ("a b c", "a b1 c", "a b2 c", "a (b1|b2) c"),
        ("a b c", "a b1 c", "a b1 c", "a b1 c"),
        ("a b c", "a x b c", "a b c y", "a x b c y"),
        ("a b", "a x b", "a y b", "a (x|y) b"),
        ("a b c", "a c", "a b c2", "a c2"),  # one deleted, the other changed something else
        ("a b c", "a c", "a b2 c", "a (|b2) c"),
        ("a b c", "a b c", "", ""),
        ("a b", "a b", "a b", "a b"),
        ("", "a", "b", "(a|b)"),
        (None, "a b1 c", "a b2 c", "a (b1|b2) c"),
        (None, "a b", "a", "a (b|)"),
    ],
)
def test_what_one_side_changed_is_taken_and_what_both_changed_is_asked(
    base: str | None, mine: str, theirs: str, merged: str
) -> None:
    found = stretches(None if base is None else named(base), named(mine), named(theirs))
    said = [
        words(each.html(each.taken)) if each.taken else f"({words(each.html('mine'))}|{words(each.html('theirs'))})"
        for each in found
    ]
    assert " ".join(filter(None, said)) == merged


def test_a_passage_that_nobody_named_is_known_by_its_words_and_its_links_count() -> None:
    base = '<p>Alike.</p><p>The <a href="/a/">bridge</a>.</p>'
    (_same, link) = stretches(base, base, base.replace("/a/", "/b/"))
    assert link.taken == "theirs"
    assert "/b/" in link.html("theirs")


BODY = named("a b c d")


@pytest.fixture
def story(db: None, client_of: Any, editor: Any, section: Any) -> Article:
    """Saved once, so that a revision says what both start from."""
    story = make_draft("As it was", section=section, created_by=editor, body=BODY)
    change(client_of(editor), story)
    return story


def opened(desk: Any, story: Article) -> dict[str, Any]:
    """What the form posts that an editor has opened just now."""
    page = LexborHTMLParser(desk.get(f"/admin/articles/article/{story.pk}/change/").text)
    hidden = {
        name: page.css_first(f"[name={name}]").attributes["value"]
        for name in ("base_version", "base_revision", "draft_token")
    }
    story.refresh_from_db()
    return fields(story.section, headline=story.headline, slug=story.slug, body=story.body) | hidden


def post(desk: Any, story: Article, posted: dict[str, Any], **over: Any) -> Any:
    return desk.post(f"/admin/articles/article/{story.pk}/change/", posted | over)


def in_form(answer: Any) -> dict[str, Any]:
    """What the form of an answer would post, by its names, before a button is pressed or something is chosen."""
    typed = answer.context["adminform"].form.data
    return {name: typed[name] for name in typed if name[0] != "_"} | {"topics": typed.getlist("topics")}


def choices(answer: Any) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="(_choice_\w+)"', answer.text)))


def test_two_who_changed_different_things_put_them_together_without_a_choice(
    client_of: Any, editor: Any, front_editor: Any, story: Article
) -> None:
    first, second = client_of(editor), client_of(front_editor)
    late, author, topic = opened(second, story), make_author(), make_topic()
    embargo = timezone.localtime() + timedelta(days=2)
    change(
        first, story, body=named("a1 b c d"), section=make_section("Sea").pk, topics=[topic.pk],
        bylines_0=author.pk, bylines_1="Words by", noindex="on",
        embargo_until_0=f"{embargo:%Y-%m-%d}", embargo_until_1="06:30:00",
    )  # fmt: skip
    answer = post(second, story, late, body=named("a b c d2 e"), standfirst="From Monday.")
    assert answer.status_code == 409
    assert choices(answer) == []
    assert answer.text.count("theirs stands") == 6  # five fields and a paragraph
    assert answer.text.count("yours stands") >= 2
    one = post(second, story, in_form(answer), _together="1")
    assert one.status_code == 200
    assert "stand in the form as one" in one.text
    story.refresh_from_db()
    assert (story.version, words(story.body)) == (2, "a1 b c d")  # nothing is saved by that
    assert words(Autosave.objects.get(user=front_editor).data["body"][0]) == "a1 b c d2 e"
    assert post(second, story, in_form(one)).status_code == 302
    story.refresh_from_db()
    assert (story.version, words(story.body), story.standfirst) == (3, "a1 b c d2 e", "From Monday.")
    assert (story.section.name, story.noindex, list(story.topics.all())) == ("Sea", True, [topic])
    assert [(b.author, b.role) for b in story.bylines.all()] == [(author, "Words by")]
    assert timezone.localtime(story.embargo_until).strftime("%d %H:%M") == f"{embargo:%d} 06:30"


@pytest.mark.parametrize(
    ("text", "headline", "stored"),
    [
        ("mine", "mine", ("a b1 c d", "By the second")),
        ("theirs", "theirs", ("a b2 c d", "By the first")),
        ("both", "theirs", ("a b1 b2 c d", "By the first")),
        (None, None, ("a b1 b2 c d", "By the second")),  # no word is lost where nothing was chosen
    ],
)
def test_where_both_changed_the_same_one_is_chosen(
    client_of: Any, editor: Any, front_editor: Any, story: Article, text: str, headline: str, stored: Any
) -> None:
    first, second = client_of(editor), client_of(front_editor)
    late = opened(second, story)
    change(first, story, body=named("a b2 c d"), headline="By the first")
    answer = post(second, story, late, body=named("a b1 c d"), headline="By the second")
    of_headline, of_text = choices(answer)
    chosen = {of_headline: headline, of_text: text} if text else {}
    one = post(second, story, in_form(answer) | chosen, _together="1")
    assert post(second, story, in_form(one)).status_code == 302
    story.refresh_from_db()
    assert (words(story.body), story.headline) == stored
    assert Revision.objects.filter(article=story).count() == 3


def test_a_working_draft_is_put_together_like_a_draft_and_readers_see_nothing(
    client_of: Any, editor: Any, front_editor: Any, article: Article, client: Any
) -> None:
    first, second = client_of(editor), client_of(front_editor)
    change(first, article, body=BODY)
    late = opened(second, article) | {"body": BODY}
    change(first, article, body=named("a1 b c d"))
    answer = post(second, article, late, body=named("a b c d2"))
    one = post(second, article, in_form(answer), _together="1")
    assert post(second, article, in_form(one)).status_code == 302
    article.refresh_from_db()
    assert article.working_draft is not None
    assert words(article.working_draft.data["body"]) == "a1 b c d2"
    assert "d2" not in client.get(article.get_absolute_url()).text


@pytest.mark.parametrize("forged", ["", "99999999", "-1", "x", str(2**70), "another"])
def test_where_nobody_knows_what_both_started_from_everything_is_asked(
    client_of: Any, editor: Any, front_editor: Any, story: Article, forged: str
) -> None:
    other = make_draft(section=story.section)
    change(client_of(editor), other, body=BODY)
    second = client_of(front_editor)
    late = opened(second, story)
    change(client_of(editor), story, body=named("a1 b c d"))
    base = str(other.revisions.get().pk) if forged == "another" else forged
    answer = post(second, story, late, body=named("a b c d2"), base_revision=base)
    assert answer.status_code == 409
    assert len(choices(answer)) == 2
    assert "theirs stands" not in answer.text


def test_a_third_save_while_somebody_chooses_asks_again(
    client_of: Any, editor: Any, front_editor: Any, story: Article
) -> None:
    first, second = client_of(editor), client_of(front_editor)
    late = opened(second, story)
    change(first, story, body=named("a b2 c d"))
    answer = post(second, story, late, body=named("a b1 c d"))
    change(first, story, body=named("a b2 c3 d"))
    again = post(second, story, in_form(answer), _together="1")
    assert again.status_code == 409
    assert "c3" in again.text
    one = post(second, story, in_form(again) | {choices(again)[0]: "mine"}, _together="1")
    assert words(in_form(one)["body"]) == "a b1 c3 d"


def test_who_may_not_change_the_story_puts_nothing_together(client_of: Any, reporter: Any, story: Article) -> None:
    answer = post(client_of(reporter), story, fields(story.section, base_version=1), _together="1")
    assert answer.status_code in {302, 403, 404}
    assert not Autosave.objects.exists()
