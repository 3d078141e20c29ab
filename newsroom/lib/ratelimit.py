"""A limiter that counts exactly under concurrency: one UPSERT for all that an action counts, the same on both databases.

Who somebody is for a limit is decided by what the server knows (a log-in, a signed cookie, the peer's address), never by
a header that a client chooses.
"""

import functools
import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest


class Limit(NamedTuple):
    """At most `most` uses of `key` in each window of `seconds`; windows begin at multiples of their length."""

    key: str
    most: int
    seconds: int

    @property
    def name(self) -> str:
        return f"{self.key}:{self.seconds}"[:120]

    @property
    def bucket(self) -> int:
        return int(time.time()) // self.seconds

    @property
    def left(self) -> int:
        """Whole seconds until the window is over."""
        return self.seconds - int(time.time()) % self.seconds


def hit(key: str, *, limit: int, seconds: int) -> bool:
    """Count one use of `key` in the current window of `seconds`; False when there were `limit` already."""
    return not hits([Limit(key, limit, seconds)])


def hits(limits: Iterable[Limit]) -> list[Limit]:
    """Count one use of each, in one statement; those that were used up already."""
    by_name = {limit.name: limit for limit in limits}
    counts = _add(by_name.values(), 1)
    return [limit for name, limit in by_name.items() if counts[name] > limit.most]


def give_back(limits: Iterable[Limit]) -> None:
    """Take one use of each back: what was counted has not happened."""
    _add({limit.name: limit for limit in limits}.values(), -1)


def _add(limits: Iterable[Limit], by: int) -> dict[str, int]:
    """In the order of their names, so that two writers never wait for each other's rows."""
    rows = [(limit.name, limit.bucket, max(by, 0)) for limit in sorted(limits, key=lambda limit: limit.name)]
    if not rows:
        return {}
    marks = ", ".join(["(%s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO lib_hit (key, bucket, n) VALUES {marks}"  # noqa: S608 - only marks
            " ON CONFLICT (key, bucket) DO UPDATE SET n = lib_hit.n + %s RETURNING key, n",
            [*(value for row in rows for value in row), by],
        )
        return dict(cursor.fetchall())


def client_address(request: HttpRequest) -> str:
    """The reader's address: the peer's, or what the trusted proxies in front of us (a number) say of it."""
    hops: int = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")


def network(request: HttpRequest) -> str:
    """The reader's network (/24 or /48) under the site's secret: comparable for ever, and not an address."""
    return network_of(client_address(request))


def network_of(address: str) -> str:
    """The keyed hash of the network that an address, as a proxy may write it (with a port, in brackets), is in."""
    return _keyed(address, settings.SECRET_KEY)


@functools.lru_cache(maxsize=1000)
def _keyed(address: str, secret: str) -> str:
    try:
        ip = ipaddress.ip_address(_without_port(address))
    except ValueError:
        ip = ipaddress.ip_address("127.0.0.1")
    if ip.version == 6 and (mapped := ip.ipv4_mapped):
        ip = mapped
    net = ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False)
    key = hashlib.sha256(f"newsroom.network:{secret}".encode()).digest()
    return hmac.new(key, str(net).encode(), hashlib.sha256).hexdigest()[:32]


def mailbox(address: str) -> str:
    """The same for the spellings of one mailbox: capitals, +suffixes and dots do not make another one."""
    local, _, host = address.lower().partition("@")
    local = re.sub(r"\+.*", "", local).replace(".", "")
    return hashlib.sha256(f"{local}@{host}".encode()).hexdigest()[:32]


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address.partition("%")[0]
