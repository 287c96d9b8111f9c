"""The whole site, with every part that production has, and what each of them costs in processor time."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from redis import Redis

from tools import stack
from tools.places import ROOT
from tools.redis_server import free_port

HOST = "localhost"
_START_SECONDS, _STOP_SECONDS = 60.0, 20.0


@dataclass(frozen=True)
class Site:
    """The running site: its port, and the processes of each of its parts."""

    port: int
    parts: Mapping[str, psutil.Process]

    def used(self) -> dict[str, float]:
        """Seconds of processor time that each part has used by now, what has ended in it counted in."""
        found = {name: _used(process) for name, process in self.parts.items()}
        with Redis.from_url(settings.REDIS_URL) as redis:
            of_redis = redis.info("cpu")
        return {**found, "redis": float(of_redis["used_cpu_user"] + of_redis["used_cpu_sys"])}


def _used(process: psutil.Process) -> float:
    """Of a process with all below it. What a child has used is with its parent once that has buried it."""
    return float(sum(sum(each.cpu_times()[:4]) for each in (process, *process.children(recursive=True))))


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The site as ``make run`` starts it, on the database and the Redis server of this process."""
    call_command("collectstatic", interactive=False, verbosity=0)
    choices = stack.Choices(port=free_port(), data_dir=folder, redis_url=settings.REDIS_URL)
    env = {**os.environ, **stack.environment(choices, settings.REDIS_URL), "PORT": str(choices.port)}
    started: dict[str, subprocess.Popen[bytes]] = {}
    with (folder / "site.log").open("ab") as log:
        try:
            for part in stack.site_parts(choices, env):
                started[part.name] = subprocess.Popen(part.command, cwd=ROOT, env=env, stdout=log, stderr=log)
            _wait_for(choices, started)
            processes = {name: psutil.Process(each.pid) for name, each in started.items()}
            yield Site(choices.port, {**processes, **_database()})
        finally:
            for each in started.values():
                each.terminate()
            for each in started.values():
                each.wait(_STOP_SECONDS)


def _database() -> dict[str, psutil.Process]:
    """PostgreSQL's first process; SQLite is a part of whoever asks it."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return {"postgres": psutil.Process(cursor.fetchone()[0]).parent()}


def _wait_for(choices: stack.Choices, started: Mapping[str, subprocess.Popen[bytes]]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while not (answer := stack.ask_ready(choices))[0]:
        ended = [name for name, each in started.items() if each.poll() is not None]
        assert not ended, f"{ended[0]} has ended"
        assert time.monotonic() < give_up, f"the site is not ready: {answer[1]}"
        time.sleep(0.1)
