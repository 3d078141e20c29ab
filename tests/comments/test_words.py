"""Phrases are found whatever was done to hide them, and nowhere else; at any length, quickly."""

import random
import string
import time

import pytest

from comments.words import WordLists, holds_nothing, marked

#: Where alphabets begin that are letters only to the eye: full width, bold script, in circles, in boxes, of flags.
LIKE_A = (0xFF41, 0x1D4EA, 0x24D0, 0x1F150, 0x1F170, 0x1F1E6)


def found(text: str, *phrases: str) -> list[str]:
    return [text[match.start : match.end] for match in WordLists(banned=phrases).find(text)]


@pytest.mark.parametrize(
    "disguise",
    [
        "viagra",
        "VIAGRA",
        "vi\u200bag\u200dra",  # zero-width
        "vi\u00adagra",  # soft hyphen
        "\u202evi\u2066agra\u202c",  # bidirectional controls
        "v\u0456\u0430gr\u0430",  # Cyrillic
        "\u03bd\u03b9agr\u03b1",  # Greek
        *("".join(chr(first + ord(letter) - ord("a")) for letter in "viagra") for first in LIKE_A),
        "v\u0301i\u0302a\u0300\u0301\u0302gra",  # accents
        "v\u3164iagra",  # a letter that nobody sees
        "v i a g r a",
        "v.i.a.g.r.a",
        "v - i - a - g - r - a",
        "vi*ag*ra",
        "via-gra",
        "vi_ag_ra",
        "via<b></b>gra",
        "via$gra",
    ],
)
def test_a18_a_disguised_word_is_found_where_it_stands(disguise: str) -> None:
    text = f"Buy {disguise} now"
    (seen,) = found(text, "viagra")
    assert seen.strip("\u202e\u202c") == disguise.strip("\u202e\u202c")


@pytest.mark.parametrize("text", ["Get a v i a g r a pill", "v i a g r a I said"])
def test_a18_a_word_of_one_letter_beside_a_spelled_out_word_hides_nothing(text: str) -> None:
    assert "v i a g r a" in found(text, "viagra")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I live in Scunthorpe.", "cunt"),
        ("First class assessment of the bass", "ass"),
        ("Penistone and Clitheroe", "penis"),
        ("Essex, Sussex and Middlesex", "sex"),
        ("the analysis of canals", "anal"),
        ("i am a b c d", "abcd e"),
        ("A cocktail in Hancock", "cock"),
        ("He passed us: hit the road, as said", "shit"),
        ("Are there any at all?", "anyat"),
        ("14 chandeliers", "4ch"),
        ("слово", "слов"),
    ],
)
def test_innocent_words_are_left_alone(text: str, phrase: str) -> None:
    assert found(text, phrase) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("online casinos", "casino*"),
        ("megacasino", "*casino"),
        ("megacasinos", "*casino*"),
        ("viagra100mg", "viagra"),
        ("cheap   pills,\nonline", "cheap pills online"),
        ("Сука!", "сука"),
        ("MÖPSE", "möpse"),
        ("Straße", "strasse"),
        ("今日はお金がない", "お金"),
        ("🍆🍆", "🍆"),
        ("see bit.ly/x", "bit.ly"),
        ('<a href="http://spam.example">', "<a href"),
        ("so f*cking", "f*ck*"),
        ("यह शब्द है", "शब्द"),
    ],
)
def test_a_phrase_is_found_as_its_line_says(text: str, phrase: str) -> None:
    assert found(text, phrase)


def test_a_line_without_letter_or_sign_holds_nothing() -> None:
    assert all(holds_nothing(line) for line in ("***", "...", "\u200b", "-"))
    assert found("anything", "***", "") == []


def test_both_lists_are_read_at_once_and_marked_in_place() -> None:
    lists = WordLists(banned=["badword"], suspect=["odd word", "word"])
    text = "A b a d w o r d and an odd word."
    pieces = marked(text, lists.find(text))
    expected = [("", "A "), ("banned", "b a d w o r d"), ("", " and an "), ("suspect", "odd word"), ("", ".")]
    assert pieces == expected
    assert "".join(piece for _, piece in pieces) == text


def test_a18_five_thousand_phrases_over_three_thousand_characters_take_milliseconds() -> None:
    dice = random.Random(7)
    words = ["".join(dice.choices(string.ascii_lowercase, k=dice.randint(4, 14))) for _ in range(5000)]
    lists = WordLists(banned=words[:2500], suspect=words[2500:])
    texts = [
        " ".join(dice.choices([*words[:50], "the", "bridge", "was"], k=600))[:3000],
        "a " * 1500,
        "a.b-" * 750,
        "<a" * 1500,
        "\u0301" * 3000,
        "v i a g r a " * 250,
    ]
    for text in texts:
        lists.find(text)  # folding remembers its characters
        begun = time.process_time()
        lists.find(text)
        assert time.process_time() - begun < 0.05, text[:20]  # 2 to 5 ms on the machine where it was written


def test_a18_the_time_grows_with_the_length_and_no_faster() -> None:
    lists = WordLists(banned=["a" * n for n in range(4, 40)], suspect=["b"])
    text = "ab " * 1000

    def cost(times: int) -> float:
        begun = time.process_time()
        lists.find(text * times)
        return time.process_time() - begun

    cost(1)
    assert cost(40) < 40 * max(cost(4) / 4, 0.001) * 4
