"""The file: a plain tar of the database and the pictures, and last of all its manifest. One without it is not whole.

Nothing in it is believed before all of it was read once: names, kinds, sizes and SHA-256 must be those of the manifest.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from newsroom.backup import Refused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MEDIA: Final = "media/"
#: Bytes; a site of half a million pictures has a manifest of about 60 million.
_LONGEST_MANIFEST: Final = 256 * 1024 * 1024
_PIECE: Final = 1024 * 1024


class Sink(Protocol):
    def write(self, piece: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A file of the archive: how many bytes it has, and their SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    made_at: str
    #: "sqlite" or "postgresql", and what made it: {"django": "5.2.8", ...}.
    vendor: str
    versions: dict[str, str]
    #: Every migration that its database had: "articles.0001_initial".
    migrations: list[str]
    #: Rows by table, counted in the copy itself.
    rows: dict[str, int]
    files: dict[str, Held]
    format: int = FORMAT

    @property
    def database(self) -> str:
        return next(name for name in self.files if not name.startswith(MEDIA))

    @property
    def pictures(self) -> list[str]:
        return [name for name in self.files if name.startswith(MEDIA)]

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        """Raises Refused."""
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                raise Refused(f"This backup is of format {found['format']}, and this Newsroom reads format {FORMAT}.")
            files = {str(name): Held(int(held["size"]), str(held["sha256"])) for name, held in found["files"].items()}
            rows = {str(table): int(n) for table, n in found["rows"].items()}
            itself = cls(**found | {"files": files, "rows": rows})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Refused("The manifest of this backup cannot be read: the file is damaged.") from error
        if sum(not name.startswith(MEDIA) for name in files) != 1 or not all(map(_is_harmless, files)):
            raise Refused("This backup holds files that no backup of a Newsroom holds. Nothing of it was unpacked.")
        return itself


def _is_harmless(name: str) -> bool:
    """A plain path that stays below the folder it is unpacked into, on every system."""
    path = PurePosixPath(name)
    odd = any(part in {"..", "."} for part in path.parts) or any(sign in name for sign in "\\:\x00")
    return not odd and not path.is_absolute() and str(path) == name


class Writing:
    """An archive that grows file by file; `finish` seals it with its manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115 - closed by finish; a torn one is thrown away
        self.files: dict[str, Held] = {}

    def add(self, name: str, path: Path) -> bool:
        """False where the file has gone meanwhile. It may grow while it is read: what it had at first is kept."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            known, entry = os.fstat(file.fileno()), tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = known.st_size, int(known.st_mtime), 0o640
            reading = _Hashed(file)
            self._tar.addfile(entry, reading)
        self.files[name] = Held(entry.size, reading.digest.hexdigest())
        return True

    def finish(self, manifest: Manifest) -> None:
        text = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(text), 0o640
        self._tar.addfile(entry, io.BytesIO(text))
        self._tar.close()


class _Hashed:
    """Reads a file and remembers what it read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


class Archive:
    """An archive that is read. `manifest` is believed as soon as `verify` has returned."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        entries = tar.getmembers()
        self._entries = {entry.name: entry for entry in entries}
        last = self._entries.get(MANIFEST)
        if last is None or not last.isreg() or last.size > _LONGEST_MANIFEST:
            raise Refused("This file has no manifest: it is half a backup, or none.")
        self.manifest = Manifest.read(self._bytes(last))
        same = {name: held.size for name, held in self.manifest.files.items()}
        there = {entry.name: entry.size if entry.isreg() else None for entry in entries if entry is not last}
        if there != same or len(entries) != len(same) + 1:
            raise Refused("What is in this backup is not what its manifest says. Nothing of it was unpacked.")

    def _bytes(self, entry: tarfile.TarInfo) -> bytes:
        file = self._tar.extractfile(entry)
        assert file is not None  # it is a regular file
        return file.read()

    def verify(self) -> None:
        for name in self.manifest.files:
            self.copy(name, _Nowhere())

    def copy(self, name: str, to: Sink) -> None:
        """Raises Refused where the bytes are not those that were put in."""
        held, digest = self.manifest.files[name], hashlib.sha256()
        file = self._tar.extractfile(self._entries[name])
        assert file is not None
        while piece := file.read(_PIECE):
            digest.update(piece)
            to.write(piece)
        if digest.hexdigest() != held.sha256:
            raise Refused(f"{name} in this backup is damaged (its SHA-256 is another). Take an older backup.")


class _Nowhere:
    def write(self, piece: bytes, /) -> None:
        """What is only verified is kept nowhere."""


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Raises Refused for what is no backup, and for one that is damaged."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Archive(tar)
    except FileNotFoundError as error:
        raise Refused(f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise Refused(f"{path} is a folder. Name the backup file itself.") from error
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise Refused(f"{path} is no backup, or it is damaged: {error}.") from error
