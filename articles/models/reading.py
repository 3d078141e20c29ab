"""How often a story was opened, from where, and which are opened most. Totals only: nothing of any reader is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.lib.reads import DAY, HOUR, Batch

#: Figures of single hours, and hosts, are kept for so long.
KEPT: Final = timedelta(days=8)
#: Hosts that are told apart for one story and day; the others are one sum, with no name.
HOSTS: Final = 30
#: How many stories each list of the most read keeps: enough for every section to find its own among them.
RANKED: Final = 1000


def hour_of(moment: datetime) -> int:
    return int(moment.timestamp()) // HOUR


def day_of(moment: datetime) -> int:
    return int(moment.timestamp()) // DAY


@dataclass(slots=True)
class Figures:
    """What the desk says about the readers of one story. `hours`: the last 7 days, oldest first."""

    today: int = 0
    week: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * 168)

    @property
    def line(self) -> str:
        """The points of a line through the hours, in a box of 168 by 40, its highest hour at the top."""
        most = max(*self.hours, 1)
        return " ".join(f"{x},{39 - 38 * n / most:.4g}" for x, n in enumerate(self.hours))

    @property
    def most(self) -> int:
        return max(self.hours)


class ReadingQuerySet(models.QuerySet["Reading"]):
    def add(self, batch: Batch) -> None:
        """What a process has counted, in one transaction: each row grows by what is new, whoever else adds to it."""
        with transaction.atomic():
            rows = sorted((*key, n) for key, n in batch.opened.items())
            _grow("articles_reading", ("article_id", "hour"), rows)
            if batch.referred:
                Referral.objects.add(batch)

    def figures(self, articles: Iterable[int], now: datetime) -> dict[int, Figures]:
        """Figures by story, for every one that was asked for; `today` begins with the hour in which the site's day does."""
        found = {pk: Figures() for pk in articles}
        last = hour_of(now)
        midnight = hour_of(timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0))
        for pk, hour, n in self.filter(article__in=list(found), hour__gt=last - 168, hour__lte=last).values_list(
            "article", "hour", "n"
        ):
            found[pk].hours[hour - last - 1] = n
            found[pk].week += n
            found[pk].today += n if hour >= midnight else 0
        return found

    def forget(self, now: datetime) -> None:
        """What is older than any figure looks back."""
        self.filter(hour__lt=hour_of(now - KEPT)).delete()
        Referral.objects.filter(day__lt=day_of(now - KEPT)).delete()


class Reading(models.Model):
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="readings")
    #: Whole hours since 1970, UTC.
    hour = models.PositiveIntegerField()
    n = models.PositiveIntegerField(default=0)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "hour"], name="one_count_per_story_and_hour")]
        indexes = [models.Index(fields=["hour"], name="reading_hour")]

    def __str__(self) -> str:
        return f"{self.article_id}, hour {self.hour}: {self.n}"


class ReferralQuerySet(models.QuerySet["Referral"]):
    def add(self, batch: Batch) -> None:
        """By story, day and host; beyond HOSTS of them a story's further ones of that day are added up without a name."""
        keys = batch.referred.keys()
        known: dict[tuple[int, int], set[str]] = {}
        wanted = self.filter(article__in={key[0] for key in keys}, day__in={key[1] for key in keys})
        for pk, day, host in wanted.values_list("article", "day", "host"):
            known.setdefault((pk, day), set()).add(host)
        sums: dict[tuple[int, int, str], int] = {}
        for (pk, day, host), n in batch.referred.items():
            hosts = known.setdefault((pk, day), set())
            if len(hosts) < HOSTS:
                hosts.add(host)
            key = (pk, day, host if host in hosts else "")
            sums[key] = sums.get(key, 0) + n
        _grow("articles_referral", ("article_id", "day", "host"), sorted((*key, n) for key, n in sums.items()))

    def hosts_of(self, articles: Iterable[int], now: datetime) -> list[tuple[str, int]]:
        """Who sent readers to these stories in the last 7 days, most first; '' for those that are not told apart."""
        recent = self.filter(article__in=list(articles), day__gt=day_of(now) - 7)
        return list(recent.values_list("host").annotate(readers=Sum("n")).order_by("-readers", "host")[:10])


class Referral(models.Model):
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="referrals")
    #: Whole days since 1970, UTC.
    day = models.PositiveIntegerField()
    host = models.CharField(max_length=120, blank=True)
    n = models.PositiveIntegerField(default=0)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "day", "host"], name="one_count_per_story_day_and_host")
        ]
        indexes = [models.Index(fields=["day"], name="referral_day")]

    def __str__(self) -> str:
        return f"{self.article_id} from {self.host or '…'}, day {self.day}: {self.n}"


class MostReadQuerySet(models.QuerySet["MostRead"]):
    def rank(self, window: "MostRead.Window", now: datetime) -> int:
        """Make the list of `window` anew; how many stories stand in it.

        An opening weighs n / (1 + age / quarter), quarter being that of the window: half after a quarter of it, a fifth
        at its end. Arithmetic that both databases do alike, and no row has to be changed for time to pass.
        """
        hours, last = HOURS[window], hour_of(now)
        quarter = hours / 4
        weight = F("n") * quarter / (quarter + last - F("hour"))
        read = Reading.objects.filter(hour__gt=last - hours, hour__lte=last).values("article")
        scores = read.annotate(score=Sum(weight, output_field=models.FloatField())).order_by("-score", "-article")
        rows = [
            MostRead(window=window, article_id=row["article"], score=row["score"], ranked_at=now)
            for row in scores[:RANKED]
        ]
        with transaction.atomic():
            self.bulk_create(
                sorted(rows, key=lambda row: row.article_id),
                update_conflicts=True,
                unique_fields=["window", "article"],
                update_fields=["score", "ranked_at"],
            )
            self.filter(window=window, ranked_at__lt=now).delete()
        return len(rows)


class MostRead(models.Model):
    """A list of the worker's: which stories were opened most, the fresher openings weighing more."""

    class Window(models.TextChoices):
        DAY = "day", _("in 24 hours")
        WEEK = "week", _("in 7 days")

    window = models.CharField(max_length=4, choices=Window)
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="most_read")
    score = models.FloatField()
    ranked_at = models.DateTimeField()

    objects = MostReadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window", "article"], name="one_place_per_story_and_window"),
            models.CheckConstraint(condition=Q(score__gt=0), name="most_read_was_read"),
        ]
        indexes = [models.Index(F("window"), F("score").desc(), name="most_read_first")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.get_window_display()}: {self.score:.1f}"


HOURS: Final = {MostRead.Window.DAY: 24, MostRead.Window.WEEK: 168}


def _grow(table: str, keys: tuple[str, ...], rows: Sequence[tuple[int | str, ...]]) -> None:
    """Add the last value of each row to the count of its keys, in one statement. In the order of the keys, so that two
    processes never wait for each other's rows; a story that is gone is left out.
    """
    columns, unique = ", ".join([*keys, "n"]), ", ".join(keys)
    marks = ", ".join([f"({', '.join(['%s'] * (len(keys) + 1))})"] * len(rows))
    named = ", ".join(f"column{n}" for n in range(1, len(keys) + 2))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {named} FROM (VALUES {marks}) AS counted"  # noqa: S608 - only marks
            f" WHERE column1 IN (SELECT id FROM articles_article)"
            f" ON CONFLICT ({unique}) DO UPDATE SET n = {table}.n + excluded.n",
            [value for row in rows for value in row],
        )
