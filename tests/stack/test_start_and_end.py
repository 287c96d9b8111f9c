"""make run, from a fresh data folder to the last process."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.stack_process import Stack


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack for one test, which may do with it what it likes."""
    stack = Stack(tmp_path, is_fresh=True)
    try:
        yield stack
    finally:
        for process in stack.processes():
            process.kill()


def wait_until_empty(stack: Stack, *, seconds: float = 15.0) -> None:
    give_up = time.monotonic() + seconds
    while left := stack.processes():
        assert time.monotonic() < give_up, [process.cmdline() for process in left]
        time.sleep(0.1)


def test_stack_starts_and_ends_and_starts_again_with_the_same_data(own_stack: Stack) -> None:
    own_stack.start()
    own_stack.wait_until_ready()
    for page in ("/", "/lobby/", "/provider/", "/bureau/", "/clock/"):
        assert f"  http://localhost:{own_stack.port}{page} " in own_stack.log
    assert f"  http://gscainfo.localhost:{own_stack.port}/ " in own_stack.log
    assert {part["ok"] for part in own_stack.get_json("/readyz")["parts"].values()} == {True}
    key = (own_stack.data_dir / "secret-key").read_bytes()
    assert (own_stack.data_dir / "secret-key").stat().st_mode & 0o777 == 0o600
    end(own_stack, signal.SIGTERM)

    own_stack.log_file.unlink()
    own_stack.start()
    own_stack.wait_until_ready()
    assert (own_stack.data_dir / "secret-key").read_bytes() == key
    assert "Installing packages" not in own_stack.log, "what makes the second start quick is what it leaves out"
    assert "Static files" not in own_stack.log
    end(own_stack, signal.SIGINT)


def end(stack: Stack, number: signal.Signals) -> None:
    """Ask the stack to end, and see that nothing is left."""
    commands = [" ".join(process.cmdline()) for process in stack.processes()]
    for program in ("-m tools run", "tools.watchdog", "granian", " due@", " webhooks@", " beat ", "-server 127.0.0.1:"):
        assert any(program in command for command in commands), f"{program} is not there, so its end shows nothing"
    assert stack.stop(number) == 0
    assert stack.processes() == []
    assert "Traceback" not in stack.log


def test_stack_leaves_nothing_behind_when_the_supervisor_is_killed(own_stack: Stack) -> None:
    own_stack.start()
    own_stack.wait_until_ready()
    own_stack.stop(signal.SIGKILL)
    wait_until_empty(own_stack)


def test_stack_refuses_a_taken_port(own_stack: Stack) -> None:
    with closing(socket.create_server(("127.0.0.1", own_stack.port))):
        own_stack.start()
        assert own_stack.wait() == 1
    assert f"Port {own_stack.port} is taken by another program." in own_stack.log
    assert "Traceback" not in own_stack.log
    assert own_stack.processes() == []


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_stack_refuses_a_port_that_is_none(own_stack: Stack, port: str) -> None:
    own_stack.environment["PORT"] = port
    own_stack.start()
    assert own_stack.wait() == 1
    assert f"PORT={port} is not a port" in own_stack.log
    assert "Traceback" not in own_stack.log


def test_stack_refuses_a_data_folder_that_is_a_file(own_stack: Stack) -> None:
    own_stack.data_dir.write_text("not a folder")
    own_stack.start()
    assert own_stack.wait() == 1
    assert "cannot be used" in own_stack.log
    assert "Traceback" not in own_stack.log


def test_stack_says_which_command_failed_when_the_database_is_away(own_stack: Stack) -> None:
    own_stack.environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    own_stack.start()
    assert own_stack.wait() == 1
    assert own_stack.log.rstrip().endswith("manage.py migrate failed; the lines above say why.")
    assert own_stack.processes() == []
