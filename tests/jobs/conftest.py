"""A real worker and a real beat, on the broker and the database of the tests."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from portal.celery import app
from tools import stack
from tools.places import ROOT

START_SECONDS = 30.0


class Jobs:
    """Starts and kills Celery's processes."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start_worker(self, *, wait: bool = True) -> subprocess.Popen[bytes]:
        """Start a worker, and wait until it listens, unless told not to."""
        name = f"worker{len(self.processes)}@tests"
        process = self._start(
            "worker", "--concurrency", "2", "--hostname", name, "--without-gossip", "--without-mingle"
        )
        if wait:
            self.wait_for(lambda: name in self.nodes())
        return process

    def start_part(self, name: str) -> subprocess.Popen[bytes]:
        """Start a worker just as `make run` does, and wait until it listens."""
        choices = stack.Choices(port=0, data_dir=self._folder, redis_url="")
        (part,) = [part for part in stack.site_parts(choices, {}) if part.name == name]
        known = self.nodes()
        process = self._launch(part.command)
        self.wait_for(lambda: self.nodes() > known)
        return process

    def nodes(self) -> set[str]:
        """The workers that listen."""
        return {node for answer in app.control.ping(timeout=0.3) for node in answer}

    def start_beat(self) -> subprocess.Popen[bytes]:
        """Start a beat."""
        return self._start("beat", "--schedule", str(self._folder / "schedule"))

    def wait_for(self, is_so: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        """Return once it is so; fail with the log of the processes otherwise."""
        give_up = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """What the processes wrote."""
        return (self._folder / "jobs.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process at once, as a power cut would; Celery's children see their parent go and end too."""
        process.kill()
        process.wait()

    def kill_with_children(self, process: subprocess.Popen[bytes]) -> None:
        """End a worker and everything in it at once, in the middle of whatever it does."""
        for part in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            part.kill()
        process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "portal", "--quiet", *arguments, "--loglevel", "info"]
        return self._launch(command)

    def _launch(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "jobs.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process


@pytest.fixture
def jobs(transactional_db: None, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Celery on the rows of the test; nothing of it is left behind."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portal.settings")
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    running = Jobs(dict(os.environ), tmp_path)
    yield running
    for process in running.processes:
        process.terminate()
    for process in running.processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # a warm shutdown ends its work first, which takes its time on a busy machine
            running.kill(process)


def database_url() -> str:
    """The address of the database that Django made for the tests."""
    now = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{now['NAME']}"
    return f"postgres://{now['USER']}:{now['PASSWORD']}@{now['HOST']}:{now['PORT']}/{now['NAME']}"


@pytest.fixture(autouse=True)
def broker_of_tests(redis_url: str) -> None:
    """Celery in this process talks to the tests' broker, or the tests show nothing."""
    assert app.conf.broker_url == settings.CELERY_BROKER_URL == redis_url
