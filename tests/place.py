"""A machine of its own for a site: a folder, a database and processes, as the person who runs it has them."""

import hashlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection


@dataclass
class Place:
    """A machine: a folder and a database of its own."""

    folder: Path
    #: A DATABASE_URL; by default SQLite in the folder.
    database: str = ""
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NEWSROOM_")} | {
            "NEWSROOM_URL": "http://127.0.0.1:8999",
            "NEWSROOM_VAR": str(self.folder),
            "NEWSROOM_SECRET_KEY": "for-tests-only-" + "x" * 40,
            "NEWSROOM_LIMITS": "0",
            "NEWSROOM_DEBUG": "1",  # so that no static file needs to be collected
            "DATABASE_URL": self.database or f"sqlite:///{self.folder}/db.sqlite3",
        }

    def manage(self, *arguments: str | Path, fails: bool = False, largest_file: int = -1, **env: str) -> str:
        """What it printed; of one that `fails`, the sentence that it ends with."""
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            env=self.env | env,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)),
        )
        assert (done.returncode != 0) == fails, f"{arguments}:\n{done.stdout}\n{done.stderr}"
        return done.stderr if fails else done.stdout

    def migrate(self) -> None:
        """As `manage.py migrate` leaves it."""
        if self.database:
            self.manage("migrate", "--verbosity=0")
        else:
            copy_migrated(self.folder / "db.sqlite3")

    @contextmanager
    def served(self, *options: str) -> Iterator[str]:
        """Its address, while the server runs there as in docs/deploy/newsroom-web.service, on a port."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = int(taken.getsockname()[1])
        server = [sys.executable, "-m", "newsroom.web", "--port", str(port)]
        server += [*options_of_the_unit(), *options]
        with subprocess.Popen(server, env=self.env, cwd=settings.BASE_DIR) as process:
            try:
                yield _answering(f"http://127.0.0.1:{port}", self.env.get("NEWSROOM_HOSTS", "127.0.0.1"))
            finally:
                process.terminate()

    @contextmanager
    def behind_a_proxy(self) -> Iterator[Path]:
        """The name of its socket, while the command of docs/deploy/newsroom-web.service runs there."""
        name = self.folder / "web.sock"
        server = [sys.executable, "-m", "newsroom.serve", str(name), *options_of_the_unit()]
        with subprocess.Popen(server, env=self.env, cwd=settings.BASE_DIR) as process:
            try:
                for _ in range(600):
                    if name.is_symlink():
                        break
                    time.sleep(0.2)
                yield name
            finally:
                process.terminate()


def database_url() -> str:
    """Of the database of the tests, for another process."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    user, password = (quote(str(there[what] or ""), safe="") for what in ("USER", "PASSWORD"))
    host = str(there["HOST"])
    place = (
        f"/{host}" if host.startswith("/") else f"{host}:{there['PORT'] or 5432}"
    )  # the folder of a socket, or a machine
    return f"postgres://{user}:{password}@{place}/{there['NAME']}"


def copy_migrated(to: Path) -> None:
    """A new site's SQLite database: all migrations take ten seconds, so they run once for each state of the code."""
    ready = settings.VAR_DIR / f"migrated-{_state_of_the_code()}.sqlite3"
    if not ready.exists():
        ready.parent.mkdir(parents=True, exist_ok=True)
        for old in set(ready.parent.glob("migrated-*.sqlite3")) - {ready}:
            old.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=ready.parent) as folder:
            Place(Path(folder)).manage("migrate", "--verbosity=0")
            (Path(folder) / "db.sqlite3").rename(ready)
    shutil.copyfile(ready, to)


def _state_of_the_code() -> str:
    """Changes with every file that a migration, or what runs after one, may use."""
    seen = hashlib.sha256()
    apps = ("articles", "comments", "newsroom", "ratings")
    code = sorted(file for app in apps for file in (settings.BASE_DIR / app).rglob("*.py"))
    for file in (settings.BASE_DIR / "requirements-dev.txt", *code):
        seen.update(f"{file.relative_to(settings.BASE_DIR)}\n".encode() + file.read_bytes())
    return seen.hexdigest()[:20]


def options_of_the_unit() -> list[str]:
    """What docs/deploy/newsroom-web.service has for granian."""
    unit = (settings.BASE_DIR / "docs/deploy/newsroom-web.service").read_text().partition("ExecStart=")[2]
    return unit.partition("\n#")[0].partition("web.sock")[2].replace("\\\n", " ").split()


def _answering(url: str, host: str) -> str:
    asking = urllib.request.Request(f"{url}/readyz", headers={"Host": host, "X-Forwarded-Proto": "https"})
    for _ in range(150):
        try:
            urllib.request.urlopen(asking, timeout=5).close()
            return url
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer")
