"""Finding a passage again after the story was edited: what keeps its anchor, and what loses it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.passages import Place
from comments.anchoring import Anchor, Text, anchor_at, locate
from tests.bench.anchors import FEW, MANY, edited_megabyte

WORDS = (
    "bridge crack hanger tunnel ferry harbour morning inspector deck cable water traffic closed opened minutes budget"
    " vote council engineer batch replaced eastern western quay bus train school lesson hospital bicycle figures salt"
).split()

sentences = st.lists(st.sampled_from(WORDS), min_size=8, max_size=30).map(" ".join)
texts = st.lists(sentences, min_size=2, max_size=6).map(lambda found: {f"b{n}": text for n, text in enumerate(found)})

STORY = {
    "aaaa": "The bridge was closed in both directions at ten past six after a crack was found.",
    "bbbb": "Anyone who crosses the Sound for work, school or hospital now has one good option fewer.",
    "cccc": "Ferries run every half hour. Ferries are full before eight.",
}


def place_of(words: str, blocks: dict[str, str] = STORY) -> Place:
    name = next(name for name, text in blocks.items() if words in text)
    start = blocks[name].index(words)
    return Place(name, start, start + len(words))


def anchor_of(words: str, blocks: dict[str, str] = STORY) -> Anchor:
    place = place_of(words, blocks)
    return anchor_at(place, blocks[place.block])


@settings(max_examples=60, deadline=None)
@given(texts, st.data())
def test_an_edit_elsewhere_never_moves_an_anchor(blocks: dict[str, str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(blocks)))
    start = data.draw(st.integers(0, len(blocks[name]) - 1))
    place = Place(name, start, data.draw(st.integers(start + 1, len(blocks[name]))))
    anchor = anchor_at(place, blocks[name])
    before = locate(anchor, blocks)
    others = {other: data.draw(sentences) for other in blocks if other != name}
    edited = data.draw(st.permutations([*others.items(), (name, blocks[name]), ("new", data.draw(sentences))]))
    assert before is not None
    assert locate(anchor, dict(edited)) == before
    assert blocks[name][before.start : before.end] == anchor.exact


@settings(max_examples=60, deadline=None)
@given(texts, st.data())
def test_an_edit_around_a_passage_keeps_it(blocks: dict[str, str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(blocks)))
    words = "whoever wakes before the tide turns"
    before, after = blocks[name], data.draw(sentences)
    anchor = anchor_of(words, {**blocks, name: f"{before} {words} {after}"})
    found = locate(anchor, {**blocks, name: f"{data.draw(sentences)} {words} {data.draw(sentences)}"})
    assert found is not None
    assert found.block == name
    assert found.end - found.start == len(words)


@settings(max_examples=60, deadline=None)
@given(texts, st.data())
def test_an_edit_inside_a_passage_keeps_it_while_most_words_are_there(
    blocks: dict[str, str], data: st.DataObject
) -> None:
    passage = "one good option fewer for anyone who needs to cross before dawn".split()
    name = data.draw(st.sampled_from(sorted(blocks)))
    whole = f"{blocks[name]} {' '.join(passage)} {data.draw(sentences)}"
    anchor = anchor_of(" ".join(passage), {**blocks, name: whole})
    lost = data.draw(st.sets(st.integers(1, len(passage) - 2), max_size=3))
    instead = data.draw(st.sampled_from(["", "rather", "quite new"]))
    edited = " ".join(" ".join(instead if n in lost else word for n, word in enumerate(passage)).split())
    after = whole.replace(" ".join(passage), edited)
    found = locate(anchor, {**blocks, name: after})
    assert found is not None
    assert found.block == name
    assert edited in after[found.start : found.end] or after[found.start : found.end] in edited
    assert (found.end - found.start) * 3 > len(edited)


def test_the_passage_of_a_paragraph_that_moved_is_found_by_its_words() -> None:
    anchor = anchor_of("one good option fewer")
    moved = {"cccc": STORY["cccc"], "eeee": STORY["bbbb"], "aaaa": STORY["aaaa"]}
    assert locate(anchor, moved) == Place("eeee", *_offsets("one good option fewer", STORY["bbbb"]))


def test_common_words_elsewhere_are_not_taken_for_the_passage() -> None:
    anchor = anchor_of("the Sound")
    edited = {"aaaa": STORY["aaaa"], "cccc": "Fog lay over the Sound until noon."}
    assert locate(anchor, edited) is None


def test_of_words_that_stand_twice_the_right_ones_are_found() -> None:
    text = STORY["cccc"]
    second = text.rindex("Ferries")
    anchor = anchor_at(Place("cccc", second, second + 7), text)
    assert locate(anchor, STORY) == Place("cccc", second, second + 7)
    edited = {**STORY, "cccc": f"Ferries sail again. {text}"}
    assert locate(anchor, edited) == Place("cccc", second + 20, second + 27)


def test_a_passage_that_is_gone_is_lost_and_found_again_when_it_returns() -> None:
    anchor = anchor_of("Anyone who crosses the Sound for work, school or hospital")
    without = {"aaaa": STORY["aaaa"], "cccc": STORY["cccc"]}
    assert locate(anchor, without) is None
    assert locate(anchor, {**without, "dddd": STORY["bbbb"]}) == Place("dddd", 0, len(anchor.exact))


def test_a_rewritten_sentence_is_not_recognised() -> None:
    anchor = anchor_of("Anyone who crosses the Sound for work")
    assert locate(anchor, {**STORY, "bbbb": "Commuters by car are left with the tunnel and its queues."}) is None


@pytest.mark.parametrize("words", ["渡し船は三十分ごとに出る", "フェリーは満員だ"])
def test_a_script_without_spaces_is_recognised_too(words: str) -> None:
    blocks = {"aaaa": f"橋は閉鎖された。{words}。朝は混む。"}
    edited = {"aaaa": blocks["aaaa"].replace(words, f"{words[:3]}も{words[3:]}")}
    found = locate(anchor_of(words, blocks), edited)
    assert found is not None
    assert edited["aaaa"][found.start : found.end] == f"{words[:3]}も{words[3:]}"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.dictionaries(st.text("abc", min_size=1, max_size=2), st.text(max_size=60), max_size=4))
def test_whatever_stands_there_a_place_lies_within_its_block(exact: str, blocks: dict[str, str]) -> None:
    found = locate(Anchor("a", exact, "x", "y"), blocks)
    assert found is None or 0 <= found.start < found.end <= len(blocks[found.block])


@pytest.mark.parametrize("vocabulary", [FEW, MANY], ids=["few words", "many words"])
def test_two_hundred_anchors_are_found_again_in_a_megabyte_of_edited_text(vocabulary: list[str]) -> None:
    """What that costs is printed by the benchmark, whose text this is."""
    anchors, edited = edited_megabyte(vocabulary)
    text = Text(edited)
    assert sum(locate(anchor, text) is not None for anchor in anchors) >= 130
    assert sum(map(len, edited.values())) > 900_000


def _offsets(words: str, text: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)
