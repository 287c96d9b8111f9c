import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import settings
from tools.places import ROOT


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("yes", True), ("On", True), ("0", False), ("false", False), ("", True)]
)
def test_env_bool_reads_the_usual_words(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", text)
    assert settings.env_bool("SWITCH", default=True) is value


def test_env_list_takes_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORDS", "one, two three,")
    assert settings.env_list("WORDS", ["other"]) == ["one", "two", "three"]
    monkeypatch.setenv("WORDS", " ")
    assert settings.env_list("WORDS", ["other"]) == ["other"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("CLASSES_NEED_ACCOUNT", "maybe"),
        ("HTTPS", "2"),
        ("TICK_MAX_AGE", "0"),
        ("TICK_MAX_AGE", "ten"),
        ("SHOWINGS_AT_ONCE", "0"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "redis://127.0.0.1"),
        ("REDIS_URL", "http://127.0.0.1/0"),
        ("DATABASE_URL", "mysql://127.0.0.1/drill"),
        ("DATABASE_URL", "drill.sqlite3"),
    ],
)
def test_nonsense_in_the_environment_stops_the_start_and_names_the_variable(
    tmp_path: Path, name: str, value: str
) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "portal.settings", name: value}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}" in done.stderr


def test_refusal_of_a_redis_address_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:secret@host")
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings.env_redis("REDIS_URL", "")
    assert "secret" not in str(refusal.value)


def test_postgres_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://drill:p%40ss@db.example.org:5433/drill")
    database = settings.env_database("DATABASE_URL", "")
    assert {key: database[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "drill",
        "USER": "drill",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": 5433,
    }


def test_cache_has_the_database_behind_that_of_the_broker() -> None:
    assert settings.next_redis_database("redis://:secret@host:1/3") == "redis://:secret@host:1/4"


def test_secret_key_is_made_once_also_by_parts_that_start_together(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    code = "import sys; from pathlib import Path; from portal.settings import *; "
    code += "print(read_or_make_secret_key(Path(sys.argv[1])))"
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data")}

    def read(_: int) -> str:
        command = [sys.executable, "-c", code, str(path)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(read, range(4)))
    assert keys == {path.read_text() + "\n"}
    assert len(path.read_text()) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("secret-key")] == ["secret-key"]
