"""The site that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.stack_process import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A site that may send webhooks to this machine, as the examples need it."""
    running = Stack(tmp_path_factory.mktemp("stack"), WEBHOOK_ALLOW_PRIVATE="1")
    running.start()
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
