"""One kept page: its bytes in each encoding, what it depends on, and its answer to a request."""

import functools
import gzip
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import brotli
from django.conf import settings

from newsroom.lib import stamps
from newsroom.lib.pagecache.key import Environ, Headers
from newsroom.lib.pagecache.sharing import READ, SHARE

#: Seconds after which a page is rendered again even if nothing seems to have changed.
LONGEST: Final = 60.0
#: A page under which readers write all the time is rendered for a fifth of the time: after a render it rests four times as long
#: as that took, but no longer than so many seconds.
REST, LONGEST_REST = 4, 0.5


def stamps_of(scopes: Iterable[str]) -> dict[str, int]:
    return stamps.read(scopes, outside_request=True)


class Answer(NamedTuple):
    """What a request gets: 200 or 304."""

    status: int
    headers: Headers
    body: bytes


class Copy(NamedTuple):
    """A page in one encoding."""

    etag: str
    #: What a hit gets that asks for nothing else; its last header says that it is one. Without an encoding it has no body: that is
    #: to be inflated when somebody asks, which hardly anybody does.
    whole: Answer


@dataclass(slots=True)
class Page:
    #: By encoding: "br", "gzip", and "" for none.
    copies: dict[str, Copy]
    size: int
    stamps: dict[str, int]
    fresh_until: float
    #: The story that is opened by it; 0 for none.
    story: int = 0
    #: When it was last found to be right (`time.monotonic()`).
    right_at: float = field(default_factory=time.monotonic)
    #: Until then (`time.monotonic()`) it is not rendered again for what readers write.
    rests_until: float = 0.0
    #: Nobody need look whether it is fresh before this moment (`time.monotonic()`), as long as `stamps.writes` is this.
    sure_until: float = 0.0
    sure_since: int = 0

    def is_sure(self) -> bool:
        """Whether it is fresh, as far as that can be said without the database."""
        if time.monotonic() < self.sure_until and self.sure_since == stamps.writes:
            return True
        return self._is_fresh(stamps.known_with_end)

    def is_fresh(self) -> bool:
        return self._is_fresh(functools.partial(stamps.read_with_end, outside_request=True))

    def _is_fresh(self, read: Callable[[dict[str, int]], tuple[dict[str, int], float] | None]) -> bool:
        now, left = time.monotonic(), self.fresh_until - time.time()
        since = stamps.writes  # before the read: what is forgotten meanwhile is looked at again
        if left <= 0 or (said := read(self.stamps)) is None:
            return False
        found, until = said
        if found != self.stamps:
            return False
        self.right_at, self.sure_until, self.sure_since = now, min(until, now + left), since
        return True

    def rests(self) -> bool:
        """Whether it is answered as it is, because only readers have changed it since it was rendered a moment ago."""
        if time.monotonic() >= self.rests_until or time.time() >= self.fresh_until:
            return False
        by_editors = [scope for scope in self.stamps if not scope.startswith(stamps.BY_READERS)]
        return stamps_of(by_editors).items() <= self.stamps.items()

    def was_right_within(self, seconds: float) -> bool:
        return time.monotonic() - self.right_at <= seconds

    def answer(self, environ: Environ, mark: str) -> Answer:
        etag, whole = self.copies[_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        method, asked = environ["REQUEST_METHOD"], environ.get("HTTP_IF_NONE_MATCH")
        if mark == "hit" and method == "GET" and whole.body and not asked:
            return whole
        headers = [*whole.headers[:-1], ("X-Cache", mark)]
        if asked and _matches(asked, etag):
            return Answer(304, [h for h in headers if h[0] not in _OF_BODY], b"")
        if method == "HEAD":
            return Answer(200, headers, b"")
        return Answer(200, headers, whole.body or gzip.decompress(self.copies["gzip"].whole.body))


_OF_BODY: Final = {"Content-Type", "Content-Encoding", "Content-Length"}


def make_page(body: bytes, headers: Headers, shared: str, known: dict[str, int], *, hidden: bool, begun: float) -> Page:
    """The page of a response whose view said `shared`; `known`: stamps that were read before it was rendered, which began at
    `begun` (`time.monotonic()`)."""
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
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    gzipped = gzip.compress(body, 6, mtime=0)
    brotlied = brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)
    return Page(
        copies={
            "": _copy(f'"{etag}"', [*kept, ("Content-Length", str(len(body)))], b""),
            "gzip": _encoded("gzip", gzipped, etag, kept),
            "br": _encoded("br", brotlied, etag, kept),
        },
        size=len(gzipped) + len(brotlied) + 2500,
        stamps=filed,
        fresh_until=fresh_until,
        rests_until=(now := time.monotonic()) + min(REST * (now - begun), LONGEST_REST),
        story=next((int(value) for name, value in headers if name == READ), 0),
    )


def _encoded(encoding: str, body: bytes, etag: str, kept: Headers) -> Copy:
    own = [("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
    return _copy(f'"{etag}-{encoding}"', [*kept, *own], body)


def _copy(etag: str, headers: Headers, body: bytes) -> Copy:
    return Copy(etag, Answer(200, [*headers, ("ETag", etag), ("X-Cache", "hit")], body))


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
