"""The loop beside the server goes on when a task fails, and ends when it is asked to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from django.conf import settings

from newsroom.lib import ratelimit
from newsroom.lib.mail import never
from newsroom.lib.models import Hit
from newsroom.lib.worker import PAUSE, Worker, every, forget_old_hits
from newsroom.management.commands.worker import pictures
from tests.bench.processes import tree
from tests.make import make_image
from tests.place import database_url

pytestmark = pytest.mark.django_db


def test_one_task_that_fails_does_not_hold_up_the_others(caplog: Any) -> None:
    done: list[str] = []

    def fails(stop: Callable[[], bool]) -> bool:
        raise ConnectionError("the server is away")

    def works(stop: Callable[[], bool]) -> bool:
        done.append("worked")
        return False

    Worker([fails, works]).run(once=True)
    assert done == ["worked"]
    assert "is tried again" in caplog.text


def test_nothing_new_is_begun_after_the_signal() -> None:
    done: list[str] = []
    worker: Worker

    def first(stop: Callable[[], bool]) -> bool:
        worker.stop()
        assert stop()
        return True

    worker = Worker([first, lambda stop: bool(done.append("too late"))])
    worker.run()
    assert done == []


_BESIDE = """
import signal, sys, time
from pathlib import Path
import django
django.setup()
signal.signal(signal.SIGTERM, lambda *_: None)
from newsroom.lib.worker import Worker
folder, name = Path(sys.argv[1]), sys.argv[2]

def work(stop):
    (folder / f"{name} works").touch()
    while not stop():
        time.sleep(0.01)
    time.sleep(0.2)
    (folder / f"{name} finished").touch()
    return True

Worker([work]).accompany(folder / "lock")
(folder / f"{name} runs").touch()
while not (folder / f"{name} ends").exists():
    time.sleep(0.01)
"""


def test_beside_several_processes_one_worker_works_until_its_process_ends_and_then_another(tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    dogs = {}
    try:
        for name in ("first", "second", "third"):
            command = [sys.executable, "-c", _BESIDE, str(tmp_path), name]
            dogs[name] = subprocess.Popen(command, env=env, cwd=settings.BASE_DIR)
            wait_for(tmp_path / f"{name} runs")
        wait_for(tmp_path / "first works")
        time.sleep(2 * PAUSE)
        assert at_work(tmp_path) == {"first"}
        dogs["first"].kill()
        dogs["first"].wait()
        wait_for_one(tmp_path, "second works", "third works")
        time.sleep(2 * PAUSE)
        (second,) = at_work(tmp_path) - {"first"}
        (tmp_path / f"{second} ends").touch()
        assert dogs[second].wait(60) == 0
        assert (tmp_path / f"{second} finished").exists(), "what it had begun"
        (third,) = {"second", "third"} - {second}
        wait_for(tmp_path / f"{third} works")
        dogs[third].terminate()
        wait_for(tmp_path / f"{third} finished")
        assert dogs[third].poll() is None, "it has other things to do, and is not asked to stop them"
    finally:
        for dog in dogs.values():
            dog.kill()
            dog.wait()


def at_work(folder: Path) -> set[str]:
    return {path.name.removesuffix(" works") for path in folder.glob("* works")}


def wait_for(file: Path) -> None:
    wait_for_one(file.parent, file.name)


def wait_for_one(folder: Path, *names: str) -> None:
    end = time.monotonic() + 60
    while not any((folder / name).exists() for name in names):
        assert time.monotonic() < end, names
        time.sleep(0.01)


def test_a_seldom_task_waits_for_its_time() -> None:
    done: list[float] = []
    task = every(60, lambda stop: bool(done.append(time.monotonic())))
    for _ in range(3):
        task(never)
    assert len(done) == 1


def test_windows_of_the_limiter_that_are_over_are_forgotten() -> None:
    ratelimit.hit("post:net", limit=5, seconds=60)
    ratelimit.hit("post:net", limit=5, seconds=86400)
    now = int(time.time())
    Hit.objects.create(key="post:net:60", bucket=(now - 3 * 86400) // 60, n=3)
    Hit.objects.create(key="post:net:86400", bucket=(now - 9 * 86400) // 86400, n=3)
    forget_old_hits(never)
    assert Hit.objects.count() == 2
    assert not Hit.objects.filter(n=3).exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_picture_whose_drawing_is_killed_lets_the_others_pass(
    monkeypatch: pytest.MonkeyPatch, caplog: Any, tmp_path: Path
) -> None:
    """As the system kills it where memory runs out."""
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("MEDIA_STORAGE_URL", f"file://{tmp_path}")
    images = tmp_path / "images"
    images.mkdir()
    fine = make_image(renditions=False, file="images/fine.jpg", width=64, height=48)
    deadly = make_image(renditions=False, file="images/deadly.jpg")  # the newest first
    PIL.Image.new("RGB", (64, 48), "navy").save(images / "fine.jpg")
    os.mkfifo(images / "deadly.jpg")

    def kill() -> None:
        with (images / "deadly.jpg").open("wb"):  # once somebody begins to read it
            for pid in tree([os.getpid()]):
                if b"draw" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGKILL)

    draw = pictures()
    assert draw(lambda: True), "it is told to stop before it begins"
    assert "could not be drawn" not in caplog.text
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    assert draw(never)
    killer.join(60)
    assert f"Picture {deadly.pk} could not be drawn" in caplog.text
    assert draw(never)
    assert fine.renditions.exists()
    assert not draw(never), "the other one waits for an hour"
