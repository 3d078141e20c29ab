"""Stars: one rating per reader and article, and the exact totals that pages show."""

from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from newsroom.accounts.models import Reader
from newsroom.lib.models import Stamp

STARS = (1, 2, 3, 4, 5)


class RatingManager(models.Manager["Rating"]):
    def rate(self, article: Article, reader: Reader, stars: int) -> None:
        """Give or change a reader's stars. The totals move by what was really written, so a race leaves them exact."""
        with transaction.atomic():
            RatingSummary.objects.bulk_create([RatingSummary(article=article)], ignore_conflicts=True)
            # Twice only where the same reader withdraws at the same moment: then there is nothing to change, so give anew.
            for _attempt in range(3):
                if self._give(article, reader, stars) or self._change(article, reader, stars):
                    break
            Stamp.objects.bump(Stamp.readers(article.pk))

    def _give(self, article: Article, reader: Reader, stars: int) -> bool:
        try:
            with transaction.atomic():
                self.create(article=article, reader=reader, stars=stars)
        except IntegrityError:
            return False
        RatingSummary.move(article, given=stars)
        return True

    def _change(self, article: Article, reader: Reader, stars: int) -> bool:
        """At most one UPDATE matches, and whoever changes the row also moves its star in the totals."""
        mine = self.filter(article=article, reader=reader)
        for old in STARS:
            if old != stars and mine.filter(stars=old).update(stars=stars, rated_at=timezone.now()):
                RatingSummary.move(article, given=stars, taken=old)
                return True
        return mine.filter(stars=stars).exists()

    def withdraw(self, article: Article, reader: Reader) -> None:
        """Take a reader's stars back; nothing happens where there were none."""
        with transaction.atomic():
            for old in STARS:
                gone, _rows = self.filter(article=article, reader=reader, stars=old).delete()
                if gone:
                    RatingSummary.move(article, taken=old)
                    Stamp.objects.bump(Stamp.article(article.pk))
                    return

    def unite(self, person: Reader) -> None:
        """The stars of readers who were found to be one person are this person's, for each article the newest. In a
        transaction."""
        mine = self.filter(reader__in=person.identities)
        kept, moved = set(), set()
        for rating in mine.select_for_update().order_by("article_id", "-rated_at", "-pk"):
            if rating.article_id not in kept:
                kept.add(rating.article_id)
            elif self.filter(pk=rating.pk, stars=rating.stars).delete()[0]:
                RatingSummary.move(rating.article_id, taken=rating.stars)
                moved.add(Stamp.article(rating.article_id))
        mine.exclude(reader=person).update(reader=person)
        Stamp.objects.bump(*moved)

    def export(self, readers: set[int]) -> list[dict[str, Any]]:
        """What these readers, who are one person, have rated."""
        rows: models.QuerySet[Any] = self.filter(reader__in=readers).order_by("-pk")
        return list(rows.values("article_id", "article__headline", "stars", "rated_at"))

    def forget(self, readers: set[int]) -> int:
        """The stars stay in the totals; nobody knows whose they were."""
        return self.filter(reader__in=readers).update(reader=None)


class Rating(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="ratings", verbose_name=_("article"))
    #: Empty where the voter asked to be forgotten.
    reader = models.ForeignKey(Reader, models.CASCADE, null=True, related_name="ratings", verbose_name=_("voter"))
    stars = models.PositiveSmallIntegerField(_("stars"))
    rated_at = models.DateTimeField(_("rated"), default=timezone.now)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[RatingManager] = RatingManager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["article", "reader"], name="one_rating_per_reader"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.stars}"


class RatingSummary(models.Model):
    """How often each number of stars was given: average and histogram are exact and cost one row."""

    article = models.OneToOneField(Article, models.CASCADE, primary_key=True, related_name="rating_summary")
    n1 = models.PositiveIntegerField(default=0)
    n2 = models.PositiveIntegerField(default=0)
    n3 = models.PositiveIntegerField(default=0)
    n4 = models.PositiveIntegerField(default=0)
    n5 = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.article_id}: {self.average}"

    @classmethod
    def move(cls, article: Article | int, *, given: int | None = None, taken: int | None = None) -> None:
        changes = {f"n{given}": F(f"n{given}") + 1} if given else {}
        if taken:
            changes[f"n{taken}"] = F(f"n{taken}") - 1
        cls.objects.filter(article=article).update(**changes)

    @property
    def counts(self) -> dict[int, int]:
        return {stars: getattr(self, f"n{stars}") for stars in STARS}

    @property
    def votes(self) -> int:
        return sum(self.counts.values())

    @property
    def average(self) -> float:
        """The plain mean; 0 where nobody has voted."""
        return sum(stars * n for stars, n in self.counts.items()) / self.votes if self.votes else 0.0

    @classmethod
    def recount(cls) -> list[str]:
        """Compare every total with its rows, mend what drifted, and say what did."""
        drifted = []
        rows = Rating.objects.values_list("article", "stars").annotate(n=models.Count("id")).order_by()
        true: dict[int, dict[int, int]] = {}
        for article, stars, n in rows:
            true.setdefault(article, {})[stars] = n
        for summary in cls.objects.all():
            real = {stars: true.get(summary.pk, {}).get(stars, 0) for stars in STARS}
            if real != summary.counts:
                drifted.append(f"stars of article {summary.pk}: {summary.counts} should be {real}")
                cls.objects.filter(pk=summary.pk).update(**{f"n{stars}": n for stars, n in real.items()})
        for article in true.keys() - set(cls.objects.values_list("pk", flat=True)):
            drifted.append(f"stars of article {article}: no totals")
            cls.objects.create(article_id=article, **{f"n{stars}": n for stars, n in true[article].items()})
        return drifted
