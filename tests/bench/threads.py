"""How much CPU the thread of a page costs: by stencil, and by the ordinary template. No database.

.venv/bin/python -m tests.bench.threads
"""

import statistics
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from articles.models import Article
from comments.discussion import Discussion
from comments.forms import CommentForm
from comments.models import Comment
from comments.thread import Entry, arrange, count_the_rest
from newsroom.lib.stencil import stencil

THREADS, REPLIES, ROUNDS = 20, 5, 40
ARTICLE = Article(pk=1)


def entries(number: int) -> list[Entry]:
    """120 comments that were never drawn before, some of each kind."""
    ordered = []
    for thread in range(THREADS):
        root = comment(number * 1000 + thread * 10)
        root.thread_count = 5 + thread % 3
        ordered.append(root)
        for seq in range(1, REPLIES + 1):
            reply = comment(root.pk + seq)
            reply.root_id, reply.seq, reply.parent_id = root.pk, seq, ordered[-1].pk if seq % 2 == 0 else root.pk
            ordered.append(reply)
    found = arrange(ordered)
    count_the_rest(found)
    return found


def comment(pk: int) -> Comment:
    at = timezone.now() - timedelta(minutes=pk % 9973)
    words = (
        f"<p>What reader {pk} says, with <em>some</em> stress, and with words enough to fill two lines or three.</p>"
    )
    return Comment(
        pk=pk, article=ARTICLE, name=f"Reader <{pk}>", html=words, status="published", created_at=at, up=pk % 7,
        badge="staff" if pk % 19 == 0 else "", edited_at=at if pk % 11 == 0 else None, reply_count=1,
    )  # fmt: skip


def cpu(draw: Any) -> float:
    """Milliseconds of CPU, the median over pages with other comments each."""
    spent = []
    for number in range(1, ROUNDS + 1):
        page = entries(number)
        start = time.process_time()
        draw(page)
        spent.append((time.process_time() - start) * 1000)
    return statistics.median(spent)


def main() -> None:
    discussion = Discussion(ARTICLE, form=CommentForm(), query="sort=newest&")
    around = {"discussion": discussion, "now": timezone.now()}
    thread, place = get_template("comments/_thread.html").template, get_template("comments/_place.html").template
    by_stencil = lambda page: thread.render(Context(around | {"entries": page}))  # noqa: E731
    plainly = lambda page: [place.render(Context(around | {"entry": entry})) for entry in page]  # noqa: E731
    settings.NEWSROOM_STRICT = True  # a template that cannot be drawn by stencil fails here
    by_stencil(entries(0))
    settings.NEWSROOM_STRICT = False  # else fillings are compared
    stencil.cache_clear()
    by_stencil(entries(0))  # a process draws each shape once
    quick, plain = cpu(by_stencil), cpu(plainly)
    print(f"{THREADS * (REPLIES + 1)} comments: {quick:.2f} ms of CPU by stencil, {plain:.1f} ms by the template")
    print(f"plain / stencil = {plain / quick:.1f}")


if __name__ == "__main__":
    main()
