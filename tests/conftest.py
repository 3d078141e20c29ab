"""The cast: who appears in the tests, and the site they use."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from articles.models import Article, Section, SiteSettings
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.make import make_article, make_author, make_section, make_user
from tests.place import copy_migrated

# Playwright keeps an event loop in its thread, and Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
# What is true does not depend on how busy the machine is.
hypothesis_settings.register_profile("newsroom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("newsroom")


def pytest_collection_finish() -> None:
    """Python looks for rings of dead objects every few hundred that are made, and the migrations alone make two million.
    What was imported and collected stays to the end, and the rest is looked through seldom: an eighth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: several threads and processes meet there under the real rules."""
    database = connections["default"]
    if database.vendor == "sqlite":
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        copy_migrated(name)
        database.settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether the database is there already, and goes with its folder."""
    return connections["default"].vendor == "sqlite"


@pytest.fixture(scope="session", autouse=True)
def production_like(tmp_path_factory: pytest.TempPathFactory, django_test_environment: None) -> Iterator[None]:
    """As in production, but strict where production would log and carry on, fast at hashing, and with its own files."""
    files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        override_settings(
            NEWSROOM_STRICT=True,
            NEWSROOM_LIMITS=False,
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            MEDIA_ROOT=tmp_path_factory.getbasetemp() / "media",
            STORAGES=django_settings.STORAGES | {"staticfiles": files},
        ),
        pytest.MonkeyPatch.context() as patched,
    ):
        # A write of this process is seen at once all the same; queries are counted alike on a busy machine.
        patched.setattr(stamps, "SITE_BELIEVED", 5.0)
        yield


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What a process keeps between requests must not outlive a test that rolls back."""
    stamps.drop_kept()
    cache.clear()
    yield
    stamps.drop_kept()


@pytest.fixture(scope="module")
def once_for_all(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For what a module's tests have in common and would take seconds to make for each: rows that a fixture of the module
    makes after this one are there till the module's end. Each test's own changes are undone after it, as ever."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(db: None) -> SiteSettings:
    row = SiteSettings.row()
    row.name, row.tagline = "The Kestrel", "Independent news from both shores"
    row.guests_held = row.members_held = 0
    row.save()
    stamps.drop_kept()
    return row


@pytest.fixture
def section(site: SiteSettings) -> Section:
    return make_section("Transport", slug="transport")


@pytest.fixture
def reporter(db: None) -> User:
    return make_user("Reporter", email="ines@example.com", name="Ines Halloran")


@pytest.fixture
def editor(db: None) -> User:
    return make_user("Editor", email="oskar@example.com", name="Oskar Lind")


@pytest.fixture
def front_editor(db: None) -> User:
    return make_user("Front editor", email="mira@example.com", name="Mira Solane")


@pytest.fixture
def moderator(db: None) -> User:
    return make_user("Moderator", email="jonah@example.com", name="Jonah Ekwall")


@pytest.fixture
def admin_user(db: None) -> User:
    return make_user("Admin", email="priya@example.com", name="Priya Lanner", is_superuser=True)


@pytest.fixture
def member(db: None) -> User:
    return make_user(email="noor@example.com", name="Noor B.")


@pytest.fixture
def article(section: Section) -> Article:
    return make_article("Ferries doubled across the Sound", section=section, authors=[make_author("Ines Halloran")])


@pytest.fixture
def breaking(section: Section) -> Article:
    until = timezone.now() + timedelta(hours=2)
    return make_article("Kestrel Bridge closed after crack found", section=section, breaking_until=until)


class Browser(Client):
    """A reader's browser as Django's client: it says where its requests come from, as every current browser does."""

    def request(self, **request: Any) -> Any:
        request.setdefault("HTTP_SEC_FETCH_SITE", "same-origin")
        return super().request(**request)


@pytest.fixture
def client() -> Browser:
    return Browser()


@pytest.fixture
def other_client() -> Browser:
    """Somebody else's browser."""
    return Browser()


@pytest.fixture
def client_of() -> Callable[[User], Browser]:
    def log_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return log_in


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Exports, pictures and hostile input of real systems; never part of the project."""
    default = Path(django_settings.BASE_DIR).parent / "shared" / "data"
    folder = Path(os.environ.get("NEWSROOM_REAL_DATA", default))
    if not folder.is_dir():
        message = f"No real data at {folder}: set NEWSROOM_REAL_DATA to the folder that holds it."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
