"""A real worker and a real beat, on the broker and the database of the tests."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from portal.celery import app
from tools import stack
from tools.places import ROOT

START_SECONDS = 60.0  # several that start at once on a busy machine


@dataclass(frozen=True)
class Process:
    """A worker or a beat; ``name`` is the one that Celery knows it by."""

    name: str
    popen: subprocess.Popen[bytes]


class Jobs:
    """Starts and kills Celery's processes."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self._folder = folder
        self.processes: list[Process] = []

    def start_worker(self, *, queue: str = "", wait: bool = True) -> Process:
        """Start a worker of a queue, by default of all, and wait until it listens, unless told not to."""
        name = f"worker{len(self.processes)}@tests"
        options = ["--concurrency", "2", "--hostname", name, "--without-gossip", "--without-mingle"]
        worker = self._start(name, "worker", *options, *(["--queues", queue] if queue else []))
        if wait:
            self.wait_for_worker(worker)
        return worker

    def start_part(self, name: str) -> Process:
        """Start a worker just as `make run` does, and wait until it listens."""
        choices = stack.Choices(port=0, data_dir=self._folder, redis_url="")
        (part,) = [part for part in stack.site_parts(choices, {}) if part.name == name]
        known = self._nodes()
        process = self._launch(name, part.command)
        self.wait_for(lambda: self._nodes() > known)
        return process

    def start_beat(self) -> Process:
        """Start a beat."""
        name = f"beat{len(self.processes)}"
        return self._start(name, "beat", "--schedule", str(self._folder / name))

    def wait_for_worker(self, worker: Process) -> None:
        """Return once the worker listens."""
        self.wait_for(lambda: app.control.ping(destination=[worker.name], timeout=0.5) != [])

    def wait_for(self, is_so: Callable[[], object], *, seconds: float = START_SECONDS) -> None:
        """Return once it is so; fail with the log of the processes otherwise."""
        give_up = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """What the processes wrote."""
        return (self._folder / "jobs.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, process: Process) -> None:
        """End a process at once; Celery's children see their parent go and end too."""
        process.popen.kill()
        process.popen.wait()

    def kill_with_children(self, *processes: Process) -> None:
        """End workers and everything in them at once, in the middle of whatever they do, as a power cut would."""
        leaders = [psutil.Process(process.popen.pid) for process in processes]
        for part in [*(child for leader in leaders for child in leader.children(recursive=True)), *leaders]:
            part.kill()
        for process in processes:
            process.popen.wait()

    def _start(self, name: str, *arguments: str) -> Process:
        command = [sys.executable, "-m", "celery", "--app", "portal", "--quiet", *arguments, "--loglevel", "info"]
        return self._launch(name, command)

    def _nodes(self) -> set[str]:
        return {node for answer in app.control.ping(timeout=0.3) for node in answer}

    def _launch(self, name: str, command: Sequence[str]) -> Process:
        with (self._folder / "jobs.log").open("ab") as log:
            popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        process = Process(name, popen)
        self.processes.append(process)
        return process


@pytest.fixture
def jobs(transactional_db: None, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Celery on the rows of the test; nothing of it is left behind."""
    assert app.conf.broker_url == settings.CELERY_BROKER_URL == redis_url, "this process would talk to another broker"
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portal.settings")
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    running = Jobs(dict(os.environ), tmp_path)
    yield running
    running.kill_with_children(*(process for process in running.processes if process.popen.poll() is None))


def database_url() -> str:
    """The address of the database that Django made for the tests."""
    now = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{now['NAME']}"
    return f"postgres://{now['USER']}:{now['PASSWORD']}@{now['HOST']}:{now['PORT']}/{now['NAME']}"
