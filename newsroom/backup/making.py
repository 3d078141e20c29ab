"""Taking a backup: beside its place first, and there only when it is whole."""

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.utils import timezone

from newsroom.backup import Refused
from newsroom.backup.archive import MEDIA, Manifest, Writing
from newsroom.backup.database import database


def back_up(target: Path) -> Manifest:
    """Write `target`, which must not be there yet. Raises Refused, and OSError where the disk is full: nothing is left
    behind then.

    The database is copied first: a picture is stored before its row is written, so each row finds its picture.
    """
    if target.exists():
        raise Refused(f"{target} is there already. A backup never overwrites another.")
    if target.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise Refused(f"{target.parent} is shown to readers as a folder of pictures. Name another.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".newsroom-backup-") as name:
        folder = Path(name)
        growing = folder / "archive.tar"
        made_at = timezone.now()
        copy = database().copy_into(folder)
        with growing.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)  # readers' addresses are in it
            writing = Writing(file)
            writing.add(copy.name, copy.path)
            for path in _pictures(Path(settings.MEDIA_ROOT)):
                writing.add(MEDIA + path.relative_to(settings.MEDIA_ROOT).as_posix(), path)
            manifest = Manifest(
                made_at=made_at.isoformat(timespec="seconds"),
                vendor=database().vendor,
                versions={
                    "django": django.get_version(),
                    "python": platform.python_version(),
                    "database": copy.made_by,
                },
                migrations=copy.migrations,
                rows=copy.rows,
                files=writing.files,
            )
            writing.finish(manifest)
            file.flush()
            os.fsync(file.fileno())
        growing.replace(target)
    return manifest


def _pictures(root: Path) -> Iterator[Path]:
    """Every file below `root` that the site shows: nothing hidden, no link that leads elsewhere."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def forget_older(folder: Path, pattern: str, *, keep: int) -> list[Path]:
    """Delete all but the newest `keep` of the files that `pattern` names; their names sort by time."""
    old = sorted(folder.glob(pattern))[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old
