"""What the processes of a server use: processor time and memory, as Linux counts them."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Process:
    """A server that answers at `url`; `pids` are the processes that were started, whose descendants belong to them."""

    url: str
    pids: tuple[int, ...]

    @property
    def cpu_seconds(self) -> float:
        """What the server has used so far (Linux counts in hundredths)."""
        return sum(map(_ticks, tree(self.pids))) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """MiB of it all: PSS, in which what several processes share is counted once."""
        return memory(self.pids)

    def rest(self, seconds: float = 30) -> None:
        """Wait until it does nothing, but no longer than this."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            used = self.cpu_seconds
            time.sleep(0.2)
            if self.cpu_seconds - used < 0.02:
                return


def behind(url: str, also: Iterable[int] = ()) -> Process:
    """The server that listens at the port of `url`, with those at the ports `also` (its database, its PHP).

    Without rights on its processes there are none, and their processor time is 0.
    """
    return Process(url, tuple(_listening({urlsplit(url).port or 80, *also})))


def tree(pids: Iterable[int]) -> Iterator[int]:
    """These and all their descendants, each once."""
    waiting, met = list(pids), set()
    while waiting:
        if (pid := waiting.pop()) not in met:
            met.add(pid)
            yield pid
            waiting += _children(pid)


def memory(pids: Iterable[int]) -> float:
    """MiB (PSS) of these processes and all their descendants."""
    return sum(map(_pss, tree(pids))) / 1024


def shares(pids: Iterable[int]) -> list[tuple[str, float]]:
    """What of it is whose: each process by its name."""
    return [(Path(f"/proc/{pid}/comm").read_text().strip(), _pss(pid) / 1024) for pid in tree(pids)]


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it ended
        return []


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))  # its own, and its children's that have ended


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _listening(ports: set[int]) -> Iterator[int]:
    sockets = {f"socket:[{inode}]" for inode in _inodes(ports)}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                held = {os.readlink(file) for file in (process / "fd").iterdir()}
            except OSError:
                continue
            if held & sockets:
                yield int(process.name)


def _inodes(ports: set[int]) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and int(words[1].rpartition(":")[2], 16) in ports:
                yield words[9]
