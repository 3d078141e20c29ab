"""The person who runs a site backs it up while readers write, and has the same site elsewhere: on both databases."""

import http.client
import os
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from tests.place import Place

pytestmark = pytest.mark.slow

PICTURE = bytes(range(256)) * 400

_OPEN_TO_GUESTS = """
from articles.models import Article, SiteSettings
from django.utils import timezone
SiteSettings.row(); SiteSettings.objects.update(guests_held=0, members_held=0)
live = list(Article.objects.live(timezone.now()).newest())
print(live[0].pk, *[story.get_absolute_url() for story in live[1:4]])
"""
_NUMBERS = """
from comments.models import Comment
print(*Comment.objects.filter(text__startswith="Rehearsal ").order_by("pk").values_list("text", flat=True), sep=";")
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Place]]:
    names = ("here", "elsewhere")
    folders = [tmp_path_factory.mktemp(name) for name in names]
    if connection.vendor == "sqlite":
        first, second = map(Place, folders)
        yield first, second
        return
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    with _administrating() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE rehearsal_{name}")
    first, second = (Place(folder, f"{server}/rehearsal_{name}") for folder, name in zip(folders, names, strict=True))
    yield first, second
    with _administrating() as cursor:
        for name in names:
            cursor.execute(f"DROP DATABASE rehearsal_{name} WITH (FORCE)")


@contextmanager
def _administrating() -> Iterator[psycopg2.extensions.cursor]:
    known = settings.DATABASES["default"]
    line = psycopg2.connect(
        dbname="postgres",
        user=known["USER"],
        password=known["PASSWORD"],
        host=known["HOST"],
        port=known["PORT"] or None,
    )
    line.autocommit = True
    yield line.cursor()
    line.close()


@dataclass(eq=False)
class Reader(threading.Thread):
    """Writes one comment after another, and knows which ones the site has taken."""

    url: str
    article: str
    taken: int = 0
    stopping: bool = False
    #: Anything else than "thank you, there it is".
    refused: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        self.join()

    def run(self) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as line:
            while not self.stopping:
                text = f"Rehearsal {self.taken}"
                form = urlencode({"name": "Reader", "email": "reader@example.com", "text": text})
                line.request("POST", f"/comments/on/{self.article}/post/", form, headers)
                with line.getresponse() as answer:
                    answer.read()
                if answer.status == 303:
                    self.taken += 1
                else:
                    self.refused.append(answer.status)

    def wait_for(self, number: int) -> int:
        end = time.monotonic() + 60
        while self.taken < number and time.monotonic() < end:
            time.sleep(0.02)
        assert self.taken >= number, self.refused
        return self.taken


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def words(page: bytes) -> list[str]:
    """What a reader sees, without what changes while nobody does anything."""
    main = page.partition(b"<main")[2].partition(b"</main>")[0].decode()
    return re.sub(r"<[^>]+>", " ", main).split()


def test_a_site_under_way_is_backed_up_and_is_the_same_elsewhere(places: tuple[Place, Place], tmp_path: Path) -> None:
    here, elsewhere = places
    backup = tmp_path / "site.tar"
    here.migrate()
    here.manage("fill", "--articles=5", "--comments=30", "--largest=10")
    picture = here.folder / "media/pictures/2026/ferry.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(PICTURE)
    article, *stories = here.manage("shell", "--verbosity=0", "--command", _OPEN_TO_GUESTS).split()
    quiet = [*stories, "/search/?q=council"]
    with here.served() as url:
        with Reader(url, article) as reader:
            before = reader.wait_for(3)
            said = here.manage("backup", backup)
            after = reader.wait_for(reader.taken + 2)
        pages = {path: words(fetch(url + path)) for path in quiet}
    assert reader.refused == []
    assert "pictures" in said
    assert backup.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site.tar"]

    _what_goes_wrong_leaves_nothing_behind(here, tmp_path / "other")
    elsewhere.manage("restore", backup)
    elsewhere.manage("recount")  # fails where a total drifted
    taken = elsewhere.manage("shell", "--verbosity=0", "--command", _NUMBERS).strip().split(";")
    assert taken == [f"Rehearsal {n}" for n in range(len(taken))]  # none is missing between others
    assert before <= len(taken) < after
    with elsewhere.served() as url:
        assert {path: words(fetch(url + path)) for path in quiet} == pages
        assert all(len(page) > 20 for page in pages.values())
        assert fetch(f"{url}/media/pictures/2026/ferry.jpg") == PICTURE
        _a_site_is_never_overwritten_by_accident(elsewhere, backup)
        _and_on_request_while_it_runs(elsewhere, backup, url + stories[0])


def _what_goes_wrong_leaves_nothing_behind(place: Place, folder: Path) -> None:
    folder.mkdir()
    said = place.manage("backup", folder, fails=True, largest_file=60_000)  # as on a disk that is full
    assert "No backup was written" in said
    assert "Traceback" not in said
    if connection.vendor == "postgresql":
        assert "apt-get install postgresql-client" in place.manage("backup", folder, fails=True, PATH="/nowhere")
    assert list(folder.iterdir()) == []


def _a_site_is_never_overwritten_by_accident(place: Place, backup: Path) -> None:
    place.manage("shell", "--command", 'from articles.models import Article; Article.objects.update(headline="Other")')
    (place.folder / "media/later.jpg").write_bytes(b"a picture of later")
    assert "holds a site already" in place.manage("restore", backup, fails=True)
    whole = backup.read_bytes()
    backup.write_bytes(whole[:-20_000])
    place.manage("restore", backup, "--replace", fails=True)
    backup.write_bytes(whole)
    said = place.manage(
        "shell", "--verbosity=0", "--command", "from articles.models import Article as A; print(A.objects.first())"
    )
    assert said.strip() == "Other"
    assert (place.folder / "media/later.jpg").exists()


def _and_on_request_while_it_runs(place: Place, backup: Path, url: str) -> None:
    # The update above was no editor's: no page knows of it but a new one.
    place.manage("shell", "--command", "from newsroom.lib.models import Stamp; Stamp.objects.bump(Stamp.SITE)")
    _until(lambda: b"<h1" in fetch(url) and b"Other</h1>" in re.sub(rb"\s+", b"", fetch(url)))
    place.manage("restore", backup, "--replace")
    _until(lambda: b"Other</h1>" not in re.sub(rb"\s+", b"", fetch(url)))
    assert not (place.folder / "media/later.jpg").exists()
    place.manage("recount")


def _until(happens: object) -> None:
    end = time.monotonic() + 20
    while not happens():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.2)
