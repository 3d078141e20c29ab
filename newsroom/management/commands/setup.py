"""`manage.py setup`: asks what a new site is called and who runs it, and starts it empty."""

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsroom.setup import NewSite, SetUpAlready, is_set_up, start, steps_after


class Command(BaseCommand):
    help = "Start an empty site. Asks for what is not given; with --no-input nothing is asked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", help="what the site is called")
        parser.add_argument("--language", help=" ".join(code for code, _ in settings.LANGUAGES))
        parser.add_argument("--time-zone", help="like Europe/Madrid")
        parser.add_argument("--email", help="the first admin's address")
        parser.add_argument("--admin-name", help="the first admin's name")
        parser.add_argument("--password-file", help="a file with the first admin's password, or - for standard input")
        parser.add_argument("--no-input", action="store_true", help="ask nothing")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if is_set_up():
            raise CommandError("This site is set up already: change its settings in the admin.")
        self.stdout.write(f"The site's address is {settings.NEWSROOM_URL} (NEWSROOM_URL changes it).")
        new = self._read(options)
        try:
            start(new)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        except SetUpAlready as error:
            raise CommandError("Somebody else has set this site up just now.") from error
        self.stdout.write("\n".join(steps_after(new)))

    def _read(self, options: dict[str, Any]) -> NewSite:
        self._ask_nothing = options["no_input"]
        return NewSite(
            name=self._ask(options["name"], "Name of the site"),
            language=self._ask(options["language"], "Language", "en"),
            time_zone=self._ask(options["time_zone"], "Time zone", "UTC"),
            email=self._ask(options["email"], "Your e-mail address"),
            admin_name=self._ask(options["admin_name"], "Your name", ""),
            password=self._password(options["password_file"]),
        )

    def _ask(self, given: str | None, question: str, default: str | None = None) -> str:
        if given is not None:
            return given.strip()
        if self._ask_nothing:
            if default is None:
                raise CommandError(f"{question}: not given, and --no-input asks nothing.")
            return default
        while True:
            answer = input(f"{question}{f' [{default}]' if default else ''}: ").strip()
            if answer or default is not None:
                return answer or default or ""

    def _password(self, file: str | None) -> str:
        if file is not None:
            text = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
            return text.rstrip("\r\n")
        if self._ask_nothing:
            raise CommandError("Password: not given (--password-file), and --no-input asks nothing.")
        while True:
            password = getpass("Password, ten characters or more: ")
            if password == getpass("The same again: "):
                return password
            self.stderr.write("They differ. Again:")
