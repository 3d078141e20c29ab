"""One kept page: its bytes in each encoding, what it depends on, and its answer to a request."""

import functools
import gzip
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import brotli
from django.conf import settings

from newsroom.lib import stamps
from newsroom.lib.pagecache.key import Environ, Headers, StartResponse
from newsroom.lib.pagecache.sharing import READ, SHARE

#: Seconds after which a page is rendered again even if nothing seems to have changed.
LONGEST: Final = 60.0


def stamps_of(scopes: Iterable[str]) -> dict[str, int]:
    return stamps.read(scopes, outside_request=True)


@dataclass(slots=True)
class Page:
    headers: Headers
    etag: str
    gzipped: bytes
    brotlied: bytes
    length: int
    stamps: dict[str, int]
    fresh_until: float
    #: The story that is opened by it; 0 for none.
    story: int = 0
    size: int = field(init=False)
    #: When it was last known to be right (`time.monotonic()`).
    right_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.size = len(self.gzipped) + len(self.brotlied) + 2000

    def is_fresh(self) -> bool:
        if time.time() >= self.fresh_until or stamps_of(self.stamps) != self.stamps:
            return False
        self.right_at = time.monotonic()
        return True

    def was_right_within(self, seconds: float) -> bool:
        return time.monotonic() - self.right_at <= seconds

    def answer(self, environ: Environ, start_response: StartResponse, mark: str) -> list[bytes]:
        encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag = f'"{self.etag}{"-" + encoding if encoding else ""}"'
        headers = [*self.headers, ("ETag", etag), ("X-Cache", mark)]
        if (asked := environ.get("HTTP_IF_NONE_MATCH")) and _matches(asked, etag):
            start_response("304 Not Modified", [h for h in headers if h[0].lower() != "content-type"])
            return []
        body = self.brotlied if encoding == "br" else self.gzipped if encoding == "gzip" else None
        if encoding:
            headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(self.length if body is None else len(body))))
        start_response("200 OK", headers)
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [gzip.decompress(self.gzipped) if body is None else body]


def make_page(body: bytes, headers: Headers, shared: str, known: dict[str, int], *, hidden: bool) -> Page:
    """The page of a response whose view said `shared`; `known`: stamps that were read before it was rendered."""
    moment, *scopes = shared.split(" ")
    fresh_until = time.time() + LONGEST
    if float(moment):
        fresh_until = min(fresh_until, float(moment))
    # A scope that was not known before the render is read after it, so a change that came between would hide behind it:
    # such a page is believed for a moment only, and its next render knows the scope.
    late = [scope for scope in scopes if scope not in known]
    if late:
        fresh_until = min(fresh_until, time.time() + stamps.ARTICLE_BELIEVED)
    filed = {scope: known[scope] for scope in scopes if scope in known} | (stamps_of(late) if late else {})
    kept = [h for h in headers if h[0] not in {SHARE, READ, "Content-Length", "ETag", "Vary", "Cache-Control"}]
    kept.append(("Vary", "Accept-Encoding"))
    # A page without its asks is this reader's; an outer cache must not give it to others.
    whose = "private" if hidden else "public"
    seconds = settings.NEWSROOM_CDN_SECONDS
    outer = f", s-maxage={seconds}, stale-while-revalidate={seconds}" if seconds and not hidden else ""
    # A view that knows better (what open pages ask every few seconds) says so itself.
    said = next((value for name, value in headers if name == "Cache-Control" and not hidden), None)
    kept.append(("Cache-Control", said or f"{whose}, max-age=0, must-revalidate{outer}"))
    return Page(
        headers=kept,
        etag=hashlib.blake2b(body, digest_size=12).hexdigest(),
        gzipped=gzip.compress(body, 6, mtime=0),
        brotlied=brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
        length=len(body),
        stamps=filed,
        fresh_until=fresh_until,
        story=next((int(value) for name, value in headers if name == READ), 0),
    )


@functools.lru_cache(maxsize=256)
def _encoding(accepted: str) -> str:
    """The best of what the browser takes; q=0 is a no."""
    offers = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";q=")
        offers[name.strip()] = quality.strip() not in {"0", "0.0", "0.00", "0.000"}
    return next((encoding for encoding in ("br", "gzip") if offers.get(encoding)), "")


def _matches(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]
