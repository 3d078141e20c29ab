"""Move a WordPress site here: its export, and a copy of its pictures."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsroom.lib.planner import tell_planner
from newsroom.wordpress.importer import import_export
from newsroom.wordpress.telling import Telling


class Command(BaseCommand):
    help = "Import stories, pages, comments and pictures from a WordPress export (WXR). Running it again adds no duplicates."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what WordPress wrote under Tools > Export")
        parser.add_argument("--uploads", type=Path, metavar="DIR", help="a copy of wp-content/uploads")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--json", action="store_true", help="print the counts as one line of JSON at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        path, uploads = options["file"], options["uploads"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        if uploads is not None and not uploads.is_dir():
            raise CommandError(f"There is no folder {uploads}.")
        telling = Telling(self.stdout, path.stat().st_size)
        with telling.progress() as progress:
            report = import_export(path, uploads, dry_run=options["dry_run"], progress=progress)
        if not options["dry_run"]:
            tell_planner()
        telling.tell(report, dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(report.summary()))
        if report.fault_line is not None:
            raise SystemExit(1)
