"""A limiter that counts exactly under concurrency: one UPSERT a hit, the same on both databases."""

import hashlib
import hmac
import ipaddress
import time

from django.conf import settings
from django.db import connection
from django.http import HttpRequest


def hit(key: str, *, limit: int, seconds: int) -> bool:
    """Count one use of `key` in the current window of `seconds`; False when there were `limit` already."""
    bucket = int(time.time()) // seconds
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lib_hit (key, bucket, n) VALUES (%s, %s, 1)"
            " ON CONFLICT (key, bucket) DO UPDATE SET n = lib_hit.n + 1 RETURNING n",
            [f"{key}:{seconds}"[:120], bucket],
        )
        return int(cursor.fetchone()[0]) <= limit


def client_address(request: HttpRequest) -> str:
    """The reader's address: the peer's, or what the trusted proxies in front of us (a number) say of it."""
    hops: int = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")


def network(request: HttpRequest) -> str:
    """The reader's network (/24 or /48), under today's salt: comparable for a day, and not an address."""
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        address = ipaddress.ip_address("127.0.0.1")
    if address.version == 6 and (mapped := address.ipv4_mapped):
        address = mapped
    prefix = 24 if address.version == 4 else 48
    net = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return hmac.new(settings.SECRET_KEY.encode(), f"network:{day}:{net}".encode(), hashlib.sha256).hexdigest()[:32]
