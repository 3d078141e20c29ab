"""What it costs to keep, to save and to look at a story of 5,000 words.

    .ci/postgres.sh .venv/bin/python -m tests.bench.editing

Migrates the database that DATABASE_URL names; run it on one that may be thrown away. Whole requests through Django's client, every middleware included, in one process; what is printed are medians, beside
the CPU that each took, which other processes on the machine do not change.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 40
WORDS = 5000


def main() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client, override_settings

    from tests.articles.test_publishing import fields
    from tests.make import make_article, make_author, make_draft, make_section, make_user

    call_command("migrate", verbosity=0)
    editor, section = make_user("Editor"), make_section()
    browser = Client()
    browser.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")
    authors = {f"bylines_{2 * n}": make_author().pk for n in range(2)}
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

    def post(address: str, turn: int, **over: Any) -> int:
        typed = fields(section, headline=f"Turn {turn}", body=body(turn), draft_token="b1", **authors) | over
        return browser.post(f"/admin/articles/article/{address}", typed).status_code

    with override_settings(ALLOWED_HOSTS=["*"], STORAGES=plain):
        for name, story in (("draft", make_draft(section=section)), ("published", make_article(section=section))):
            kept, saved, seen = f"{story.pk}/autosave/", f"{story.pk}/change/", f"{story.pk}/preview/"
            measure(f"autosave, {name}", lambda turn, at=kept: post(at, turn), 200)  # type: ignore[misc]
            measure(f"preview, {name}", lambda turn, at=seen: post(at, turn), 200)  # type: ignore[misc]
            measure(f"save, {name}", lambda turn, at=saved: post(at, turn, base_version=turn), 302)  # type: ignore[misc]


def body(turn: int) -> str:
    """Forty words a paragraph; another one changes each time."""
    words = "The inspectors say that the bridge will stay closed until every hanger has been tested twice".split()
    paragraphs = [" ".join(words[(n + m) % len(words)] for m in range(40)) for n in range(WORDS // 40)]
    paragraphs[turn % len(paragraphs)] = f"In turn {turn} this is new. " + " ".join(words * 2)
    return "".join(f'<p>{text} <a href="/about/">Read on</a>.</p>' for text in paragraphs)


def measure(name: str, request: Callable[[int], int], expected: int) -> None:
    spent, cpu = [], []
    for turn in range(ROUNDS):
        started, used = time.perf_counter(), time.process_time()
        assert request(turn) == expected, (name, turn)
        spent.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    print(f"{statistics.median(spent):7.1f} ms ({statistics.median(cpu):6.1f} ms CPU)  {name}")


if __name__ == "__main__":
    main()
