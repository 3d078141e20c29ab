"""Stamps (shared freshness), hits (rate limits) and the outbox that every mail goes through."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from django.db import connection, connections, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.lib import stamps

if TYPE_CHECKING:
    from newsroom.lib.mail import Mail


class StampManager(models.Manager["Stamp"]):
    def bump(self, *scopes: str) -> None:
        """Say that what `scopes` show has changed: in the transaction of the change itself, as its last statement.

        Sorted, so that two writers never wait for each other's row.
        """
        if not scopes:
            return
        named = sorted(set(scopes))
        rows = ", ".join(["(%s, 1)"] * len(named))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO lib_stamp (scope, n) VALUES {rows}"  # noqa: S608 - only marks
                " ON CONFLICT (scope) DO UPDATE SET n = lib_stamp.n + 1",
                named,
            )
        stamps.forget_on_commit(named)


class Stamp(models.Model):
    """A counter that says how often something changed; caches compare it and never need a purge list."""

    #: What stands around stories on every page: settings, sections, menu, pages, asks, people; and everything at once.
    SITE: ClassVar[str] = "site"
    #: Stories, and what comes and goes with them: alerts, slots. Every page is rendered anew, from what is kept of the site.
    STORIES: ClassVar[str] = "stories"

    scope = models.CharField(max_length=60, primary_key=True)
    n = models.BigIntegerField(default=0)

    objects: ClassVar[StampManager] = StampManager()

    def __str__(self) -> str:
        return f"{self.scope} = {self.n}"

    @staticmethod
    def article(pk: int) -> str:
        """The scope of one article's comments and stars: what is taken away or changed there is seen at once."""
        return f"article:{pk}"

    @staticmethod
    def readers(pk: int) -> str:
        """The scope of what readers add to them all the time, for which a page may rest a moment (newsroom.lib.pagecache)."""
        return f"{stamps.BY_READERS}{pk}"

    @classmethod
    def discussion(cls, pk: int) -> list[str]:
        """Both: what a page depends on that shows an article's comments or stars."""
        return [cls.article(pk), cls.readers(pk)]

    @staticmethod
    def live(pk: int) -> str:
        """The scope of the posts of one live page: a post makes nobody else's page old."""
        return f"live:{pk}"


class Hit(models.Model):
    """How often a key was used in one bucket of time (see `newsroom.lib.ratelimit`)."""

    key = models.CharField(max_length=120)
    bucket = models.BigIntegerField()
    n = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "bucket"], name="one_count_per_key_and_bucket")]
        indexes = [models.Index(fields=["bucket"], name="hit_bucket")]

    def __str__(self) -> str:
        return f"{self.key} x {self.n}"


class DemoRow(models.Model):
    """A row that `manage.py demo` made, by model label and key: `demo --remove` takes these away and nothing else."""

    label = models.CharField(max_length=60)
    key = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "key"], name="one_note_per_demo_row")]

    def __str__(self) -> str:
        return f"{self.label} {self.key}"


class Sample(NamedTuple):
    """A letter with made-up content, for those who decide how letters look: what it is called, and how it is written."""

    label: str
    write: "Callable[[], Mail]"


Row = TypeVar("Row", bound="Outbox")


class OutboxQuerySet(models.QuerySet[Row]):
    def waiting(self) -> Self:
        return self.filter(sent_at=None, dead_at=None)

    def due(self, now: datetime) -> Self:
        """Waiting, its time has come and no worker holds it."""
        free = models.Q(leased_until=None) | models.Q(leased_until__lt=now)
        return self.waiting().filter(free, due_at__lte=now)

    def plan(self, now: datetime) -> int:
        """Write the letters that follow from what happened since the last call; how many events that were.

        Called by the worker. Most outboxes are written to directly and plan nothing.
        """
        return 0

    def claim(self, now: datetime, *, worker: str, lease: timedelta, most: int) -> list[Row]:
        """Lease up to `most` due rows to `worker`; two workers never hold the same row at the same time."""
        with transaction.atomic(using=self.db):
            due = self.due(now).order_by("due_at", "pk")
            if connections[self.db].features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True, of=("self",))
            chosen = list(due.values_list("pk", flat=True)[:most])
            claimed = self.filter(pk__in=chosen)
            claimed.update(leased_by=worker, leased_until=now + lease)
        return list(self.with_addressee().filter(pk__in=chosen, leased_by=worker))

    def with_addressee(self) -> Self:
        """With the rows that say whom each letter goes to."""
        return self.all()


class Outbox(models.Model):
    """A letter that waits for the worker: the row is the queue.

    Written in the transaction of what it tells about; claimed by a lease; sent at least once, and a repeat (a worker
    killed between the server's acceptance and the mark) bears the same Message-ID.
    """

    due_at = models.DateTimeField(_("due"), default=timezone.now, editable=False)
    leased_by = models.CharField(max_length=40, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    dead_at = models.DateTimeField(_("given up"), null=True, editable=False)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    message_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["sent_at", "dead_at", "due_at"], name="%(app_label)s_%(class)s_due")]

    def compose(self) -> "Mail | None":
        """The mail, made just before it is sent or looked at; None if it must not be sent any more (`last_error` may
        say why)."""
        raise NotImplementedError

    @classmethod
    def samples(cls) -> dict[str, Sample]:
        """One letter of each kind that goes through this outbox, by a word that is its own."""
        return {}

    def no_such_mailbox(self, to: str, answer: str) -> None:
        """The server of `to` says (in the words of `answer`) that nobody has that address."""

    @property
    def addressee(self) -> str:
        """The address that it goes to; '' where there is none (any more)."""
        raise NotImplementedError

    def keep(self, until: datetime) -> bool:
        """Make the lease longer; False if it was lost to another worker meanwhile."""
        self.leased_until = until
        return self._held().update(leased_until=until) == 1

    def release(self, **marks: Any) -> bool:
        """End the lease with `marks`; False if it was lost to another worker meanwhile."""
        return self._held().update(leased_by="", leased_until=None, **marks) == 1

    def mark_sent(self, at: datetime) -> None:
        """Whoever holds it now: it has left, and must not leave again."""
        unsent = type(self)._default_manager.filter(pk=self.pk, sent_at=None)
        unsent.update(
            sent_at=at, leased_by="", leased_until=None, dead_at=None, last_error="", attempts=models.F("attempts") + 1
        )

    def _held(self) -> models.QuerySet["Outbox"]:
        return type(self)._default_manager.filter(pk=self.pk, leased_by=self.leased_by, sent_at=None, dead_at=None)
