"""Write content for load tests and print where it is, as one line of JSON."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsroom.demo.load import fill
from newsroom.lib.planner import tell_planner


class Command(BaseCommand):
    help = "Write the same stories and comments every time, fast, and print one line of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--articles", type=int, default=100, metavar="N")
        parser.add_argument("--comments", type=int, default=1000, metavar="N", help="in all")
        parser.add_argument("--largest", type=int, default=200, metavar="N", help="of them under the newest story")

    def handle(self, *args: Any, **options: Any) -> None:
        articles, comments, largest = options["articles"], options["comments"], options["largest"]
        if articles < 1 or comments < 0 or not 0 <= largest <= comments:
            raise CommandError("Say --articles of 1 or more, and --largest between 0 and --comments.")
        made = fill(articles=articles, comments=comments, largest=largest)
        tell_planner()
        self.stdout.write(json.dumps(dataclasses.asdict(made)))
