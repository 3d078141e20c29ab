"""Marked passages follow the text of their article: by comparing versions, so that articles need not know of them."""

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article
from articles.passages import Place, Question, questions_of, words_of
from comments.anchoring import Text, anchor_at, locate, locate_exactly
from comments.models.stats import CommentStats
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from comments.anchoring import Anchor
    from comments.chosen import Chosen
    from comments.models.inline_anchor import InlineAnchor

#: Articles in one call of the worker.
BATCH = 20
#: Letters of the words that a reader may choose.
CHOSEN_MIN, CHOSEN_MAX = 3, 300


class NotInTheText(Exception):
    """The words that a reader chose do not stand in the article (any more), or are not to be commented on; says which."""


class Fitting(models.Manager):  # type: ignore[type-arg]
    """The verbs `fit` and `follow`, and what readers choose; part of `InlineAnchor.objects`."""

    def behind(self) -> "models.QuerySet[Article, int]":
        """The articles whose text is of another version than their passages fit, or that hold questions not asked yet."""
        moved = self.exclude(article_version=F("article__version")).order_by().values_list("article", flat=True)
        asked = self.filter(article=OuterRef("pk"), in_text=True)
        new = Article.objects.filter(~Exists(asked), questions__gt=0).order_by().values_list("pk", flat=True)
        return moved.union(new)

    def follow(self) -> int:
        """Fit the passages of articles that changed; how many articles. Called by the worker."""
        found = list(self.behind()[:BATCH])
        for pk in found:
            self.fit(pk)
        return len(found)

    def fit(self, article_id: int) -> None:
        """Look for every marked passage of an article in its present text, and take over the questions that it asks."""
        with transaction.atomic():
            CommentStats.objects.move(article_id)  # the lock of the discussion
            article = Article.objects.only("version", "body").get(pk=article_id)
            words = words_of(article.body)
            passages = list(self.filter(article=article).order_by("pk"))
            asked = self._asked(article, passages, words)
            text = Text(words)
            for passage in passages:
                place = asked.get(passage.pk) or locate(passage.chosen, text)
                passage.stand(place, article.version)
            fields = ["exact", "prefix", "suffix", "question", "in_text", "closed_at", "state", "article_version"]
            self.bulk_update(passages, [*fields, "at_block", "start", "end"], batch_size=100)
            Stamp.objects.bump(Stamp.article(article_id))

    def _asked(self, article: Article, passages: "list[InlineAnchor]", words: dict[str, str]) -> dict[int, Place]:
        """Ask what the text asks, at the words where it asks; end what it asks no more. Where each question stands.

        A question keeps its answers when its words are changed, or when it is moved to others: it is known by one of
        the two. A new one gets a row, or the row of a reader who chose the same words.
        """
        waiting = questions_of(article.body)
        standing = {passage.pk: passage for passage in passages if passage.in_text}
        ended = {passage.pk: passage for passage in passages if not passage.in_text}
        places: dict[int, Place] = {}
        for same in (_is_same, _is_reworded, _is_moved, _is_at_the_words):
            among = ended if same is _is_at_the_words else standing
            for question in list(waiting):
                found = next((p for p in among.values() if same(p, question, words)), None)
                if found:
                    waiting.remove(question)
                    del among[found.pk]
                    _take(found, question, words)
                    places[found.pk] = question.place
        for passage in standing.values():
            passage.in_text, passage.closed_at = False, passage.closed_at or timezone.now()
        for question in waiting:
            passages.append(self._new(article, question, words))
            places[passages[-1].pk] = question.place
        return places

    def _new(self, article: Article, question: Question, words: dict[str, str]) -> "InlineAnchor":
        anchor = anchor_at(question.place, words[question.place.block])
        passage: InlineAnchor = self.model.at(article, question.place, anchor)
        passage.question, passage.in_text = question.text, True
        passage.save(force_insert=True)
        return passage

    def chosen(self, article_id: int, chosen: "Chosen") -> "InlineAnchor":
        """The passage that a reader means: a stored one, or a new one that is not stored yet.

        Nothing that the reader's browser says is taken over but where to look: the words are those of the article.
        Raises NotInTheText.
        """
        if chosen.number:
            found = self.filter(article=article_id, pk=chosen.number).first()
        else:
            found = self.at_words(article_id, chosen.words)
        if found is None:
            raise NotInTheText(
                _("The passage that you chose is not in the story any more. Post your words without it.")
            )
        if found.closed_at:
            raise NotInTheText(_("No more comments on this passage are taken. Post your words without it."))
        return found  # type: ignore[no-any-return]

    def at_words(self, article_id: int, chosen: "Anchor") -> "InlineAnchor | None":
        """The passage at words of an article: a stored one, or one that is not stored yet; None where they do not stand."""
        article = Article.objects.only("version", "body").get(pk=article_id)
        words = words_of(article.body)
        fits = CHOSEN_MIN <= len(chosen.exact) <= CHOSEN_MAX
        place = locate_exactly(chosen, Text(words)) if fits else None
        if place is None:
            return None
        new: InlineAnchor = self.model.at(article, place, anchor_at(place, words[place.block]))
        here = self.filter(
            article=article, article_version=article.version, state="placed",
            at_block=place.block, start=place.start, end=place.end,
        )  # fmt: skip
        known = here.order_by("-in_text", "pk").first() or self.filter(article=article, key=new.key).first()
        return known or new

    def keep(self, passage: "InlineAnchor") -> "InlineAnchor":
        """Store a new passage; the row of whoever chose the same words at the same moment, if they were faster."""
        fields = ("block_id", "exact", "prefix", "suffix", "article_version", "at_block", "start", "end")
        kept, _made = self.get_or_create(
            article_id=passage.article_id, key=passage.key, defaults={name: getattr(passage, name) for name in fields}
        )
        return kept  # type: ignore[no-any-return]


def _is_same(passage: "InlineAnchor", question: Question, words: dict[str, str]) -> bool:
    return passage.question == question.text and passage.exact == _words_at(question.place, words)


def _is_reworded(passage: "InlineAnchor", question: Question, words: dict[str, str]) -> bool:
    return passage.exact == _words_at(question.place, words)


def _is_moved(passage: "InlineAnchor", question: Question, words: dict[str, str]) -> bool:
    return passage.question == question.text


def _is_at_the_words(passage: "InlineAnchor", question: Question, words: dict[str, str]) -> bool:
    """A passage that a reader marked, or that was asked about once, at the very words of the question."""
    return passage.chosen == anchor_at(question.place, words[question.place.block])


def _words_at(place: Place, words: dict[str, str]) -> str:
    return words[place.block][place.start : place.end]


def _take(passage: "InlineAnchor", question: Question, words: dict[str, str]) -> None:
    """The question as the text asks it now. One that was taken out of the text and is back takes answers again."""
    anchor = anchor_at(question.place, words[question.place.block])
    if not passage.in_text:
        passage.in_text, passage.closed_at = True, None
    passage.question = question.text
    passage.exact, passage.prefix, passage.suffix = anchor.exact, anchor.prefix, anchor.suffix
