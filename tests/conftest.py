"""What all tests share: a real Redis-compatible server, emptied between tests, and the rules' marks."""

import gc
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from redis import Redis

from tests.redis_process import RedisProcess
from tests.stack_process import Stack

pytest_plugins = ["tests.rules_plugin", "tests.jobs_process"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="leave out the tests that touch no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a further database a test that touches none would show the same once more."""
    if config.getoption("only_database"):
        left_out = [item for item in items if not touches_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if touches_database(item)]


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what stays to the end: Django, the plugins, and all that was collected."""
    gc.freeze()


def touches_database(item: pytest.Item) -> bool:
    """Whether the test has asked for the database; pytest-django keeps it from all others."""
    asked_for = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(asked_for & {"db", "transactional_db"})


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the data folder that tests/settings.py made for this process."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisProcess]:
    """A real Redis-compatible server of this test process; whoever kills it starts it again."""
    process = RedisProcess(settings.REDIS_SERVER)
    process.start()
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture(scope="session")
def redis_url(redis_process: RedisProcess) -> str:
    """The server's address: database 0 for a broker, 1 is Django's cache."""
    return redis_process.url


@pytest.fixture(scope="session")
def redis_client(redis_url: str) -> Iterator[Redis]:
    """A lasting connection to the server."""
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture(autouse=True)
def empty_redis(redis_client: Redis) -> None:
    """Begin every test with an empty cache and an empty queue, and with nothing known of them."""
    from verification.time import limits  # Django is set up by now

    limits._Server.seen_at = None
    redis_client.flushall()


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
