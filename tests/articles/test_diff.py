"""What differs between two versions of a text: nothing is left out, and long texts are quick."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from articles import diff
from newsroom.lib.diff import runs

WORDS = st.lists(st.sampled_from("the a ferry bridge of Tuesday crack".split()), max_size=30)


def told(old: str, new: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Passages that differ, each with its pieces."""
    return [
        (p.op, [(piece.op, piece.text.strip()) for piece in p.pieces])
        for p in diff.passages(old, new)
        if p.op != "same"
    ]


@given(WORDS, WORDS)
def test_what_stayed_and_went_is_the_old_text_and_what_stayed_and_came_the_new(old: list[str], new: list[str]) -> None:
    found = list(runs(old, new))
    assert [word for run in found for word in old[run.old]] == old
    assert [word for run in found for word in new[run.new]] == new
    assert all((old[run.old] == new[run.new]) == run.same for run in found)
    assert all(one.same != other.same for one, other in itertools.pairwise(found))


PIECES = (
    *("<p>the ferry</p>", "<p>the <b>ferry</b></p>", '<p data-block="aaaa1111">the ferry</p>', "<p>the ferry came</p>"),
    *('<p>a data-block="b" c</p>', '<p>a data-block="d" c</p>', '<ul><li data-block="bbbb1111">a</li><li>b</li></ul>'),
    *(
        "\n",
        "the ",
        "<b>ferry</b>",
        "ferry",
        "<hr>",
        "<figure></figure>",
        '<figure data-embed="https://x.com/a"></figure>',
    ),
)
BODIES = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)


@given(BODIES, BODIES)
def test_what_both_begin_and_end_with_is_passed_over_and_nothing_else(old: str, new: str) -> None:
    shown = [piece for passage in diff.passages(old, new) for piece in passage.pieces]
    assert diff.changed_words(old, new) == diff.count(shown)
    assert diff.is_same(old, new) == ([b.key for b in diff.blocks_of(old)] == [b.key for b in diff.blocks_of(new)])


def test_a_word_that_changed_is_the_only_one_that_is_marked() -> None:
    found = told(
        "<p>The crack was seen on Tuesday.</p><p>Same.</p>", "<p>The crack was seen on Monday.</p><p>Same.</p>"
    )
    assert found == [("changed", [("same", "The crack was seen on"), ("gone", "Tuesday."), ("come", "Monday.")])]


def test_a_link_that_leads_elsewhere_is_a_change_though_its_words_are_the_same() -> None:
    [passage] = diff.passages(
        '<p>See <a href="https://one.example/">the report</a>.</p>',
        '<p>See <a href="https://two.example/">the report</a>.</p>',
    )
    assert [(piece.op, piece.details) for piece in passage.pieces] == [
        ("same", []), ("gone", ["https://one.example/"]), ("come", ["https://two.example/"]), ("same", [])
    ]  # fmt: skip


def test_a_picture_with_another_description_or_file_is_a_change() -> None:
    one = '<figure class="image"><img src="/media/a.jpg" alt="A ferry"><figcaption>At dawn</figcaption></figure>'
    [alt] = [p for p in diff.passages(one, one.replace("A ferry", "A bridge")) if p.op != "same"]
    assert [(piece.op, piece.text, piece.picture) for piece in alt.pieces] == [
        ("gone", " A ferry".strip(), "/media/a.jpg"), ("come", "A bridge", "/media/a.jpg")
    ]  # fmt: skip
    [src] = [p for p in diff.passages(one, one.replace("a.jpg", "b.jpg")) if p.op != "same"]
    assert [piece.picture for piece in src.pieces] == ["/media/a.jpg", "/media/b.jpg"]


def test_a_paragraph_that_became_a_heading_and_words_that_became_bold_are_changes() -> None:
    [passage] = diff.passages("<p>What is known</p>", "<h2>What is known</h2>")
    assert (passage.op, passage.was[-1][0], passage.kind[-1][0]) == ("changed", "p", "h2")
    [bold] = diff.passages("<p>No one was hurt.</p>", "<p>No one was <strong>hurt</strong>.</p>")
    assert [(piece.op, piece.text) for piece in bold.pieces][1:] == [
        ("gone", " hurt."),
        ("come", " hurt"),
        ("come", "."),
    ]
    assert bold.pieces[2].tags == {"strong"}


def test_every_attribute_that_is_stored_counts() -> None:
    for one, other in [
        ('<figure class="align-left">', '<figure class="align-right">'), ('<ol start="2"><li>', "<ol><li>"),
        ('<p><span class="question" data-question="Why?">', '<p><span class="question" data-question="How?">'),
        ('<p lang="en">', '<p lang="de">'), ("<p><time datetime='2026-01-01'>", "<p><time datetime='2026-01-02'>"),
        ('<figure class="embed" data-embed="https://vimeo.com/1">', '<figure class="embed" data-embed="https://vimeo.com/2">'),
    ]:  # fmt: skip
        assert told(f"{one}words", f"{other}words"), one
    assert not told('<p data-block="a1b2c3d4">words', '<p data-block="00000000">words')


def test_a_block_that_was_rewritten_is_known_by_its_name_and_one_put_between_moves_nothing() -> None:
    old = '<p data-block="aaaa1111">One two three.</p><p data-block="bbbb2222">Four five six.</p>'
    new = '<p data-block="aaaa1111">Seven eight.</p><p>Quite new.</p><p data-block="bbbb2222">Four five six.</p>'
    assert [passage.op for passage in diff.passages(old, new)] == ["changed", "come", "same"]


def test_lists_and_tables_are_compared_line_by_line() -> None:
    found = told("<ul><li>One</li><li>Two</li></ul><table><tr><td>1</td><td>2</td></tr></table>",
                 "<ul><li>One</li><li>Two</li><li>Three</li></ul><table><tr><td>1</td><td>3</td></tr></table>")  # fmt: skip
    assert found == [("come", [("come", "Three")]), ("changed", [("same", "1"), ("gone", "2"), ("come", "3")])]


def test_line_breaks_between_words_are_no_change_and_spaces_in_preformatted_text_are() -> None:
    assert diff.is_same("<p>One\n two</p>\n\n<p>Three</p>", "<p>One two</p><p>Three</p>")
    assert not diff.is_same("<pre>if:\n  x</pre>", "<pre>if:\n x</pre>")
    assert not diff.is_same("<p>One two</p>", "<p>Onetwo</p>")


def test_markup_in_a_text_stays_text() -> None:
    [passage] = diff.passages("<p>a</p>", "<p>a &lt;script&gt;alert(1)&lt;/script&gt;</p>")
    assert passage.pieces[-1].text.strip() == "<script>alert(1)</script>"


def test_the_work_grows_with_the_length_and_not_with_its_square() -> None:
    """Counted in comparisons of words, so that it holds on a busy machine."""

    class Word(str):
        asked = 0
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            Word.asked += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    def work(length: int) -> int:
        text = [Word(f"{n * n % 997} {n % 7}") for n in range(length)]
        new = [word for n, word in enumerate(text) if n % 50] + [Word("the")] * (length // 50)
        Word.asked = 0
        list(runs(text, new))
        return Word.asked

    assert work(2_000) < 10 * 2_000
    assert work(20_000) < 10 * 20_000
