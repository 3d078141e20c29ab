"""Kept pages, bounded in bytes: the one that was asked for longest ago goes first."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from newsroom.lib.pagecache.key import Key
from newsroom.lib.pagecache.page import Page


class Shelf:
    """`most` says how many bytes may stand here now."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Key) -> Page | None:
        """Without the lock, which would cost as much again: each of the two steps is a single one for other threads."""
        try:
            self._pages.move_to_end(key)
        except KeyError:
            return None
        return self._pages.get(key)

    def keep(self, key: Key, page: Page) -> None:
        with self._lock:
            self._take(key)
            self._pages[key] = page
            self.bytes += page.size
            while self.bytes > self._most():
                _, oldest = self._pages.popitem(last=False)
                self.bytes -= oldest.size
                self.evicted += 1

    def drop(self, key: Key) -> None:
        with self._lock:
            self._take(key)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.bytes = 0

    def _take(self, key: Key) -> None:
        if page := self._pages.pop(key, None):
            self.bytes -= page.size
