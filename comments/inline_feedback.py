"""Inline feedback: the passages of an article that readers comment on, as a page shows them."""

from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.text import Truncator

from articles.models import Article
from articles.passages import Place, words_of
from articles.rendering import Mark
from comments.anchoring import Anchor, Text, locate
from comments.chosen import Chosen
from comments.models import Comment, InlineAnchor
from newsroom.lib.addresses import address

#: Characters of a passage that stand beside a comment.
QUOTE_MAX = 160


@dataclass
class Passage:
    """A marked passage: its words, what is asked there, and what was said."""

    row: InlineAnchor
    article: Article
    #: Published comments on it.
    n: int = 0
    #: The newest of them.
    answers: list[Comment] = field(default_factory=list)
    #: The reader's own that wait.
    own: list[Comment] = field(default_factory=list)

    @property
    def quote(self) -> str:
        return Truncator(self.row.exact).chars(QUOTE_MAX)

    @property
    def question(self) -> str:
        return "" if self.row.closed_at else self.row.question

    @property
    def is_open(self) -> bool:
        return self.row.closed_at is None

    @property
    def url(self) -> str:
        """The passage in the story; '' where it is not there any more."""
        return f"{self.article.get_absolute_url()}#passage-{self.row.pk}" if self.row.is_placed else ""

    @property
    def list_url(self) -> str:
        return f"{address('comments_on', self.article.pk)}?filter=inline&at={self.row.pk}"

    @property
    def chosen(self) -> Chosen:
        """For the form that answers here."""
        return Chosen(self.row.pk, Anchor("", self.quote))


@dataclass
class InlineFeedback:
    """Every marked passage of an article by its number, and what all of them count."""

    passages: dict[int, Passage] = field(default_factory=dict)

    @cached_property
    def count(self) -> int:
        return sum(passage.n for passage in self.passages.values())

    @property
    def is_there(self) -> bool:
        """Whether there is anything to filter for."""
        return any(passage.n or passage.question for passage in self.passages.values())

    def at(self, number: str) -> Passage | None:
        """The passage with this number, as an address says it."""
        known = number.isascii() and number.isdigit() and len(number) < 19
        return self.passages.get(int(number)) if known else None

    def marks(self, article: Article, *, open_for_writing: bool) -> list[Mark]:
        """What the text of a story shows of it: questions that can be answered, and passages that somebody spoke of.

        A passage whose article was saved since the worker came by is looked for at once; that is written by the worker.
        """
        shown = [
            passage
            for passage in self.passages.values()
            if passage.n or passage.own or (passage.question and open_for_writing)
        ]
        found = [(place, passage) for place, passage in zip(_places(article, shown), shown, strict=True) if place]
        _add_answers([passage for _place, passage in found])
        found.sort(key=lambda pair: (pair[0].start, pair[1].row.pk))
        return [
            Mark(place, render_to_string("comments/_passage.html", {"passage": passage, "open": open_for_writing}))
            for place, passage in found
        ]


def feedback_of(article: Article) -> InlineFeedback:
    """The passages of an article with the number of comments on each, in one query."""
    rows = InlineAnchor.objects.counted().filter(article=article)
    return InlineFeedback({row.pk: Passage(row, article, row.n) for row in rows})


def passages_of(article: Article, comments: list[Comment]) -> InlineFeedback:
    """The passages that some comments are about; no query where they are about none."""
    wanted = {comment.anchor_id for comment in comments if comment.anchor_id}
    rows = InlineAnchor.objects.filter(pk__in=wanted) if wanted else []
    return InlineFeedback({row.pk: Passage(row, article) for row in rows})


def _places(article: Article, passages: list[Passage]) -> list[Place | None]:
    text: Text | None = None
    places: list[Place | None] = []
    for passage in passages:
        if passage.row.article_version == article.version:
            places.append(passage.row.place)
            continue
        text = text or Text(words_of(article.body))
        places.append(locate(passage.row.chosen, text))
    return places


def _add_answers(passages: list[Passage]) -> None:
    """The newest comments on each passage, in one query however many passages there are."""
    by_pk = {passage.row.pk: passage for passage in passages if passage.n}
    wanted = Q()
    for pk, passage in by_pk.items():
        wanted |= Q(anchor=pk, pk__gte=passage.row.cut)  # type: ignore[attr-defined]
    rows = Comment.objects.filter(wanted, status=Comment.Status.PUBLISHED).order_by("-pk") if by_pk else []
    for comment in rows:
        by_pk[comment.anchor_id or 0].answers.append(comment)
