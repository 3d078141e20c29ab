"""Write the whole site into one file, while it runs."""

import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from newsroom.backup import Refused
from newsroom.backup.making import back_up, forget_older


class Command(BaseCommand):
    help = "Write database and pictures into one file, while the site runs. Secrets and log-ins are left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a new file, or a folder (default: var/backups)")
        parser.add_argument("--keep", type=int, metavar="N", help="of those in the folder, delete all but the newest N")

    def handle(self, *args: Any, **options: Any) -> None:
        given, keep = options["file"], options["keep"]
        if keep is not None and (keep < 1 or (given is not None and not given.is_dir())):
            raise CommandError("--keep takes a number of 1 or more, and a folder instead of a file.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a stopped one leaves nothing behind
        target = self._target(given)
        try:
            manifest = back_up(target)
            gone = forget_older(target.parent, "newsroom-*Z.tar", keep=keep) if keep else []
        except Refused as error:
            raise CommandError(f"No backup was written. {error}") from error
        except OSError as error:
            raise CommandError(f"No backup was written. {target.parent}: {error.strerror or error}") from error
        rows = f"{sum(manifest.rows.values()):,} rows, {len(manifest.pictures):,} pictures"
        self.stdout.write(f"{target}: {rows}, {target.stat().st_size:,} bytes")
        if gone:
            self.stdout.write(f"{len(gone)} older ones were deleted.")

    def _target(self, given: Path | None) -> Path:
        if given is not None and not given.is_dir():
            return given
        folder = given or settings.VAR_DIR / "backups"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(folder, f"newsroom-{timezone.now():%Y-%m-%dT%H%M%S}Z.tar")
