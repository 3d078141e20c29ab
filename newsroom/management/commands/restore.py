"""Make a site what it was when a backup was taken."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from newsroom.backup import Refused
from newsroom.backup.restoring import check, restore


class Command(BaseCommand):
    help = (
        "Put a backup in the place of an empty site, after all of it was verified; its database is migrated if need be."
    )
    requires_system_checks = []  # they ask a database, and there may be none yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")
        parser.add_argument("--check", action="store_true", help="verify the file, and change nothing")
        parser.add_argument("--replace", action="store_true", help="also where there is a site: what it holds is LOST")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "sqlite":
            Path(connection.settings_dict["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if options["check"]:
                manifest = check(options["file"])
            else:
                manifest = restore(options["file"], replace=options["replace"])
        except Refused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The backup could not be restored: {error.strerror or error}.") from error
        what = f"{sum(manifest.rows.values()):,} rows, {len(manifest.pictures):,} pictures, of {manifest.made_at}"
        self.stdout.write(f"{'This backup is whole' if options['check'] else 'Restored'}: {what}")
