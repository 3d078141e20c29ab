"""A backup that is not what it says is refused before anything is unpacked."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from newsroom.backup.archive import Manifest, Writing

DATABASE = "database.dump"
KNOWN = sorted(f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def write(path: Path, *, migrations: list[str] = KNOWN, vendor: str = "", **files: str) -> Path:
    """A backup with a database and these files ("__" in a name stands for "/")."""
    with path.open("xb") as file:
        writing = Writing(file)
        for name, text in {
            "database.dump": "rows",
            **{n.replace("__", "/"): text for n, text in files.items()},
        }.items():
            source = path.parent / "source"
            source.write_text(text)
            writing.add(name, source)
        writing.finish(Manifest("2026-11-25", vendor or connection.vendor, {}, migrations, {}, writing.files))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("restore", path, check=True)
    return str(refused.value)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return write(tmp_path / "whole.tar", media__2026__ferry="a picture")


def test_a_whole_one_is_told_from_the_others(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("restore", whole, check=True)
    assert "whole: 0 rows, 1 pictures" in capsys.readouterr().out


def test_what_is_no_backup_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "note.tar").write_text("Dear reader")
    assert "is no backup, or it is damaged" in refusal(tmp_path / "note.tar")
    assert "There is no file" in refusal(tmp_path / "gone.tar")
    assert "is a folder" in refusal(tmp_path)


def test_half_a_backup_is_no_backup(whole: Path) -> None:
    text = whole.read_bytes()
    for size in (100, 600, 1600, 3000):
        whole.write_bytes(text[:size])
        assert any(words in refusal(whole) for words in ("damaged", "no manifest"))


def test_one_changed_byte_is_found(whole: Path) -> None:
    whole.write_bytes(whole.read_bytes().replace(b"a picture", b"a picturf"))
    assert "media/2026/ferry in this backup is damaged" in refusal(whole)


def test_a_backup_of_another_version_or_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    newer = write(tmp_path / "newer.tar", migrations=[*KNOWN, "articles.9998_later", "comments.9999_later"])
    assert "does not know articles.9998_later and 1 more" in refusal(newer)
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    assert f"This backup is of a {other} database" in refusal(write(tmp_path / "other.tar", vendor=other))


def rewrite(path: Path, change: Callable[[tarfile.TarFile], object]) -> Path:
    """Something more is put in, as somebody would who wants it unpacked."""
    with tarfile.open(path, "a") as tar:
        change(tar)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    "more",
    [
        entry("media/../../escaped"),
        entry("/tmp/escaped"),
        entry("media/link", tarfile.SYMTYPE, "/etc"),
        entry("media/2026/ferry", tarfile.LNKTYPE, "/etc/passwd"),
        entry("media/2026/ferry"),
        entry("media/folder", tarfile.DIRTYPE),
        entry("media/device", tarfile.CHRTYPE),
        entry("database.sqlite3.gz"),
    ],
    ids=lambda made: made.name,
)
def test_nothing_that_the_manifest_does_not_name_is_unpacked(whole: Path, more: tarfile.TarInfo) -> None:
    rewrite(whole, lambda tar: tar.addfile(more, io.BytesIO()))
    assert "not what its manifest says" in refusal(whole)


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/tmp/escaped", "media/../../escaped", "media/./x", "media//x", "media/a\\b", "C:x", "second"],
)
def test_no_name_in_a_manifest_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "odd.tar"
    with path.open("xb") as file:
        (tmp_path / "source").write_text("x")
        writing = Writing(file)
        writing.add(DATABASE, tmp_path / "source")
        writing.add(name, tmp_path / "source")
        writing.finish(Manifest("2026-11-25", connection.vendor, {}, [], {}, writing.files))
    assert "no backup of a Newsroom holds" in refusal(path)


@pytest.mark.parametrize("text", [b"[]", b"{", b"\xff", b'{"format": 1}', b'{"format": 1, "files": 3, "rows": {}}'])
def test_a_manifest_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: bytes) -> None:
    made = entry("manifest.json")
    made.size = len(text)
    with tarfile.open(tmp_path / "odd.tar", "w") as tar:
        tar.addfile(made, io.BytesIO(text))
    assert "manifest" in refusal(tmp_path / "odd.tar")


def test_a_backup_never_overwrites_another(whole: Path) -> None:
    before = whole.read_bytes()
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", whole)
    assert whole.read_bytes() == before


def test_no_backup_is_put_where_readers_could_fetch_it(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media/2026").mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "media/2026")
    for folder in (tmp_path / "media/2026", tmp_path / "elsewhere"):
        with pytest.raises(CommandError, match="shown to readers"):
            call_command("backup", folder)
