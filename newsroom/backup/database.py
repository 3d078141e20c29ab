"""The database as one file, consistent while others write, and a whole database put back in one transaction."""

import gzip
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from newsroom.backup import Refused

#: Whoever has such a row is logged in: a backup brings nobody in.
LEFT_OUT: Final = "django_session"
#: What `migrate` alone fills. Rows in any other table are somebody's.
_FILLED_BY_MIGRATE: Final = frozenset(
    {"auth_group", "auth_group_permissions", "auth_permission", "comments_protecteddomain"}
    | {"django_content_type", "django_migrations", "lib_stamp"}
)


@dataclass(frozen=True, slots=True)
class Copy:
    """The file, its name in an archive, and what is in it."""

    path: Path
    name: str
    rows: dict[str, int]
    migrations: list[str]
    #: "sqlite 3.45.1"
    made_by: str


class Database(ABC):
    vendor: str

    @abstractmethod
    def copy_into(self, folder: Path) -> Copy:
        """As it is at one moment, without its sessions, while others go on writing. Raises Refused."""

    @abstractmethod
    def replace_by(self, file: Path) -> None:
        """All of it by what `copy_into` wrote, or nothing at all. Raises Refused."""

    def holds_something(self) -> bool:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if table not in _FILLED_BY_MIGRATE and not table.startswith(("articles_search", "sqlite_")):
                    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})")  # noqa: S608
                    if cursor.fetchone()[0]:
                        return True
        return False

    def rows(self, cursor: Any) -> dict[str, int]:
        """By table of our models, as `cursor` sees them."""
        counted = {}
        for table in sorted(connection.introspection.django_table_names(only_existing=True, include_views=False)):
            if table != LEFT_OUT:
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                counted[table] = cursor.fetchone()[0]
        return counted

    def migrations(self, cursor: Any) -> list[str]:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [f"{app}.{name}" for app, name in cursor.fetchall()]


def database() -> Database:
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


class Sqlite(Database):
    vendor = "sqlite"

    def copy_into(self, folder: Path) -> Copy:
        plain, packed = folder / "copy.sqlite3", folder / "database.sqlite3.gz"
        with _telling_what_sqlite_says():
            # VACUUM INTO reads at one moment, and leaves behind what was deleted and still lay in free pages.
            with closing(sqlite3.connect(f"{self._file.resolve().as_uri()}?mode=ro", uri=True)) as source:
                source.execute("VACUUM INTO ?", [str(plain)])
            with closing(sqlite3.connect(plain)) as copy:
                copy.execute("PRAGMA secure_delete = ON")
                copy.execute(f"DELETE FROM {LEFT_OUT}")  # noqa: S608
                copy.commit()
                _refuse_if_damaged(copy)
                rows, migrations = self.rows(copy.cursor()), self.migrations(copy.cursor())
        with plain.open("rb") as source_file, gzip.open(packed, "wb", compresslevel=3) as target:
            shutil.copyfileobj(source_file, target, 1024 * 1024)
        plain.unlink()
        return Copy(packed, packed.name, rows, migrations, f"sqlite {sqlite3.sqlite_version}")

    def replace_by(self, file: Path) -> None:
        connection.close()
        plain = file.with_suffix(".plain")
        with gzip.open(file, "rb") as packed, plain.open("wb") as target:
            shutil.copyfileobj(packed, target, 1024 * 1024)
        with _telling_what_sqlite_says(), closing(sqlite3.connect(plain)) as source:
            _refuse_if_damaged(source)
            # Into the file that is there and not in its place: who has it open, or its log, must not mix the two.
            with closing(sqlite3.connect(self._file)) as there:
                source.backup(there)

    @property
    def _file(self) -> Path:
        return Path(connection.settings_dict["NAME"])


@contextmanager
def _telling_what_sqlite_says() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Refused(f"SQLite says: {error}.") from error


def _refuse_if_damaged(copy: sqlite3.Connection) -> None:
    (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise Refused(f"The database is damaged ({said}). Keep your older backups.")


class Postgres(Database):
    vendor = "postgresql"

    def copy_into(self, folder: Path) -> Copy:
        target = folder / "database.dump"
        with transaction.atomic(), connection.cursor() as cursor:
            # pg_dump joins the moment that this transaction sees, so what is counted is what is copied.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            moment, version = cursor.fetchone()
            self._run(
                *("pg_dump", f"--snapshot={moment}", "--format=custom", "--no-owner", "--no-privileges"),
                *(f"--exclude-table-data=*.{LEFT_OUT}", f"--file={target}"),
            )
            return Copy(target, target.name, self.rows(cursor), self.migrations(cursor), f"postgresql {version}")

    def replace_by(self, file: Path) -> None:
        with connection.cursor() as cursor:
            old = [connection.ops.quote_name(table) for table in connection.introspection.table_names(cursor)]
        connection.close()
        script = file.with_suffix(".sql")
        self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file), connected=False)
        first = file.with_suffix(".first.sql")
        first.write_text("SET lock_timeout = '30s';\n" + "".join(f"DROP TABLE {table} CASCADE;\n" for table in old))
        together = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
        self._run("psql", *together, f"--file={first}", f"--file={script}")

    def _run(self, program: str, *arguments: str, connected: bool = True) -> None:
        known, more = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
        where = [*known[1:-1], f"--dbname={known[-1]}", "--no-password"] if connected else []
        try:
            subprocess.run(  # noqa: S603 - no shell, and nothing of it comes from readers
                [program, *where, *arguments],
                env=os.environ | (more or {}),
                check=True,
                capture_output=True,
                text=True,
                errors="replace",
            )
        except FileNotFoundError as error:
            raise Refused(
                f"{program} is not on this machine. On Debian and Ubuntu: apt-get install postgresql-client"
            ) from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.strip().splitlines() or [f"it ended with {error.returncode}"]
            raise Refused(f"{program} could not do it, and nothing was changed. It says: {said[0]}") from error
