"""Cursors of keyset pages: signed, opaque, and page 1 for whatever was tampered with."""

from collections.abc import Sequence
from typing import Any

from newsroom.lib.signing import BadToken, sign_for_good, unsign_for_good


def cursor(order: str, *keys: Any) -> str:
    """Where a page in `order` ends: the sort keys of its last row, as JSON can say them. The same place always has the same
    address, which the page cache keeps one copy for."""
    return sign_for_good("cursor", [order, *keys])


def position(order: str, token: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The keys that `cursor(order, ...)` held; None (page 1) where the token is missing, damaged or of another order."""
    if not token or len(token) > 400:
        return None
    try:
        named, *keys = unsign_for_good("cursor", token)
    except (BadToken, TypeError, ValueError):
        return None
    fits = named == order and len(keys) == len(kinds) and all(map(isinstance, keys, kinds))
    return keys if fits else None
