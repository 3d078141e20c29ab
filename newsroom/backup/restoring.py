"""Putting a backup back: everything is looked at first, pictures come before the rows that show them."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import F, Max

from newsroom.backup import Refused
from newsroom.backup.archive import MEDIA, Archive, Manifest, opened
from newsroom.backup.database import Database, database
from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from newsroom.lib.planner import tell_planner


def check(path: Path) -> Manifest:
    """Whether this file is whole, and fits this code and this kind of database. Raises Refused."""
    with opened(path) as archive:
        _refuse_what_does_not_fit(archive.manifest, database())
        archive.verify()
        return archive.manifest


def restore(path: Path, *, replace: bool = False) -> Manifest:
    """Make the site what it was. Raises Refused, before anything was changed, for all that can be known before."""
    site, media = database(), Path(settings.MEDIA_ROOT)
    media.mkdir(parents=True, exist_ok=True)
    with opened(path) as archive, tempfile.TemporaryDirectory(dir=media.parent, prefix=".newsroom-restore-") as name:
        manifest, folder = archive.manifest, Path(name)
        _refuse_what_does_not_fit(manifest, site)
        if not replace and site.holds_something():
            raise Refused("This database holds a site already. Use --replace to put the backup in its place.")
        _refuse_without_room(manifest, media)
        archive.verify()
        known = _last_stamp()
        for picture in manifest.pictures:
            _put(archive, picture, media, folder)
        packed = folder / manifest.database
        with packed.open("wb") as file:
            archive.copy(manifest.database, file)
        site.replace_by(packed)
    _refuse_other_counts(manifest, site)
    call_command("migrate", interactive=False, verbosity=0)
    tell_planner()
    _tell_every_process(known)
    if replace:
        _forget_other_pictures(manifest, media)
    return manifest


def _refuse_what_does_not_fit(manifest: Manifest, site: Database) -> None:
    if manifest.vendor != site.vendor:
        raise Refused(
            f"This backup is of a {manifest.vendor} database, and DATABASE_URL names one of {site.vendor}. "
            "Restore it into the same kind."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    newer = sorted(set(manifest.migrations) - known)
    if newer:
        raise Refused(
            f"This backup was made by another version of Newsroom: this one does not know {newer[0]}"
            f"{f' and {len(newer) - 1} more' if newer[1:] else ''}. Install the version that made it, or a later one."
        )


def _refuse_without_room(manifest: Manifest, media: Path) -> None:
    needed, free = sum(held.size for held in manifest.files.values()), shutil.disk_usage(media).free
    if needed > free:
        raise Refused(f"{media} has room for {free:,} bytes, and the backup needs {needed:,}.")


def _put(archive: Archive, name: str, media: Path, folder: Path) -> None:
    """One picture into its place, whole or not at all."""
    target, growing = media / name.removeprefix(MEDIA), folder / "picture"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(media.resolve()):
        raise Refused(f"{target.parent} is a link that leads out of the folder of pictures. Take it away first.")
    with growing.open("wb") as file:
        archive.copy(name, file)
    growing.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    growing.replace(target)


def _refuse_other_counts(manifest: Manifest, site: Database) -> None:
    with connection.cursor() as cursor:
        rows = site.rows(cursor)
    other = [f"{table}: {rows.get(table)} instead of {n}" for table, n in manifest.rows.items() if rows.get(table) != n]
    if other:
        raise Refused(f"The database was restored, and does not hold what the manifest says ({'; '.join(other)}).")


def _last_stamp() -> int:
    try:
        return Stamp.objects.aggregate(last=Max("n"))["last"] or 0
    except DatabaseError:  # there is no table yet
        connection.close()
        return 0


def _tell_every_process(known: int) -> None:
    """No page that a running process keeps is taken for one of the restored site: stamps go on, they never go back."""
    Stamp.objects.bump(Stamp.SITE)
    Stamp.objects.update(n=F("n") + known)
    stamps.drop_kept()


def _forget_other_pictures(manifest: Manifest, media: Path) -> None:
    ours = {media / name.removeprefix(MEDIA) for name in manifest.pictures}
    for path in media.rglob("*"):
        if path not in ours and path.is_file():
            path.unlink(missing_ok=True)
