"""What an editor types or pastes becomes clean HTML whose blocks keep their names."""

import json
import re
import time

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from articles.blocks import clean
from articles.models import Article
from newsroom.lib.html import TooMuchHTML
from tests.make import make_draft

NAME = re.compile(r'data-block="([0-9a-f]{8})"')

_PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<ul>",
            "<li>",
            "</ul>",
            "<figure class=image>",
            "</figure>",
            "<div>",
            "</div>",
        ),
        *('<img src="/media/a.webp" alt="x">', "<a href=/x>", "</a>", "<pre>", "</pre>", "\n", "<br>", "<h2>", "</h2>"),
        *("<table><tr><td>", "</table>", "<blockquote>", "</blockquote>", "&amp;", "&nbsp;", "&lt;i&gt;", "<script>x"),
        *(
            "https://www.youtube.com/watch?v=TLkA0RELQ1g",
            '<p data-block="aaaa1111">',
            "<iframe src=//youtu.be/abcdefg>",
        ),
        *("<style>", "</style>", "<svg>", "<!-- c -->", "<details><summary>", "<table>", "<p lang=de>", "</iframe>"),
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=24).map("".join))
@settings(max_examples=150, deadline=None)
def test_cleaning_twice_changes_nothing(html: str) -> None:
    once = clean(html)
    assert clean(str(once)) == once  # a plain string says nothing of where it comes from


def test_what_is_made_of_clean_html_is_cleaned_again_and_the_html_itself_is_not() -> None:
    once = clean("<p>One</p>")
    assert clean(once) is once
    for made in (once + "<script>x</script>", once.replace("One", "<script>x</script>"), f"{once}<script>x</script>"):
        assert "script" not in clean(made)


def test_every_block_has_a_name_and_keeps_it_while_it_is_the_only_one_of_it() -> None:
    html = clean('<p data-block="aaaa1111">One</p><p>Two</p><p data-block="aaaa1111">Three</p><ul><li>x</li></ul>loose')
    names = re.findall(r'data-block="([a-z0-9]+)"', html)
    assert names[0] == "aaaa1111"
    assert len(names) == len(set(names)) == 6
    after = clean(html.replace("Two", "Two, changed"))
    assert re.findall(r'data-block="([a-z0-9]+)"', after) == names


def test_the_same_text_gets_the_same_names_again() -> None:
    assert clean("<p>One</p><p>One</p>") == clean("<p>One</p><p>One</p>")
    assert len(set(NAME.findall(clean("<p>One</p><p>One</p>")))) == 2


@pytest.mark.parametrize(
    "html",
    [
        "<p>https://www.youtube.com/watch?v=TLkA0RELQ1g</p>",
        '<p><a href="https://www.youtube.com/watch?v=TLkA0RELQ1g">https://www.youtube.com/watch?v=TLkA0RELQ1g</a></p>',
        '<p><iframe src="//www.youtube-nocookie.com/embed/TLkA0RELQ1g?rel=0" width="560"></iframe></p>',
        '<figure class="media"><oembed url="https://www.youtube.com/embed/TLkA0RELQ1g"></oembed></figure>',
        '<figure class="embed" data-embed="https://www.youtube.com/watch?v=TLkA0RELQ1g"></figure>',
    ],
)
def test_a_video_that_stands_alone_becomes_a_figure_with_its_link(html: str) -> None:
    figure = LexborHTMLParser(clean(html)).css_first("figure.embed")
    assert figure is not None
    assert figure.attributes["data-embed"] == "https://www.youtube.com/watch?v=TLkA0RELQ1g"
    assert figure.css_first("a").attributes["href"] == figure.attributes["data-embed"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>See https://www.youtube.com/watch?v=TLkA0RELQ1g for more</p>",
        "<p>https://evil.example/watch?v=1</p>",
        "<p>https://www.youtube.com.evil.example/watch?v=1</p>",
        '<iframe src="https://evil.example/"></iframe>',
        '<figure class="embed" data-embed="javascript:alert(1)"><a href="javascript:alert(1)">x</a></figure>',
    ],
)
def test_what_is_no_known_video_becomes_no_embed(html: str) -> None:
    out = clean(html)
    assert "data-embed" not in out
    assert "<iframe" not in out
    assert "javascript:" not in out


def test_an_unknown_frame_leaves_no_empty_paragraph() -> None:
    assert clean('<p><iframe src="https://evil.example/"></iframe></p>') == ""


def test_a_megabyte_is_cleaned_or_refused_quickly() -> None:
    paste = "<p>Lorem <b>ipsum</b> dolor sit amet &amp; the rest of a sentence that goes on.</p>" * 7000
    started = time.monotonic()
    assert clean(paste).count("<p ") == 7000
    for hostile in ("<div>" * 200_000, "x" * 1_000_001, "<b>" * 300_000):
        with pytest.raises(TooMuchHTML):
            clean(hostile)
    assert time.monotonic() - started < 20


@pytest.mark.django_db
def test_a_story_is_clean_whoever_saves_it(section) -> None:
    story = make_draft(section=section, body='<p onclick="x()">Text<script>alert(1)</script></p>')
    assert NAME.sub('data-block="…"', Article.objects.get(pk=story.pk).body) == '<p data-block="…">Text</p>'


@pytest.mark.django_db
def test_too_long_a_text_is_refused_with_a_sentence_and_every_word_kept(client_of, editor, section) -> None:
    body = "<p>" + "word " * 210_000 + "</p>"
    posted = {"headline": "Long", "kind": "story", "section": section.pk, "comments_mode": "open", "body": body}
    response = client_of(editor).post("/admin/articles/article/add/", posted)
    assert response.status_code == 200
    assert "too long or nested too deeply" in response.text
    assert "word word word" in response.text
    assert not Article.objects.exists()


@pytest.mark.django_db
def test_only_forms_that_hold_the_editor_have_its_policy(client_of, editor) -> None:
    desk = client_of(editor)
    form = desk.get("/admin/articles/article/add/").headers["Content-Security-Policy"]
    assert "script-src-attr 'unsafe-inline'" in form
    assert "script-src-elem 'self'" in form
    assert "unsafe-eval" not in form
    for path in ("/admin/articles/article/", "/admin/articles/image/add/", "/admin/"):
        assert "unsafe" not in desk.get(path).headers["Content-Security-Policy"]


@pytest.mark.django_db
@override_settings(NEWSROOM_EDITOR="textarea")
def test_another_editor_is_one_setting(client_of, editor) -> None:
    response = client_of(editor).get("/admin/articles/article/add/")
    assert "ckeditor" not in response.text
    assert 'name="body"' in response.text
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.real_data
def test_no_known_attack_survives(real_data) -> None:
    cases = [*_h5sc(real_data), *_bleach(real_data)]
    assert len(cases) > 100
    for case in cases:
        tree = LexborHTMLParser(clean(case))
        for node in tree.body.css("*"):
            assert node.tag not in {
                "script",
                "style",
                "iframe",
                "object",
                "embed",
                "svg",
                "math",
                "form",
                "base",
                "link",
            }
            for name, value in node.attributes.items():
                assert not name.startswith("on"), case
                assert name not in {"style", "srcdoc", "formaction", "id"}, case
                address = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
                if name in {"href", "src", "cite", "data-embed"}:
                    assert not address.startswith(("javascript:", "vbscript:", "data:", "//")), case


def _h5sc(real_data):
    text = (real_data / "xss" / "h5sc-vectors.txt").read_text("utf-8", "replace")
    return [line for line in text.splitlines() if "<" in line]


def _bleach(real_data):
    files = sorted((real_data / "xss" / "bleach-data").glob("*.test"))
    cases = [file.read_text("utf-8").partition("\n--\n")[0] for file in files]
    for file in (real_data / "xss" / "html5lib-tests").rglob("*.test"):
        cases += re.findall(r"<[^\"]+>", json.dumps(json.loads(file.read_text("utf-8"))))[:200]
    return cases
