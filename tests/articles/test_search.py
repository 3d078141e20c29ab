"""A reader searches."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, SiteSettings
from articles.search import excerpts, find, index, index_many
from tests.make import make_article, make_author

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [a.headline for a in find(Article.objects.live(timezone.now()).newest(), text)]


@pytest.fixture(autouse=True)
def stories(site: SiteSettings) -> None:
    now = timezone.now()
    index_many(
        [
            make_article(
                "Ferries doubled", body="<p>Every half hour from both quays.</p>", publish_at=now - timedelta(hours=3)
            ),
            make_article(
                "The bridge closes", body="<p>Ferry crews are on the way.</p>", publish_at=now - timedelta(hours=2)
            ),
            make_article("Not yet out", body="<p>Ferry tomorrow.</p>", publish_at=now + timedelta(hours=2)),
            make_article("Café über Ñandú", body="<p>Accents.</p>", authors=[make_author("Ines Halloran")]),
        ]
    )


def test_every_word_must_stand_in_a_story_and_the_newest_comes_first() -> None:
    assert found("ferry") == ["The bridge closes", "Ferries doubled"]
    assert found("ferry crews") == ["The bridge closes"]
    assert found("ferry submarine") == []


def test_phrases_and_exclusions_are_understood() -> None:
    assert found('"half hour"') == ["Ferries doubled"]
    assert found('"hour half"') == []
    assert found("ferry -crews") == ["Ferries doubled"]


def test_a_name_in_the_byline_finds_the_story() -> None:
    assert found("halloran") == ["Café über Ñandú"]


def test_a_story_that_is_not_out_is_not_found_and_a_withdrawn_one_no_more(editor) -> None:
    assert "Not yet out" not in found("ferry")
    story = Article.objects.get(headline="The bridge closes")
    story.withdraw(by=editor, reason="Wrong bridge")
    assert found("crews") == []


def test_a_changed_text_is_found_by_its_new_words_only() -> None:
    story = Article.objects.get(headline="Ferries doubled")
    story.body = "<p>Trams instead.</p>"
    story.save()
    index(story)
    assert found("trams") == ["Ferries doubled"]
    assert found("quays") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        '"',
        "x:y",
        "a AND",
        "NOT",
        "-",
        "(",
        "*",
        "'); DROP TABLE x;--",
        "\x00",
        "😀",
        "-ferry",
        '""',
        "\ud800",
        "NEAR(",
        "^a",
    ],
)
def test_no_text_breaks_the_search(text: str) -> None:
    found(text)
    excerpts(text, Article.objects.values_list("pk", flat=True))


def test_an_excerpt_marks_the_words_and_stays_text() -> None:
    story = make_article("Hostile", body="<p>before &lt;script&gt;alert(1)&lt;/script&gt; zebra after</p>")
    index(story)
    excerpt = excerpts("zebra", [story.pk])[story.pk]
    assert "<mark>zebra</mark>" in excerpt
    assert "<script>" not in excerpt
