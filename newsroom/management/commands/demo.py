"""Fill an empty site with the demo newsroom, or take it away again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsroom.demo.removal import remove
from newsroom.demo.seed import NotEmpty, is_there, seed


class Command(BaseCommand):
    help = "Fill an empty site with an invented newsroom and print its log-ins; running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="also into a site that has stories already")
        parser.add_argument("--if-empty", action="store_true", help="say nothing where there is content already")
        parser.add_argument("--remove", action="store_true", help="take away what the demo made, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove()
        elif is_there():
            if not options["if_empty"]:
                self.stdout.write("The demo is there already. Nothing was changed.")
        else:
            self._make(force=options["force"], quiet=options["if_empty"])

    def _make(self, *, force: bool, quiet: bool) -> None:
        try:
            log_ins = seed(force=force)
        except NotEmpty as error:
            if quiet:
                return
            raise CommandError("This site has content of its own. Use --force to add the demo to it.") from error
        self.stdout.write("The demo newsroom is ready. Log-ins (shown only now):")
        for one in log_ins:
            self.stdout.write(f"  {one.role:<13} {one.email:<30} {one.password}")

    def _remove(self) -> None:
        kept = remove()
        self.stdout.write("The demo is gone." if not kept else "The demo is gone, except what other stories need:")
        self.stdout.write("".join(f"  {line}\n" for line in kept), ending="")
