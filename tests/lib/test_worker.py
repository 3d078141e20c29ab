"""The loop beside the server goes on when a task fails, and ends when it is asked to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from articles import renditions
from articles.models import Image
from newsroom.lib import ratelimit
from newsroom.lib.kept import Kept
from newsroom.lib.mail import never
from newsroom.lib.models import Hit
from newsroom.lib.worker import Worker, every, forget_old_hits, in_a_child
from newsroom.management.commands.worker import pictures
from tests.make import make_image

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


def test_what_takes_much_memory_is_done_by_a_process_that_ends(tmp_path: Path) -> None:
    who = tmp_path / "who"
    assert in_a_child(lambda stop: bool(who.write_text(str(os.getpid()))))(never)
    pid = int(who.read_text())
    assert pid != os.getpid()
    assert not Path(f"/proc/{pid}").exists()


def test_a_child_that_fails_or_is_killed_fails_in_the_worker_which_goes_on(caplog: Any) -> None:
    for end in (lambda stop: 1 / 0 > 0, lambda stop: os.kill(os.getpid(), signal.SIGKILL) is None):
        Worker([in_a_child(end)]).run(once=True)
        assert "The worker's child ended" in caplog.text
        caplog.clear()


def test_a_child_hears_of_the_end_and_finishes_what_it_has(tmp_path: Path) -> None:
    finished = tmp_path / "finished"

    def works(stop: Callable[[], bool]) -> bool:
        os.kill(os.getppid(), signal.SIGTERM)
        while not stop():
            time.sleep(0.01)
        finished.touch()
        return True

    Worker([in_a_child(works)]).run()
    assert finished.exists()


def test_a_process_that_is_kept_is_replaced_when_it_ends_and_told_to_stop_at_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: Any
) -> None:
    monkeypatch.setattr("newsroom.lib.kept.PAUSE", 0.01)

    def works() -> None:
        ends: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _frame: ends.append(number))
        (tmp_path / str(os.getpid())).touch()
        while not ends:
            time.sleep(0.01)
        (tmp_path / f"{os.getpid()} finished").touch()

    with Kept("The dog", works):
        first = wait_for_one_more(tmp_path, set())
        os.kill(int(first), signal.SIGKILL)
        second = wait_for_one_more(tmp_path, {first})
    assert {path.name for path in tmp_path.iterdir()} == {first, second, f"{second} finished"}
    assert "The dog ended with -9" in caplog.text


def wait_for_one_more(folder: Path, known: set[str]) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for path in folder.iterdir():
            if path.name not in known:
                return path.name
        time.sleep(0.01)
    pytest.fail("No process began")


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """It is started by one that is killed at once, and says itself that it has ended."""
    worker = "import signal; from newsroom.lib.worker import Worker, ends_with; "
    worker += "Worker([ends_with(int(sys.argv[1]))]).run(); print('ended')"
    parent = "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid())]); "
    parent += "os.kill(os.getpid(), 9)"
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    command = [sys.executable, "-c", parent, "import sys, django; django.setup(); " + worker]
    # The pipe is read until the last process that writes to it has gone.
    said = subprocess.run(command, env=env, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, timeout=60).stdout
    assert said == b"ended\n"


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


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_ends_its_child_lets_the_others_pass(
    monkeypatch: pytest.MonkeyPatch, caplog: Any, tmp_path: Path
) -> None:
    fine, deadly = make_image(renditions=False), make_image(renditions=False)

    def make(image: Image, *_rest: Any) -> None:
        if image.pk == deadly.pk:
            os.kill(os.getpid(), signal.SIGKILL)  # as the system does where memory runs out
        tmp_path.joinpath("drawn").write_text(str(image.pk))

    monkeypatch.setattr(renditions, "make_renditions", make)
    draw = pictures()
    assert draw(never)
    assert f"Picture {deadly.pk} could not be drawn" in caplog.text
    assert draw(never)
    assert tmp_path.joinpath("drawn").read_text() == str(fine.pk)
