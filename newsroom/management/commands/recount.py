"""Prove that no total drifted from its rows; mend and print what did, and exit 1 if anything did."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from comments.models import CommentStats
from ratings.models import RatingSummary


class Command(BaseCommand):
    help = "Compare every total with the rows it counts, mend what drifted, print it, and exit 1 if anything did."

    def handle(self, *args: Any, **options: Any) -> None:
        drifted = [*RatingSummary.recount(), *CommentStats.recount()]
        for line in drifted:
            self.stdout.write(line)
        if drifted:
            raise CommandError(f"{len(drifted)} totals had drifted. They are right now.")
        self.stdout.write("Nothing drifted.")
