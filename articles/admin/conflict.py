"""A conflict of two savers: who was first, and when."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext

from articles.models import Article
from articles.models.site_settings import site_settings


@dataclass(frozen=True)
class Conflict:
    """Who saved first, when, and the version that they made. `together`: the form holds what was made of both texts."""

    who: str
    when: str
    version: int
    together: bool = False

    @property
    def sentence(self) -> str:
        if self.together:
            sentence = gettext(
                "Your text and %(who)s’s, of %(when)s, stand in the form as one, and nothing is saved yet."
            )
        else:
            sentence = gettext(
                "%(who)s saved this story at %(when)s, while you were writing. Your text is in the form below and not "
                "saved yet; what differs stands here side by side."
            )
        return sentence % {"who": self.who, "when": self.when}


def conflict_with(stored: Article, *, together: bool = False) -> Conflict:
    """The last save of `stored`, as whoever comes second is told of it."""
    last = stored.revisions.select_related("user").defer("data").first()
    who = str(last.user) if last and last.user else gettext("Somebody")
    when = date_format(stored.modified_at.astimezone(site_settings().zone), "TIME_FORMAT")
    return Conflict(who, when, stored.version, together)
