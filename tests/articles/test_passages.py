"""The words of a body block by block, the questions that editors ask at some, and marks that keep the HTML whole."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.blocks import clean
from articles.models import Article
from articles.passages import Place, questions_of, words_of
from articles.rendering import Mark, render, render_elsewhere
from newsroom.lib.html import trusted
from tests.make import make_article

ASKED = (
    '<p data-block="aaaa1111">Anyone who <span class="question" data-question="What did it cost you?">crosses the'
    ' <a href="/sound/">Sound</a></span> waits.</p>'
)


def test_words_are_those_that_a_reader_sees_block_by_block() -> None:
    html = '<p data-block="aaaa">One\n  <em>two</em><br>three</p><ul data-block="bbbb"><li data-block="cccc">four</li></ul>'
    assert words_of(html) == {"aaaa": "One two three", "bbbb": "", "cccc": "four"}


def test_a_question_is_stored_with_its_words_and_known_by_its_place() -> None:
    stored = clean(ASKED)
    assert stored == ASKED.replace('<a href="/sound/">', '<a href="/sound/" rel="noopener">')
    [question] = questions_of(stored)
    assert question.text == "What did it cost you?"
    assert question.place == Place("aaaa1111", 11, 28)
    assert words_of(stored)["aaaa1111"][11:28] == "crosses the Sound"


@pytest.mark.parametrize(
    "html",
    [
        '<p>One <span class="question">two</span></p>',
        '<p>One <span data-question="Why?">two</span></p>',
        '<p>One <span class="question" data-question=" ">two</span></p>',
        '<p>One <span class="question" data-question="Why?"> </span>two</p>',
        '<div class="question" data-question="Why?"><p>One two</p></div>',
        '<span class="question" data-question="Why?"><p>One</p><p>two</p></span>',
    ],
)
def test_what_only_looks_like_a_question_becomes_its_words(html: str) -> None:
    stored = clean(html)
    assert questions_of(stored) == []
    assert "data-question" not in stored
    assert "two" in stored


def test_a5_a_question_holds_plain_words_on_one_line_and_is_never_longer_than_it_may_be() -> None:
    hostile = '&lt;img src=x onerror=alert(1)&gt;\n"quoted"&#x202e;' + "x" * 400
    stored = clean(f'<p>One <span class="question" data-question=\'{hostile}\' onclick="x()">two</span></p>')
    [question] = questions_of(stored)
    assert len(question.text) == 200
    assert question.text.startswith('<img src=x onerror=alert(1)> "quoted"x')
    assert "onclick" not in stored
    assert "<img" not in render(stored)


def test_a_question_within_a_question_is_none() -> None:
    inner = '<span class="question" data-question="Inner?">two</span>'
    [question] = questions_of(clean(f'<p>One <span class="question" data-question="Outer?">one {inner}</span></p>'))
    assert question.text == "Outer?"


def test_readers_feeds_search_and_counts_see_only_the_words(db: None) -> None:
    article = make_article(body=ASKED)
    assert article.questions == 1
    assert article.body_text == "Anyone who crosses the Sound waits."
    assert article.words == 6
    for html in (render(article), render_elsewhere(article)):
        assert "question" not in html
        assert "cost you" not in html


def test_a_marked_passage_keeps_its_links_and_what_belongs_to_it_stands_beneath() -> None:
    html = render(ASKED, marks=[Mark(Place("aaaa1111", 7, 28), trusted("<details>x</details>"))])
    assert '<mark class="passage">who </mark><mark class="passage">crosses the </mark>' in html
    assert '<a href="/sound/" rel="noopener"><mark class="passage">Sound</mark></a> waits.</p>' in html
    assert html.endswith('</p><div class="beneath"><details>x</details></div>')


def test_marks_may_overlap_and_a_list_item_keeps_what_belongs_to_it() -> None:
    body = '<ul data-block="aaaa"><li data-block="bbbb">one two three</li><li data-block="cccc">four</li></ul>'
    marks = [Mark(Place("bbbb", 0, 7), trusted("<i>1</i>")), Mark(Place("bbbb", 4, 13), trusted("<i>2</i>"))]
    html = render(body, marks=marks)
    assert (
        '<mark class="passage">one </mark><mark class="passage">two</mark><mark class="passage"> three</mark>' in html
    )
    assert '<div class="beneath"><i>1</i><i>2</i></div></li>' in html


def test_a_passage_in_a_table_and_in_a_caption_are_marked_too() -> None:
    body = (
        '<table data-block="aaaa"><tbody><tr><td>Tram</td><td><img src="/x.png" alt=""></td></tr></tbody></table>'
        '<figure class="image" data-block="bbbb"><img src="/y.png" alt=""><figcaption>The quay</figcaption></figure>'
    )
    marks = [Mark(Place("aaaa", 0, 4), trusted("<i>1</i>")), Mark(Place("bbbb", 4, 8), trusted("<i>2</i>"))]
    html = render(body, marks=marks)
    assert '<td><mark class="passage">Tram</mark></td>' in html
    assert 'The <mark class="passage">quay</mark></figcaption></figure><div class="beneath"><i>2</i></div>' in html
    assert "<i>1</i></div><figure" in html
    assert "[" not in html


def test_a_mark_of_a_block_that_is_gone_or_of_words_beyond_its_end_does_no_harm() -> None:
    marks = [Mark(Place("gone", 0, 4), trusted("<i>1</i>")), Mark(Place("aaaa1111", 900, 904), trusted("<i>2</i>"))]
    assert "Anyone who crosses the" in render(ASKED, marks=marks)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(["one", " ", "<em>two</em>", "<br>", "&amp;", "\n", "<a href='/x/'>a b</a>"]), max_size=12
    ),
    st.data(),
)
def test_marking_changes_no_word(parts: list[str], data: Any) -> None:
    body = clean(f"<p>.{''.join(parts)}.</p>")
    [(name, words)] = words_of(body).items()
    start = data.draw(st.integers(0, len(words) - 1))
    place = Place(name, start, data.draw(st.integers(start + 1, len(words))))
    html = render(body, marks=[Mark(place, trusted(""))])
    after = words_of(html.replace('<div class="beneath"></div>', ""))
    assert after == {name: words}
    marked = "".join(part.split("</mark>")[0] for part in html.split('<mark class="passage">')[1:])
    assert len("".join(words[place.start : place.end].split())) == len("".join(marked.replace("&amp;", "&").split()))


def test_an_article_says_how_many_questions_it_asks(db: None) -> None:
    article = make_article(body=ASKED)
    article.body = "<p>Nothing is asked.</p>"
    article.save(update_fields=["body"])
    assert Article.objects.get().questions == 0
