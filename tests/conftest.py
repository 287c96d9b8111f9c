"""What all tests share: a real Redis-compatible server, emptied between tests, and the rules' marks."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings
from redis import Redis

from tests.stack_process import Stack

pytest_plugins = ["tests.rules_plugin"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the data folder that tests/settings.py made for this process."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis-compatible server of this test process: database 0 for a broker, 1 is Django's cache."""
    server = settings.REDIS_SERVER
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.wait(seconds=10)
        yield server.url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def empty_redis(redis_url: str) -> None:
    """Begin every test with an empty cache and an empty queue."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site, running; shared by all tests of the session that do not harm it."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    running.start()
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
