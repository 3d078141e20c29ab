"""What a reader types becomes HTML that harms nobody."""

import json
import re
import time
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comments.blocks import BLOCK_MAX
from comments.markup import addresses, render, tidy
from newsroom.lib.html import COMMENT_MAX, DEPTH_MAX, clean_comment

pytestmark = pytest.mark.once

#: ```python says in which language code is; that word is not shown.
LANGUAGE = re.compile(r"^([> ]*```)\S*", re.MULTILINE)

ALLOWED = {"p", "br", "a", "strong", "em", "code", "pre", "blockquote", "details", "summary"}
#: What may stand in what: a page that breaks it is mended by browsers, each in its own way.
INSIDE = {"p": {None, "blockquote", "details"}, "pre": {None, "blockquote"}, "details": {None, "blockquote"}}


class Balance(HTMLParser):
    """Raises on anything that a comment must not hold, and on tags that are not in balance."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        if tag == "a":
            assert {name for name, _ in attrs} == {"href", "rel"}
            values = dict(attrs)
            assert re.match(r"https?://", values["href"] or "", re.IGNORECASE)
            assert values["rel"] == "ugc nofollow noopener"
        else:
            assert not attrs
        parent = self.open[-1] if self.open else None
        assert tag not in INSIDE or parent in INSIDE[tag], (tag, parent)
        assert tag != "summary" or parent == "details"
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(text: str) -> str:
    html = render(text)
    parser = Balance()
    parser.feed(html)
    parser.close()
    assert not parser.open
    if len(html) < COMMENT_MAX and html.count("<blockquote>") < DEPTH_MAX:
        assert clean_comment(html) == html
    if all(len(line) <= BLOCK_MAX for line in text.split("\n")):
        assert words_of(unescape(html)) >= words_of(tidy(LANGUAGE.sub("", text)))
    return html


def words_of(text: str) -> set[str]:
    """Every run of letters and digits, those of addresses too."""
    return set(re.findall(r"[^\W_]+", text))


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("One\ntwo\n\nthree", "<p>One<br>two</p>\n<p>three</p>"),
        ("*soft* and **loud** and `x < y`", "<p><em>soft</em> and <strong>loud</strong> and <code>x &lt; y</code></p>"),
        ("**loud *and* soft**", "<p><strong>loud <em>and</em> soft</strong></p>"),
        ("2 * 3 * 4 and a*b*c", "<p>2 * 3 * 4 and a*b*c</p>"),
        ("*never closed", "<p>*never closed</p>"),
        ("*a **b* c**", "<p>*a <strong>b* c</strong></p>"),
        ("> quoted\nanswer", "<blockquote><p>quoted</p></blockquote>\n<p>answer</p>"),
        (">> deep", "<blockquote><blockquote><p>deep</p></blockquote></blockquote>"),
        ("<b>no</b> & done", "<p>&lt;b&gt;no&lt;/b&gt; &amp; done</p>"),
        ("javascript:alert(1) data:text/html,x", "<p>javascript:alert(1) data:text/html,x</p>"),
        ("a < b > c", "<p>a &lt; b &gt; c</p>"),
        ("`unclosed", "<p>`unclosed</p>"),
        (
            "```\nif *a* || <b>:\n\n    > c\n```\nd",
            "<pre><code>if *a* || &lt;b&gt;:\n\n    &gt; c</code></pre>\n<p>d</p>",
        ),
        ("```python\nx\n```", "<pre><code>x</code></pre>"),
        ("> ```\n>   x\n> ```", "<blockquote><pre><code>  x</code></pre></blockquote>"),
        ("```\nnever *closed*", "<p>```<br>never <em>closed</em></p>"),
    ],
)
def test_what_is_typed_and_what_is_shown(typed: str, html: str) -> None:
    assert check(typed) == html


SPOILER = "<details><summary>Spoiler</summary><p>{}</p></details>"


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("||The butler||", SPOILER.format("The butler")),
        ("It was ||the *butler*||.", "<p>It was</p>\n" + SPOILER.format("the <em>butler</em>.")),
        ("> ||quoted||", f"<blockquote>{SPOILER.format('quoted')}</blockquote>"),
        ("||a|| b ||c||", f"{SPOILER.format('a')}\n<p>b</p>\n{SPOILER.format('c')}"),
        ("||two\nlines||", SPOILER.format("two<br>lines")),
        ("if (a || b || c)", "<p>if (a || b || c)</p>"),
        ("a||b||c", "<p>a||b||c</p>"),
        ("`a ||b||`", "<p><code>a ||b||</code></p>"),
        ("||open", "<p>||open</p>"),
        ("||||", "<p>||||</p>"),
        ("||<b>||", SPOILER.format("&lt;b&gt;")),
    ],
)
def test_words_between_double_bars_are_folded_away(typed: str, html: str) -> None:
    assert check(typed) == html


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("[the report](https://a.example/x_(y))", "the report (a.example)"),
        ("**[the report](https://a.example/)**", "the report (a.example)"),
        ("[your-bank.example](https://evil.example/)", "your-bank.example (evil.example)"),
        ("[apple.com](https://\u0430pple.com/)", "apple.com (xn--pple-43d.com)"),
    ],
)
def test_a_link_says_where_it_leads_whatever_its_words_say(typed: str, shown: str) -> None:
    assert f">{shown}</a>" in check(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](//evil.example/)",
        "[x](https://a@evil.example/)",
        "[x](https://a.example/",
        "[x] (https://)",
        "[ ](https://)",
        "[\u202eetisknab\u202c](https:x)",
    ],
)
def test_what_only_looks_like_a_link_stays_text(typed: str) -> None:
    assert check(typed).count("<a ") == typed.count("https://a.example")


@pytest.mark.parametrize("mark", ["\u200f", "\u202b", "\u2067", "\u061c"])
def test_the_words_of_a_link_cannot_turn_its_host_around(mark: str) -> None:
    assert "a.example)" not in check(f"[words{mark}](https://a.example/)").replace("https://a.example/)", "")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("See https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ('"https://a.example/"', "https://a.example/"),
        ("**https://a.example/**", "https://a.example/"),
        ("HTTPS://A.example/?a=1&b=2", "HTTPS://A.example/?a=1&b=2"),
    ],
)
def test_addresses_become_links_without_the_sentence_around_them(typed: str, address: str) -> None:
    assert f'href="{address.replace("&", "&amp;")}"' in check(typed)
    assert addresses(typed) == [address]


@pytest.mark.parametrize(
    "typed", ["http://", "https://user@evil.example/", "xhttps://a.example/", "https://[::1", 'https://"onclick=x']
)
def test_what_is_no_address_stays_text(typed: str) -> None:
    assert "<a" not in check(typed)


def test_characters_that_deceive_are_taken_out() -> None:
    assert tidy("a\u202egnp.exe\x00") == "agnp.exe"
    assert len(tidy("e" + "\u0301" * 500)) == 4


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("*`>|[]_ \n<&\"'()abhttps:/.example\u202e\u0301"), max_size=200))
def test_any_text_is_balanced(text: str) -> None:
    check(text)


PIECES = [
    "||",
    "||a||",
    "```\n",
    "```",
    "> ",
    "\n",
    "\n\n",
    "*",
    "**",
    "`",
    "[a](https://b.example/)",
    "https://b.example/",
    "[",
    " ",
    "c",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_marks_in_any_order_are_balanced(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_characters_are_harmless(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 100_000, "`" * 100_001, "> " * 50_000, ("> x\n" * 30_000), "[" * 100_000, "**a*" * 25_000,
        "http://a.example/ " * 10_000, "http://" * 15_000, "\n\n".join("ab" * 5 for _ in range(9_000)),
        "||a|| " * 80_000, "||a " * 120_000, "`||" * 160_000, "```x\n" * 100_000, "> ```x\n" * 70_000, "a\n" * 250_000,
        "[a](http://b.example/) " * 20_000, "[a](http://b.example/(" * 20_000, "[" * 500_000, "```\n" + "x\n" * 200_000 + "```",
        "x" * 500_000, "https://a.example/" + "(" * 100_000, "e" + "\u0301" * 100_000,
    ],
)  # fmt: skip
def test_a18_hostile_lengths_take_little_time(text: str) -> None:
    started = time.process_time()
    render(text)
    assert time.process_time() - started < 5


def test_long_texts_of_an_import_are_cut_into_blocks_between_words() -> None:
    html = check("word " * BLOCK_MAX)
    assert html.count("<p>") > 1
    assert html.count("word") == BLOCK_MAX


def test_the_longest_comment_that_can_be_typed_stays_one_paragraph() -> None:
    assert check("A sentence that goes on. " * 120).count("<p>") == 1


@pytest.mark.real_data
def test_a5_known_attacks_are_text(real_data: Path) -> None:
    vectors = (real_data / "xss" / "h5sc-vectors.txt").read_text("utf-8", "replace").splitlines()
    naughty = json.loads((real_data / "naughty" / "blns-half.json").read_text("utf-8"))
    for vector in [*vectors, *map(str, naughty)]:
        check(vector)
