"""Content for load tests: the same stories, threads and totals every time, written in bulk.

Threads of the largest article take up to 30 % of its comments: one deep discussion, some broad ones, many short ones.
"""

import functools
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from rich.progress import Progress

from articles import search
from articles.models import Article, Author, Byline, Image, Section, SiteSettings, Topic
from comments import markup
from comments.models import Comment, Vote
from comments.models.loading import Loaded
from newsroom.accounts.models import Reader
from newsroom.lib.models import Stamp
from newsroom.lib.text import count_words, plain

_BATCH: Final = 500
#: Root threads of the largest article, as shares of its comments; what is left are short threads.
_THREADS: Final = (0.30, 0.10, 0.05)
_READERS: Final = 200
_VOTERS: Final = 30
_PLACES: Final = ("Harle", "Aldmoor", "Saltmere", "Port Ellery", "Carrow", "Wexley", "Hollin")
_THINGS: Final = ("ferry", "bridge", "tunnel", "library", "tram", "harbour", "river", "market", "school", "reservoir")
_DEEDS: Final = (
    *("reopens after repairs", "gets a new timetable", "stays open longer", "is measured again"),
    *("faces a vote next month", "has its busiest week", "needs a new roof", "is counted by hand"),
)
_OPINIONS: Final = (
    "I was there this morning and saw it differently, but the figures are right.",
    "That is what they said the last time. What has changed since?",
    "Fair point. I had not thought of the people who work at night.",
    "Does anybody know when the council meets about it?",
    "Two lines in the report answer that: page 14, at the bottom.",
    "I would sign that, and so would half of my street.",
    "We tried it in our village for a year. It was fine.",
)


@dataclass(frozen=True)
class Filled:
    largest: str
    typical: str
    articles: int
    comments: int


def fill(*, articles: int, comments: int, largest: int) -> Filled:
    """Write `articles` stories with `comments` comments in all, `largest` of them under the newest story."""
    chance = random.Random(7)  # noqa: S311 - the same content every time
    typical = min(articles - 1, max(1, articles // 2))
    addresses = {}
    with Progress(disable=not sys.stderr.isatty(), transient=True) as progress, transaction.atomic():
        task = progress.add_task("Filling", total=articles + comments)
        readers, voters = _readers()
        shares = _shares(articles, comments, largest)
        # Batch by batch, comments with their stories: memory holds one batch, however many there are.
        for place, article in enumerate(_stories(articles, chance)):
            if number := next(shares):
                talk = _talk(article, number, readers, chance, deep=place == 0)
                _vote(Comment.objects.load(article, talk).values(), voters)
            progress.advance(task, 1 + number)
            if place in {0, typical}:
                addresses[place] = article.get_absolute_url()
        Stamp.objects.bump(Stamp.SITE)
    return Filled(addresses[0], addresses[typical], articles, comments)


def _shares(articles: int, comments: int, largest: int) -> Iterator[int]:
    """How many comments each story gets: the first `largest`, the others alike."""
    if articles == 1:
        yield comments
        return
    each, more = divmod(comments - largest, articles - 1)
    yield largest
    for place in range(articles - 1):
        yield each + (place < more)


def _stories(number: int, chance: random.Random) -> Iterator[Article]:
    """The newest first, ten minutes apart, in the sections, with the authors, topics and pictures that there are."""
    zone, now = SiteSettings.row().zone, timezone.now()
    sections, authors, topics, pictures = _sections(), _authors(), _topics(), list(Image.objects.order_by("pk")[:10])
    before = Article.objects.filter(slug__startswith="load-").count()
    for start in range(0, number, _BATCH):
        batch = []
        for place in range(start, min(start + _BATCH, number)):
            at = now - timedelta(minutes=10 * place + 1)
            article = _story(place + before, sections[place % len(sections)], chance)
            article.publish_at = article.first_published_at = article.created_at = article.modified_at = at
            article.dated = timezone.localdate(at, zone)
            article.lead_image = pictures[place % len(pictures)] if pictures else None
            batch.append(article)
        Article.objects.bulk_create(batch)
        Byline.objects.bulk_create(
            Byline(article=article, author=authors[place % len(authors)]) for place, article in enumerate(batch)
        )
        tagged = Article.topics.through
        tagged.objects.bulk_create(
            tagged(article=article, topic=topics[place % len(topics)]) for place, article in enumerate(batch)
        )
        search.index_many(batch)
        yield from batch


def _story(place: int, section: Section, chance: random.Random) -> Article:
    where, thing, deed = chance.choice(_PLACES), chance.choice(_THINGS), chance.choice(_DEEDS)
    headline = f"The {thing} at {where} {deed} ({place + 1})"
    paragraph = f"The {thing} at {where} {deed}, the authority said. " + " ".join(chance.sample(_OPINIONS, 4))
    body = f"<p>{paragraph}</p>" * 3 + f"<h2>What is known</h2><p>{paragraph}</p>" * 2
    text = plain(body)
    return Article(
        headline=headline,
        slug=f"load-{place + 1}",
        status=Article.Status.PUBLISHED,
        standfirst=f"What is known about the {thing}, and what happens next in {where}.",
        body=body,
        body_text=text,
        words=count_words(text),
        section=section,
    )


def _sections() -> list[Section]:
    found = list(Section.objects.all())
    return found or [Section.objects.create(name="News", slug="news"), Section.objects.create(name="City", slug="city")]


def _authors() -> list[Author]:
    found = list(Author.objects.all()[:10])
    return found or [Author.objects.create(name="The desk", slug="the-desk")]


def _topics() -> list[Topic]:
    found = list(Topic.objects.filter(merged_into=None).order_by("pk")[:20])
    return found or Topic.objects.bulk_create(Topic(name=thing.title(), slug=thing) for thing in _THINGS)


def _readers() -> tuple[list[Reader], list[Reader]]:
    """Who writes, and who only votes."""
    now = timezone.now()
    names = [f"Reader {place}" for place in range(1, _READERS + 1)] + [""] * _VOTERS
    made = Reader.objects.bulk_create(Reader(name=name, created_at=now) for name in names)
    return made[:_READERS], made[_READERS:]


def _talk(
    article: Article, number: int, readers: list[Reader], chance: random.Random, *, deep: bool
) -> Iterator[Loaded]:
    """`number` comments: big threads first where `deep`, then threads of four."""
    start = article.publish_at or timezone.now()
    place = 0
    sizes = [int(number * share) for share in _THREADS] if deep else []
    while place < number:
        size = max(1, min(sizes.pop(0) if sizes else 4, number - place))
        for nth in range(size):
            # Half of the answers go to the newest one, so that threads are deep as well as broad.
            parent = None if nth == 0 else place + (nth - 1 if chance.random() < 0.5 else chance.randrange(nth))
            yield _comment(place + nth, parent, start, chance.choice(readers), chance)
        place += size


def _comment(key: int, parent: int | None, start: datetime, reader: Reader, chance: random.Random) -> Loaded:
    text = chance.choice(_OPINIONS)
    return Loaded(
        key=key,
        parent=parent,
        reader=reader,
        name=reader.name,
        text=text,
        html=_html(text),
        up=min(int(chance.paretovariate(1)), _VOTERS) if chance.random() < 0.2 else 0,
        created_at=start + timedelta(microseconds=100 * (key + 1)),
    )


@functools.cache
def _html(text: str) -> str:
    return markup.render(text)


def _vote(comments: Iterable[Comment], voters: list[Reader]) -> None:
    """A row for every vote that a comment counts."""
    votes = (
        Vote(comment=comment, reader=voter, value=1, voted_at=comment.created_at)
        for comment in comments
        for voter in voters[: comment.up]
    )
    Vote.objects.bulk_create(votes, batch_size=2000)
