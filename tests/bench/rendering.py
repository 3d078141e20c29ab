"""One of the processes of `tests.bench.flat`: fills its database, then renders every page whenever a line comes in.

python -m tests.bench.rendering articles N | comments N...
"""

import json
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings

from newsroom.demo.load import Filled, fill
from newsroom.lib.planner import tell_planner

TIMES = 5
_PLAIN = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main(what: str, numbers: list[int]) -> None:
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    pages = _of_many_stories(*numbers) if what == "articles" else _of_long_talks(numbers)
    tell_planner()
    _say(f"filled in {time.perf_counter() - began:.0f} s")
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES=_PLAIN):
        browser = Client()
        for _line in sys.stdin:
            _say({name: _time(browser, url) for name, url in pages.items()})


def _of_many_stories(number: int) -> dict[str, str]:
    from articles.models import Author, Section, Topic

    made = fill(articles=number, comments=2000, largest=500)
    author, section, topic = (kind.objects.order_by("pk")[0] for kind in (Author, Section, Topic))  # type: ignore[attr-defined]
    return {
        "front page": "/",
        "section": section.get_absolute_url(),
        "topic": topic.get_absolute_url(),
        "author": author.get_absolute_url(),
        "all stories": "/latest/",
        "story": made.typical,
        "search, common word": "/search/?q=bridge",
        "search, one story": "/search/?q=%22aldmoor%20reopens%22%20701",
    }


def _of_long_talks(numbers: list[int]) -> dict[str, str]:
    made: dict[int, Filled] = {n: fill(articles=1, comments=n, largest=n) for n in numbers}
    return {str(n): filled.largest for n, filled in made.items()}


def _time(browser: Client, url: str) -> float:
    """Milliseconds, the quickest of some: what the machine did meanwhile is no part of a page."""
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer: Any = browser.get(url)
        spent.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return min(spent)


def _say(what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2:]])
