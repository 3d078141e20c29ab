"""How the site is doing, in numbers: what this process' page cache did, and what waits in the queues of the whole site."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from articles.models import Image
from comments.models import Comment
from newsroom.lib.mail import outboxes
from newsroom.lib.pagecache import PageCache

#: No queue is counted further than this.
COUNTED: Final = 10_000

_ANSWERS: Final = {
    "hit": _("answered from memory"),
    "miss": _("rendered: shared pages that were not ready"),
    "stale": _("answered as it was: another request rendered, readers wrote a moment ago, or the database was away"),
    "pass": _("passed on to Django: private pages, forms, files"),
    "not_modified": _("of all those, answered by “you have it already” (304)"),
}


@dataclass(frozen=True, slots=True)
class Vital:
    """One number. `labels` tells those of one name apart; kind: counter (since the process began) or gauge."""

    name: str
    said: Any
    value: float
    kind: str = "gauge"
    labels: tuple[tuple[str, str], ...] = ()


def of_process(cache: PageCache | None) -> Iterator[Vital]:
    """What the process that answers has done. Each process counts for itself: with two, every reading is one of the two."""
    if cache is None:
        return
    process = ("process", str(os.getpid()))
    for answer, said in _ANSWERS.items():
        labels = (process, ("answer", answer))
        yield Vital("newsroom_pagecache_answers_total", said, cache.counts[answer], "counter", labels)
    yield Vital(
        "newsroom_pagecache_evicted_total", _("pages put out for want of room"), cache.evicted, "counter", (process,)
    )
    yield Vital("newsroom_pagecache_pages", _("pages held"), cache.pages, labels=(process,))
    yield Vital("newsroom_pagecache_bytes", _("bytes held"), cache.held, labels=(process,))
    most = settings.NEWSROOM_CACHE_BYTES
    yield Vital("newsroom_pagecache_bytes_limit", _("bytes that it may hold"), most, labels=(process,))


def of_site(now: datetime) -> Iterator[Vital]:
    """What waits for the worker or for a moderator; the same whichever process says it."""
    for outbox in outboxes():
        label = (("outbox", outbox._meta.label_lower),)
        name = outbox._meta.verbose_name_plural
        waiting = outbox._default_manager.waiting()  # type: ignore[attr-defined]
        yield Vital("newsroom_letters_waiting", _("%s that wait") % name, _up_to(waiting), labels=label)
        late = waiting.filter(due_at__lte=now)
        yield Vital("newsroom_letters_due", _("%s that are due") % name, _up_to(late), labels=label)
    yield Vital(
        "newsroom_pictures_waiting", _("pictures whose sizes are not made yet"), _up_to(Image.objects.waiting())
    )
    pending = Comment.objects.filter(status=Comment.Status.PENDING)
    yield Vital("newsroom_comments_pending", _("comments that wait for a moderator"), _up_to(pending))


def as_prometheus(vitals: Iterable[Vital]) -> str:
    """The text format 0.0.4; numbers of one name stand together."""
    by_name: dict[str, list[Vital]] = {}
    for vital in vitals:
        by_name.setdefault(vital.name, []).append(vital)
    lines = []
    for name, same in by_name.items():
        lines.append(f"# TYPE {name} {same[0].kind}")
        for vital in same:
            labels = ",".join(f'{label}="{value}"' for label, value in vital.labels)
            lines.append(f"{name}{{{labels}}} {vital.value}" if labels else f"{name} {vital.value}")
    return "\n".join(lines) + "\n"


def _up_to(rows: Any) -> int:
    return len(rows.order_by().values_list("pk", flat=True)[:COUNTED])
