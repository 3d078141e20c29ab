"""`manage.py draw`: makes the sizes of pictures that wait. The worker starts it when there are any."""

import logging
import signal
import threading
import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from articles import renditions

log = logging.getLogger(__name__)

#: The status that says so of the picture that was begun last.
CANNOT_BE_DRAWN: Final = 3


class Command(BaseCommand):
    help = "Make the sizes of pictures that wait, and print the number of each before it is begun."
    # All of them would load every address, form and page of the desk.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--besides", type=int, nargs="*", default=[], metavar="N", help="pictures that go on waiting"
        )
        parser.add_argument(
            "--seconds", type=float, default=10, help="after which no further one is begun (10): letters wait meanwhile"
        )

    def handle(self, **options: Any) -> None:
        enough, end = threading.Event(), time.monotonic() + options["seconds"]
        signal.signal(signal.SIGTERM, lambda _number, _frame: enough.set())
        while not enough.is_set() and time.monotonic() < end and (image := renditions.next_due(options["besides"])):
            self.stdout.write(str(image.pk))
            self.stdout.flush()
            try:
                renditions.draw(image, enough.is_set)
            except DatabaseError:
                raise
            except Exception as error:  # whatever a file of somebody else's makes of the library
                log.exception("Picture %d cannot be drawn", image.pk)
                raise SystemExit(CANNOT_BE_DRAWN) from error
