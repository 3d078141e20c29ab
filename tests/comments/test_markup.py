"""What a reader types becomes HTML that harms nobody."""

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comments.markup import BLOCK_MAX, addresses, render, tidy

ALLOWED = {"p", "br", "a", "strong", "em", "code", "blockquote"}


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
    return html


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
    ],
)
def test_what_is_typed_and_what_is_shown(typed: str, html: str) -> None:
    assert check(typed) == html


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
@given(st.text(alphabet=st.sampled_from("*`>_ \n<&\"'()abhttps:/.example\u202e\u0301"), max_size=200))
def test_any_text_is_balanced(text: str) -> None:
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
        "x" * 500_000, "https://a.example/" + "(" * 100_000, "e" + "\u0301" * 100_000,
    ],
)  # fmt: skip
def test_a18_hostile_lengths_take_little_time(text: str) -> None:
    started = time.process_time()
    check(text)
    assert time.process_time() - started < 5


def test_long_texts_of_an_import_are_cut_into_blocks() -> None:
    assert check("word " * BLOCK_MAX).count("<p>") > 1


@pytest.mark.real_data
def test_a5_known_attacks_are_text(real_data: Path) -> None:
    vectors = (real_data / "xss" / "h5sc-vectors.txt").read_text("utf-8", "replace").splitlines()
    naughty = json.loads((real_data / "naughty" / "blns-half.json").read_text("utf-8"))
    for vector in [*vectors, *map(str, naughty)]:
        check(vector)
