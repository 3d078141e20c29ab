"""Forgetting from which network a comment came, once it is a month old."""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from django.db import connection, models, transaction

#: For so long the keyed hash of the network is kept.
NETWORK_KEPT: Final = timedelta(days=30)
AT_ONCE: Final = 500


class Forgetting(models.Manager):  # type: ignore[type-arg]
    """The verb `forget_networks`, part of `Comment.objects`."""

    def forget_networks(self, before: datetime, *, after: int = 0) -> int | None:
        """A batch, from id `after` on: forget from which network comments written `before` came.

        Where to go on; None where everything is done, or somebody holds one of the rows at this moment.
        """
        rows = self.filter(pk__gt=after).order_by("pk").values_list("pk", "created_at", "network")[:AT_ONCE]
        old = list(takewhile(lambda row: row[1] < before or not row[2], rows))
        due = [pk for pk, _created_at, network in old if network]
        with transaction.atomic():
            free = self.filter(pk__in=due)
            if connection.features.has_select_for_update_skip_locked:
                free = free.select_for_update(skip_locked=True)
            done = self.filter(pk__in=list(free.values_list("pk", flat=True))).update(network="") if due else 0
        return old[-1][0] if old and done == len(due) else None
