"""A site at work: a part that dies is started again, and the log says so; nobody else gets its data."""

import signal
import time
from pathlib import Path

import pytest

from tests.stack_process import Stack
from tools import stack as parts

LEADERS = {
    "web": "granian",
    "worker": "--queues celery",
    "webhooks": "--queues webhooks",
    "beat": " beat ",
    "redis": "-server 127.0.0.1",
}


@pytest.mark.parametrize("part", LEADERS)
def test_part_that_was_killed_is_started_again(stack: Stack, part: str) -> None:
    before = {process.pid for process in stack.processes(LEADERS[part])}
    written = len(stack.log)
    leader = min(stack.processes(LEADERS[part]), key=lambda process: process.create_time())
    leader.send_signal(signal.SIGKILL)

    choices = parts.Choices(port=stack.port, data_dir=stack.data_dir, redis_url="")
    give_up = time.monotonic() + 60
    while f"{part} was ended by SIGKILL; it is started again in" not in stack.log[written:]:
        assert time.monotonic() < give_up, stack.log[written:]
        time.sleep(0.05)
    while not (stack.processes(LEADERS[part]) and parts.ask_ready(choices)[0]):
        assert time.monotonic() < give_up, stack.log[written:]
        time.sleep(0.1)
    after = {process.pid for process in stack.processes(LEADERS[part])}
    assert after
    assert not before & after, "children of the killed process are still there"


def test_stack_refuses_a_data_folder_in_use(stack: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path)
    second.environment["DATA_DIR"] = str(stack.data_dir)
    second.start()
    assert second.wait() == 1
    assert "already running" in second.log
    assert stack.url() in second.log
    assert "Traceback" not in second.log
    assert stack.get("/healthz") == (200, b"ok\n")
