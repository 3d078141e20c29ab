"""Finding phrases in what somebody wrote, whatever was done to hide them. Pure, and linear in the length of the text.

Phrases and text are folded alike: compatibility forms and capitals (NFKD, casefold), accents, invisible characters, and
letters of other scripts that look like Latin ones. Then the text is read twice: as its words stand, and "tight", with
what splits a word taken out (`vi*ag-ra`, `v i a g r a`, `via<b></b>gra`).

A phrase is found as whole words: `ass` is not in `class`. `*` at an end leaves that end open (`viagra*`). Scripts that
put no space between words are found anywhere.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

#: Characters of one phrase, and matches after which a text is known well enough.
PHRASE_MAX: Final = 200
FOUND_MAX: Final = 50

# What looks like a Latin letter, after NFKD and casefold: Cyrillic, Greek, and odd Latin letters.
_LOOKALIKES: Final = dict(
    zip("авекмнорстухіјѕԁԛԝһӏѵґ" + "αβεηικνορτυχωγ" + "ıłøđħɑɡʟɪʀɴ", "abekmhopctyxijsdqwhlvr" + "abenikvoptuxwy" + "iiodhaglirn", strict=True)
)  # fmt: skip
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe2f]"
)
#: Letters and signs that nobody sees, though their category does not say so.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
#: Letters in boxes and circles, and of flags, that have no compatibility form: each range begins with A.
_BOXED: Final = (0x1F150, 0x1F170, 0x1F1E6)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_WORD: Final = re.compile(r"[^ .]+")
_NO_SPACES: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
#: Words of one letter that may stand before or after a word that is spelled out: "get a v i a g r a".
_LONE: Final = frozenset("aeiouy")


class Match(NamedTuple):
    """`start` and `end`: where it stands in the text as typed."""

    kind: str
    phrase: str
    start: int
    end: int


def _fold(character: str) -> str:
    """Letters and digits as they are compared, '' for what is not seen, ' ' for space, '.' for what else splits words."""
    code = ord(character)
    for start in _BOXED:
        if start <= code < start + 26:
            return chr(code - start + ord("a"))
    if character in _BLANK or character in "™℠":
        return "" if character in _BLANK else "."
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_LOOKALIKES.get(letter, letter) for letter in map(_kept, _ACCENTS.sub("", folded)))


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in {"Cf", "Me"}:
        return ""
    if category[0] in "LMN" or category in {"So", "Sc"}:
        return letter
    return " " if letter.isspace() else "."


class _Folds(dict[str, str]):
    def __missing__(self, character: str) -> str:
        folded = _fold(character)
        if len(self) < 20_000:
            self[character] = folded
        return folded


_folds: Final = _Folds()


class _Reading:
    """A text as it is searched: `stream`, and for each of its characters the place in the text as typed."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.places: list[int] = []

    def add(self, letters: str, places: list[int]) -> None:
        if self.pieces:
            self.pieces.append(" ")
            self.places.append(-1)
        self.pieces.append(letters)
        self.places += places

    @property
    def stream(self) -> str:
        return "".join(self.pieces)


def _folded(text: str) -> tuple[str, list[int]]:
    letters, places = [], []
    for place, character in enumerate(text):
        for letter in _folds[character]:
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def _plain(folded: str, places: list[int]) -> _Reading:
    reading = _Reading()
    for word in _WORD.finditer(folded):
        reading.add(word.group(), places[word.start() : word.end()])
    return reading


def _tight(text: str) -> _Reading:
    """What stands between spaces is one word, and so are three letters or more that stand alone in a row."""
    folded, places = _folded(_TAG.sub(lambda tag: "\u200b" * len(tag.group()), text))
    reading = _Reading()
    lone: list[tuple[str, int]] = []
    before = 0
    for chunk in re.finditer(r"\S+", folded):
        letters = [(c, places[at]) for at, c in enumerate(chunk.group(), chunk.start()) if c.isalnum() or _is_mark(c)]
        if lone and (len(letters) != 1 or chunk.start() - before > 3) and letters:
            _spell(reading, lone)
            lone = []
        if len(letters) == 1:
            lone += letters
        elif letters:
            reading.add("".join(c for c, _ in letters), [place for _, place in letters])
        before = chunk.end() if letters else before
    _spell(reading, lone)
    return reading


def _spell(reading: _Reading, lone: list[tuple[str, int]]) -> None:
    """Letters that stood alone: as one word, with and without a letter at its ends that may be a word by itself."""
    if len(lone) < 3:
        for letter, place in lone:
            reading.add(letter, [place])
        return
    starts = [0, 1] if lone[0][0] in _LONE else [0]
    ends = [len(lone), len(lone) - 1] if lone[-1][0] in _LONE else [len(lone)]
    for start in starts:
        for end in ends:
            reading.add("".join(c for c, _ in lone[start:end]), [place for _, place in lone[start:end]])


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"


class _Automaton:
    """All phrases at once, after Aho and Corasick, "Efficient string matching", CACM 18 (1975), 333-340."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._ends: list[int] = [-1]  # the pattern that ends in a state
        for number, pattern in enumerate(patterns):
            state = 0
            for letter in pattern:
                if letter not in self._next[state]:
                    self._next[state][letter] = len(self._next)
                    self._next.append({})
                    self._ends.append(-1)
                state = self._next[state][letter]
            self._ends[state] = number
        self._link()

    def _link(self) -> None:
        """`_fail`: the state of the longest suffix; `_exit`: the next shorter suffix that is a whole pattern."""
        self._fail = [0] * len(self._next)
        self._exit = [0] * len(self._next)
        queue = deque(self._next[0].values())
        while queue:
            state = queue.popleft()
            for letter, after in self._next[state].items():
                back = self._fail[state]
                while back and letter not in self._next[back]:
                    back = self._fail[back]
                back = self._next[back].get(letter, 0)
                self._fail[after] = back
                self._exit[after] = back if self._ends[back] >= 0 else self._exit[back]
                queue.append(after)

    def find(self, stream: str) -> Iterator[tuple[int, int]]:
        """(the place after it, the pattern's number) of every occurrence."""
        follow, fail, ends, leave = self._next, self._fail, self._ends, self._exit
        state = 0
        for place, letter in enumerate(stream, 1):
            while state and letter not in follow[state]:
                state = fail[state]
            state = follow[state].get(letter, 0)
            found = state if ends[state] >= 0 else leave[state]
            while found:
                yield place, ends[found]
                found = leave[found]


class _Pattern(NamedTuple):
    kind: str
    phrase: str
    letters: str
    open_start: bool
    open_end: bool


def _pattern(kind: str, phrase: str) -> _Pattern:
    letters = _plain(*_folded(phrase.strip().strip("*"))).stream
    open_start = phrase.strip().startswith("*") or bool(_NO_SPACES.match(letters[:1]))
    open_end = phrase.strip().endswith("*") or bool(_NO_SPACES.match(letters[-1:]))
    return _Pattern(kind, phrase, letters, open_start, open_end)


def folded_words(text: str) -> list[str]:
    """The words of a text, in order, as they are compared."""
    return _WORD.findall(_folded(text)[0])


def holds_nothing(phrase: str) -> bool:
    """Whether a line has neither letter, digit nor sign that could be found."""
    return not _pattern("", phrase).letters


class WordLists:
    """Lists of phrases, compiled: `WordLists(banned=[...], suspect=[...]).find(text)`."""

    def __init__(self, **lists: Iterable[str]) -> None:
        by_letters: dict[str, list[_Pattern]] = {}
        for kind, phrases in lists.items():
            for phrase in phrases:
                if (pattern := _pattern(kind, phrase)).letters:
                    by_letters.setdefault(pattern.letters, []).append(pattern)
        self._patterns = list(by_letters.values())
        self._automaton = _Automaton(by_letters)

    def find(self, text: str) -> list[Match]:
        """What is found, in the order of the text, each place once per phrase; at most FOUND_MAX."""
        if not self._patterns:
            return []
        found: dict[Match, None] = {}
        plain, tight = _plain(*_folded(text)), _tight(text)
        for reading in (plain, tight) if tight.pieces != plain.pieces else (plain,):
            for match in self._matches(reading):
                found[match] = None
                if len(found) >= FOUND_MAX:
                    break
        return sorted(found, key=lambda match: (match.start, -match.end))

    def _matches(self, reading: _Reading) -> Iterator[Match]:
        stream = reading.stream
        for end, number in self._automaton.find(stream):
            for pattern in self._patterns[number]:
                start = end - len(pattern.letters)
                if (pattern.open_start or _is_edge(stream, start)) and (pattern.open_end or _is_edge(stream, end)):
                    yield Match(pattern.kind, pattern.phrase, reading.places[start], reading.places[end - 1] + 1)


def _is_edge(stream: str, at: int) -> bool:
    """Whether no word goes on across this place: two letters do not meet there, nor two digits."""
    if at in {0, len(stream)}:
        return True
    before, after = _sort(stream[at - 1]), _sort(stream[at])
    return before != after or not before


def _sort(letter: str) -> str:
    category = unicodedata.category(letter)[0]
    return "N" if category == "N" else "L" if category in "LM" else ""


def marked(text: str, matches: Iterable[Match]) -> list[tuple[str, str]]:
    """The text in pieces, each with the kind of list that it matches ('': none), for a page that marks them."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for match in sorted(matches, key=lambda match: match.start):
        if match.end > at:
            start = max(at, match.start)
            pieces += [("", text[at:start]), (match.kind, text[start : match.end])]
            at = match.end
    return [(kind, piece) for kind, piece in [*pieces, ("", text[at:])] if piece]
