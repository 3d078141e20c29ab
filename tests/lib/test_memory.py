"""What a process frees is the system's again, whichever thread used it and whatever lies beside it."""

import subprocess
import sys

from django.conf import settings

_FREES = """
import threading
from newsroom.lib import memory

def held():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss"))

def works():
    with turn:
        large = [b"x" * 2_000_000 for _ in range(20)]
        del large
        small = [b"x" * 50_000 for _ in range(100)]
        kept.append(small.pop())
        del small
    done.wait()

kept, turn, done = [], threading.Lock(), threading.Barrier(9)
memory.give_back()
before = held()
for _ in range(8):
    threading.Thread(target=works, daemon=True).start()
done.wait()
print(held() - before)
"""


def test_threads_that_make_pages_in_turn_take_no_more_memory_than_one() -> None:
    """And nothing of what was large for once: 45 MB are in use in each of eight threads, 5 of them in small pieces."""
    done = subprocess.run([sys.executable, "-c", _FREES], cwd=settings.BASE_DIR, check=True, capture_output=True)
    assert int(done.stdout) < 10_000  # kB


_ENDS = """
import gc, weakref
from newsroom.lib import memory

class Request:
    def __init__(self):
        self.user = lambda: self

def answers():
    request = Request()
    alive.add(request)
    return [[] for _ in range(1000)]  # much is made meanwhile, so that it is no longer among the youngest when it ends

alive = weakref.WeakSet()
memory.settle()
most = 0
for _ in range(300):
    answers()
    most = max(most, len(alive))
print(most)
"""


def test_a_request_that_has_ended_is_not_held_for_long_though_it_holds_itself() -> None:
    done = subprocess.run([sys.executable, "-c", _ENDS], cwd=settings.BASE_DIR, check=True, capture_output=True)
    assert int(done.stdout) < 12  # Python by itself lets twenty come together, and many more beside a loaded site
