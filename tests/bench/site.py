"""A site of its own for a measurement: a throw-away folder and database, filled, and served as in production."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import Process

HOUSE = Path(__file__).resolve().parent.parent.parent
WORKERS = 2
#: Seconds at most for the sizes of the demo's pictures.
PICTURES = 900
AS_IN_THE_UNIT = ["--workers", str(WORKERS), "--blocking-threads", "4", "--log-level", "warning"]
#: Opens /metrics, where each process says its number.
METRICS = "for-benchmarks-only"


@dataclass(frozen=True)
class Site(Process):
    #: What its processes are started with: another one with this environment works on the same site.
    env: dict[str, str]
    #: Addresses of the story with most comments, and of an ordinary one.
    largest: str
    typical: str


@contextmanager
def served(
    *,
    articles: int = 20,
    comments: int = 100,
    largest: int = 20,
    demo: bool = False,
    worker: bool = False,
    unit: bool = False,
) -> Iterator[Site]:
    """`demo`: with the demo newsroom's sections, topics, pictures, menu and campaign, in which the load's stories stand.
    `worker`: with the worker, which else does nothing that a measurement would hear; the sizes of pictures are made by then.
    `unit`: with it as docs/deploy/newsroom-web.service has it, and behind nginx, which is not counted.

    On SQLite, or where DATABASE_URL says. Limits are off, unless NEWSROOM_LIMITS is set: they would measure themselves."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        env = os.environ | {
            "NEWSROOM_URL": f"http://127.0.0.1:{port}",
            "NEWSROOM_VAR": folder,
            "NEWSROOM_SECRET_KEY": "for-benchmarks-only-" + "x" * 40,
            "NEWSROOM_METRICS_TOKEN": METRICS,
            "NEWSROOM_LIMITS": os.environ.get("NEWSROOM_LIMITS", "0"),
            "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3"),
        }
        manage(env, "migrate", "--verbosity=0")
        manage(env, "collectstatic", "--noinput", "--verbosity=0")
        if demo:
            manage(env, "demo")
        sizes = ["--articles", str(articles), "--comments", str(comments), "--largest", str(largest)]
        made = json.loads(manage(env, "fill", *sizes))
        manage(env, "shell", "--command", _NOBODY_WAITS)
        web = ["newsroom.web", *(["--with-worker"] if worker else [])]
        with _unit(port, env) if unit else _server(web, port, env, "/healthz") as process:
            if worker or unit:
                _wait_for_pictures(env)
                process.rest()
            yield Site(process.url, process.pids, env, made["largest"], made["typical"])


@contextmanager
def served_again(site: Site, name: str) -> Iterator[Process]:
    """The same site by one of the applications of tests/bench/anew.py, on a port of its own."""
    with _server(["tests.bench.anew", name], _free_port(), site.env, "/healthz") as process:
        yield process


@contextmanager
def floor(name: str) -> Iterator[Process]:
    """`constant` or `bare_django` (tests/bench/floors.py), by the same server as the site."""
    env = os.environ | {"PYTHONPATH": str(HOUSE / "tests/bench")}
    with _server(["granian", "--interface", "wsgi", "--no-ws", f"floors:{name}"], _free_port(), env, "/1") as process:
        yield process


@contextmanager
def nginx(size: int) -> Iterator[Process]:
    """nginx with as many processes as the site, sending a file of `size` bytes at /page.html."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "page.html").write_bytes(b"x" * size)
        with _nginx(name, _free_port(), f"root {name};", "/page.html") as process:
            yield process


@contextmanager
def _nginx(name: str, port: int, site: str, first: str) -> Iterator[Process]:
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
    Path(name, "nginx.conf").write_text(_NGINX.format(site=site, port=port, workers=WORKERS, user=user))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen([binary, "-e", "error.log", "-p", name, "-c", "nginx.conf"]) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}{first}")
            yield Process(f"http://127.0.0.1:{port}", (process.pid,))
        finally:
            process.terminate()


_NGINX = """
daemon off; worker_processes {workers}; pid nginx.pid; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/html;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; {site} }}
}}
"""


@contextmanager
def _unit(port: int, env: dict[str, str]) -> Iterator[Process]:
    """docs/deploy/newsroom-web.service, and nginx before it."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "newsroom.serve", f"{name}/web.sock", "--with-worker", *AS_IN_THE_UNIT]
        proxy = f"location / {{ proxy_pass http://unix:{name}/web.sock; proxy_set_header Host $http_host; }}"
        with subprocess.Popen(command, env=env, cwd=HOUSE) as process, _nginx(name, port, proxy, "/healthz") as proxied:
            try:
                yield Process(proxied.url, (process.pid,))
            finally:
                process.terminate()


@contextmanager
def _server(module: list[str], port: int, env: dict[str, str], first: str) -> Iterator[Process]:
    """With as many processes and threads as docs/deploy/newsroom-web.service has; `first` is an address that it answers as soon
    as it can."""
    server = [sys.executable, "-m", *module, "--port", str(port)]
    server += AS_IN_THE_UNIT
    with tempfile.TemporaryFile() as log, subprocess.Popen(server, env=env, cwd=HOUSE, stderr=log) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}{first}")
            yield Process(f"http://127.0.0.1:{port}", (process.pid,))
        finally:
            process.terminate()
            process.wait()
            log.seek(0)
            said = log.read().decode()
            sys.stderr.write("".join(line for line in said.splitlines(keepends=True) if " WARNING " not in line))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


#: First comments appear at once, so that each post does all that a published comment does.
_NOBODY_WAITS = "from articles.models import SiteSettings; SiteSettings.row(); SiteSettings.objects.update(guests_held=0, members_held=0)"


def _wait_for_pictures(env: dict[str, str]) -> None:
    end = time.monotonic() + PICTURES
    while int(manage(env, "shell", "--no-imports", "--command", _HOW_MANY_WAIT)):
        if time.monotonic() > end:
            raise TimeoutError("The worker has not drawn the demo's pictures")
        time.sleep(5)


_HOW_MANY_WAIT = "from articles.models import Image; print(Image.objects.filter(avif_at=None).count())"


def manage(env: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command], env=env, cwd=HOUSE, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def _wait_for(url: str) -> None:
    for _attempt in range(150):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)
