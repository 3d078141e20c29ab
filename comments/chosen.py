"""The passage that a posted form is about, as the reader's browser says it. Nothing of it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comments.anchoring import AROUND, Anchor

_LONGEST = 1000


@dataclass(frozen=True)
class Chosen:
    """A marked passage by its number, or words that a reader selected (`number` 0). -1 is no passage's number."""

    number: int
    words: Anchor

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Chosen | None":
        """What the fields `passage`, or `exact` with `block`, `prefix` and `suffix`, say; None where they say nothing."""
        number = data.get("passage", "")
        exact = _folded(data, "exact", _LONGEST)
        if number:
            known = number.isascii() and number.isdigit() and len(number) < 19
            return cls(int(number) if known else -1, Anchor("", exact))
        if not exact:
            return None
        before, after = _folded(data, "prefix", _LONGEST), _folded(data, "suffix", _LONGEST)
        return cls(0, Anchor(data.get("block", "")[:12], exact, before[-AROUND:], after[:AROUND]))

    @property
    def quote(self) -> str:
        return self.words.exact

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a form that say the same again."""
        words = self.words
        said = {"exact": words.exact, "block": words.block, "prefix": words.prefix, "suffix": words.suffix}
        if self.number:
            said = {"passage": str(self.number), "exact": words.exact}
        return [(name, value) for name, value in said.items() if value]


def _folded(data: Mapping[str, Any], name: str, longest: int) -> str:
    """White space as a page shows it; the ends stay, because the words beside them may begin there."""
    text = data.get(name, "")[:longest]
    words = " ".join(text.split())
    if name == "exact" or not words:
        return words
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"
