"""How fast one worker sends letters about one comment, as a part of what a bare smtplib loop sends in the same run.

.venv/bin/python -m tests.bench.letters [LETTERS]       (in a test database of its own; the mail server is a process)
"""

import logging
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from django.conf import settings
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

from comments.models import Notification, Subscription
from newsroom.accounts.models import Reader
from newsroom.lib.mail import deliver_due
from tests.make import make_article, make_comment, make_section

SERVER = """
import asyncio
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def main(letters: int) -> None:
    logging.disable(logging.INFO)
    databases = setup_databases(verbosity=0, interactive=False)
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            settings.EMAIL_GIVEN = True
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(server.stdout.readline())
            measure(letters)
        finally:
            server.kill()
            teardown_databases(databases, verbosity=0)


def measure(letters: int) -> None:
    story = make_article(section=make_section())
    people = [Reader(name=f"R{n}", email=f"r{n}@example.org", verified_at=timezone.now()) for n in range(letters)]
    Subscription.objects.bulk_create(
        Subscription(reader=reader, article=story, kind="all") for reader in Reader.objects.bulk_create(people)
    )
    make_comment(story)
    planned = timed(lambda: Notification.objects.plan(timezone.now()))
    sample = Notification.objects.order_by("pk")[0].compose()
    assert sample
    message = EmailMessage()
    message["Subject"] = sample.subject
    message.set_content(sample.text)
    message.add_alternative(sample.html, subtype="html")
    bare = timed(lambda: bare_loop(letters, message.as_bytes(policy=SMTP)))
    own = timed(lambda: deliver_due(timezone.now()))
    assert not Notification.objects.waiting().exists()
    print(f"{letters} letters: planned in {planned[0]:.2f} s")
    print(f"bare smtplib loop: {letters / bare[0]:.0f} a second, {1000 * bare[1] / letters:.2f} ms of CPU each")
    print(f"one worker:        {letters / own[0]:.0f} a second, {1000 * own[1] / letters:.2f} ms of CPU each")
    print(f"ratio: {bare[0] / own[0]:.2f} of the bare loop")


def bare_loop(letters: int, message: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", settings.EMAIL_PORT) as server:
        for n in range(letters):
            server.sendmail("newsroom@127.0.0.1", [f"r{n}@example.org"], message)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds, and seconds of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
