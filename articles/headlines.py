"""What a headline says while a story breaks and afterwards: the label is a state, never a word of the headline."""

import functools
import re
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

if TYPE_CHECKING:
    from articles.models.article import Article

_ENGLISH: Final = "breaking"


def without_label(headline: str) -> str:
    """The headline without a typed or imported "BREAKING:" before it; as written where nothing else would remain."""
    return _label(gettext("Breaking").lower()).sub("", headline).strip() or headline


@functools.cache
def _label(word: str) -> re.Pattern[str]:
    """What stands before a headline that says it in English or by the word of another language."""
    label = "|".join(re.escape(each) for each in sorted({_ENGLISH, word}))
    return re.compile(rf"^\W*(?:{label})(?:\s+news)?\s*(?:[:|!]|\s[-–—])+\s*", re.IGNORECASE)


def is_label(kicker: str) -> bool:
    """Whether a kicker says only what the label says."""
    return kicker.strip(" :!").lower() in {_ENGLISH, "breaking news", gettext("Breaking").lower()}


def page_title(article: "Article", headline: str) -> str:
    """For the window's title, feeds and the social card: "Breaking: ..." as long as it is, and no longer."""
    plain = without_label(headline)
    if article.retraction:
        return gettext("Retracted: %(headline)s") % {"headline": plain}
    return gettext("Breaking: %(headline)s") % {"headline": plain} if article.is_breaking else plain
