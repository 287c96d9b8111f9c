"""The whole site in processes of its own, started by the supervisor of `make run`, for the tests that need it real."""

import contextlib
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from tools import stack as parts
from tools.places import ROOT, VAR
from tools.redis_server import free_port

READY_SECONDS = 90.0
#: Static files that a stack has collected, for the next ones; whether they are still right, `make run` looks itself.
COLLECTED, STAMP = VAR / "test-results" / "static", ".complete"
# What the test process has set up for itself is not for the stack.
OWN = {"DATA_DIR", "DATABASE_URL", "TEST_DATABASE_URL", "REDIS_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE", "PORT"}


@contextlib.contextmanager
def alone_with_the_collected() -> Iterator[None]:
    """Keep the other test processes from the collected static files meanwhile."""
    COLLECTED.parent.mkdir(parents=True, exist_ok=True)
    with COLLECTED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Stack:
    """One run of the supervisor with a port and a data folder of its own; ``is_fresh`` has nothing prepared for it."""

    def __init__(self, folder: Path, *, port: int | None = None, is_fresh: bool = False, **environment: str) -> None:
        self.data_dir = folder / "data"
        self.log_file = folder / "stack.log"
        self.port = port or free_port()
        inherited = {name: value for name, value in os.environ.items() if name not in OWN and "PYTEST" not in name}
        self.environment = {**inherited, "DATA_DIR": str(self.data_dir), "PORT": str(self.port), **environment}
        self.process: subprocess.Popen[bytes] | None = None
        self.is_fresh = is_fresh

    def start(self) -> None:
        """Start the supervisor; its log goes to a file."""
        if not self.is_fresh:
            self._take_static_files()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools", "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Return once /readyz says so and the addresses are printed; fail with the log otherwise."""
        assert self.process is not None
        choices = parts.Choices(port=self.port, data_dir=self.data_dir, redis_url="")
        give_up, missing = time.monotonic() + READY_SECONDS, ""
        while time.monotonic() < give_up:
            if self.process.poll() is not None:
                break
            ready, missing = parts.ask_ready(choices)
            if ready and "is running" in self.log:
                self._leave_static_files()
                return
            time.sleep(0.1)
        raise AssertionError(f"The stack is not ready ({missing}):\n{self.log}")

    @property
    def static(self) -> Path:
        """Where the static files of this stack are collected."""
        return self.data_dir / "static"

    def _take_static_files(self) -> None:
        """Begin with those that an earlier stack has left."""
        with alone_with_the_collected():
            if (COLLECTED / STAMP).exists() and not self.static.exists():
                shutil.copytree(COLLECTED, self.static)

    def _leave_static_files(self) -> None:
        """Leave those of this stack to the next ones, if what was left is of another time."""
        stamp = (self.static / STAMP).read_bytes()
        with alone_with_the_collected():
            if not (COLLECTED / STAMP).exists() or (COLLECTED / STAMP).read_bytes() != stamp:
                shutil.rmtree(COLLECTED, ignore_errors=True)
                shutil.copytree(self.static, COLLECTED, ignore=shutil.ignore_patterns(STAMP))
                (COLLECTED / STAMP).write_bytes(stamp)  # the last, for it says that all is there

    def wait(self, seconds: float = 30.0) -> int:
        """The exit code of the supervisor, once it has ended."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Ask the supervisor to end, and wait for it."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait()

    @property
    def log(self) -> str:
        """Everything that was written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def wait_for_log(self, text: str, *, seconds: float = 30.0) -> None:
        """Return once the log holds the text."""
        give_up = time.monotonic() + seconds
        while text not in self.log:
            assert time.monotonic() < give_up, f"{text!r} did not come:\n{self.log}"
            time.sleep(0.05)

    def processes(self, name: str = "") -> list[psutil.Process]:
        """The live processes of this stack, those whose command line holds `name`.

        They are known by their environment; only the Redis server writes its title over that, and is known by its port.
        """
        redis = f"-server {urlsplit(self.redis_url).netloc.rpartition('@')[2]}" if self.redis_config.exists() else "\0"
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                command = " ".join(process.cmdline())
                is_ours = redis in command or process.environ().get("DATA_DIR") == str(self.data_dir)
                if is_ours and process.status() != psutil.STATUS_ZOMBIE and name in command:
                    found.append(process)
        return found

    # ── What the site holds and says ─────────────────────────────────────────────────────────────────────────────────

    def url(self, path: str = "/", host: str | None = None) -> str:
        """An address of the site; `host` is a province's host such as gscainfo.localhost."""
        return f"http://{host or 'localhost'}:{self.port}{path}"

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page, asked for without a browser."""
        connection = http.client.HTTPConnection(parts.LOOPBACK, self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def get_json(self, path: str) -> Any:
        """The body of a page that answers in JSON."""
        return json.loads(self.get(path)[1])

    @property
    def redis_config(self) -> Path:
        """What the stack's own Redis server was started with."""
        return self.data_dir / "redis" / "redis.conf"

    @property
    def redis_url(self) -> str:
        """The address of the stack's own Redis server."""
        config = self.redis_config.read_text(encoding="utf-8")
        port, password = (re.search(rf"^{key} (\S+)$", config, re.MULTILINE) for key in ("port", "requirepass"))
        assert port is not None
        assert password is not None
        return f"redis://:{password[1]}@{parts.LOOPBACK}:{port[1]}/0"

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run a management command (`shell` takes its program from `text`) on the stack's data; its output."""
        environment = {**self.environment, "REDIS_URL": self.redis_url, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=text, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the stack's database, read only."""
        path = self.data_dir / "db.sqlite3"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql, parameters).fetchall()
