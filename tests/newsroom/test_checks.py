"""A wrong or missing environment variable is one clear sentence at start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from newsroom.environment import encrypted_where_asked, env

pytestmark = pytest.mark.once

PUBLIC = {"NEWSROOM_URL": "https://news.example"}
RIGHT = PUBLIC | {"NEWSROOM_HOSTS": "news.example", "NEWSROOM_SECRET_KEY": "a" * 50}


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own that knows nothing but what is said here."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "SYSTEMROOT"}}
    return subprocess.run(
        [sys.executable, *(command or ("manage.py", "check"))],
        cwd=settings.BASE_DIR,
        env=kept | {"NEWSROOM_VAR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://user:secret@host/name"),
        ("DATABASE_URL", "postgres://user:secret@host:notaport/name"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "smtp://user:secret@host:notaport"),
        ("CACHE_URL", "nonsense"),
        ("NEWSROOM_URL", "news.example"),
        ("NEWSROOM_URL", "https://news.example/blog"),
        ("NEWSROOM_URL", "https://news.example:port"),
        ("NEWSROOM_TRUSTED_PROXIES", "two"),
        ("NEWSROOM_TRUSTED_PROXIES", "-1"),
        ("NEWSROOM_DEBUG", "maybe"),
        ("PORT", "eight"),
        ("NEWSROOM_SECRET_KEY_FILE", "/nowhere/key"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(tmp_path: Path, variable: str, value: str) -> None:
    key = {} if "SECRET" in variable else {"NEWSROOM_SECRET_KEY": "a" * 50}
    done = run(tmp_path, **key, **{variable: value})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "newsroom.E001" in done.stderr
    assert variable.removesuffix("_FILE") in done.stderr
    assert "secret@" not in done.stderr, "an address may hold a password"


@pytest.mark.parametrize(
    ("environment", "id"),
    [
        (PUBLIC | {"NEWSROOM_HOSTS": "news.example"}, "E002"),
        (PUBLIC | {"NEWSROOM_SECRET_KEY": "a" * 50}, "E003"),
        (RIGHT | {"NEWSROOM_DEBUG": "1"}, "E004"),
        (RIGHT | {"NEWSROOM_HOSTS": "*"}, "E005"),
        (RIGHT | {"NEWSROOM_HOSTS": "other.example"}, "E006"),
        ({}, "E002"),
    ],
)
def test_neither_a_command_nor_the_server_starts(tmp_path: Path, environment: dict[str, str], id: str) -> None:
    for command in (("manage.py", "check"), ("-c", "import newsroom.wsgi")):
        done = run(tmp_path, *command, **environment)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert f"newsroom.{id}" in done.stderr


@pytest.mark.parametrize("environment", [RIGHT, {"NEWSROOM_SECRET_KEY": "a" * 50}, {"NEWSROOM_DEBUG": "1"}])
def test_a_right_environment_starts(tmp_path: Path, environment: dict[str, str]) -> None:
    for command in (("manage.py", "check"), ("-c", "import newsroom.wsgi")):
        done = run(tmp_path, *command, **environment)
        assert done.returncode == 0, done.stderr


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a" * 50)
    done = run(tmp_path, **PUBLIC, NEWSROOM_HOSTS="news.example", NEWSROOM_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("url", "tls", "ssl"),
    [
        ("smtp+tls://user:p%40ss@host:587", True, False),
        ("smtp://user:p%40ss@host:587/?tls=True", True, False),
        ("smtp+ssl://user:p%40ss@host:465", False, True),
        ("smtp://user:p%40ss@host:465/?ssl=1", False, True),
        ("smtp://user:p%40ss@host:25", False, False),
    ],
)
def test_mail_is_encrypted_wherever_its_address_says_so(url: str, tls: bool, ssl: bool) -> None:
    found = encrypted_where_asked(env.email_url_config(url))
    assert (found.get("EMAIL_USE_TLS", False), found.get("EMAIL_USE_SSL", False)) == (tls, ssl)
    assert found["EMAIL_HOST_PASSWORD"] == "p@ss"
