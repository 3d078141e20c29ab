"""What the demo's readers say, how they vote, and the stars they give; every total equals its rows."""

import random
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from articles.models import Article
from comments.models import Comment, InlineAnchor, Vote
from comments.models.loading import Loaded
from newsroom.accounts.models import Reader
from newsroom.demo import files
from newsroom.lib.text import make_slug
from ratings.models import Rating, RatingSummary

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo

_STATES = {"held": "pending", "rejected": "rejected", "spam": "spam", "removed": "removed"}
_REASONS = {"rejected": "abusive", "spam": "spam", "removed": "off_topic", "held": "first"}


def make_talk(demo: "Demo") -> None:
    talk = files.comments()
    writers = _writers(demo, {said.name for thread in talk.values() for said in thread})
    heads = {piece.key: piece.head for piece in files.stories()}
    most = max(
        *(said.votes for thread in talk.values() for said in thread),
        *(sum(head.get("ratings", [])) for head in heads.values()),
    )
    crowd = Reader.objects.bulk_create(Reader(created_at=demo.clock.now) for _ in range(most))
    demo.note([*writers.values(), *crowd])
    for key, said in talk.items():
        _comments(demo, demo.articles[key], said, writers, crowd)
    for key, head in heads.items():
        _stars(demo.articles[key], head.get("ratings", []), crowd)


def _writers(demo: "Demo", names: set[str]) -> dict[str, Reader]:
    """A reader for each name: members behind the log-ins, guests for all others."""
    members = {user.name: Reader.objects.for_user(user) for user in demo.users.values()}
    Reader.objects.filter(pk__in=[r.pk for r in members.values()], name="").update(created_at=demo.clock.now)
    guests = [
        Reader(name=name, email=f"{make_slug(name) or 'guest'}@example.org", created_at=demo.clock.now)
        for name in sorted(names - members.keys())
    ]
    return members | {guest.name: guest for guest in Reader.objects.bulk_create(guests)}


def _comments(
    demo: "Demo", article: Article, said: list[files.Said], writers: dict[str, Reader], crowd: list[Reader]
) -> None:
    times = _times(article, said, demo.clock.now)
    rows = [
        Loaded(
            key=place, parent=one.parent, reader=writers[one.name], name=one.name, text=demo.clock.fill_in(one.text, article.created_at), up=one.votes,
            created_at=times[place], status=_STATES.get(one.mark, "published"), reason=_REASONS.get(one.mark, ""),
            badge=Comment.Badge.STAFF if one.name in demo.authors else "",
            edited_at=times[place] + timedelta(minutes=2) if one.mark == "edited" else None,
            pinned_at=times[place] if one.mark == "pinned" else None,
            featured_at=times[place] if one.mark == "picked" else None,
        )
        for place, one in enumerate(said)
    ]  # fmt: skip
    made = Comment.objects.load(article, rows)
    _answer_in_the_text(article, [made[place].pk for place, one in enumerate(said) if one.mark == "asked"])
    Vote.objects.bulk_create(
        (
            Vote(comment=made[place], reader=voter, value=1, voted_at=times[place])
            for place, one in enumerate(said)
            for voter in islice(crowd, one.votes)
        ),
        batch_size=1000,
    )


def _answer_in_the_text(article: Article, answers: list[int]) -> None:
    """Comments that stand at the question that the story asks at one of its passages."""
    if article.questions:
        InlineAnchor.objects.fit(article.pk)
        question = InlineAnchor.objects.filter(article=article, in_text=True).earliest("pk")
        Comment.objects.filter(pk__in=answers).update(anchor=question)


def _times(article: Article, said: list[files.Said], now: datetime) -> list[datetime]:
    """First comments spread from publication on, answers some minutes after what they answer; all of it in the past."""
    chance = random.Random(article.slug)  # noqa: S311 - the same demo every time
    start = article.publish_at or now
    span = min(now - start, timedelta(days=2)) * 0.85
    firsts = max(sum(one.parent is None for one in said), 1)
    times: list[datetime] = []
    for one in said:
        if one.parent is None:
            nth = sum(other.parent is None for other in said[: len(times)])
            times.append(start + span * ((nth + 0.2 + 0.6 * chance.random()) / firsts) + timedelta(minutes=2))
        else:
            before = times[one.parent]
            gap = timedelta(minutes=chance.uniform(1.5, 40))
            times.append(before + min(gap, (now - before) * 0.3))
    return times


def _stars(article: Article, counts: list[int], crowd: list[Reader]) -> None:
    if not counts:
        return
    given = [stars for stars, n in enumerate(counts, 1) for _ in range(n)]
    at = article.publish_at or article.created_at
    Rating.objects.bulk_create(
        Rating(article=article, reader=reader, stars=stars, rated_at=at + timedelta(minutes=1))
        for reader, stars in zip(crowd, given, strict=False)
    )
    RatingSummary.objects.create(article=article, **{f"n{stars}": n for stars, n in enumerate(counts, 1)})
