"""The site behind nginx with TLS, in the words of docs/deploy: what readers get, and what they cannot make it believe."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.place import Place

pytestmark = [pytest.mark.slow, pytest.mark.once]

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
DEPLOY = Path(settings.BASE_DIR) / "docs/deploy"
#: What nginx writes, and who runs it, is the machine's own; the site's part is included as it stands in docs/deploy.
AROUND = """
daemon off; pid {folder}/nginx.pid; {user} worker_processes 1; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
_FACTS = """
from articles.models import SiteSettings, Article
SiteSettings.row(); SiteSettings.objects.update(guests_held=0, members_held=0)
print(Article.objects.first().pk)
"""
_NETWORKS = """
from comments.models import Comment
from newsroom.lib.ratelimit import network_of
print(*Comment.objects.filter(text="From where?").values_list("network", flat=True), network_of("127.0.0.1"))
"""


def free_ports(number: int) -> list[int]:
    lines = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(line.getsockname()[1]) for line in lines]
    for line in lines:
        line.close()
    return ports


class Nginx:
    """nginx with the site's configuration: its ports, and one request at a time to one of them."""

    def __init__(self, folder: Path, backend: Path) -> None:
        self.folder, (self.plain, self.tls) = folder, free_ports(2)
        text = (DEPLOY / "nginx.conf").read_text()
        text = re.sub(r" *listen \[::\].*\n", "", text)
        for was, now in (
            ("listen 80", f"listen 127.0.0.1:{self.plain}"),
            ("listen 443", f"listen 127.0.0.1:{self.tls}"),
            ("/run/newsroom/web.sock", str(backend)),
            ("/etc/letsencrypt/live/news.example", str(folder)),
        ):
            assert was in text
            text = text.replace(was, now)
        (folder / "site.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
        certificate = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem", "-subj", "/CN=news.example"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *certificate], check=True, capture_output=True
        )

    @contextmanager
    def running(self) -> Iterator["Nginx"]:
        with subprocess.Popen([str(NGINX), "-p", self.folder, "-c", self.folder / "nginx.conf"]) as process:
            try:
                for _ in range(100):
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", self.tls)) == 0:
                            break
                    time.sleep(0.1)
                yield self
            finally:
                process.terminate()

    def connect(self, name: str = "news.example") -> ssl.SSLSocket:
        trusting = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        trusting.check_hostname = False  # it has a name of the old kind only
        line = socket.create_connection(("127.0.0.1", self.tls), timeout=30)
        return trusting.wrap_socket(line, server_hostname=name)

    def ask(
        self, path: str, *, method: str = "GET", form: dict[str, str] | None = None, tls: bool = True, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        name = headers.pop("Host", "news.example")
        named = {"Host": name, **{key.replace("_", "-"): value for key, value in headers.items()}}
        if form is not None:
            named |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        line = http.client.HTTPConnection("127.0.0.1", self.tls if tls else self.plain, timeout=30)
        try:
            if tls:
                line.sock = self.connect(name)
            line.request(method, path, urlencode(form) if form is not None else None, named)
            with line.getresponse() as answer:
                return answer.status, answer.headers, answer.read()
        finally:
            line.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    here = Place(tmp_path_factory.mktemp("behind-nginx"))
    lines = [line for line in (DEPLOY / "environment").read_text().splitlines() if not line.startswith("#")]
    told = dict(line.split("=", 1) for line in lines)
    here.env.pop("NEWSROOM_DEBUG")
    here.env |= {name: told[name] for name in ("NEWSROOM_URL", "NEWSROOM_HOSTS", "NEWSROOM_TRUSTED_PROXIES")}
    here.migrate()
    here.manage("collectstatic", "--noinput", "--verbosity=0")
    here.manage("fill", "--articles=2", "--comments=4", "--largest=2")
    return here


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_readers_get_the_site_through_nginx_with_tls(place: Place) -> None:
    article = place.manage("shell", "--verbosity=0", "--command", _FACTS).strip()
    with place.behind_a_proxy() as name, Nginx(place.folder, name).running() as nginx:
        status, headers, _ = nginx.ask("/latest/?page=2", tls=False)
        assert (status, headers["Location"]) == (301, "https://news.example/latest/?page=2")

        for _ in ("rendered", "from the page cache"):
            status, headers, _ = nginx.ask("/", Accept_Encoding="br", X_Forwarded_Proto="http")
            assert status == 200
            assert headers["Content-Encoding"] == "br"
            assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
            for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "ETag", "Vary"):
                assert len(headers.get_all(name) or []) == 1, name
        # Either of two processes answers, and what it rendered may say "2 minutes ago" where the other said "1 minute".
        again = [nginx.ask("/", Accept_Encoding="br", If_None_Match=headers["ETag"])[0] for _ in range(6)]
        assert 304 in again

        sheet = re.search(r'href="(/static/[^"]+\.css)"', nginx.ask("/")[2].decode())
        assert sheet
        status, headers, _ = nginx.ask(sheet[1], Accept_Encoding="br")
        assert (status, headers["Content-Encoding"]) == (200, "br")
        assert "immutable" in headers["Cache-Control"]

        status, headers, _ = nginx.ask("/account/login/")
        assert "__Host-csrftoken" in headers["Set-Cookie"]
        assert "Secure" in headers["Set-Cookie"]

        form = {"name": "Noor", "email": "noor@example.com", "text": "From where?"}
        path = f"/comments/on/{article}/post/"
        status, headers, _ = nginx.ask(path, method="POST", form=form, X_Forwarded_For="203.0.113.9")
        assert status == 303
        stored, own = place.manage("shell", "--verbosity=0", "--command", _NETWORKS).split()
        assert stored == own  # the address that nginx saw, not the one that was claimed

        fifty_forms_that_never_come_in_block_nobody(nginx, path)
        assert nginx.ask("/", method="POST", form={"x": "y" * 21 * 1024 * 1024})[0] == 413
        with pytest.raises(http.client.RemoteDisconnected):
            nginx.ask("/", tls=False, Host="other.example")
        with pytest.raises(ssl.SSLError):
            nginx.ask("/", Host="other.example")


def fifty_forms_that_never_come_in_block_nobody(nginx: Nginx, path: str) -> None:
    """Eight threads answer. Half a form that the site itself were given would hold one of them."""
    head = f"POST {path} HTTP/1.1\r\nHost: news.example\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 2000\r\n"
    lines = [nginx.connect() for _ in range(50)]
    try:
        for line in lines:
            line.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nname=".encode())
        form = {"name": "Noor", "email": "noor@example.com", "text": "We were quicker."}
        assert [nginx.ask("/")[0], nginx.ask("/latest/")[0]] == [200, 200]
        assert nginx.ask(path, method="POST", form=form)[0] == 303
        for line in lines:  # they are still waited for: that was no race
            line.setblocking(False)
            with pytest.raises(ssl.SSLWantReadError):
                line.recv(1000)
    finally:
        for line in lines:
            line.close()
