"""Memory that a process frees goes back to the system."""

import ctypes
import gc
from typing import Final

#: malloc.h of glibc; another C library has no mallopt, or ways of its own.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: A piece so large goes back at once when it is freed, and so much may stay free at the end of the heap. With less, a page that
#: is rendered gets a thousand pages of memory anew, which takes it a third more processor time.
_PIECE: Final = 1024 * 1024
_TOP: Final = 2 * 1024 * 1024
#: Containers made, rounds of the youngest, rounds of the middle ones, after which the collector looks.
_OFTEN: Final = (700, 2, 1)


def give_back() -> None:
    """From now on. By itself glibc keeps a heap for each thread, and on each what was once needed for the largest page."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _PIECE)
        libc.mallopt(_TRIM_THRESHOLD, _TOP)


def settle() -> None:
    """Before a fork: what is free goes, and the collector leaves what is left alone, so that it stays shared. Then it has little
    to look at and does so often: a request that has ended holds itself until then, and a page that Django's own `render` made all
    that it has read (`newsroom.pages.rendered` lets go of it).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_OFTEN)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
