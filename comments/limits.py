"""How often one may write: what is refused, and what waits for a moderator because many write at once.

Only a person's own limit refuses, and names the seconds. A network (/24 or /48), an article and the site have limits too,
beyond which a guest's comment waits: carriers put thousands of readers behind one address. Only past the network's ceiling
a guest is refused. What is refused does not count, so that impatience costs nothing.
"""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article
from newsroom.accounts.models import Reader
from newsroom.lib.ratelimit import Limit, give_back, hits, network
from newsroom.lib.signing import digest

#: A person's comments: so many in so many seconds.
OF_A_GUEST: Final = ((1, 15), (10, 3600))
OF_A_MEMBER: Final = ((1, 3), (30, 3600))
#: Words of stories that a person may mark anew in an hour.
PASSAGES_AN_HOUR: Final = 10
#: The same words by the same person, anywhere: once in six minutes. Short ones ("Thank you!") are said to many.
SAME_WORDS: Final = 360
SHORT: Final = 20
#: The same words, by whomever, in an hour; more wait.
ECHOES_AN_HOUR: Final = 2
#: Guests' comments from one network: under one article in a minute, and anywhere in an hour; more wait.
NETWORK_MINUTE: Final = 2
NETWORK_HOUR: Final = 60
#: Past it a network's guests are refused until the minute is over.
NETWORK_CEILING: Final = 30
#: Guests' comments under one article, and on the site, in a minute; more wait.
ARTICLE_MINUTE: Final = 120
SITE_MINUTE: Final = 600


class Refused(Exception):
    """Nothing is stored; `sentence` says why, and what to do, to whoever wrote."""

    status = 429

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooFast(Refused):
    """A limit is reached; the sentence names the seconds until it passes."""


class SaidBefore(Refused):
    """The same person said the same words a few minutes ago."""

    status = 422


class SameClick(TooFast):
    """The very same submission was counted a moment ago: it is stored, or will be at once."""


class LimiterAway(Refused):
    """Nothing could be counted, and nobody vouches for the writer."""

    status = 429


@dataclass(frozen=True)
class Pace:
    """What the limits say of a comment that may be stored. `counted`: to give back where it is not stored after all."""

    counted: tuple[Limit, ...] = ()
    network_is_busy: bool = False
    site_is_busy: bool = False
    is_echo: bool = False


def pace_of_a_post(
    request: HttpRequest,
    article: Article,
    text: str,
    known: Reader | None,
    address: str,
    token: str,
    *,
    is_marking: bool,
) -> Pace:
    """Count a comment everywhere, in one statement. Raises Refused, and then nothing is counted.

    `address`: what the writer typed; `token`: names the submission; `is_marking`: the comment marks new words of the story. A guest is known by the
    device's cookie and by network and address, whichever is stricter: throwing the cookie away, or keeping it and typing
    another address, starts nothing anew.
    """
    if not settings.NEWSROOM_LIMITS:
        return Pace()
    member = known if known and known.is_member else None
    net, said = network(request), digest(" ".join(text.casefold().split()))
    persons = [f"member {member.pk}"] if member else _names_of_a_guest(net, known, address)
    rates = OF_A_MEMBER if member else OF_A_GUEST
    own = [Limit(f"post:{person}", most, seconds) for person in persons for most, seconds in rates]
    if is_marking:
        own += [Limit(f"passage:{person}", PASSAGES_AN_HOUR, 3600) for person in persons]
    same = [Limit(f"said:{said[:16]}:{person}", 1, SAME_WORDS) for person in persons] if len(text) >= SHORT else []
    echo = [Limit(f"echo:{said}", ECHOES_AN_HOUR, 3600)] if len(text) >= SHORT else []
    ceiling = [] if member else [Limit(f"post-network:{net}", NETWORK_CEILING, 60)]
    crowd = [] if member else _crowd(article, net)
    click = Limit(f"click:{token}", 1, 600)
    counted = (click, *own, *same, *echo, *ceiling, *crowd)
    over = _over(counted, fails_open=member is not None)
    if refused := [limit for limit in over if limit in own or limit in ceiling or limit in same]:
        give_back(counted)
        refusal = _refusal(refused, same, ceiling)
        raise SameClick(refusal.sentence) if click in over else refusal
    held = {limit.key.partition(":")[0] for limit in over}
    return Pace(
        counted,
        network_is_busy=not held.isdisjoint({"post-near", "post-network"}),
        site_is_busy=not held.isdisjoint({"post-article", "post-site"}),
        is_echo="echo" in held,
    )


def is_echo(text: str) -> bool:
    """Count words that replace others; whether they were said too often within the hour."""
    if not settings.NEWSROOM_LIMITS or len(text) < SHORT:
        return False
    return bool(hits([Limit(f"echo:{digest(' '.join(text.casefold().split()))}", ECHOES_AN_HOUR, 3600)]))


def _names_of_a_guest(net: str, known: Reader | None, address: str) -> list[str]:
    addresses = {address.lower(), known.email.lower() if known else ""} - {""}
    names = [f"{net} {digest(address)}" for address in sorted(addresses)]
    return [*names, f"guest {known.pk}"] if known else names


def _crowd(article: Article, net: str) -> list[Limit]:
    return [
        Limit(f"post-near:{article.pk}:{net}", NETWORK_MINUTE, 60),
        Limit(f"post-network:{net}", NETWORK_HOUR, 3600),
        Limit(f"post-article:{article.pk}", ARTICLE_MINUTE, 60),
        Limit("post-site", SITE_MINUTE, 60),
    ]


def _over(limits: tuple[Limit, ...], *, fails_open: bool) -> list[Limit]:
    try:
        return hits(limits)
    except DatabaseError as error:
        if fails_open:
            return []
        raise LimiterAway(
            _("We cannot take comments at this moment. Your words are kept here: post them again in a minute.")
        ) from error


def _refusal(refused: list[Limit], same: list[Limit], ceiling: list[Limit]) -> Refused:
    left = max(limit.left for limit in refused)
    if set(refused) <= set(same):
        return SaidBefore(_("You said this a few minutes ago."))
    why = _("Many comments come from your network at this moment.") if set(refused) <= set(ceiling) else ""
    again = ngettext(
        "Your words are kept here: post them again in %(left)d second.",
        "Your words are kept here: post them again in %(left)d seconds.",
        left,
    ) % {"left": left}
    return TooFast(f"{why or _('That was fast.')} {again}")
